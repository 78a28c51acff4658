"""What pypa/gh-action-pypi-publish does in its oidc-exchange.py: a program that prints a token for an upload URL.

Its environment is that of the job. The identity comes from the real `id`.
"""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

import id as identity
import requests


def main(url: str) -> int:
    """Exchange the identity of this job; on failure say what the index said."""
    host = urlsplit(url).netloc
    base = f"https://{host}/_/oidc"
    audience = requests.get(f"{base}/audience", timeout=10)
    if not audience.ok:
        return _fail(f"audience retrieval failed: repository at {host} responded {audience.status_code}")
    try:
        token = identity.detect_credential(audience.json()["audience"])
    except identity.IdentityError as error:
        return _fail(f"OpenID Connect token retrieval failed: {error}")
    if token is None:
        return _fail("OpenID Connect token retrieval failed: GitHub: missing or insufficient OIDC token permissions")
    minted = requests.post(f"{base}/mint-token", json={"token": token}, timeout=10)
    if "application/json" not in minted.headers.get("Content-Type", ""):
        return _fail(f"Token request failed: the index produced an unexpected {minted.status_code} response")
    if not minted.ok:
        reasons = "\n".join(f"* `{each['code']}`: {each['description']}" for each in minted.json()["errors"])
        return _fail(f"Token request failed: the server refused the request for the following reasons:\n{reasons}")
    sys.stdout.write(minted.json()["token"])
    return 0


def _fail(said: str) -> int:
    sys.stderr.write(f"Trusted publishing exchange failure: {said}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
