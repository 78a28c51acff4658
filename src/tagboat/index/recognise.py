"""Which kind of index a URL belongs to: what people who come from another tool have is a URL and nothing else."""

from __future__ import annotations

import re
from urllib.parse import unquote

# For each kind what its URLs look like; the named parts become the keys of the configuration.
FORMS: tuple[tuple[str, str], ...] = (
    (
        "azure",
        r"https://pkgs\.dev\.azure\.com/(?P<organization>[^/]+)(?:/(?P<project>[^/]+))?/_packaging/(?P<feed>[^/@]+)",
    ),
    (
        "codeartifact",
        r"https://(?P<domain>.+)-(?P<owner>\d{12})\.d\.codeartifact\.(?P<region>[^.]+)\.(?:amazonaws\.com|on\.aws)"
        r"/pypi/(?P<repository>[^/]+)",
    ),
    ("google", r"https://(?P<location>[a-z0-9-]+)-python\.pkg\.dev/(?P<project>[^/]+)/(?P<repository>[^/]+)"),
    ("cloudsmith", r"https://python\.cloudsmith\.io/(?P<owner>[^/]+)/(?P<repository>[^/]+)"),
    ("gitlab", r"(?P<url>https?://[^/]+(?:/[^/]+)*?)/api/v4/projects/(?P<project>[^/]+)/packages/pypi"),
    ("artifactory", r"(?P<url>https?://.+/api/pypi/[^/]+)"),
    ("gitea", r"(?P<url>https?://.+?)/api/packages/(?P<owner>[^/]+)/pypi"),
    ("nexus", r"(?P<url>https?://.+?)/repository/(?P<repository>[^/]+)"),
    ("pulp", r"(?P<url>https?://.+/pypi/[^/]+)/(?:legacy|simple)"),
    ("devpi", r"(?P<url>https?://[^/]+/(?:.+/)?[^/]+/[^/]+)/\+simple"),
)


def recognise(url: str) -> tuple[str, dict[str, str]] | None:
    """The kind of an index and the keys that say where it is; None when the URL could be anybody's."""
    for kind, form in FORMS:
        found = re.match(f"{form}(?:/|$)", url.rstrip("/") + "/")
        if found:
            at = {key: value for key, value in found.groupdict().items() if value is not None}
            return kind, {key: value if key == "url" else unquote(value) for key, value in at.items()}
    known = _well_known(url)
    return (known, {}) if known else None


def _well_known(url: str) -> str | None:
    """PyPI and TestPyPI, which have no configuration at all."""
    from tagboat.index.kinds import pypi

    return next((kind for kind in ("pypi", "testpypi") if url.rstrip("/") in pypi.known_urls(kind)), None)
