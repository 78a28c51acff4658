"""An access token of Google, by application default credentials in the environment that tagboat was given.

google-auth reads what stands in a file of credentials; the sentences to Google's servers go by our own client, with
its certificates, proxies and time limits. A machine of Google's has a metadata server, which needs no library at all.
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from datetime import timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagboat.errors import ConfigError, IndexFailed
from tagboat.index.credentials.credential import Credential
from tagboat.index.credentials.extras import install, library

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagboat.index.http import Client

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
USER = "oauth2accesstoken"
KEY_USER = "_json_key_base64"
METADATA = "computeMetadata/v1/instance/service-accounts/default/token"
TYPES = {
    "service_account": ("google.oauth2.service_account", "from_service_account_info"),
    "authorized_user": ("google.oauth2.credentials", "from_authorized_user_info"),
    "impersonated_service_account": (
        "google.auth.impersonated_credentials",
        "from_impersonated_service_account_info",
    ),
    "external_account": ("google.auth.identity_pool", "from_info"),  # a CI job's identity
}
PRODUCT = Path("/sys/class/dmi/id/product_name")


@dataclass(frozen=True, slots=True)
class Google:
    """How to get a token. `client` brings no credential itself; `product` tells whose machine this is."""

    client: Client
    environ: Mapping[str, str] = field(repr=False)
    home: Path
    product: Path = PRODUCT

    def token(self) -> Credential | None:
        """A token of whom the environment speaks of, or None; without google-auth only on a machine of Google's."""
        path = self._file()
        if path is not None:
            try:
                info = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise ConfigError(f"{path} cannot be read as credentials of Google", why=type(error).__name__) from None
            return self._of(info, str(path)) if library("google.auth") is not None else None
        return self._of_this_machine()

    def bearer(self, credential: Credential | None) -> str:
        """The token for Google's API of who uploads with this credential. Raises `IndexFailed`."""
        if credential is None:
            raise IndexFailed(f"{self.client.name} wants a credential", next=self.client.login_advice)
        if credential.username != KEY_USER:
            return credential.password
        if library("google.auth") is None:
            raise IndexFailed(
                "a key alone does not open Google's API",
                why="google-auth turns it into a token.",
                next=install("google"),
            )
        try:
            info = json.loads(base64.b64decode(credential.password))
        except ValueError:
            raise ConfigError(f"the password of {KEY_USER} is no base64 of a JSON key") from None
        return self._of(info, credential.source).password

    def _file(self) -> Path | None:
        """The file that the variable names, else the one of `gcloud auth application-default login`."""
        if named := self.environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
            return Path(named)
        if folder := self.environ.get("CLOUDSDK_CONFIG"):
            kept = Path(folder)
        elif data := self.environ.get("APPDATA"):
            kept = Path(data) / "gcloud"
        else:
            kept = self.home / ".config" / "gcloud"
        usual = kept / "application_default_credentials.json"
        return usual if usual.is_file() else None

    def _of(self, info: dict[str, Any], source: str) -> Credential:
        errors = library("google.auth.exceptions")
        try:
            credentials = _load(info)
            credentials.refresh(self._request)
        except (errors.GoogleAuthError, ValueError, AttributeError, OSError) as error:
            why = self.client.redact(str(error.args[0]) if error.args else type(error).__name__)
            raise IndexFailed(
                f"{self.client.name} got no token from Google", why=why, next=f"Look at {source}."
            ) from None
        ends = credentials.expiry.replace(tzinfo=timezone.utc).timestamp()
        return Credential(USER, credentials.token, f"Google ({source})", expires=ends)

    def _request(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        **_: object,
    ) -> Any:
        """What google-auth calls a transport: one request, and its answer by their names."""
        answer = self.client.send(method, url, body, headers)
        if not answer.status:
            raise library("google.auth.exceptions").TransportError(answer.reason)
        return _Response(answer.status, answer.headers, answer.body)

    def _of_this_machine(self) -> Credential | None:
        host = self.environ.get("GCE_METADATA_HOST", "")
        if not host and not self._is_googles():
            return None
        answer = self.client.send(
            "GET", f"http://{host or 'metadata.google.internal'}/{METADATA}", headers={"Metadata-Flavor": "Google"}
        )
        if not answer.is_success:
            return None  # no service account belongs to the machine
        found = json.loads(answer.text)
        ends = time.time() + float(found["expires_in"])
        return Credential(USER, found["access_token"], "Google (this machine's service account)", expires=ends)

    def _is_googles(self) -> bool:
        try:
            return "K_SERVICE" in self.environ or self.product.read_text(encoding="utf-8").startswith("Google")
        except OSError:
            return False


def _load(info: dict[str, Any]) -> Any:
    """The credentials of a file. Raises `ValueError` for those of a type that is not known."""
    kind = info.get("type")
    if kind not in TYPES:
        raise ValueError(f"Its type is {kind}; known are {', '.join(TYPES)}.")
    module, load = TYPES[kind]
    return getattr(library(module).Credentials, load)(info, scopes=[SCOPE])


@dataclass(frozen=True, slots=True)
class _Response:
    """An answer as google-auth reads it."""

    status: int
    headers: Mapping[str, str]
    data: bytes
