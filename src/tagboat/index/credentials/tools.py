"""Credentials in the variables of twine and uv, for the very index that these tools would upload to.

A credential goes where it was meant for: to the URL that the tool's own variable names, and where it names none,
to the tool's own default, which is PyPI.
"""

from __future__ import annotations

import configparser
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagboat.index.credentials.credential import Credential

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tagboat.index.credentials.credential import Account


@dataclass(frozen=True, slots=True)
class Tool:
    """Where an uploader looks: variables with the URL, with a section of `~/.pypirc`, and with the credential."""

    url: str
    section: str
    username: str
    secrets: tuple[str, ...]


TWINE = Tool("TWINE_REPOSITORY_URL", "TWINE_REPOSITORY", "TWINE_USERNAME", ("TWINE_PASSWORD",))
UV = Tool("UV_PUBLISH_URL", "", "UV_PUBLISH_USERNAME", ("UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD"))


def from_tools(account: Account, environ: Mapping[str, str], home: Path) -> Credential | None:
    """`TWINE_USERNAME` and `TWINE_PASSWORD`, or `UV_PUBLISH_TOKEN` and its kin."""
    for tool in (TWINE, UV):
        name = next((name for name in tool.secrets if environ.get(name)), "")
        if name and _is_meant(tool, account, environ, home):
            username = account.username or environ.get(tool.username) or account.token_user or "__token__"
            return Credential(username, environ[name].strip("\r\n"), f"{name} in the environment")
    return None


def _is_meant(tool: Tool, account: Account, environ: Mapping[str, str], home: Path) -> bool:
    url, section = environ.get(tool.url, ""), environ.get(tool.section, "")
    if not url and section:
        url = pypirc_url(home, section) or ""
        if not url:
            return is_own(section, account)
    if not url:
        return is_own("pypi", account)
    # Whoever gave the URL to install from means the same index; uploads are put right, too.
    return same_url(url, account.url) or same_url(re.sub(r"/\+?simple/?$", "", url), account.url)


def is_own(name: str, account: Account) -> bool:
    """Whether uploads go to PyPI or TestPyPI itself, which is what these tools mean by the name without a URL."""
    if name != account.kind:
        return False
    from tagboat.index.kinds.pypi import known_urls

    return account.url.rstrip("/") in known_urls(name)


def pypirc_url(home: Path, section: str) -> str | None:
    """The `repository` of a section of `~/.pypirc`."""
    parser = configparser.RawConfigParser()
    with suppress(configparser.Error, OSError, UnicodeError):
        parser.read_string((home / ".pypirc").read_text(encoding="utf-8"))
        return parser.get(section, "repository", fallback=None)
    return None


def same_url(one: str, other: str) -> bool:
    """Whether two URLs are the same but for a slash at the end."""
    return one.rstrip("/") == other.rstrip("/")
