"""Run tagboat and die, by SIGKILL, right before its n-th effect on the world; or count the effects.

    python -m tests.crash.effects FILE N tagboat-words…

FILE gets one line per effect that was about to happen. N is the effect not to live through; 0 is none.
What Python does to the world it tells its audit hooks (PEP 578), in the very moment before it does it. Dying
before effect n is dying after effect n - 1, so every n up to one more than there are covers both sides of all.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate"}
CALLS = {"subprocess.Popen", "socket.connect", "http.client.send", "shutil.rmtree", "shutil.move", "shutil.copyfile"}


class Effects:
    """An audit hook that numbers effects, notes them in a file, and dies before one of them."""

    def __init__(self, log: Path, fatal: int, private: tuple[str, ...]) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.fatal = fatal
        self.private = private
        self.count = 0
        self.inside = False

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if not self.inside and self._is_effect(event, args):
            self.inside = True  # what is done to tell of an effect is none
            self.count += 1
            os.write(self.log, f"{self.count} {event} {_told(args)}\n".encode("utf-8", "replace"))
            if self.count == self.fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            self.inside = False

    def _is_effect(self, event: str, args: tuple[object, ...]) -> bool:
        if event == "open":
            path, mode, flags = args
            writes = bool(set(mode) & set("wax+")) if isinstance(mode, str) else bool(int(str(flags or 0)) & WRITING)
            return writes and isinstance(path, (str, bytes, os.PathLike)) and not self._is_private(path)
        if event in CHANGES or event.startswith("shutil."):
            path = args[0]
            return not (isinstance(path, (str, bytes, os.PathLike)) and self._is_private(path))
        return event in CALLS

    def _is_private(self, path: str | bytes | os.PathLike[str]) -> bool:
        """Whether nobody but this process, or nothing but the next one's speed, depends on it."""
        name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - Path would be heard of by this very hook
        return name.startswith(self.private) or "__pycache__" in name or name.startswith(("/dev/", "/proc/"))


def _told(args: tuple[object, ...]) -> str:
    return " ".join(repr(each)[:200] for each in args[:2])


def main() -> int:
    """Run tagboat under the hook."""
    log, fatal, *words = sys.argv[1:]
    from tagboat.__main__ import main as tagboat

    private = (os.path.join(tempfile.gettempdir(), "tagboat-"), os.environ["TAGBOAT_CACHE_DIR"])  # noqa: PTH118
    sys.addaudithook(Effects(Path(log), int(fatal), private))
    return tagboat(words)


if __name__ == "__main__":
    sys.exit(main())
