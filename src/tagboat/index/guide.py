"""What people need who install from an index: commands and configuration, without any credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

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
    if kind.name == "pypi":
        return (Snippet("pip", f"pip install {project}"), Snippet("uv", f"uv pip install {project}"))
    user = kind.token_user or "USER"
    return (
        Snippet("pip, once", f"pip install --index-url {url} {project}"),
        Snippet("uv, once", f"uv pip install --default-index {url} {project}"),
        Snippet("pip.conf", f"[global]\nindex-url = {_with_user(url, kind, user)}"),
        Snippet("pyproject.toml, for uv", f'[[tool.uv.index]]\nname = "{index.name}"\nurl = "{url}"'),
        *(
            Snippet(f"credential for uv: {name}", text)
            for name, text in _uv_variables(index.name, user).items()
            if _asks(url, kind)
        ),
    )


def _with_user(url: str, kind: Kind, user: str) -> str:
    """The URL with the user in it: pip asks the keyring, or a person, for that user's password."""
    parts = urlsplit(url)
    if not _asks(url, kind):
        return url
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}@{parts.netloc}"))


def _asks(url: str, kind: Kind) -> bool:
    """Whether whoever installs has to say who they are."""
    return urlsplit(url).scheme != "file" and kind.on_a_server and not kind.trusted


def _uv_variables(name: str, user: str) -> dict[str, str]:
    word = name.upper().replace("-", "_")
    return {f"UV_INDEX_{word}_USERNAME": user, f"UV_INDEX_{word}_PASSWORD": "the token, from your CI's secrets"}
