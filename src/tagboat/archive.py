"""The inside of an sdist or a wheel: opened once, read once from end to end, never unpacked to disk."""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from functools import cached_property
from typing import IO, TYPE_CHECKING, Literal, Protocol

from tagboat.dataclass import dataclass
from tagboat.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from packaging.metadata import RawMetadata

    from tagboat.distribution import Distribution

MemberKind = Literal["file", "folder", "link", "special"]

# What unpacks to more than this, and to so many times its own size, is taken for a decompression bomb.
BOMB_SIZE = 64 << 20
BOMB_RATIO = 50
BLOCK = 1 << 20
LIBRARIES = ("purelib", "platlib")

# The suffix of what Python imports: source, or an extension module with or without a platform's tag.
MODULE = re.compile(r"(.+?)(\.py|(\.[\w-]+)?\.(so|pyd))", re.DOTALL)

_Handle = zipfile.ZipInfo | tarfile.TarInfo


def module_stem(path: str) -> str | None:
    """`a/b` of `a/b.py` and of `a/b.cpython-312-darwin.so`; None for what Python does not import."""
    module = MODULE.fullmatch(path)
    return module[1] if module else None


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive.

    Attributes:
        name: the path as stored, without a leading "./" or a trailing "/".
        kind: "special" is a device, a pipe or the like.
        size: in bytes, unpacked.
        sha256: of a file's bytes, in lower-case hexadecimal; "" for the other kinds.
        target: where a link leads, counted from the archive's root; "" for the other kinds.
    """

    name: str
    kind: MemberKind
    size: int = 0
    sha256: str = ""
    target: str = ""


class _Reader(Protocol):
    """The part that zip and tar do differently."""

    def entries(self) -> Iterator[tuple[_Handle, Member]]: ...
    def open(self, handle: _Handle) -> IO[bytes]: ...
    def close(self) -> None: ...


class Archive:
    """Read-only view of one distribution. An archive that opened is whole: every byte was read and fits.

    Paths are relative to the project: those of an sdist do not show its top folder.
    """

    def __init__(self, distribution: Distribution, reader: _Reader) -> None:
        self.distribution = distribution
        self._reader = reader
        self._handles: dict[str, _Handle] = {}
        members = []
        for handle, member in reader.entries():
            self._handles[member.name] = handle
            members.append(member)
        self.members: tuple[Member, ...] = tuple(members)

    @classmethod
    def open(cls, distribution: Distribution) -> Archive:
        """Open and read it once. Raises `CheckFailed` when it is damaged, or unpacks to far too much."""
        with _damage_reported(distribution):
            reader: _Reader = _Tar(distribution) if distribution.filename.endswith(".tar.gz") else _Zip(distribution)
            try:
                return cls(distribution, reader)
            except BaseException:
                reader.close()
                raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    @property
    def filename(self) -> str:
        """The distribution's file name."""
        return self.distribution.filename

    @property
    def is_wheel(self) -> bool:
        """A wheel, not an sdist."""
        return self.distribution.kind == "wheel"

    @cached_property
    def top(self) -> str:
        """The folder that holds everything in an sdist; "" for a wheel."""
        if self.is_wheel or not self.members:
            return ""
        return self.members[0].name.split("/", 1)[0]

    @cached_property
    def files(self) -> dict[str, Member]:
        """Files and links by path. Of several with one path the last counts, as for every unpacker."""
        prefix = f"{self.top}/" if self.top else ""
        return {
            member.name[len(prefix) :]: member
            for member in self.members
            if member.kind in {"file", "link"} and member.name.startswith(prefix)
        }

    @cached_property
    def dist_info(self) -> str:
        """The wheel's `.dist-info` folder, or "" when there is none (or this is an sdist)."""
        tops = (path.split("/", 1)[0] for path in self.files if "/" in path) if self.is_wheel else ()
        return next((top for top in tops if top.endswith(".dist-info")), "")

    @cached_property
    def library(self) -> dict[str, Member]:
        """What a wheel puts on Python's path, by the path it gets there."""
        found = {}
        for path, member in self.files.items():
            top, _, rest = path.partition("/")
            section, _, inner = rest.partition("/")
            if not rest or not top.endswith((".dist-info", ".data")):
                found[path] = member
            elif top.endswith(".data") and section in LIBRARIES:
                found[inner] = member
        return found

    def read(self, path: str) -> bytes:
        """The bytes of a file in `files`."""
        return self.read_member(self.files[path])

    def read_member(self, member: Member) -> bytes:
        """The bytes of a file."""
        with self._reader.open(self._handles[member.name]) as stream:
            return stream.read()

    @cached_property
    def metadata(self) -> bytes | None:
        """Core Metadata as written: METADATA of a wheel, PKG-INFO of an sdist; None without."""
        path = f"{self.dist_info}/METADATA" if self.is_wheel else "PKG-INFO"
        member = self.files.get(path)
        return self.read_member(member) if member is not None and member.kind == "file" else None

    @cached_property
    def core(self) -> tuple[RawMetadata, dict[str, list[str]]]:
        """Core Metadata in parts, and the fields that nobody can make sense of, by lower-case name."""
        from packaging.metadata import parse_email

        return parse_email(self.metadata or b"")


