"""Sending one file by the legacy upload protocol, streamed, and never twice without looking.

The form is the one of Warehouse's docs/user/api/upload.md. What a server answers to a file that it has
already differs between servers (200, 400, 403, 409, or it overwrites in silence), so the text and even
the status of a refusal decide nothing: the index's own page does, by sha256.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagboat.dataclass import dataclass
from tagboat.errors import Blocked, CheckFailed, IndexFailed, Refused
from tagboat.index.answer import Answer
from tagboat.index.http import BLOCK
from tagboat.index.metadata import form_fields, read_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tagboat.distribution import Distribution
    from tagboat.index.http import Client
    from tagboat.index.interface import IndexFile, Progress
    from tagboat.index.simple import Reader

    More = Callable[[Distribution], Iterable[tuple[str, str]]]

ATTEMPTS = 3
LOOKS = 5
LATE = (
    "An earlier try got no clear answer. The index may have taken that one, and not list it yet: run the same command "
    "again in a while."
)


def no_more(_: Distribution) -> tuple[tuple[str, str], ...]:
    """Nothing but the file and its metadata."""
    return ()


@dataclass(frozen=True, slots=True)
class Uploader:
    """Sends files to `url` and looks at what `reader` shows of them, before and after.

    `settle` gets the answer of a server that took a file, and may have to wait for what it makes of it. `more` tells
    what goes into the form of a file besides.
    """

    client: Client
    url: str
    reader: Reader
    settle: Callable[[Answer], None] = lambda _: None
    more: More = no_more

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """What `Index.upload` promises.

        A look that fails ends it before the first byte: some servers overwrite without a word.
        """
        if self.is_there(distribution):
            return
        form = Form.of(distribution, self.more(distribution))
        unclear = outlived = False
        for attempt in range(ATTEMPTS):
            answer = self.client.send("POST", self.url, form.blocks(distribution, progress), form.headers)
            if answer.is_success:
                take = self.settle if not answer.is_page else partial(self._see_through, distribution)
                take(answer)
                return
            if answer.is_transient:
                self.client.pause(attempt, answer)
            if self.is_there(distribution):
                return
            if answer.outlived and not outlived:
                outlived = True  # a session that ended under way: the next try has a fresh one
            elif not answer.is_transient:
                if unclear and self._shows_late(distribution):
                    return
                break
            unclear |= answer.is_transient
        late = LATE if unclear and not answer.is_transient else ""
        error = self.client.failed(
            f"{self.client.name} did not take {distribution.filename}", answer, next=late or _advice(self.url, answer)
        )
        raise error if unclear or answer.is_transient else refused(error)

    def _see_through(self, distribution: Distribution, answer: Answer) -> None:
        """A success that is a page for people: a proxy answers such things. What the index lists decides."""
        if self.is_there(distribution) or self._shows_late(distribution):
            return
        sender = f" ({self.client.redact(answer.sender)})" if answer.sender else ""
        raise IndexFailed(
            f"{self.client.name} does not have {distribution.filename}: what answered the upload was a page of HTML",
            why=f"{urlsplit(self.url).hostname}, or who is in between, said {answer.status} with"
            f" {answer.content_type or 'no content type'}{sender}. The index was read again, and does not list it.",
            next=f"Look whether a proxy or a sign-in page is before {self.url}, and whether uploads go there."
            " If the index is only slow to list it, the same command goes on later.",
        )

    def _shows_late(self, distribution: Distribution) -> bool:
        """Whether an earlier try was taken after all: what was refused now is listed some seconds later."""
        for look in range(LOOKS):
            self.client.pause(look, Answer(0))
            if self.is_there(distribution):
                return True
        return False

    def is_there(self, distribution: Distribution) -> bool:
        """Whether the index lists these bytes. Raises `Blocked` when it lists others under the name."""
        listed = self.reader.files(distribution.project, distribution.version).get(distribution.filename)
        if listed is None:
            return False
        refuse_other_bytes(self.client.name, distribution, listed.sha256 or self._hash_of(listed))
        return True

    def _hash_of(self, file: IndexFile) -> str:
        """The hash of a file whose index tells none: downloaded and counted."""
        with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
            return self.client.download(file.url, Path(folder) / "file")


def refused(error: IndexFailed) -> Refused:
    """The same, said by an index that does not have the file, and was not asked before."""
    return Refused(error.what, why=error.why, next=error.next)


def refuse_other_bytes(index: str, distribution: Distribution, sha256: str) -> None:
    """Raise `Blocked`, telling both hashes, unless they are the same."""
    if sha256 != distribution.sha256:
        raise Blocked(
            f"{index} has {distribution.filename} with other bytes",
            why=f"ours: sha256 {distribution.sha256}; on the index: sha256 {sha256}",
            next="A file once published is never replaced: release the next version, or fetch those bytes.",
        )


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart form (RFC 7578) around one file: the bytes before it and those after."""

    head: bytes
    tail: bytes
    boundary: str
    size: int

    @classmethod
    def of(cls, distribution: Distribution, more: Iterable[tuple[str, str]] = ()) -> Form:
        """The upload form of a distribution."""
        boundary = secrets.token_hex(16)
        fields = b"".join(_field(boundary, name, value) for name, value in (*upload_fields(distribution), *more))
        file = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="content"; filename="{distribution.filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        head, tail = fields + file.encode(), f"\r\n--{boundary}--\r\n".encode()
        return cls(head, tail, boundary, len(head) + distribution.size + len(tail))

    @property
    def headers(self) -> dict[str, str]:
        """What goes before the form in a request. The answer is wanted in few words."""
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(self.size),
            "Accept": "application/json;q=0.9, text/plain;q=0.8, */*;q=0.1",
        }

    def blocks(self, distribution: Distribution, progress: Progress | None) -> Iterator[bytes]:
        """The form, the file read block by block. Raises `CheckFailed` when it has another size by now."""
        yield self.head
        done = 0
        with distribution.path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != distribution.size:
                raise CheckFailed(f"{distribution.filename} was changed after it was built and checked")
            while block := file.read(BLOCK):
                yield block
                done += len(block)
                if progress is not None:
                    progress(done, distribution.size)
        yield self.tail


def upload_fields(distribution: Distribution) -> Iterator[tuple[str, str]]:
    """The form's fields besides the file."""
    yield ":action", "file_upload"
    yield "protocol_version", "1"
    yield "filetype", "sdist" if distribution.kind == "sdist" else "bdist_wheel"
    yield "pyversion", "source" if distribution.kind == "sdist" else distribution.filename.split("-")[-3]
    yield "sha256_digest", distribution.sha256
    yield from form_fields(read_metadata(distribution))


def _field(boundary: str, name: str, value: str) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _advice(url: str, answer: Answer) -> str:
    if answer.is_redirect or answer.status in {404, 405}:
        slash = "with" if not url.endswith("/") else "without"
        return (
            "Uploads are not sent where a redirect leads. Is this the URL to upload to, and not the one to install "
            f"from (…/simple/)? Or does the server want it {slash} a slash at its end?"
        )
    return ""
