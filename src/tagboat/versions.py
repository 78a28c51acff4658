"""The next version: PEP 440 inside, the rules of Semantic Versioning on top.

The number is computed from the last release, never from what the files say now, so a rerun after the bump
was committed comes to the same answer. What the files say is only compared with it. The number of parts is
kept (1.2.3.4, or CalVer's 2026.11.0), and so is an epoch. Zero padding is not: to PEP 440, 2026.01 is 2026.1.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError, NotReady, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from packaging.version import Version

    from tagboat.changes import Change, Kind, Level

    Taken: TypeAlias = Callable[[Version], bool] | Collection[Version]

Bump = Literal["auto", "major", "minor", "patch", "post", "dev", "final"]
Pre = Literal["a", "b", "rc"]

_LEVELS: tuple[Level, ...] = ("patch", "minor", "major")
_PRES: dict[str, Pre] = {
    **dict.fromkeys(("a", "alpha"), "a"),
    **dict.fromkeys(("b", "beta"), "b"),
    **dict.fromkeys(("rc", "c", "pre", "preview"), "rc"),
}
_NOUNS: dict[Kind, str] = {
    "Added": "feature",
    "Changed": "change",
    "Deprecated": "deprecation",
    "Removed": "removal",
    "Fixed": "fix",
    "Security": "security fix",
}
_EXAMPLE = 50
_FIRST = "0.1.0"
_ZERO = "0.0.0"


@dataclass(frozen=True, slots=True)
class Rules:
    """How far `auto` moves a version 0.x: as things stand a breaking change moves the minor part.

    With these defaults 1.0.0 is reached only by `major` or by an exact version. With
    `breaking_on_zero="major"` the first breaking change reaches it.
    """

    breaking_on_zero: Level = "minor"
    feature_on_zero: Level = "minor"

    def level(self, asked: Level, last: Version) -> Level:
        """Give the level that changes have after `last` when by themselves they ask for `asked`."""
        if last.major or asked == "patch":
            return asked
        return self.breaking_on_zero if asked == "major" else self.feature_on_zero


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for: a bump, maybe towards a pre-release, or one exact version.

    Raises `UsageError` for a combination that means nothing.
    """

    bump: Bump = "auto"
    pre: Pre | None = None
    exact: Version | None = None

    def __post_init__(self) -> None:
        if self.exact is not None and self.exact.local:
            raise UsageError(
                f"{self.exact} is a local version",
                why="What follows the + marks a private build; package indexes refuse it (PEP 440).",
                next=f"Release {self.exact.public} instead.",
            )
        if self.pre and self.exact is not None:
            raise UsageError(
                f"{self.exact} is an exact version, so --pre {self.pre} has nothing to decide",
                next=f"Leave --pre away, or write it into the version: {self.exact.base_version}{self.pre}1.",
            )
        if self.pre and self.bump in {"post", "dev", "final"}:
            raise UsageError(
                f"{self.bump} and --pre {self.pre} exclude each other",
                next="--pre goes with auto, major, minor and patch.",
            )

    @classmethod
    def parse(cls, word: str | None, pre: str | None = None) -> Request:
        """Read the words of a command line. Raises `UsageError` with the nearest word that exists."""
        phase = None if pre is None else _parse_pre(pre)
        word = "auto" if word is None else word.strip()
        for bump in get_args(Bump):
            if word == bump:
                return cls(bump, phase)
        return cls(pre=phase, exact=_parse_exact(word))


@dataclass(frozen=True, slots=True)
class Decision:
    """A version, the level that led to it (None when none did), and why, in one sentence for people."""

    version: Version
    level: Level | None
    reason: str


def next_version(
    last: Version | None,
    written: Version | None,
    changes: Sequence[Change],
    request: Request,
    rules: Rules,
    *,
    taken: Taken = (),
) -> Decision | None:
    """Decide the next version, or None when `auto` finds nothing to release.

    Args:
        last: the last release, maybe a pre-release, as its tag says; None before the first one.
        written: what the project's files say now; None when the version is derived from git.
        changes: what changed since `last`.
        request: what was asked for.
        rules: what changes mean below 1.0.
        taken: the versions that are tagged or on an index, or a function that knows them.

    A pre-release knows its level by its zeros: 2.0.0rc1 leads to a major version, 1.3.0rc1 to a minor one.
    Changes up to that level make the next candidate or, without `pre`, the final version; greater ones start
    over from a greater version. A bump by hand wins over `auto` when it is the greater one; a pre-release or
    a `.dev` mark in the files means "at least this version". Local parts (+x) do not count.

    The first release is what is written, whatever changed. On a first release alone level words count from
    what is written, so there a rerun of a committed bump counts on.

    Raises `UsageError` when the request makes no sense here, `ConfigError` when the files are behind the
    last release, `NotReady` when the version is taken.
    """
    written = None if written is None else _version(written.public)
    decision = _decide(last, written, changes, request, rules)
    if decision is not None and (taken(decision.version) if callable(taken) else decision.version in taken):
        raise NotReady(
            f"{decision.version} is taken",
            why="A version once tagged or on an index is never used again.",
            next=f"Ask for an exact version above it, such as {_after(decision.version)}.",
        )
    return decision


