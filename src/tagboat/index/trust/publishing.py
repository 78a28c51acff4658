"""Trusted publishing: the identity of a CI job in exchange for a token that lives for minutes.

The protocol is Warehouse's (warehouse/oidc/views.py; burning came with pull request 20197 of pypi/warehouse), on
the host that is uploaded to. Any index that has these three addresses can be used.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from tagboat.errors import IndexFailed, TagboatError
from tagboat.index.credentials.credential import SOON, Credential
from tagboat.index.trust.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tagboat.index.answer import Answer
    from tagboat.index.http import Client

AUDIENCE = "/_/oidc/audience"
MINT = "/_/oidc/mint-token"
BURN = "/_/oidc/burn-token"
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
ATTEMPTS = 3
LIFE = 900.0  # seconds, where an index does not say
USER = "__token__"
SOURCE = "trusted publishing"


def trusted_credential(upload_url: str, environ: Mapping[str, str]) -> Credential:
    """A token for the index that takes uploads at that URL, by the identity of the CI job that `environ` is of.

    Call its `revoke` when you are done. Raises `IndexFailed` when there is no identity or the index does not trust it.
    """
    from tagboat.index.credentials.login import Login
    from tagboat.index.http import Client, Transport
    from tagboat.index.trust.ambient import Ambient

    host = urlsplit(upload_url).netloc
    client = Client(host, (), Login(), Transport(environ))
    credential = Trust(client, upload_url, Ambient(environ).token).credential()
    if credential is None:
        raise IndexFailed(f"there is no identity of a CI job here that {host} could trust")
    return credential


class Trust:
    """Makes tokens for one index.

    `client` brings no credential. `token` gives a CI job's identity for an audience, or None where there is none.
    `pages` is where the index's pages for people begin; "" when nobody knows.
    """

    def __init__(self, client: Client, upload_url: str, token: Callable[[str], str | None], *, pages: str = "") -> None:
        self.client = client
        self.upload_url = upload_url
        self.token = token
        self.pages = pages
        self._audience = ""
        self._last: tuple[Identity, Credential, float] | None = None

    def identity(self) -> Identity | None:
        """The job's identity, made out to this index; None outside of a CI job.

        Raises `IndexFailed` when the CI system gives none that it should give, or the index wants none.
        """
        token = self.token(self.audience)
        return Identity.of(token) if token else None

    @property
    def audience(self) -> str:
        """For whom the index wants identities to be made out."""
        if not self._audience:
            answer = self.client.get(urljoin(self.upload_url, AUDIENCE), HEADERS["Accept"])
            found = _object(answer).get("audience")
            if answer.is_transient or answer.hopeless:
                raise self.client.failed(f"{self.client.name} cannot be asked about trusted publishing", answer)
            if not answer.is_success or not isinstance(found, str):
                raise self.client.failed(
                    f"{self.client.name} offers no trusted publishing",
                    answer,
                    next=f"Give a token, and write trusted-publishing = false in {self._table}.",
                )
            self._audience = found
        return self._audience

    def credential(self) -> Credential | None:
        """A token, made now; None outside of a CI job. Raises `IndexFailed` when the index does not trust the job.

        An identity is good for one token. Where the CI system gives a job only one, the token is kept to its end.
        """
        attempt = 0
        while (identity := self.identity()) is not None:
            if self._last is not None and self._last[0].token == identity.token:
                return self._kept(*self._last)
            answer = self._post(MINT, identity.token)
            if not answer.is_transient or attempt == ATTEMPTS - 1:
                return self._minted(identity, answer)
            self.client.pause(attempt, answer)
            attempt += 1
        return None

    def burn(self, token: str) -> None:
        """Make the index forget a token. Raises `IndexFailed` when it could not be reached; then it ends by itself."""
        if self._last is not None and self._last[1].password == token:
            self._last = *self._last[:2], 0.0
        answer = self._post(BURN, token)
        if not answer.is_success:
            raise self.client.failed(f"{self.client.name} did not burn the token", answer)

    def _post(self, path: str, token: str) -> Answer:
        body = json.dumps({"token": token}).encode()
        return self.client.send("POST", urljoin(self.upload_url, path), body, HEADERS)

    def _minted(self, identity: Identity, answer: Answer) -> Credential:
        data = _object(answer)
        token, expires = data.get("token"), data.get("expires")
        if not answer.is_success or not isinstance(token, str):
            raise self._refusal(identity, answer)
        now = time.time()
        end = float(expires) if isinstance(expires, (int, float)) else now + LIFE
        # Half of its life is kept for the file that is being sent when the other half is over.
        credential = Credential(
            USER,
            token,
            f"{SOURCE} from {identity.owner}",
            expires=end - max(end - now, 0) / 2,
            revoke=lambda: self.burn(token),
        )
        self._last = identity, credential, end
        return credential

    def _kept(self, identity: Identity, credential: Credential, end: float) -> Credential:
        if time.time() > end - SOON:
            raise IndexFailed(
                f"the token for {self.client.name} is over, and the CI system gives this job no second identity",
                why=f"It was made for {identity.owner}.",
                next="Start the job again: what is published already stays, and the rest follows.",
            )
        return replace(credential, expires=end)

    def _refusal(self, identity: Identity, answer: Answer) -> IndexFailed:
        """What the index said, what it was told, and what to change where."""
        errors = _object(answer).get("errors")
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        code, description = str(first.get("code", "")), str(first.get("description", "")).rstrip(".")
        if not code:
            error = self.client.failed(f"{self.client.name} made no token for {identity.owner}", answer)
            return IndexFailed(error.what, why=identity.redact(error.why), next=error.next)
        what, advice = self._meaning(code, description, identity)
        return IndexFailed(
            f"{self.client.name} {what}",
            why=identity.redact(f"It says {code}: {description}. It was told: {identity.told}."),
            next=advice,
        )

    def _meaning(self, code: str, description: str, identity: Identity) -> tuple[str, str]:
        publishers = f"{self.pages}manage/account/publishing/" if self.pages else "the index's pages for publishers"
        settings = "Settings, Publishing, of the project"
        again = "Start the job again; an identity is good for one token, so let nothing else in the job use it."
        by_code = {
            "invalid-publisher": (
                f"does not trust {identity.owner}",
                self._publisher_advice(description, identity, f"{settings} (a new project: {publishers})"),
            ),
            "invalid-pending-publisher": (
                "has this project already, and the publisher was waiting for a new one",
                f"An owner of the project adds the publisher under {settings}: {identity.values}.",
            ),
            "invalid-reuse-token": ("was given this identity before", again),
            "invalid-token": (
                "does not believe the identity",
                "Look at the runner's clock, and whether this is the index that the identity was made out to "
                f"(audience {self._audience}); then start the job again.",
            ),
            "invalid-payload": (
                f"knows no CI system {identity.claims.get('iss', '')}".rstrip(),
                "Publish from a CI system that the index knows, or give a token.",
            ),
            "not-enabled": ("has switched trusted publishing off", "Give a token for now, or wait."),
        }
        return by_code.get(code, (f"made no token for {identity.owner}", f"Look at {publishers}."))

    @staticmethod
    def _publisher_advice(description: str, identity: Identity, where: str) -> str:
        if "pull_request_target" in description:
            return "Publish from a workflow that a tag or a person starts; this trigger is refused for safety."
        if identity.is_of_reused_workflow:
            return (
                "The job is in a reusable workflow, and only the workflow that was started counts: "
                f"publish from a job of that one, and enter it under {where}."
            )
        return (
            f"Enter exactly this under {where}: {identity.values}. Or change the job so that it fits what is entered "
            "there; `environment:` in the job is a usual difference."
        )

    @property
    def _table(self) -> str:
        return f"[tool.tagboat.index.{self.client.name}]"


class TrustedSource:
    """Trusted publishing as one source of a credential among others.

    `demanded`: whoever configured the index wants this and nothing else, so a failure is an error. Else it is kept in
    `failure`, and the other sources get their turn. `likely` tells for free whether there might be an identity.
    `single`: the job has one identity and no more, which an upload needs.
    """

    def __init__(self, trust: Trust, *, demanded: bool, likely: bool, single: bool) -> None:
        self.trust = trust
        self.demanded = demanded
        self.likely = likely
        self.single = single
        self.failure: TagboatError | None = None
        self._made = False

    def credential(self) -> Credential | None:
        """A token, made now."""
        found = self._found(self.trust.credential)
        self._made |= found is not None
        return found

    def look(self) -> Credential | None:
        """Where a credential would come from: no token is made, and the identity is still good for one."""
        return self._found(self._identified)

    def _identified(self) -> Credential | None:
        identity = self.trust.identity()
        return Credential(USER, "", f"{SOURCE} from {identity.owner}") if identity else None

    def _found(self, find: Callable[[], Credential | None]) -> Credential | None:
        if not (self.demanded or self.likely):
            return None
        try:
            found = find()
        except TagboatError as error:
            if self.demanded or self._made:
                raise
            self.failure = error
            return None
        if found is None and self.demanded:
            name = self.trust.client.name
            raise IndexFailed(
                f"{name} is for trusted publishing, and there is no identity of a CI job here",
                why=f"trusted-publishing = true in [tool.tagboat.index.{name}] asks for one.",
                next="Publish from the CI job that the index trusts, or take that line out and give a token.",
            )
        self.failure = None
        return found


def _object(answer: Answer) -> dict[str, object]:
    """The JSON object of an answer; an empty one when it is none."""
    try:
        data = json.loads(answer.text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
