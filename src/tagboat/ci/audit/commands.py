"""What lines of shell do for a release, as far as that can be seen in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

UPLOADS = re.compile(
    r"\b(?:twine|maturin|devpi|setup\.py)\s+(?:[-\w=]+\s+)*upload\b"
    r"|\b(?:uv|poetry|flit|hatch|pdm|rye|maturin)\s+publish\b"
    r"|\bsemantic-release\s+publish\b"
    r"|\btagboat\s+(?:ci\s+)?(?:publish|promote)\b"
    r"|\btagboat\s+release\b(?!.*--until)"
)
BUILDS = re.compile(
    r"\bpython3?\s+-m\s+build\b|\bpipx\s+run\s+build\b|\bpyproject-build\b|\b(?:uv|poetry|flit|hatch|pdm|rye|maturin|tagboat(?:\s+ci)?)\s+build\b"
    r"|\bsetup\.py\s+(?:[-\w]+\s+)*(?:sdist|bdist_wheel)\b|\bpip3?\s+wheel\b|\bcibuildwheel\b"
    # These two build what they upload.
    r"|\b(?:flit|maturin|pdm)\s+publish\b|\bpoetry\s+publish\b.*--build\b|\btagboat\s+release\b(?!.*--until)"
)
TESTS = re.compile(
    r"\b(?:pytest|tox|nox|unittest|py\.test|ctest)\b|\b(?:make|just|hatch|pdm|poe)\s+(?:run\s+)?tests?\b|\bhatch\s+test\b"
)
READS_HISTORY = re.compile(
    r"\bgit\s+(?:describe|rev-list|shortlog)\b|\bgit\s+log\b(?!\s+-1\b)|\bgit\s+tag\s+(?:-l|--(?!annotate|sign|message))"
    r"|\bsetuptools[_-]scm\b|\bhatch-vcs\b|\bversioningit\b|\bdunamai\b"
    r"|\bsemantic-release\b|\bcz\s+(?:bump|changelog)\b|\bgit-cliff\b"
    r"|\btagboat\s+(?:ci\s+(?:plan|build|review|tag|announce)|status|plan|release|build)\b"
)
PUSHES_TAG = re.compile(
    r"\bgit\s+push\b.*(?:--tags\b|--follow-tags\b|refs/tags/|\borigin\s+\"?'?(?:v\d|v\$|\$\{?(?:\w*TAG|\w*VERSION|tag|version)))"
    r"|\bgh\s+release\s+create\b|\btagboat\s+ci\s+tag\b"
)
RELEASES = re.compile(r"\bgh\s+release\s+create\b|\btagboat\s+ci\s+announce\b|\bglab\s+release\s+create\b")
WITHDRAWS = re.compile(r"\btagboat\s+(?:ci\s+)?rollback\b")
DRAFTS = re.compile(r"\s(?:--draft|-d)\b|\btagboat\s+ci\s+announce\b")
PROMOTES_DRAFT = re.compile(r"--draft=false\b")
STARTS_WORKFLOW = re.compile(r"\bgh\s+workflow\s+run\b|/dispatches\b|createWorkflowDispatch|\btagboat\s+ci\s+tag\b")
INSTALLS = re.compile(
    r"\b(?:pip3?|uv\s+pip|pipx|uv\s+tool)\s+install\b(?P<what>[^\n;&|]*)|\b(?:uv\s+sync|poetry\s+install|pdm\s+(?:install|sync)|npm\s+(?:ci|install)|uvx|pipx\s+run)\b"
)
LOCKED = re.compile(r"--require-hashes\b|\buv\s+sync\b.*(?:--locked|--frozen)\b|\bnpm\s+ci\b")
COMPARES = re.compile(
    r"\bsha(?:256|512)sum\s+.*(?:-c\b|--check\b)|\bshasum\b.*(?:-c\b|--check\b)|\btagboat\s+(?:ci\s+)?(?:publish|verify)\b"
)
VERIFIES = re.compile(r"\btagboat\s+(?:ci\s+)?verify\b|\b(?:pip3?|uv\s+pip)\s+(?:install|download)\b.*==|\bdigests?\b")
SLEEPS = re.compile(r"\bsleep\s+[\d$]")
ENV_OF_LINE = re.compile(r"\$\{?(\w+)\}?|%(\w+)%")
SAID = re.compile(r"^\s*(?:#|echo\b(?!.*[|>])|printf\b(?!.*[|>]))")


def logical_lines(script: str) -> Iterator[str]:
    """The lines of a script that do something: continued ones joined, comments and mere words left out.

    The folder that tagboat is told of is left out, too.
    """
    for line in re.sub(r"\\\r?\n\s*", " ", script).splitlines():
        if line.strip() and not SAID.match(line):
            yield re.sub(r"\btagboat\s+-C\s+\S+", "tagboat", line)


def matches(pattern: re.Pattern[str], script: str) -> Iterator[str]:
    """What of a script is like the pattern, line by line."""
    for line in logical_lines(script):
        for match in pattern.finditer(line):
            yield match[0]


def does(pattern: re.Pattern[str], script: str) -> bool:
    """Whether a script does what the pattern is for."""
    return any(True for _ in matches(pattern, script))


def runs_tests(script: str) -> bool:
    """Whether a script runs tests: to install what runs them is not to run them."""
    return any(TESTS.search(INSTALLS.sub("", line)) for line in logical_lines(script))


def installed_loosely(script: str) -> Iterator[str]:
    """Each install by name alone, with no version, file or hash to hold it to."""
    for line in logical_lines(script):
        for match in INSTALLS.finditer(line):
            words = (match["what"] or "").split()
            if "install" in match[0] and not _is_held(words, match[0]):
                yield match[0].strip()


def _is_held(words: list[str], command: str) -> bool:
    """Whether something says which version or file it has to be."""
    if LOCKED.search(command) or any("==" in word or "@" in word for word in words):
        return True
    return any(
        word in ("-r", "-e", ".", "--requirement") or "/" in word or "*" in word for word in words if "://" not in word
    )
