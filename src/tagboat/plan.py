"""The plan of a release: everything that was decided, once, as data."""

from __future__ import annotations

import json
import posixpath
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FORMAT = 1  # of plan.json; a number we do not know is refused, never guessed at


@dataclass(frozen=True, slots=True)
class Edit:
    """One file's whole text before and after. `path` is relative to the repository's top, with slashes.

    `before` is None for a file that the release creates. Texts keep their line endings; `encoding` is
    "utf-8" or "latin-1", so that every byte survives a round trip.
    """

    path: str
    before: str | None
    after: str
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One release, decided.

    Attributes:
        project: the project's name as it is written.
        folder: the project's folder, relative to the repository's top; "" for the top itself.
        version: what is released; `previous` is what was released last, if anything.
        base: the commit that the release builds on, or, without edits, the one that is released.
        branch: the branch that gets the release commit; None for a release from an existing tag.
        remote: where branch and tag are pushed to; None when there is no remote.
        upstream: the commit that the branch was at on the remote; where undo puts it back.
        tag: the tag's name.
        message: the release commit's whole message.
        notes: Markdown; what the changelog, the tag and announcements say.
        edits: what the release commit changes.
        from_tag: the tag was there before, so no commit and no tag will be made.
        indexes: names of the configured indexes, in the order of publishing.
        tag_only: the branch stays here, and only the tag is pushed: who may not push the branch brings it there later.
        reason: why it is this version, in one sentence.
    """

    project: str
    folder: str = ""
    version: Version
    previous: Version | None = None
    base: str
    branch: str | None = None
    remote: str | None = None
    upstream: str | None = None
    tag: str
    message: str = ""
    notes: str = ""
    edits: tuple[Edit, ...] = ()
    from_tag: bool = False
    indexes: tuple[str, ...] = ()
    tag_only: bool = False
    reason: str = ""

    @property
    def subject(self) -> str:
        """The first line of the release commit's message."""
        return self.message.partition("\n")[0]

    def to_json(self) -> str:
        """The plan as text; `from_json` reads it back."""
        data: dict[str, object] = {"format": FORMAT}
        for each in fields(self):
            value = getattr(self, each.name)
            data[each.name] = str(value) if isinstance(value, Version) else value
        data["edits"] = [
            {"path": edit.path, "before": edit.before, "after": edit.after, "encoding": edit.encoding}
            for edit in self.edits
        ]
        return json.dumps(data, indent=2, ensure_ascii=True) + "\n"

    @classmethod
    def from_json(cls, text: str, source: str = "plan.json") -> Plan:
        """Read a plan. Raises `ConfigError` when it was written by another tagboat or by hand."""
        with _readable(source):
            data = _checked_format(json.loads(text), source)
            previous = data.pop("previous")
            return cls(
                version=Version(data.pop("version")),
                previous=Version(previous) if previous else None,
                edits=tuple(Edit(**edit) for edit in data.pop("edits")),
                indexes=tuple(data.pop("indexes")),
                **data,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPlan:
    """One withdrawal, decided: a version of a project, off these indexes, for a reason that users will read.

    `hosts` says of each index where the project's files were when that was decided.
    """

    project: str
    version: Version
    reason: str
    indexes: tuple[str, ...]
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> str:
        """The plan as text; `from_json` reads it back."""
        data = {"format": FORMAT, "project": self.project, "version": str(self.version)}
        more = {"reason": self.reason, "indexes": self.indexes, "hosts": self.hosts}
        return json.dumps({**data, **more}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, source: str = "plan.json") -> RollbackPlan:
        """Read a plan. Raises `ConfigError` when it was written by another tagboat or by hand."""
        with _readable(source):
            data = _checked_format(json.loads(text), source)
            return cls(
                project=data["project"],
                version=Version(data["version"]),
                reason=data["reason"],
                indexes=tuple(data["indexes"]),
                hosts={name: tuple(hosts) for name, hosts in data.get("hosts", {}).items()},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionPlan:
    """One promotion, decided: these files of a version, by name and SHA-256, from one index to another."""

    project: str
    version: Version
    source: str
    target: str
    files: Mapping[str, str]

    @property
    def command(self) -> str:
        """What people run to go on with it."""
        return f"tagboat promote {self.version} --from {self.source} --to {self.target}"

    def to_json(self) -> str:
        """The plan as text; `from_json` reads it back."""
        data = {"format": FORMAT, "project": self.project, "version": str(self.version)}
        more = {"source": self.source, "target": self.target, "files": self.files}
        return json.dumps({**data, **more}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, source: str = "plan.json") -> PromotionPlan:
        """Read a plan. Raises `ConfigError` when it was written by another tagboat or by hand."""
        with _readable(source):
            data = _checked_format(json.loads(text), source)
            return cls(
                project=data["project"],
                version=Version(data["version"]),
                source=data["source"],
                target=data["target"],
                files=dict(data["files"]),
            )


def _checked_format(data: dict[str, Any], source: str) -> dict[str, Any]:
    if data.pop("format") != FORMAT:
        raise ConfigError(
            f"{source} was written by another version of tagboat",
            next="Finish with the tagboat that began it, or delete its folder.",
        )
    return data


@contextmanager
def _readable(source: str) -> Iterator[None]:
    """Turn whatever can be wrong with a plan file into one error."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{source} is not a plan that tagboat can read",
            why=f"{type(error).__name__}: {error}",
            next="If you did not edit it, delete its folder and plan again.",
        ) from error


def rebased(edits: tuple[Edit, ...], folder: str) -> tuple[Edit, ...]:
    """Edits with paths relative to the project's folder, made relative to the repository's top.

    Raises `ConfigError` for a file outside the repository.
    """
    return tuple(replace(edit, path=_from_top(folder, edit.path)) for edit in edits)


def _from_top(folder: str, path: str) -> str:
    found = posixpath.normpath(posixpath.join(folder, path))
    if found.startswith(("../", "/")):
        raise ConfigError(f"{path} is outside the repository", why="The release commit could not hold its change.")
    return found


def filled(template: str, values: Mapping[str, object]) -> str:
    """A message template of the configuration with its `{words}` filled in."""
    for word, value in values.items():
        template = template.replace(f"{{{word}}}", str(value))
    return template