class _Zip:
    def __init__(self, distribution: Distribution) -> None:
        self._zip = zipfile.ZipFile(distribution.path)
        self._limit = _limit(distribution)

    def entries(self) -> Iterator[tuple[_Handle, Member]]:
        infos = self._zip.infolist()
        if sum(info.file_size for info in infos) > self._limit:
            raise _Bomb
        for info in infos:
            yield info, self._member(info)

    def _member(self, info: zipfile.ZipInfo) -> Member:
        name = _plain(info.filename)
        if info.is_dir():
            return Member(name, "folder")
        if info.flag_bits & 1 or info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise zipfile.BadZipFile(f"{name} is encrypted, or compressed by other means than deflate")
        with self._zip.open(info) as stream:
            digest = _sha256(stream)
        if stat.S_ISLNK(info.external_attr >> 16):
            target = self._zip.read(info).decode("utf-8", "surrogateescape")
            return Member(name, "link", target=posixpath.join(posixpath.dirname(name), target))
        return Member(name, "file", info.file_size, digest)

    def open(self, handle: _Handle) -> IO[bytes]:
        assert isinstance(handle, zipfile.ZipInfo)  # noqa: S101 - for the type checker
        return self._zip.open(handle)

    def close(self) -> None:
        self._zip.close()


class _Tar:
    """A `.tar.gz`, decompressed once: into memory when it is small, else into an unnamed temporary file."""

    def __init__(self, distribution: Distribution) -> None:
        self._plain = tempfile.SpooledTemporaryFile(max_size=BOMB_SIZE)  # noqa: SIM115 - closed by close()
        try:
            _gunzip(distribution, self._plain)
            self._tar = tarfile.open(fileobj=self._plain, mode="r:")  # noqa: SIM115
        except BaseException:
            self._plain.close()
            raise

    def entries(self) -> Iterator[tuple[_Handle, Member]]:
        for info in self._tar:
            yield info, self._member(info)

    def _member(self, info: tarfile.TarInfo) -> Member:
        name = _plain(info.name)
        if info.isfile():
            with self.open(info) as stream:
                return Member(name, "file", info.size, _sha256(stream))
        if info.issym():
            return Member(name, "link", target=posixpath.join(posixpath.dirname(name), info.linkname))
        if info.islnk():
            return Member(name, "link", target=info.linkname)
        return Member(name, "folder" if info.isdir() else "special")

    def open(self, handle: _Handle) -> IO[bytes]:
        assert isinstance(handle, tarfile.TarInfo)  # noqa: S101 - for the type checker
        stream = self._tar.extractfile(handle)
        assert stream is not None  # noqa: S101 - None is for folders and devices
        return stream

    def close(self) -> None:
        self._tar.close()
        self._plain.close()


class _Bomb(Exception):  # noqa: N818 - never leaves this module
    """It would unpack to far more than its size lets expect."""


@contextmanager
def _damage_reported(distribution: Distribution) -> Iterator[None]:
    try:
        yield
    except _Bomb as error:
        raise CheckFailed(
            f"{distribution.filename} unpacks to more than {BOMB_RATIO} times its own size",
            why="Indexes and installers take such a file for a decompression bomb and refuse it.",
            next="Look for a huge, empty or repetitive file in it, and leave that out.",
        ) from error
    except (
        *(zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error),
        *(EOFError, OSError, ValueError, NotImplementedError),
    ) as error:
        raise CheckFailed(
            f"{distribution.filename} is damaged and cannot be read to its end",
            why=str(error) or type(error).__name__,
            next="Build it again; when it was copied or downloaded, do that again.",
        ) from error


def _limit(distribution: Distribution) -> int:
    return max(BOMB_SIZE, BOMB_RATIO * distribution.size)


def _gunzip(distribution: Distribution, target: IO[bytes]) -> None:
    limit = _limit(distribution)
    with gzip.open(distribution.path) as source:
        while block := source.read(BLOCK):
            target.write(block)
            if target.tell() > limit:
                raise _Bomb
    target.seek(0)


def _sha256(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := stream.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _plain(name: str) -> str:
    return name.removeprefix("./").rstrip("/") or name
