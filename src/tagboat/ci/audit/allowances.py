"""Exceptions that people wrote into a file: `# tagboat: allow RULE because REASON`, on the line of the finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.ci.audit.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

ALLOWED = re.compile(r"#\s*tagboat:\s*allow\b\s*(?P<rule>[\w-]*)(?:\s+because\s+(?P<reason>[^\s#][^#]*))?")
NAME = "allowance"
WANTS = (
    "An exception names a rule and has a reason: `# tagboat: allow RULE because REASON`, on the line of the finding."
)
RISK = "An exception that nobody can judge stays for ever, and a misspelt one does nothing."
MEND = "Name the rule, give the reason, or remove the comment."


def apart(
    name: str, lines: Sequence[str], findings: Sequence[Finding], known: Collection[str], asked: Collection[str]
) -> Iterator[Finding]:
    """The findings that nobody allowed, and one for each exception that is none.

    `known` are the names of all rules, `asked` those that were looked for: only of these an exception can be of no use.
    """
    used: set[tuple[int, str]] = set()
    allowed = {(line, match["rule"]): match["reason"] for line, match in _comments(lines)}
    for finding in findings:
        if allowed.get((finding.line, finding.rule)):
            used.add((finding.line, finding.rule))
        else:
            yield finding
    for (line, rule), reason in allowed.items():
        problem = _problem(rule, reason, known, is_used=(line, rule) in used or rule not in asked)
        if problem:
            yield Finding(NAME, name, line, problem, RISK, MEND)


def _comments(lines: Sequence[str]) -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in enumerate(lines, 1):
        for match in ALLOWED.finditer(line):
            yield number, match


def _problem(rule: str, reason: str | None, known: Collection[str], *, is_used: bool) -> str:
    if rule not in known:
        return f"there is no rule {rule or 'without a name'} to allow an exception of"
    if not reason:
        return f"the exception of {rule} has no reason"
    return "" if is_used else f"the exception of {rule} is of no use: nothing is found here"
