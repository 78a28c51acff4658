"""Run a program with a clean error. The only module that uses `subprocess`."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass
from tagboat.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

TAIL_LINES = 25


@dataclass(frozen=True, slots=True)
class Completed:
    """What a program left behind: its exit status and both streams as text."""

    returncode: int
    stdout: str
    stderr: str


SECRET = r"(?i)TOKEN|PASSW|SECRET|CREDENTIAL|API_?KEY|PRIVATE_KEY|^(TAGBOAT|TWINE)_"  # noqa: S105 - a pattern


def without_secrets(environ: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """The variables that a project's own code may see: no credential but those that `keep` names."""
    return {name: value for name, value in environ.items() if name in keep or not re.search(SECRET, name)}


def hidden(text: str, secrets: Iterable[str]) -> str:
    """A text with every secret in it hidden, the longest first: one may be a part of another."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "****")
    return text


def decode(data: bytes) -> str:
    """Text of bytes from outside; what is not UTF-8 survives a round trip through `encode`."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that `decode` was given."""
    return text.encode("utf-8", "surrogateescape")


def tail(text: str, lines: int = TAIL_LINES) -> str:
    """The last lines of a program's output, without trailing white space."""
    return "\n".join(text.rstrip().splitlines()[-lines:])


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    input: str | None = None,  # noqa: A002 - the word of subprocess.run
    timeout: float | None = None,
    check: bool = True,
    holds_lock: bool = False,
) -> Completed:
    """Run `argv` to its end and return what it printed.

    `env` is the whole environment of the program (None: ours). Without `input` its standard input is
    empty, so nothing can wait for an answer unseen. Raises `CommandFailed` when the program is missing,
    takes longer than `timeout` seconds, or, with `check`, ends with a status other than 0.

    With `holds_lock` the program has a share in the lock of the run (`lock.one_run`): when we are killed and it
    lives on, the lock stays taken until it ends, too.
    """
    program = Program(argv, cwd=cwd, env=env, reads=input is not None, holds_lock=holds_lock)
    return program.finish(input, timeout=timeout, check=check)


class Program:
    """A program that runs beside us until it is told to `finish`, as in `run`. One that `reads` waits for its input."""

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        reads: bool = False,
        holds_lock: bool = False,
    ) -> None:
        self._words = words = [os.fspath(word) for word in argv]
        try:
            self._process = subprocess.Popen(
                words,
                cwd=cwd,
                env=None if env is None else dict(env),
                stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                close_fds=not holds_lock,
            )
        except FileNotFoundError as error:
            if cwd is not None and not cwd.is_dir():
                raise CommandFailed(f"{words[0]} cannot run in {cwd}: there is no such folder") from error
            raise CommandFailed(f"{words[0]} was not found", next=f"Install {words[0]} and put it on PATH.") from error
        except OSError as error:
            raise CommandFailed(f"{words[0]} could not be started", why=str(error)) from error

    def send(self, input: str) -> None:  # noqa: A002
        """Give it all of its input; a program that has ended by now is found out by `finish`."""
        process = self._process
        assert process.stdin is not None  # noqa: S101 - for the type checker
        with suppress(OSError):
            process.stdin.write(encode(input))
        with suppress(OSError):
            process.stdin.close()
        process.stdin = None

    def finish(self, input: str | None = None, *, timeout: float | None = None, check: bool = True) -> Completed:  # noqa: A002
        """Give it its input, and wait for its end."""
        try:
            with self._process as process:
                try:
                    stdout, stderr = process.communicate(None if input is None else encode(input), timeout)
                except BaseException:
                    process.kill()
                    raise
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(
                f"{self.title} took longer than {timeout:g} s and was stopped",
                why=tail(decode((error.stderr or b"") + (error.stdout or b""))),
            ) from error
        completed = Completed(process.returncode, decode(stdout), decode(stderr))
        if check and completed.returncode:
            raise CommandFailed(
                f"{self.title} failed with status {completed.returncode}",
                why=tail(completed.stderr or completed.stdout),
            )
        return completed

    @property
    def title(self) -> str:
        """The program and its verb."""
        return _title(self._words)

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it, whatever it does."""
        with self._process as process:
            process.kill()


def stream(
    argv: Sequence[str | os.PathLike[str]],
    *,
    separator: bytes,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Start a program now, and yield its output record by record while it runs; stopping early ends the program.

    `env` is as in `run`. Raises `CommandFailed` when a program that was read to its end failed.
    """
    words = [os.fspath(word) for word in argv]
    return _records(_started(words, cwd, env), _title(words), separator)


def _records(started: subprocess.Popen[bytes], title: str, separator: bytes) -> Iterator[str]:
    with started as process:
        assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - for the type checker
        _widen(process.stdout.fileno())
        errors: list[bytes] = []
        # Read beside the output: a full pipe would stop the program.
        reader = threading.Thread(target=lambda stream: errors.append(stream.read()), args=[process.stderr])
        reader.start()
        rest = b""
        try:
            while block := process.stdout.read(1 << 16):
                whole, found, rest = (rest + block).rpartition(separator)
                if found:
                    yield from decode(whole).split(decode(separator))
            if rest:
                yield decode(rest)
        except BaseException:
            process.kill()
            raise
        finally:
            reader.join()
        if process.wait():
            raise CommandFailed(f"{title} failed with status {process.returncode}", why=tail(decode(b"".join(errors))))


class Dialogue:
    """A program that answers each line with one line. It starts with the first question and ends with this object."""

    def __init__(self, argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        self._argv, self._cwd, self._env = list(argv), cwd, env
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, *questions: str) -> list[str]:
        """Put a few one-line questions. Raises `CommandFailed` when the program has ended."""
        if self._process is None:
            import weakref

            self._process = _started(self._argv, self._cwd, self._env, talks=True)
            weakref.finalize(self, _end, self._process)
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101, PT018 - for the type checker
        try:
            stdin.write(encode("".join(f"{question}\n" for question in questions)))
            stdin.flush()
            answers = [stdout.readline() for _ in questions]
        except OSError:
            answers = [b""]
        if not all(answers):
            raise CommandFailed(f"{_title(self._argv)} ended before its time")
        return [decode(answer).rstrip("\n") for answer in answers]


def _widen(pipe: int) -> None:
    """Make room for a mebibyte, where the system lets us: neither side then waits for each hitch of the other."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let a program see the end of its input, and wait for its own."""
    process.communicate()


def _started(
    words: list[str], cwd: Path | None, env: Mapping[str, str] | None, *, talks: bool = False
) -> subprocess.Popen[bytes]:
    """Start a program whose output is read while it runs; one that talks reads, and what it warns of is let go."""
    try:
        return subprocess.Popen(
            words,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if talks else subprocess.PIPE,
            bufsize=-1 if talks else 0,
        )
    except OSError as error:
        raise CommandFailed(f"{words[0]} could not be started", why=str(error)) from error


def _title(words: Sequence[str]) -> str:
    """The program and its verb: enough to know what ran; arguments can be long."""
    verb = next((word for word in words[1:] if not word.startswith("-") and "=" not in word), "")
    return f"{Path(words[0]).name} {verb}".strip()
