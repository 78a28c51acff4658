"""Opening an index, and the server behind it, as every kind's tests do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from tagboat.index import open_index
from tagboat.index.http import Client

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.index.fakes.contract import Fake

    from tagboat.config import IndexConfig
    from tagboat.index import Index

Kind = TypeVar("Kind")
F = TypeVar("F", bound="Fake")


def impatient(expected: type[Kind], config: IndexConfig, root: Path, environ: dict[str, str]) -> Kind:
    """The index of a configuration, of the class that its kind has, which does not wait between tries."""
    index = open_index(config, root=root, environ=environ)
    assert isinstance(index, expected)
    for part in (index, getattr(index, "packages", None)):  # Cloudsmith's speaks to the API by a client of its own
        for client in vars(part).values() if hasattr(part, "__dict__") else ():
            if isinstance(client, Client):
                client.transport = replace(client.transport, sleep=lambda _: None)
    return index


def said(index: Index) -> str:
    """Everything that an index says of what would make an upload fail."""
    return "\n".join(f"{each.what} {each.why} {each.next}" for each in index.problems())


def served(request: pytest.FixtureRequest, fake: F) -> F:
    """The fake, serving until the test ends, and held to its contract then."""
    serving = fake.serving()
    serving.__enter__()
    request.addfinalizer(lambda: serving.__exit__(None, None, None))
    return fake
