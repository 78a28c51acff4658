"""The documentation says what the program does: pages that are made, tables, commands, links."""

from __future__ import annotations

import dataclasses
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tagboat import errors
from tagboat.checks import CHECKS, INDEX_RULES
from tagboat.cli.parser import COMMANDS, make_parser
from tagboat.config import Config, IndexConfig, VersionFile
from tagboat.index.from_environment import BACKENDS
from tagboat.index.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def rows(page: Path) -> Iterator[list[str]]:
    """The cells of every row of every table of a page."""
    for line in text_of(page).splitlines():
        if line.startswith("|") and not set(line) <= set("|-: "):
            yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def in_ticks(page: Path) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text_of(page)))


def toml(value: object) -> str:
    """A default as the page shows it; a dash for what has none."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[]`"
    return "—" if value in (None, "") else f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def commands() -> Iterator[tuple[str, str]]:
    """Every tagboat command that a page tells to run, with the page's name."""
    for page in PAGES:
        for block in CONSOLE.findall(text_of(page)):
            for line in block.splitlines():
                found = re.search(r"(?:^\$ |; do |bin/)(tagboat [^|;]*)", line) if line.startswith("$ ") else None
                if found:
                    yield page.name, found[1].strip()


def test_the_page_of_commands_is_what_help_says() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "reference.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("page", "command"), sorted(set(commands())))
def test_a_documented_command_exists_with_its_options(page: str, command: str) -> None:
    words = shlex.split(command)[1:]
    args = make_parser([word for word in words if word in COMMANDS]).parse_args(words)
    assert args.command in COMMANDS, page


def test_every_exit_code_is_documented_with_its_name() -> None:
    documented = {(cells[0], cells[1].strip("`")) for cells in rows(REFERENCE / "exit-codes.md") if cells[0].isdigit()}
    kinds = {(str(kind.exit_code), kind.__name__) for kind in errors.TagboatError.__subclasses__()}
    assert documented == kinds | {(code, "") for code in ("0", "1", "130", "141")}


def test_every_setting_is_documented_with_its_default() -> None:
    documented = {
        (cells[0].strip("`"), cells[1])
        for cells in rows(REFERENCE / "configuration.md")
        if len(cells) == 3 and not any(kind in KINDS or kind == "Kinds" for _, kind in placed(cells))
    } - {("Key", "Kinds"), ("`simple-url`".strip("`"), "every server")}
    expected = {(name.rpartition(".")[2], toml(value)) for name, value, _ in Config().origins()}
    expected |= {("path", "—"), ("pattern", toml(VersionFile("").pattern)), ("kind", "—")}  # path: of version-files
    for field in dataclasses.fields(IndexConfig):
        if field.name not in ("name", "kind", "at", "file"):
            expected.add((field.name.replace("_", "-"), toml(field.default)))
    assert documented - {("Key", "Default")} == expected


def test_every_kind_of_index_and_its_keys_are_documented() -> None:
    for page in ("configuration.md", "indexes.md"):
        assert KINDS.keys() - {"testpypi"} <= {tick.strip('"') for tick in in_ticks(REFERENCE / page)}
    documented = {(key, kind) for cells in rows(REFERENCE / "configuration.md") for key, kind in placed(cells)}
    for kind in KINDS.values():
        for key in {*kind.needed, *kind.optional} - {"simple-url", "ca-file"}:
            assert (key, kind.name) in documented, f"{key} of {kind.name}"


def placed(cells: list[str]) -> Iterator[tuple[str, str]]:
    """Which keys a row gives to which kinds of index."""
    for key in re.findall(r"`([a-z-]+)`", cells[0]):
        for kind in re.findall(r"`(\w+)`", cells[1]):
            yield key, kind


def test_every_check_is_documented() -> None:
    documented = [cells[0].strip("`") for cells in rows(REFERENCE / "checks.md")]
    assert documented[1:] == [*(check.NAME for check in CHECKS), INDEX_RULES]


def test_every_variable_that_describes_an_index_is_documented() -> None:
    ticks = in_ticks(DOCS / "how-to" / "configure-by-environment.md")
    assert {*BACKENDS} <= ticks
    assert {name for needed, _ in BACKENDS.values() for names in needed for name in names} <= ticks


def test_every_module_is_in_the_layout_of_the_design() -> None:
    layout = text_of(DOCS / "design.md").partition("src/tagboat/\n")[2].partition("```")[0]
    documented = set(re.findall(r"^  ([a-z_]+(?:\.py|/))", layout, re.MULTILINE))
    source = ROOT / "src" / "tagboat"
    there = {path.name for path in source.glob("*.py")} | {
        f"{path.parent.name}/" for path in source.glob("*/__init__.py")
    }
    assert documented == there


def test_every_dependency_has_its_reason_in_the_design() -> None:
    pyproject = text_of(ROOT / "pyproject.toml")
    table = pyproject.partition("\ndependencies = [")[2].partition("\n[project.scripts]")[0]
    needed = set(re.findall(r'"([a-z][a-z0-9-]*)(?:\[\w+\])?>=', table))
    documented = {cells[0].split()[0] for cells in rows(DOCS / "design.md") if not cells[0].startswith("`")}
    assert needed <= documented


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in LINK.findall(text_of(page)):
        target, _, heading = link.partition("#")
        if not target.startswith("https://"):
            path = (page.parent / target).resolve() if target else page
            assert path.exists(), link
            assert not heading or heading in headings(path), link


def headings(page: Path) -> set[str]:
    """The anchors that a page's headings make."""
    titles = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_of_the_documentation_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            links = (page.parent / link.partition("#")[0] for link in LINK.findall(text_of(page)))
            waiting += [link.resolve() for link in links if link.suffix == ".md"]
    assert set(PAGES) <= reached
