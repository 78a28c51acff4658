"""What people need who install from an index: commands and configuration, without any credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from tagboat.index.recognise import recognise

if TYPE_CHECKING:
    from tagboat.index.interface import Index
    from tagboat.index.kinds import Kind


@dataclass(frozen=True, slots=True)
class Snippet:
    """A command, or the lines of a file; `title` says which."""

    title: str
    text: str


def snippets(index: Index, kind: Kind, project: str) -> tuple[Snippet, ...]:
    """How to install a project from an index with pip and with uv, once and for good."""
    url = index.simple_url
    if recognise(url) == ("pypi", {}):
        return (Snippet("pip", f"pip install {project}"), Snippet("uv", f"uv pip install {project}"))
    user = kind.token_user or "USER"
    found = (
        Snippet("pip, once", f"pip install --index-url {url} {project}"),
        Snippet("uv, once", f"uv pip install --default-index {url} {project}"),
        Snippet("pip.conf", f"[global]\nindex-url = {_with_user(url, kind, user)}"),
        Snippet("pyproject.toml, for uv", f'[[tool.uv.index]]\nname = "{index.name}"\nurl = "{url}"'),
    )
    if not _asks(url, kind):
        return found
    word = index.name.upper().replace("-", "_")
    variables = f"UV_INDEX_{word}_USERNAME={user}\nUV_INDEX_{word}_PASSWORD=…"
    return (*found, Snippet("environment, for uv, where the index asks who installs", variables))


def _with_user(url: str, kind: Kind, user: str) -> str:
    """The URL with the user in it: pip asks the keyring, or a person, for that user's password."""
    parts = urlsplit(url)
    if not _asks(url, kind):
        return url
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}@{parts.netloc}"))


def _asks(url: str, kind: Kind) -> bool:
    """Whether whoever installs has to say who they are."""
    return urlsplit(url).scheme != "file" and kind.on_a_server and not kind.trusted
