"""What makes a URL unusable, whoever wrote it: a configuration, a variable, another tool's file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from tagboat.config.model import IndexConfig

LOOPBACK = re.compile(r"localhost|127(\.\d+){3}|::1")


def fault_of(url: str, *, insecure: bool = False) -> tuple[str, str] | None:
    """What is wrong with a URL, and what to do about it. The URL itself is not told: it may hold a password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # reading the port checks it
    except ValueError:
        return "is not a URL", ""
    if parts.scheme not in ("http", "https") or not host:
        return "must be a URL that begins with https:// or http://", ""
    if parts.username is not None:
        return "holds a user name or password", "Take it out; give credentials in the environment."
    if parts.scheme == "http" and not (insecure or LOOPBACK.fullmatch(host)):
        return "sends passwords unprotected over http", "Use https, or say insecure = true."
    return None


def fault_at(key: str, text: str, *, insecure: bool = False) -> tuple[str, str] | None:
    """What is wrong with the value of a key that says where an index is: a URL is taken for a name easily."""
    if key.endswith("url"):
        return fault_of(text, insecure=insecure)
    if "://" in text:
        return "is a URL", "Give a folder's path." if key == "path" else "Give the name alone, as people call it."
    return None


def check_urls(config: IndexConfig) -> None:
    """Hold an index that is known from elsewhere to what is asked of one in a project's configuration.

    Raises `ConfigError`.
    """
    for key, text in config.at.items():
        if fault := fault_at(key, text, insecure=config.insecure):
            what, advice = fault
            raise ConfigError(
                f"the {key} of {config.name} {what}",
                why=f"It comes from {config.file}.",
                next=advice.replace("say insecure = true", f"insecure = true in [tool.tagboat.index.{config.name}]"),
            )
