"""Commits become changes: what users will notice, and how far it moves the version.

Messages are read as Conventional Commits 1.0.0 (conventionalcommits.org). A history that knows nothing of
them is read too; `changes_from_commits` states the rule.
"""

from __future__ import annotations

import gc
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Level = Literal["major", "minor", "patch"]
Kind = Literal["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as git tells it: full id, first line, and the rest of its message."""

    id: str
    subject: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that users will notice, or (level None) one that only explains itself."""

    kind: Kind
    summary: str
    level: Level | None
    commit: str = ""
    scope: str = ""
    breaking: bool = False
    breaking_note: str = ""


def changes_from_commits(commits: Iterable[Commit]) -> tuple[Change, ...]:
    """Read the changes that commits make, in the order of the commits, which is git's: newest first.

    - A conventional commit has a level by its type; a breaking one is "major" whatever its type is. Types
      that users do not notice (docs, test, ci, chore, build, style, refactor) are no change unless breaking.
    - Any other commit is a "Changed" entry. It has level "patch" when no commit of the whole range is
      conventional; beside conventional commits it is listed and moves nothing (level None), because there
      whoever wants a release says so by the type.
    - Merges, `fixup!` and its kind, and release commits are no change. A merge that carries the title of
      its pull request stands for that title.
    - A commit and its revert ("This reverts commit ID") cancel each other when both are in the range.
      Reverting a revert brings the change back. A revert of something older is a "Changed" entry.
    - What is said twice (a merge's title and its only commit, a backport) is listed once.
    """
    with _all_kept():
        return _changes(commits)


@contextmanager
def _all_kept() -> Iterator[None]:
    """Spare Python the look for garbage: of a whole history all is kept, and looking at it takes a fifth as long."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _changes(commits: Iterable[Commit]) -> tuple[Change, ...]:
    found: dict[int, Change] = {}
    plain: list[int] = []
    reverts = _Reverts()
    said: set[str] = set()
    conventional = twice = False
    for number, commit in enumerate(commits):
        style, change = _read(commit)
        conventional = conventional or style == "conventional"
        if reverts and (cancelled := reverts.of(commit.id)) is not None:
            for reverter in cancelled:
                found.pop(reverter, None)
            continue
        if commit.body and "This reverts commit" in commit.body:
            reverts.add(number, commit.body, vanishes=style == "revert")
        if change is not None:
            twice = twice or change.summary in said
            said.add(change.summary)
            found[number] = _moving_nothing(change) if style == "plain" and conventional else change
        if style == "plain" and not conventional:
            plain.append(number)
    if conventional:
        found.update({at: _moving_nothing(found[at]) for at in plain if at in found})
    if not twice:
        return tuple(found.values())
    once = {(one.summary, one.kind, one.scope, one.breaking, one.breaking_note): one for one in found.values()}
    return tuple(once.values())


_Style = Literal["conventional", "plain", "revert", "none"]

_TYPES: dict[str, tuple[Kind, Level] | None] = {
    **dict.fromkeys(("feat", "feature"), ("Added", "minor")),
    **dict.fromkeys(("fix", "bugfix", "hotfix"), ("Fixed", "patch")),
    **dict.fromkeys(("perf", "revert"), ("Changed", "patch")),
    "security": ("Security", "patch"),
    **dict.fromkeys(("deprecate", "deprecated"), ("Deprecated", "minor")),
    **dict.fromkeys(("remove", "removed"), ("Removed", "minor")),
    **dict.fromkeys(("docs", "doc", "test", "tests", "ci", "chore", "build", "style", "refactor"), None),
}

_OF_NO_LEVEL: tuple[Kind, Level] = ("Changed", "major")  # noticed only because they break something

# "type(scope)!: text". A missing space, and the wide colon of Japanese keyboards, are let pass.
_CONVENTIONAL = re.compile(r"([A-Za-z]+)(?: ?\(([^()]*)\))?(!)?[:：] *(.+)")

# From here on patterns are texts, which `re` compiles and keeps when one is first asked for: compiling all takes as
# long as Python's own start, and most histories need few.

# The text after "BREAKING CHANGE:", over as many lines as there are before the next footer.
_BREAKING = (
    r"(?sm)^BREAKING[ -]CHANGES?(?::| #)(.*?)"
    r"(?=^BREAKING[ -]CHANGES?(?::| #)|^[A-Za-z][A-Za-z0-9-]*(?:: | #)|\Z)"
)

# What git itself writes: 'Revert "subject"', and 'Reapply "subject"' for the revert of a revert.
_QUOTING = r'(Revert|Reapply) "(.+)"'

# Reverting a merge ("..., reversing changes made to ...") takes back commits that nobody names.
_FULL_ID = 40
_REVERTED = r"This reverts commit ([0-9a-f]{7,64})\b(?!, reversing)"

_MERGE = r"Merge (?:pull request #|(?:branch|branches|remote-tracking branch|tag|commit) '|\S+://)|Merged in "
_FIXUP = ("fixup!", "squash!", "amend!")

_NUMBER = r"v?\d+(?:\.\w+)+(?:[-+]\w[\w.]*)?"
_RELEASE = rf"""(?xi)
    (?: chore \( releases? \) !? : .*
      | (?: (?:chore|build|ci|release|bump) (?:\([^)]*\))? : \s* )?
        (?: releases? \s+ [\w.-]+ \s+
          | (?: (?: bump(?:s|ed|ing)? | prepar(?:e|es|ed|ing) | releas(?:e|es|ed|ing) | back | development
                  | version | tag | to | for | from | the | new ) :? \s+ )*
        )
        {_NUMBER} (?: \s* (?:→|->|=>|to) \s* {_NUMBER} )? (?: \s+ release )? \s* (?: [\[(] .* )? \.?
    ) $
    """

_CONTROL = r"[\x00-\x1f\x7f-\x9f]"


class _Reverts:
    """Which commits are taken back, by id or by its first seven digits, and by whom."""

    def __init__(self) -> None:
        self._targets: dict[str, list[tuple[str, int]]] = {}
        self._left: dict[int, int] = {}

    def __bool__(self) -> bool:
        return bool(self._targets)

    def add(self, number: int, body: str, *, vanishes: bool) -> None:
        """Commit `number` takes back what its body names, and `vanishes` once all of that was met."""
        targets = re.findall(_REVERTED, body)
        self._left[number] = len(targets) if vanishes else -1
        for target in targets:
            key = target if len(target) >= _FULL_ID else target[:7]
            self._targets.setdefault(key, []).append((target, number))

    def of(self, commit: str) -> list[int] | None:
        """Tell which reverts have nothing left to take back after this commit; None when it stands."""
        named = (*self._targets.get(commit, ()), *self._targets.get(commit[:7], ()))
        numbers = [number for target, number in named if commit.startswith(target)]
        for number in numbers:
            self._left[number] -= 1
        return [number for number in numbers if not self._left[number]] if numbers else None


def _moving_nothing(change: Change) -> Change:
    """The entry of a commit that is not conventional, in a history that is."""
    return Change("Changed", change.summary, None, change.commit)


def _read(commit: Commit) -> tuple[_Style, Change | None]:
    subject, body = _clean(commit.subject), commit.body
    if subject.startswith(("Merge", "Revert ", "Reapply ")):
        if subject.startswith("Merge"):
            subject, body = _merged(subject, body)
        elif quoting := re.match(_QUOTING, subject):
            if quoting[1] == "Revert":
                return "revert", Change("Changed", subject, "patch", commit.id)
            return "revert", _told(commit.id, quoting[2], body)[1]
    return _told(commit.id, subject, body)


def _told(commit: str, subject: str, body: str) -> tuple[_Style, Change | None]:
    """Read what a person said: a subject without what git puts around it."""
    note = _breaking_note(body) if "BREAKING" in body else None
    if said := _CONVENTIONAL.match(subject):
        word = said[1].lower()
        entry = _TYPES.get(word)
        if subject.startswith(_FIXUP) or (entry is None and _is_release(subject)):
            return "none", None
        if entry is not None or said[3] or (note is not None and word in _TYPES):
            return "revert" if word == "revert" else "conventional", _conventional(commit, word, said, note)
        if word in _TYPES:
            return "conventional", None
    elif subject.startswith(_FIXUP) or _is_release(subject) or not _has_words(subject):
        return "none", None
    if note is not None:
        return "conventional", Change("Changed", subject, "major", commit, "", True, note)
    return "plain", Change("Changed", subject, "patch", commit)


def _is_release(subject: str) -> bool:
    """Tell a release commit, which has a number with a dot in it or a scope that says so; most subjects have none."""
    return ("." in subject or "(release" in subject.lower()) and re.match(_RELEASE, subject) is not None


def _has_words(subject: str) -> bool:
    """Find a letter, a digit or anything from beyond ASCII, bytes of another encoding among them."""
    return not subject.isascii() or any(map(str.isalnum, subject))


def _conventional(commit: str, word: str, said: re.Match[str], note: str | None) -> Change:
    """Read a conventional subject that users will notice."""
    _, scope, mark, text = said.groups("")
    scope = scope.strip()
    kind, level = _TYPES.get(word) or _OF_NO_LEVEL
    if word == "fix" and scope.lower() == "security":
        kind, scope = "Security", ""
    elif word == "revert":
        text = f'Revert "{text}"'
    if mark or note is not None:
        return Change(kind, text, "major", commit, scope, True, note or "")
    return Change(kind, text, level, commit, scope)


def _merged(subject: str, body: str) -> tuple[str, str]:
    """Take the title of the pull request, and what follows it, out of a merge commit; else nothing."""
    if not re.match(_MERGE, subject):
        return subject, body
    if subject.startswith(("Merge pull request ", "Merged in ")) or "See merge request " in body:
        title, _, rest = body.strip().partition("\n")
        return _clean(title), rest
    return "", ""


def _breaking_note(body: str) -> str | None:
    """Read the BREAKING CHANGE footers: '' for an empty one, None when there is none."""
    notes = [note.strip() for note in re.findall(_BREAKING, body)]
    return "\n".join(notes) if notes else None


def _clean(text: str) -> str:
    """One line without control characters: summaries go to terminals and into files."""
    if text.isprintable() and "  " not in text:
        return text.strip()  # as nearly all of them are
    return " ".join(re.sub(_CONTROL, " ", text).split())
