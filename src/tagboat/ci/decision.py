"""Decide what a run of the publish pipeline does: values in, values out. The plan job is the only one that decides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from tagboat.ci.event import TAGS
from tagboat.errors import NotReady, Problem
from tagboat.preflight import SHALLOW, TEST_KINDS, order_problems
from tagboat.tags import tag_name, version_of_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tagboat.ci.event import Event
    from tagboat.config import IndexConfig

LONGEST = 60  # characters of a foreign text in a message
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the checkout says.

    Attributes:
        project: the project's name.
        tag_format: how its tags are made.
        head: the commit that is checked out.
        head_tag: the tag of a release that is on it, "" when none is.
        is_shallow: whether history was cut off.
        commit_of: the full id of the commit that an id or a full name stands for; None for what is not here.
        written: the place in words and the text, for every place where the version is written.
        from_git: whether the version is derived from git, and written nowhere.
        next_version: what the next release of the branch would be; None when nothing is to be released.
        indexes: where a release goes to, in order.
        pythons: what the tests run on.
    """

    project: str
    tag_format: str
    head: str
    head_tag: str = ""
    is_shallow: bool = False
    commit_of: Callable[[str], str | None]
    written: Sequence[tuple[str, str]] = ()
    from_git: bool = False
    next_version: Version | None = None
    indexes: Sequence[IndexConfig] = ()
    pythons: Sequence[str] = ()

    def tag_of(self, version: Version) -> str:
        """The tag of a version."""
        return tag_name(self.tag_format, self.project, version)

    def commit_of_tag(self, tag: str) -> str | None:
        """The commit that a tag is on; None when there is no such tag."""
        return self.commit_of(TAGS + tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the run does.

    Attributes:
        version: what is released or tried; None when only a build can tell.
        tag: what is built; "" when that is the branch as it is.
        commit: the commit that is built.
        publish: whether anything leaves the run.
        to: of each index, in order, whether this run publishes to it.
        reason: why, in one sentence.
    """

    version: Version | None
    tag: str
    commit: str
    publish: bool
    to: Mapping[str, bool]
    pythons: Sequence[str]
    reason: str

    @property
    def prerelease(self) -> bool:
        """Whether it is a pre-release, as PEP 440 has it."""
        return self.version is not None and self.version.is_prerelease

    def outputs(self) -> dict[str, str]:
        """What the other jobs are told."""
        return {
            "version": str(self.version or ""),
            "tag": self.tag,
            "commit": self.commit,
            "ref": TAGS + self.tag if self.tag else self.commit,
            "publish": _word(self.publish),
            "prerelease": _word(self.prerelease),
            "pythons": json.dumps(list(self.pythons), separators=(",", ":")),
            **{f"to-{name}": _word(wanted) for name, wanted in self.to.items()},
        }


def decide(event: Event, facts: Facts) -> Decision:
    """What the event asks for, if nothing speaks against it. Raises `NotReady` with every problem."""
    problems = [SHALLOW] if facts.is_shallow else []
    problems += order_problems(facts.indexes)
    if event.name == "dispatch":
        decision = _by_hand(event, facts, problems)
    elif tag := event.tag if event.name == "tag" else facts.head_tag if event.name == "laptop" else "":
        decision = _tagged(event, facts, tag, problems)
    else:
        decision = _dry(event, facts, None, problems)
    if problems:
        raise NotReady(
            f"this run of {facts.project} publishes nothing",
            problems=dict.fromkeys(problems),
            next="Nothing was built, nothing was changed.",
        )
    return decision


def parse_version(text: str) -> Version | Problem:
    """A version as PEP 440 writes it, to the letter: it was typed by hand, and is about to be in names of files."""
    try:
        version = Version(text)
    except ValueError:
        return Problem(f"{_shown(text)} is not a version", "Versions follow PEP 440: 1.2.3, 1.2.3rc1.")
    if version.local:
        return Problem(f"{version} is a local version", "Indexes refuse what has a + in it (PEP 440).")
    if str(version) != text:
        return Problem(f"{_shown(text)} is a version in another spelling", next=f"Write {version}.")
    return version


def _tagged(event: Event, facts: Facts, tag: str, problems: list[Problem]) -> Decision:
    """A tag was pushed: it is released, everywhere."""
    version = version_of_tag(facts.tag_format, facts.project, tag)
    if version is None:
        problems.append(
            Problem(
                f"{_shown(tag)} is no tag of a release",
                f"Tags of {facts.project} look like {facts.tag_format}, with a version of PEP 440 in it.",
                "Delete the tag, and make the right one: `tagboat release` does.",
            )
        )
    else:
        problems += _tag_problems(event, facts, tag, version)
    reason = f"the tag {tag} was pushed" if event.tag else f"HEAD has the tag {tag}"
    return _decision(facts, version, tag, reason, facts.indexes, publish=True)


def _by_hand(event: Event, facts: Facts, problems: list[Problem]) -> Decision:
    """Somebody filled in the form; without a word about it, nothing leaves the run."""
    inputs = event.inputs
    dry_run = _dry_run(inputs.get("dry-run", ""), problems)
    channel = _channel(inputs.get("channel", "") or ALL, facts, problems)
    version = _typed(inputs.get("version", ""), dry_run=dry_run, problems=problems)
    if dry_run or version is None:
        return _dry(event, facts, version, problems)
    problems += _unconfirmed(inputs.get("confirm", ""), version, channel)
    tag = facts.tag_of(version)
    if event.tag != tag:
        problems.append(
            Problem(
                f"this run was started from {_shown(event.where)}, and not from the tag {tag}",
                "The rules of an environment, and the identity that an index sees, go by what it is started from.",
                f"Choose {tag} where the form asks for the branch; with gh: --ref {tag}.",
            )
        )
    problems += _tag_problems(event, facts, tag, version)
    names = ", then ".join(index.name for index in channel)
    return _decision(facts, version, tag, f"started by hand, for {names or 'no index'}", channel, publish=True)


def _dry(event: Event, facts: Facts, version: Version | None, problems: list[Problem]) -> Decision:
    """Everything short of publishing: of the tag where it is checked out, else of the branch as it is."""
    if version is not None and facts.commit_of_tag(facts.tag_of(version)) == facts.head:
        tag = facts.tag_of(version)
        problems += _tag_problems(event, facts, tag, version)
        return _decision(facts, version, tag, f"a dry run of the tag {tag}")
    written = _written(facts, problems)
    if version is not None and written is not None and version not in (written, facts.next_version):
        problems.append(
            Problem(
                f"{version} was asked for, but {event.where} is at {written}",
                next=f"Start it from the tag of {version}, or try {written}.",
            )
        )
    tried = written or version or facts.next_version
    coming = f"; its next release would be {facts.next_version}" if facts.next_version else ""
    return _decision(facts, tried, "", f"a dry run of {event.where} as it is{coming}")


def _decision(
    facts: Facts,
    version: Version | None,
    tag: str,
    reason: str,
    channel: Sequence[IndexConfig] = (),
    *,
    publish: bool = False,
) -> Decision:
    wanted = {index.name for index in channel}
    return Decision(
        version=version,
        tag=tag,
        commit=facts.head,
        publish=publish,
        to={index.name: index.name in wanted for index in facts.indexes},
        pythons=facts.pythons,
        reason=reason,
    )


def _tag_problems(event: Event, facts: Facts, tag: str, version: Version) -> list[Problem]:
    """What speaks against building a tag: where it is, and what the files there say."""
    if facts.tag_of(version) != tag:
        return [
            Problem(
                f"the tag is {tag}, but version {version} is tagged {facts.tag_of(version)}",
                "The tag is how everybody finds the source of a version.",
                "Delete it, and tag the version by its own spelling.",
            )
        ]
    commit = facts.commit_of_tag(tag)
    if commit is None:
        return [Problem(f"there is no tag {tag} here", next="Push the tag; the checkout needs fetch-depth: 0.")]
    found = []
    if commit != facts.head:
        found.append(
            Problem(
                f"{tag} is on {commit[:10]}, but {facts.head[:10]} is checked out",
                "What is tested has to be what is released.",
                f"Start the run from {tag}.",
            )
        )
    if event.tag == tag and event.sha and facts.commit_of(event.sha) != commit:
        found.append(
            Problem(
                f"{tag} was moved: this run was started for {event.sha[:10]}, it is on {commit[:10]} now",
                "A version that was tagged once is never used again.",
                "Find out who moved it; then release the next version.",
            )
        )
    if commit == facts.head:
        wrong = [(where, text) for where, text in facts.written if _version(text) != version]
        found += [_place_problem(where, text, f"the tag is {tag}") for where, text in wrong]
    return found


def _written(facts: Facts, problems: list[Problem]) -> Version | None:
    """What every place says; None where it stands nowhere, or where they disagree, which is a problem each."""
    found = {_version(text) for _, text in facts.written}
    if len(found) == 1:
        return found.pop()
    problems += [_place_problem(where, text, "not all places do") for where, text in facts.written]
    return None


def _place_problem(where: str, text: str, but: str) -> Problem:
    return Problem(f"{where} says {_shown(text)}, but {but}", next="`tagboat release` makes every place say the same.")


def _version(text: str) -> Version | None:
    """What a place says, in whatever spelling: Cargo has 1.0.0-rc.1 for 1.0rc1."""
    try:
        return Version(text)
    except ValueError:
        return None


def _typed(text: str, *, dry_run: bool, problems: list[Problem]) -> Version | None:
    """The version of the form; only a dry run can do without."""
    if not text:
        if not dry_run:
            problems.append(
                Problem("no version was given", "What is published by hand is named.", "Fill in `version`.")
            )
        return None
    version = parse_version(text)
    if isinstance(version, Problem):
        problems.append(version)
        return None
    return version


def _dry_run(text: str, problems: list[Problem]) -> bool:
    """Whether it is a dry run, which it is unless the form says no."""
    if text.lower() not in ("", "true", "false"):
        problems.append(Problem(f"dry-run is {_shown(text)}, which is neither true nor false"))
    return text.lower() != "false"


def _channel(name: str, facts: Facts, problems: list[Problem]) -> Sequence[IndexConfig]:
    found = [index for index in facts.indexes if name in (ALL, index.name)]
    if not found and name != ALL:
        known = ", ".join([ALL, *(index.name for index in facts.indexes)])
        problems.append(Problem(f"there is no channel {_shown(name)}", next=f"There are: {known}."))
    return found


def _unconfirmed(confirm: str, version: Version, channel: Sequence[IndexConfig]) -> list[Problem]:
    """For what people install from, the version has to be typed twice."""
    if confirm == str(version):
        return []
    if confirm:
        what = f"{_shown(confirm)} was typed to confirm, and the version is {version}"
    elif all(index.kind in TEST_KINDS for index in channel) and channel:
        return []
    else:
        what = "nobody confirmed it"
    return [Problem(what, "What an index took stays taken.", f"Type {version} into `confirm`, too.")]


def _word(value: bool) -> str:
    return "true" if value else "false"


def _shown(text: str) -> str:
    """A text that somebody typed, short and in ASCII, so that it cannot be taken for anything else."""
    return json.dumps(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
