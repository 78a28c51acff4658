"""Write the parts of the documentation that are made from the code; with `--check`, fail when a page has drifted.

Called as `python scripts/reference.py [--check]`: commands.md from `--help`, the table of indexes.md from the
table of kinds, ci-audit.md from the rules, the troubleshooting guide from what `tagboat explain` prints.
"""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.__main__ import main as tagboat
from tagboat.ci.audit import RULES, allowances
from tagboat.cli.explain import GUIDE
from tagboat.cli.parser import COMMANDS
from tagboat.index.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagboat.ci.audit import Rule
    from tagboat.index.kinds import Kind

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
HEAD = """\
# Commands

This page is made from `--help` by `scripts/reference.py`.

Run tagboat in the project's folder, or name the folder with `-C DIR` after the command. Exit codes are in
[exit-codes.md](exit-codes.md), the documents of `--json` in [json.md](json.md).

```text
{help}
```
"""
SECTION = """
## tagboat {command}

```text
{help}
```
"""
BEGIN, END = "<!-- made by scripts/reference.py -->\n", "<!-- end -->\n"


def commands() -> str:
    """The whole page of commands."""
    sections = [SECTION.format(command=command, help=help_of(command)) for command in COMMANDS]
    return HEAD.format(help=help_of()) + "".join(sections)


def help_of(*words: str) -> str:
    """What `tagboat WORDS --help` prints on a terminal of 80 columns, whichever Python runs it."""
    os.environ |= {"COLUMNS": "80", "NO_COLOR": "1"}
    os.environ.pop("FORCE_COLOR", None)
    output = io.StringIO()
    with redirect_stdout(output), suppress(SystemExit):
        tagboat([*words, "--help"])
    text = output.getvalue().rstrip()
    # Python 3.13 leaves the repetition out that earlier ones print: `-s METAVAR, --long METAVAR`.
    return re.sub(r"(-\w) ([A-Z]+), (--[\w-]+) \2", r"\1, \3 \2", text)


def indexes() -> str:
    """The page of indexes, its table made anew."""
    text = (REFERENCE / "indexes.md").read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


def table() -> str:
    """Every kind of index in two tables: how it is reached, and what it does."""
    reached = [
        (f"`{kind.name}`", kind.title, _ticks(kind.needed), _ticks(kind.optional), _user(kind), kind.tested)
        for kind in KINDS.values()
    ]
    does = [(f"`{kind.name}`", kind.duplicate, kind.hashes, kind.withdraw, kind.lag) for kind in KINDS.values()]
    return (
        _rows(("`kind`", "Index", "Needs", "Can have", "User", "Tested"), reached)
        + "\n"
        + _rows(("`kind`", "Answers to a duplicate", "Hashes", "Withdraw", "Shows a new file after"), does)
    )


def _rows(names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [names, ("---",) * len(names), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _ticks(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys) or "–"


def _user(kind: Kind) -> str:
    return f"`{kind.user}`" if kind.on_a_server and kind.token_user else kind.user


def guide() -> str:
    """The troubleshooting guide, which is in the package too."""
    return GUIDE.read_text(encoding="utf-8")


AUDIT = """\
# Rules of `tagboat ci audit`
This page is made from the rules by `scripts/reference.py`.
`tagboat ci audit [FILE …]` looks for what can go wrong in workflows of GitHub Actions and pipelines of GitLab CI, ours
or anybody's. Without a FILE it looks at every one of the repository that publishes, withdraws, or makes a tag or a
release, and says which. Nothing is asked of a server. A finding is exit code 7, a file that cannot be read 3; in a
job of GitHub's each finding stands on its line, too.
What validators of syntax find (unknown keys, wrong `needs`, expressions that do not parse) is not looked for here:
use actionlint or GitHub's own editor for that, and zizmor for more about security.
## Allow an exception
```yaml
  publish: # tagboat: allow environment-missing because this account's plan has no environments
```
The comment stands on the line of the finding, names the rule, and gives a reason.
## What is always looked for
{always}
## What `--strict` looks for, too
Many good workflows do without. Those that tagboat writes do not.
{strict}"""


def audit() -> str:
    """The page of the rules."""
    own = ((allowances.NAME, allowances.WANTS, allowances.RISK, allowances.MEND, "GitHub, GitLab"),)
    head = ("Rule", "Wants", "What can go wrong", "What to do", "Knows")
    always = [_rule(rule) for rule in RULES if not rule.strict]
    strict = [_rule(rule) for rule in RULES if rule.strict]
    return AUDIT.format(always=_rows(head, [*always, *map(_cells, own)]), strict=_rows(head, strict))


def _rule(rule: Rule) -> tuple[str, ...]:
    names = {"github": "GitHub", "gitlab": "GitLab"}
    return _cells((rule.name, rule.wants, rule.risk, rule.mend, ", ".join(names[forge] for forge in rule.forges)))


def _cells(texts: tuple[str, ...]) -> tuple[str, ...]:
    name, *others = (text.replace("|", "\\|") for text in texts)
    return (f"`{name}`", *others)


PAGES = {"commands.md": commands, "indexes.md": indexes, "ci-audit.md": audit, "../how-to/fix-common-errors.md": guide}


def main(words: list[str]) -> int:
    """Write the pages, or compare them."""
    drifted = []
    for name, make in PAGES.items():
        page, text = REFERENCE / name, make()
        if "--check" not in words:
            page.write_text(text, encoding="utf-8", newline="\n")
        elif page.read_text(encoding="utf-8").split() != text.split():  # each Python's argparse has its own columns
            drifted.append(name)
    if drifted:
        print(f"{', '.join(drifted)}: not what the code says; run: python scripts/reference.py", file=sys.stderr)
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
