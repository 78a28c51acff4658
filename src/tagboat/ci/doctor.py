"""Hold a forge's settings against what the pipeline needs: values in, findings out."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tagboat.forge.settings import Environment, Settings

FORBIDDEN = ("creation", "update", "deletion")


@dataclass(frozen=True, slots=True)
class Needed:
    """What the pipeline needs of the forge.

    Attributes:
        tag: the tag of some version, to hold patterns against.
        environments: those of the jobs that publish; `guarded` are the ones that people install from.
        secrets: the names that the jobs of each environment ask for; "" is any job.
        publishers: for each index that trusts an identity, what is to be entered on its page, in order.
        announces: whether releases are made on the forge.
    """

    tag: str
    environments: tuple[str, ...]
    guarded: frozenset[str]
    secrets: Mapping[str, tuple[str, ...]]
    publishers: Mapping[str, tuple[tuple[str, str], ...]]
    announces: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `state` is "good", "wrong", "advice" or "unknown"."""

    state: str
    what: str
    why: str = ""
    next: str = ""


def examine(settings: Settings, needed: Needed, forge: str) -> list[Finding]:
    """Everything that carries the release, or does not."""
    return [
        *_environments(settings, needed, forge),
        *_tags(settings, needed),
        *_names(settings, needed),
        *_rest(settings, needed, forge),
        *(Finding("unknown", f"could not look at {what}") for what in settings.closed),
    ]


def _environments(settings: Settings, needed: Needed, forge: str) -> Iterator[Finding]:
    if settings.environments is None:
        return
    for name in needed.environments:
        found = settings.environments.get(name)
        if found is None:
            yield Finding(
                "wrong" if name in needed.guarded else "advice",
                f"there is no environment {name}",
                f"{forge} makes it at the first run, and then lets everything in.",
                f"Make it in the settings, and let only tags like {needed.tag} deploy to it.",
            )
        else:
            yield from _environment(name, found, settings, needed)


def _environment(name: str, found: Environment, settings: Settings, needed: Needed) -> Iterator[Finding]:
    gates = ", ".join((*found.gates, *(found.refs or ())))
    if found.refs is not None and not any(_lets(ref, needed.tag) for ref in found.refs):
        yield Finding(
            "wrong",
            f"{name} lets only {', '.join(found.refs) or 'nothing'} deploy, and releases come from tags",
            next=f"Add a rule for tags that {needed.tag} fits.",
        )
    elif name in needed.guarded and not gates:
        private = (
            " In a private repository reviewers take a paid plan; rules for tags do not." if settings.private else ""
        )
        yield Finding(
            "wrong",
            f"{name} is a gate that lets everything in: it has no reviewer and no rule",
            f"Whoever can push a branch can publish with its identity.{private}",
            f"Let only tags like {needed.tag} deploy to it, and require a reviewer.",
        )
    elif name in needed.guarded and not found.gates:
        yield Finding("good", f"{name} lets only {gates} deploy; nobody is asked before")
    else:
        yield Finding("good", f"{name}: {gates or 'open to every branch and tag'}")


def _lets(ref: str, tag: str) -> bool:
    kind, _, pattern = ref.partition(" ")
    return kind == "tag" and fnmatchcase(tag, pattern)


def _tags(settings: Settings, needed: Needed) -> Iterator[Finding]:
    if settings.tag_rules is None:
        return
    ref = f"refs/tags/{needed.tag}"
    rules = [rule for rule in settings.tag_rules if _fits(ref, rule.include) and not _fits(ref, rule.exclude)]
    forbidden = {what for rule in rules for what in rule.forbids}
    missing = [what for what in FORBIDDEN if what not in forbidden]
    if not missing:
        yield Finding("good", f"tags like {needed.tag} are guarded by {', '.join(rule.name for rule in rules)}")
    else:
        yield Finding(
            "wrong" if "update" in missing or "deletion" in missing else "advice",
            f"nothing keeps everybody from the {', '.join(missing)} of tags like {needed.tag}",
            "A tag is what a release is made from: who may move it may publish something else.",
            f"Add a rule for the tags that {needed.tag} is one of.",
        )


def _fits(ref: str, patterns: Sequence[str]) -> bool:
    return any(pattern == "~ALL" or fnmatchcase(ref, pattern) for pattern in patterns)


def _names(settings: Settings, needed: Needed) -> Iterator[Finding]:
    for environment, names in needed.secrets.items():
        kept = (settings.environments or {}).get(environment)
        own = kept.names if kept is not None and kept.names is not None else frozenset()
        for name in names:
            if name in own:
                yield Finding("good", f"{name} is kept in {environment}")
            elif name in (settings.names or ()):
                yield _everywhere(name, environment)
            elif settings.names is not None and (kept is None or kept.names is not None):
                where = f"the environment {environment}" if environment else "the repository"
                yield Finding("wrong", f"{name} is missing", next=f"Add it to {where}.")
    for name, why in settings.weak.items():
        yield Finding("advice", f"{name}: {why}")


def _everywhere(name: str, environment: str) -> Finding:
    if not environment:
        return Finding("good", f"{name} is there")
    return Finding(
        "advice",
        f"{name} is open to every job of the repository",
        "Any workflow on any branch can read it.",
        f"Move it into the environment {environment}.",
    )


def _rest(settings: Settings, needed: Needed, forge: str) -> Iterator[Finding]:
    if settings.writes is not None:
        yield (
            Finding(
                "advice",
                "the token of every job may write, unless its workflow says otherwise",
                "Ours say it; others need not.",
                "Settings, Actions, General, Workflow permissions: read.",
            )
            if settings.writes
            else Finding("good", "the token of a job may only read, unless its workflow says otherwise")
        )
    if needed.announces and settings.immutable is not None:
        yield (
            Finding("good", "releases are immutable once they are published")
            if settings.immutable
            else Finding(
                "advice",
                "the files of a published release can be exchanged",
                next=f"Switch on immutable releases in the settings of {forge}: tagboat publishes complete ones.",
            )
        )
