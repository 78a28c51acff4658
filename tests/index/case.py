"""One index of the conformance suite, opened as users do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.index.proxy import spoiling_proxy

from tagboat.index import Index, open_index
from tagboat.index.legacy import LegacyIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.index.proxy import SpoilingProxy

    from tagboat.config import IndexConfig


@dataclass
class Case:
    """One index, and what its kind cannot be held to.

    Attributes:
        server: the server's URL, the beginning of every URL of the configuration; "" when there is no server.
        wrong: changes to the environment that make the credential a wrong one.
        tells_wrong: whether the index can tell, before an upload, that a credential is wrong.
        reads_are_open: whether its pages are shown to anybody.
        lags: whether it lists what it took a moment later, and takes the same bytes again until then.
        replaceable: whether a name that was withdrawn may be uploaded again with other bytes.
    """

    config: IndexConfig
    environ: dict[str, str]
    root: Path
    project: str
    server: str = ""
    wrong: dict[str, str] = field(default_factory=lambda: {"TAGBOAT_X_PASSWORD": "tell-nobody-x7"})
    tells_wrong: bool = True
    reads_are_open: bool = True
    lags: bool = False
    replaceable: bool = True
    index: Index = field(init=False)

    def __post_init__(self) -> None:
        self.index = self.open()

    def open(self, **changes: str) -> Index:
        return open_index(self.config, root=self.root, environ={**self.environ, **changes})

    @contextmanager
    def through_proxy(self) -> Iterator[tuple[SpoilingProxy, Index]]:
        """The same index at the end of a bad line, by a client that does not wait between tries."""
        with spoiling_proxy(self.server) as proxy:
            at = {key: text.replace(self.server, proxy.url) for key, text in self.config.at.items()}
            index = open_index(replace(self.config, at=at), root=self.root, environ=self.environ)
            assert isinstance(index, LegacyIndex)
            index.client.transport = replace(index.client.transport, sleep=lambda _: None)
            yield proxy, index