def _decide(
    last: Version | None, written: Version | None, changes: Sequence[Change], request: Request, rules: Rules
) -> Decision | None:
    if request.exact is not None:
        return _exact(last, request.exact)
    if last is None:
        return _first(written, request)
    if written is not None and written < last:
        raise ConfigError(
            f"the project's files say {written}, but {last} is released already",
            why="A version never goes back: either the files or the last tag are wrong.",
            next=f"Write {last} into the files, or ask for an exact version above {last}.",
        )
    if request.bump == "auto":
        return _auto(last, written, changes, request.pre, rules)
    if request.bump == "dev":
        return Decision(_dev(last, written), None, f"dev: asked for, a step after {last}")
    return _asked(last, written, request)


def _exact(last: Version | None, exact: Version) -> Decision:
    if last is None or exact > last:
        return Decision(exact, None, "exact: asked for by its number")
    state = "is released already" if exact == last else f"is not above the last release, {last}"
    raise UsageError(f"{exact} {state}", why="A version only goes up.", next=_possible(last))


def _first(written: Version | None, request: Request) -> Decision:
    start = written or _version(_FIRST)
    if request.bump == "post":
        raise UsageError(
            "a post-release follows a release, and there is none yet",
            next="Leave the word away to make the first release.",
        )
    if request.bump == "dev":
        return Decision(_dev(None, start), None, "first release, dev: asked for")
    if request.bump not in {"auto", "final"}:
        decision = _asked(written or _version(_ZERO), None, request)
        return Decision(decision.version, decision.level, f"first release, {decision.reason}")
    version = start
    if request.pre:
        version = _candidate(_final(start), request.pre, None, start)
    elif request.bump == "final" or start.dev is not None:
        version = _final(start)
    where = "the version that the files say" if written else "no version is written anywhere yet"
    return Decision(version, None, f"first release: {where}")


def _auto(
    last: Version, written: Version | None, changes: Sequence[Change], pre: Pre | None, rules: Rules
) -> Decision | None:
    asked = max((change.level for change in changes if change.level), key=_LEVELS.index, default=None)
    floor = last if written is None else max(last, _final(written))
    level = None if asked is None else rules.level(asked, last)
    if asked and level:
        target, reason = _target(last, level), _reason(changes, asked, level)
        if floor > target:
            target, reason = floor, f"{reason}; but the files say {written}, which is more"
    elif _is_wish(written, last, pre):
        target, reason = floor, f"the files say {written}"
    else:
        return None
    if pre:
        return Decision(_candidate(target, pre, last, written), level, f"{reason}; a pre-release of {target}")
    if target == _final(last):
        reason = f"{reason}; {last} becomes final"
    return Decision(target, level, reason)


def _asked(last: Version, written: Version | None, request: Request) -> Decision:
    """Do what a word says, unless the files promise more than that."""
    level: Level | None = None
    if request.bump == "post":
        target, reason = _post(last), f"follows {last}"
    elif request.bump == "final":
        target, reason = _finalised(last, written)
    else:
        level = cast("Level", request.bump)  # auto and dev never come here
        target, reason = _target(last, level), "asked for"
    if written is not None and _final(written) > target:
        raise UsageError(
            f"{request.bump} after {last} is {target}, but the project's files say {written}",
            why="Nobody but you can know which of the two is meant.",
            next=f"Ask for the exact version: {target} or {_final(written)}.",
        )
    if request.pre:
        return Decision(_candidate(target, request.pre, last, written), level, f"{level}: a pre-release of {target}")
    return Decision(target, level, f"{request.bump}: {reason}")


def _finalised(last: Version, written: Version | None) -> tuple[Version, str]:
    if last.is_prerelease:
        return _final(last), f"{last} becomes final"
    if written is not None and written > last:
        return _final(written), f"the files say {written}"
    raise UsageError(f"{last} is final already, there is nothing to finalise", next=_possible(last))


def _post(last: Version) -> Version:
    if last.is_prerelease:
        raise UsageError(f"{last} is a pre-release, which a post-release does not follow", next=_possible(last))
    return _make(last, post=(last.post or 0) + 1)


def _dev(last: Version | None, written: Version | None) -> Version:
    """Step to the next `.devN`: towards what the files say when that is more, else towards the next release."""
    steps = []
    if last is not None:
        release = _after(last) if last.pre or last.dev is not None else _raised(last, "patch")
        steps.append(_make(release, pre=release.pre, post=release.post, dev=release.dev or 1))
    if written is not None and (last is None or written > last):
        steps.append(_make(written, pre=written.pre, post=written.post, dev=written.dev or 1))
    return max(steps)


def _candidate(target: Version, pre: Pre, last: Version | None, written: Version | None) -> Version:
    """Step to the next a, b or rc of `target`; phases go forwards only."""
    version = _make(target, pre=(pre, 1))
    if last is not None and last.pre and last.base_version == target.base_version:  # a post-release has none of its own
        phase, number = last.pre
        if pre < phase:  # "a" < "b" < "rc"
            raise UsageError(
                f"{last} is past the phase {pre}", why="Pre-releases go from a to b to rc.", next=_possible(last)
            )
        if pre == phase:
            version = _make(target, pre=(pre, number))
        if version <= last:
            version = _after(version)
    if written is not None and written.pre and written.pre[0] == pre and written.base_version == target.base_version:
        version = max(version, _make(written, pre=written.pre))
    return version


