"""Which repository of a forge a git remote is."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^/:]+):(?P<path>[^/].*)")  # git@host:owner/name.git


def repository_of(remote_url: str) -> str:
    """`owner/name` (on GitLab with any number of groups) of a remote's address; "" when it tells none."""
    if "://" in remote_url:
        parts = urlsplit(remote_url)
        path = unquote(parts.path) if parts.hostname else ""
    else:
        found = SCP.fullmatch(remote_url)
        path = found["path"] if found else ""
    path = path.strip("/").removesuffix(".git")
    return path if re.fullmatch(r"[\w.-]+(/[\w.-]+)+", path) else ""
