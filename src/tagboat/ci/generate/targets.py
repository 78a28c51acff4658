"""Where a pipeline publishes to: by which means, and by which secrets of the forge."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError, Problem
from tagboat.index.credentials.credential import variable
from tagboat.index.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.config import IndexConfig

TRUSTED, TOKEN, TAGBOAT = "trusted", "token", "tagboat"

AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
PASSWORDS = frozenset({"nexus", "pulp", "google"})
"""Kinds whose users have a name and a password; Google's a key under the name of `_json_key_base64`."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable of a job, and where its value is kept: among `secrets` or `vars`."""

    name: str
    kept: str
    key: str

    def __str__(self) -> str:
        return f"${{{{ {self.kept}.{self.key} }}}}"


@dataclass(frozen=True, slots=True)
class Target:
    """One index of a pipeline.

    Attributes:
        name: the index's.
        kind: its kind.
        how: "trusted" by the job's identity, "token" by PyPA's action with a token, "tagboat" by `tagboat ci publish`.
        url: where PyPA's action uploads to; "" for its default, which is PyPI.
        attests: whether PyPA's action signs what it uploads.
        variables: what the jobs that publish to it, or read from it, get besides.
        extra: the extra of tagboat that it needs; "" for none.
        is_test: whether nobody is meant to install from it.
    """

    name: str
    kind: str
    how: str
    url: str = ""
    attests: bool = False
    variables: tuple[Variable, ...] = ()
    extra: str = ""
    is_test: bool = False

    @property
    def publishes(self) -> str:
        """The job that publishes to it."""
        return f"publish-{self.name}"

    @property
    def verifies(self) -> str:
        """The job that verifies what it has."""
        return f"verify-{self.name}"

    @property
    def given_by_gitlab(self) -> tuple[str, ...]:
        """Variables that a job of GitLab has a stand-in for by itself: its own token is one for its packages."""
        return ("GITLAB_TOKEN",) if self.kind == "gitlab" else ()

    @property
    def is_private(self) -> bool:
        """Whether reading from it takes a credential."""
        return self.how == TAGBOAT and bool(self.variables)


def find_targets(indexes: Sequence[IndexConfig]) -> tuple[Target, ...]:
    """The indexes as a pipeline knows them, in the same order.

    Raises `ConfigError` that names every index which a job of its own machine cannot publish to.
    """
    folders = [index.name for index in indexes if index.kind == "directory"]
    if folders:
        raise ConfigError(
            "a pipeline cannot publish to a folder",
            why="Each job has a machine of its own, which is gone when it ends.",
            next="Leave it out by `indexes` in [tool.tagboat], or use an index that the jobs can reach.",
            problems=[Problem(f"[tool.tagboat.index.{name}] is of the kind directory") for name in folders],
        )
    kinds = Counter(index.kind for index in indexes)
    return tuple(_target(index, is_only=kinds[index.kind] == 1) for index in indexes)


def _target(index: IndexConfig, *, is_only: bool) -> Target:
    kind = KINDS[index.kind]
    is_test = index.kind == "testpypi"
    if kind.trusted:
        url, is_own = _upload_url(index)
        if index.trusted_publishing is not False:
            attests = index.attestations is not False if is_own else index.attestations is True
            return Target(index.name, index.kind, TRUSTED, url, attests=attests, is_test=is_test)
        key = "TEST_PYPI_API_TOKEN" if is_test else "PYPI_API_TOKEN"
        return Target(
            index.name,
            index.kind,
            TOKEN,
            url,
            variables=(Variable(variable(index.name, "TOKEN"), "secrets", _key(index, key, is_only=is_only)),),
            is_test=is_test,
        )
    return Target(
        index.name, index.kind, TAGBOAT, variables=tuple(_variables(index, is_only=is_only)), extra=kind.extra
    )


def _upload_url(index: IndexConfig) -> tuple[str, bool]:
    """Where PyPA's action uploads to, "" for PyPI; and whether that is PyPI or TestPyPI itself."""
    from tagboat.index.kinds.pypi import own_place, place

    url, own = place(index).upload_url, own_place(index.kind).upload_url
    return ("" if url == own and index.kind == "pypi" else url), url == own


def _variables(index: IndexConfig, *, is_only: bool) -> list[Variable]:
    kind = KINDS[index.kind]
    if index.kind == "s3":
        return _secrets(AWS)
    name = "PASSWORD" if index.kind in PASSWORDS else "TOKEN"
    found = [Variable(own := variable(index.name, name), "secrets", own)]
    if kind.token_variables and is_only:
        found = _secrets(kind.token_variables[:1])  # the first is that of the kind; others are those of a CI system
    if index.kind == "codeartifact":
        found += _secrets(AWS)  # a token of its own lives for twelve hours at most
    if not (index.username or kind.token_user or kind.user_in) or index.kind == "google":
        found.append(Variable(user := variable(index.name, "USERNAME"), "vars", user))
    return found


def _secrets(names: Sequence[str]) -> list[Variable]:
    return [Variable(name, "secrets", name) for name in names]


def _key(index: IndexConfig, usual: str, *, is_only: bool) -> str:
    return usual if is_only else variable(index.name, "TOKEN")