def _is_wish(written: Version | None, last: Version, pre: Pre | None) -> bool:
    """Tell a version in the files that somebody decided on from one that a tool left behind."""
    if written is None or written <= last or written.dev is not None:
        return False
    if pre:
        return written.post is None and (written.pre is None or written.pre[0] == pre)
    return written.pre is None


def _target(last: Version, level: Level) -> Version:
    """Find the final version that a level leads to; a pre-release on the way there already stays on it."""
    under_way = last.pre is not None or (last.dev is not None and last.post is None)
    if under_way and _LEVELS.index(_own_level(last)) >= _LEVELS.index(level):
        return _final(last)
    return _raised(last, level)


def _own_level(version: Version) -> Level:
    _, minor, *rest = (*version.release, 0)
    return "patch" if any(rest) else "minor" if minor else "major"


def _raised(version: Version, level: Level) -> Version:
    """Count one part up and the ones behind it back to 0; there are as many parts as before."""
    place = {"major": 0, "minor": 1, "patch": 2}[level]
    parts = [*version.release, *[0] * (place + 1 - len(version.release))]
    return _make(version, [*parts[:place], parts[place] + 1, *[0] * (len(parts) - place - 1)])


def _final(version: Version) -> Version:
    """Take the marks of a pre-release and of a `.dev` off; a post-release of a final version stays one."""
    return _make(version, post=None if version.pre else version.post)


def _after(version: Version) -> Version:
    """Count the last thing up that a version counts."""
    if version.dev is not None:
        return _make(version, pre=version.pre, post=version.post, dev=version.dev + 1)
    if version.pre:
        return _make(version, pre=(version.pre[0], version.pre[1] + 1))
    if version.post is not None:
        return _make(version, post=version.post + 1)
    return _raised(version, "patch")


def _make(
    like: Version,
    release: Sequence[int] = (),
    *,
    pre: tuple[str, int] | None = None,
    post: int | None = None,
    dev: int | None = None,
) -> Version:
    """Build a version with the epoch of `like`, and with its release part unless another is given."""
    text = f"{like.epoch}!" + ".".join(str(part) for part in release or like.release)
    text += f"{pre[0]}{pre[1]}" if pre else ""
    text += f".post{post}" if post is not None else ""
    text += f".dev{dev}" if dev is not None else ""
    return _version(text)


def _version(text: str) -> Version:
    """Read a version. Raises `ValueError`. The import is left to the time in which git lists its tags."""
    from packaging.version import Version

    return Version(text)


def _possible(last: Version) -> str:
    """Say what could be released after `last`."""
    words = {str(_target(last, level)): str(level) for level in _LEVELS}
    if last.is_prerelease:
        words[str(_final(last))] = "final"
    else:
        words[str(_post(last))] = "post"
    listed = ", ".join(f"{version} ({word})" for version, word in words.items())
    return f"Possible: {listed}, or any exact version above {last}."


def _reason(changes: Sequence[Change], asked: Level, level: Level) -> str:
    """Say what decided on the level, such as "minor: 2 features (add a query, …), no breaking change"."""
    deciding = [change for change in changes if change.level == asked]
    counts = Counter("breaking change" if asked == "major" else _NOUNS[change.kind] for change in deciding)
    counted = " and ".join(f"{count} {_plural(noun, count)}" for noun, count in counts.items())
    example = deciding[0].summary
    if len(example) > _EXAMPLE:
        example = f"{example[:_EXAMPLE].rstrip()}…"
    more = ", …" if len(deciding) > 1 else ""
    absent = {"patch": ", nothing new", "minor": ", no breaking change", "major": ""}[asked]
    zero = "" if level == asked else f"; below 1.0 that is a {level} release"
    return f"{level}: {counted} ({example}{more}){absent}{zero}"


def _plural(noun: str, count: int) -> str:
    if count == 1:
        return noun
    return f"{noun}es" if noun.endswith("x") else f"{noun}s"


def _parse_pre(word: str) -> Pre:
    pre = _PRES.get(word.strip().lower())
    if pre is None:
        raise UsageError(f"--pre {word} does not exist", next=_did_you_mean(word, ("a", "b", "rc"), _PRES))
    return pre


def _parse_exact(word: str) -> Version:
    try:
        return _version(word)
    except ValueError:
        hint = f"Did you mean --pre {_PRES[word.lower()]}?" if word.lower() in _PRES else ""
        raise UsageError(
            f"{word!r} is neither a version nor a word for one",
            next=hint or _did_you_mean(word, get_args(Bump), get_args(Bump)),
        ) from None


def _did_you_mean(word: str, offered: Sequence[str], known: Collection[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word.lower(), known, n=1)
    listed = f"There are {', '.join(offered)}."
    return f"Did you mean {near[0]}? {listed}" if near else listed
