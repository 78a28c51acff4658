"""`[tool.tagboat]` as a frozen `Config`; every default is on its dataclass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass
from tagboat.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tagboat.changes import Level


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """One `[tool.tagboat.index.NAME]`; no URL holds a credential.

    Attributes:
        at: where it is, by the keys of its kind (`tagboat.index.kinds`); a `path` is relative to the project's root.
        username: who uploads; "" leaves it to the credential.
        ca_file: certificates trusted besides the system's; relative to the project's root.
        insecure: allow plain http to another machine; certificates are verified all the same.
        trusted_publishing: exchange the identity of a CI job for a token; None where there is one to exchange.
        attestations: sign what is uploaded (PEP 740); None where there is an identity to sign with.
        file: the file that says all this.
    """

    name: str
    kind: str
    at: Mapping[str, str]
    username: str = ""
    ca_file: str = ""
    insecure: bool = False
    trusted_publishing: bool | None = None
    attestations: bool | None = None
    file: str = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class VersionFile:
    """A further file that holds the version: a path or glob from the project's root, and the text around it.

    The pattern "{version}" alone means: the file's one literal, its whole content, or wherever the current
    version stands.
    """

    path: str
    pattern: str = "{version}"


@dataclass(frozen=True, slots=True)
class VerifyConfig:
    """`[tool.tagboat.verify]`: what has to work once a release was installed from the index.

    `pythons` is "all" found on this machine in the project's range, "one" (the one that runs tagboat, else the
    newest found), or versions such as "3.12".
    `imports` and `commands` are None for what the project declares. `wait` (seconds) bounds the waiting for
    the index to list every file, `timeout` (seconds) each installation, import and command.
    """

    pythons: str | tuple[str, ...] = "all"
    pip: bool = True
    imports: tuple[str, ...] | None = None
    commands: tuple[str, ...] | None = None
    wait: float = 300
    timeout: float = 600


@dataclass(frozen=True, slots=True)
class BuildConfig:
    """`[tool.tagboat.build]`: names of variables that the build gets although they look like secrets."""

    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """`[tool.tagboat.check]`: further required files, checks left out, odd files that the sdist may hold."""

    required: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForgeConfig:
    """`[tool.tagboat.forge]`: where releases are announced, with their files; kind "" is nowhere.

    `url` is that of an own server's API, "" the public one; `repository` is "owner/name", "" what the remote says.
    """

    kind: str = ""
    url: str = ""
    repository: str = ""


@dataclass(frozen=True, slots=True)
class CiConfig:
    """`[tool.tagboat.ci]`: what the generated pipelines do.

    Attributes:
        pythons: versions such as "3.12" that the tests run on; None for those of the project's metadata.
        test: lines of shell that install the project and test it; None for pytest where there are tests.
        wheels: runners on which cibuildwheel makes platform wheels; none for a project of pure Python.
        licences: SPDX identifiers that dependencies may have, "unknown" for those that say none; None does not look.
        accepted_vulnerabilities: identifiers of known ones that stop no release.
        notify: whether jobs tell the addresses in the secret TAGBOAT_NOTIFY_URLS how a release went.
        documentation: file name of a workflow that is started from the tag once a release is announced; "" starts none.
        release: "tag" starts with a tag that somebody pushes, "pull-request" with a merged release pull request.
        updates: what moves the pins: "dependabot", "renovate" or "none".
    """

    pythons: tuple[str, ...] | None = None
    test: tuple[str, ...] | None = None
    wheels: tuple[str, ...] = ()
    licences: tuple[str, ...] | None = None
    accepted_vulnerabilities: tuple[str, ...] = ()
    notify: bool = False
    documentation: str = ""
    release: str = "tag"
    updates: str = "dependabot"


@dataclass(frozen=True, slots=True)
class Config:
    """`[tool.tagboat]`, checked.

    `remote` None is the branch's upstream, else origin; `branch` None allows a release from any branch.
    `changelog` True is the file found, else CHANGELOG.md; False is none. `indexes` None publishes to every
    index of `index`, in the order of the file. `dependency_index` empty leaves it to the installers. `told_by` has
    the file of each setting that no pyproject.toml says, or "default".
    """

    tag_format: str = "v{version}"
    remote: str | None = None
    branch: str | None = None
    changelog: str | bool = True
    commit_message: str = "Release {version}"
    indexes: tuple[str, ...] | None = None
    dependency_index: tuple[str, ...] = ()
    breaking_on_zero: Level = "minor"
    feature_on_zero: Level = "minor"
    version_files: tuple[VersionFile, ...] = ()
    index: tuple[IndexConfig, ...] = ()
    build: BuildConfig = BuildConfig()
    verify: VerifyConfig = VerifyConfig()
    check: CheckConfig = CheckConfig()
    forge: ForgeConfig = ForgeConfig()
    ci: CiConfig = CiConfig()
    told_by: tuple[tuple[str, str], ...] = ()

    @property
    def publish_to(self) -> tuple[IndexConfig, ...]:
        """The indexes that a release goes to, first to last."""
        if self.indexes is None:
            return self.index
        return tuple(self.find_index(name) for name in self.indexes)

    def find_index(self, name: str) -> IndexConfig:
        """Return the index of that name. Raises `UsageError` with the names there are."""
        for index in self.index:
            if index.name == name:
                return index
        known = ", ".join(index.name for index in self.index)
        raise UsageError(
            f"there is no index named {name}",
            next=f"Configured are: {known}." if known else f"Add [tool.tagboat.index.{name}] to pyproject.toml.",
        )

    def origins(self) -> Iterator[tuple[str, object, str]]:
        """Yield each setting as it is written in TOML, its value, and the file that says so, or "default"."""
        told_by = dict(self.told_by)
        for name, value, origin in _origins("", self, Config()):
            yield name, value, told_by.get(name, origin)
        for index in self.index:
            yield f"index.{index.name}", index.kind, index.file


def _origins(prefix: str, config: object, default: object) -> Iterator[tuple[str, object, str]]:
    from dataclasses import fields

    for field in fields(config):  # type: ignore[arg-type]
        value, usual = getattr(config, field.name), getattr(default, field.name)
        name = prefix + field.name.replace("_", "-")
        if isinstance(value, (BuildConfig, VerifyConfig, CheckConfig, ForgeConfig, CiConfig)):
            yield from _origins(f"{name}.", value, usual)
        elif name not in ("index", "told-by"):
            yield name, value, "default" if value == usual else "pyproject.toml"
