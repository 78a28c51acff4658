"""Wheels as somebody else could put them on an index: of the same name, and with other bytes."""

from __future__ import annotations

import io
import zipfile
from base64 import urlsafe_b64encode
from hashlib import sha256


def other_bytes(wheel: bytes, **more: str) -> bytes:
    """The same contents packed otherwise, with files more of which its RECORD knows; `__` in a name is a dot."""
    files = {path.replace("__", "."): text.encode() for path, text in more.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wheel)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as after:
        for entry in before.infolist():
            lines = b"".join(map(_line, files, files.values())) if entry.filename.endswith("/RECORD") else b""
            after.writestr(entry.filename, lines + before.read(entry))
        for path, data in files.items():
            after.writestr(path, data)
    return made.getvalue()


def _line(path: str, data: bytes) -> bytes:
    digest = urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}\n".encode()
