"""Run tagboat and die, by SIGKILL, right before its n-th effect on the world; or count the effects.

    python tests/crash/effects.py LOG N tagboat-words…

LOG gets one line for each effect that is about to happen. N is the one not to live through, 0 for none.
Python tells its audit hooks (PEP 578) what it does to the world, right before it does it. To die before
effect n is to die after effect n - 1, so n from 1 to one more than there are shows every state that a
process can leave between two effects. What only looks (git with --no-optional-locks, a GET) is no effect,
nor is what only this process sees (its temporary folders) or what only saves time (caches).
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {  # event: the places of its paths' folder descriptors among its arguments
    "os.remove": (1,),
    "os.rmdir": (1,),
    "os.mkdir": (2,),
    "os.rename": (2, 3),
    "os.link": (2, 3),
    "os.symlink": (2,),
    "os.chmod": (2,),
    "os.truncate": (),
    "shutil.rmtree": (),
    "shutil.copyfile": (),
}


class Effects:
    """An audit hook that numbers effects, notes them, and dies before one of them."""

    def __init__(self, log: str, fatal: int, private: tuple[str, ...]) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self.fatal = fatal
        self.private = private
        self.count = 0

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if not self.is_effect(event, args):
            return
        self.count += 1
        os.write(self.log, f"{self.count} {event} {_told(args)}\n".encode("utf-8", "replace"))
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def is_effect(self, event: str, args: tuple[object, ...]) -> bool:
        if event == "subprocess.Popen":
            return "--no-optional-locks" not in list(args[1])  # type: ignore[call-overload]
        if event == "http.client.send":
            return not (isinstance(args[1], bytes) and args[1].startswith((b"GET ", b"HEAD ")))
        if event == "open":
            return _writes(args[1], args[2]) and not self._is_private(args[0], -1)
        if event in CHANGES:
            folders = CHANGES[event] or (len(args),)
            paths = zip(args, (args[place] if place < len(args) else -1 for place in folders), strict=False)
            return not all(self._is_private(path, folder) for path, folder in paths)
        return False

    def _is_private(self, path: object, folder: object) -> bool:
        """Whether nobody but this process, or nothing but the next one's speed, depends on a path."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return True  # a descriptor: it was opened before
        name = os.fsdecode(path)
        if isinstance(folder, int) and folder >= 0:
            name = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)  # noqa: PTH115, PTH118
        name = os.path.abspath(name)  # noqa: PTH100 - this must be quick, and heard of by no hook
        return name.startswith((*self.private, "/dev/", "/proc/")) or "__pycache__" in name


def _writes(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return bool(set(mode) & set("wax+"))
    return isinstance(flags, int) and bool(flags & WRITING)


def _told(args: tuple[object, ...]) -> str:
    return " ".join(repr(each)[:150] for each in args[:2])


def main() -> int:
    """Run tagboat under the hook."""
    log, fatal, *words = sys.argv[1:]
    from tagboat.__main__ import main as tagboat

    temporary = tempfile.gettempdir()
    # An unnamed file is opened with the name of its folder.
    private = (os.path.join(temporary, "tagboat-"), os.environ["TAGBOAT_CACHE_DIR"])  # noqa: PTH118
    hook = Effects(log, int(fatal), private)
    sys.addaudithook(lambda event, args: None if args and args[0] == temporary else hook(event, args))
    return tagboat(words)


if __name__ == "__main__":
    sys.exit(main())
