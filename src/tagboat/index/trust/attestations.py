"""PEP 740: a signed statement of who published a file, sent with it and looked up afterwards.

An index takes one only from whom it trusts without a password, for it compares the signature with the publisher. The
signing itself is sigstore's, by the `attestations` extra.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from tagboat.errors import IndexFailed, Problem, TagboatError
from tagboat.index.credentials.extras import install

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sigstore.sign import SigningContext

    from tagboat.distribution import Distribution
    from tagboat.index.http import Client

ACCEPT = "application/vnd.pypi.integrity.v1+json"
AUDIENCE = "sigstore"


class Away(IndexFailed):
    """What is needed to check a signature cannot be had; nothing is known to be wrong with it."""


class Signer(Protocol):
    """Makes and checks the statements."""

    def missing(self) -> str:
        """What keeps it from signing, known without asking anybody; "" when nothing does."""
        ...

    def identity(self) -> str | None:
        """The token to sign with; None when there is none. Raises `IndexFailed` when there should be one."""
        ...

    def sign(self, distribution: Distribution, identity: str) -> str:
        """An attestation object as JSON. Raises `IndexFailed`."""
        ...

    def verify(self, distribution: Distribution, provenance: str) -> None:
        """Check signatures and signers of a provenance object. Raises `IndexFailed`, `Away` when it cannot look."""
        ...


class Sigstore:
    """Signs with the identity of the CI job that `token` gives for an audience, by the public sigstore.

    `context` makes another one out of what it holds in trust.
    """

    def __init__(self, token: Callable[[str], str | None], context: Callable[[], SigningContext] | None = None) -> None:
        self.token = token
        self.context = context or _public_sigstore

    def missing(self) -> str:
        """The extra, when it is not installed."""
        return "" if find_spec("pypi_attestations") else f"The extra is not installed: {install('attestations')}."

    def identity(self) -> str | None:
        """A fresh one for each file: the certificate that is made of it lives for ten minutes."""
        return self.token(AUDIENCE)

    def sign(self, distribution: Distribution, identity: str) -> str:
        """Over the file's name and hash; logged in public by sigstore."""
        from pypi_attestations import Attestation
        from pypi_attestations import Distribution as Subject
        from sigstore.oidc import IdentityToken

        subject = Subject(name=distribution.filename, digest=distribution.sha256)
        try:
            token = IdentityToken(identity)
            with self.context().signer(token) as signer:
                return Attestation.sign(signer, subject).model_dump_json()
        except Exception as error:  # for the trouble of its servers sigstore has private kinds without a root
            raise IndexFailed(f"{distribution.filename} could not be signed", why=_short(error)) from error

    def verify(self, distribution: Distribution, provenance: str) -> None:
        """Every attestation against the publisher that the index names for it."""
        from pypi_attestations import AttestationError, Provenance
        from pypi_attestations import Distribution as Subject
        from sigstore.errors import Error, NetworkError, TUFError

        subject = Subject(name=distribution.filename, digest=distribution.sha256)
        try:
            for bundle in Provenance.model_validate_json(provenance).attestation_bundles:
                for attestation in bundle.attestations:
                    attestation.verify(bundle.publisher, subject)
        except (NetworkError, TUFError, OSError) as error:
            raise Away(f"the attestation of {distribution.filename} cannot be checked", why=_short(error)) from error
        except (Error, AttestationError, ValueError) as error:
            raise IndexFailed(f"the attestation of {distribution.filename} is not good", why=_short(error)) from error


class Attestations:
    """What one index gets signed. `wish` True: it must be; None: where it can be; False: never.

    `unsigned` holds the files for which signing failed where it did not have to be, and why: an outage of sigstore
    keeps nobody from publishing.
    """

    def __init__(self, index: str, wish: bool | None, signer: Signer) -> None:
        self.index = index
        self.wish = wish
        self.signer = signer
        self.unsigned: dict[str, str] = {}
        self._sent: dict[str, str] = {}

    def problems(self, *, is_trusted: bool) -> Iterator[Problem]:
        """What keeps us from signing where it must be."""
        if not self.wish:
            return
        missing = self.signer.missing()
        if not is_trusted:
            yield Problem(
                f"{self.index} takes attestations only with trusted publishing",
                why=f"attestations = true in {self._table} asks for them.",
                next="Publish from a CI job that the index trusts, or take that line out.",
            )
        elif missing:
            yield Problem(f"files for {self.index} cannot be signed", next=missing)
        else:
            try:
                self._identity()
            except TagboatError as error:
                yield Problem(error.what, error.why, error.next)

    def fields(self, distribution: Distribution) -> Sequence[tuple[str, str]]:
        """What goes into the upload form besides. Raises `IndexFailed` when signing failed and must not.

        Once it failed, nobody waits for it again.
        """
        if self.unsigned:
            self.unsigned[distribution.filename] = next(iter(self.unsigned.values()))
            return ()
        identity = self._identity() if self._is_wanted else None
        if identity is None:
            return ()
        try:
            signed = self.signer.sign(distribution, identity)
        except TagboatError as error:
            if not self.wish:
                self.unsigned[distribution.filename] = error.why or error.what
                return ()
            advice = f"Run it again; without attestations = true in {self._table} it is published all the same."
            raise IndexFailed(error.what, why=error.why, next=error.next or advice) from error
        self._sent[distribution.filename] = signed
        return (("attestations", f"[{signed}]"),)

    def unserved(
        self, distributions: Sequence[Distribution], url: Callable[[Distribution], str], client: Client
    ) -> Iterator[Problem]:
        """What we signed and the index does not serve as it was sent, or with a signer that it should not have."""
        for distribution in distributions:
            sent = self._sent.get(distribution.filename)
            if sent is None:
                continue
            answer = client.get(url(distribution), ACCEPT)
            what = f"{self.index} does not serve the attestation of {distribution.filename}"
            if not answer.is_success:
                error = client.failed(what, answer)
                yield Problem(error.what, error.why, error.next)
            elif not _holds(answer.text, sent):
                yield Problem(f"{what} as it was sent", next="Look at the file's page before anybody installs it.")
            else:
                yield from self._verified(distribution, answer.text)

    @property
    def _table(self) -> str:
        return f"[tool.tagboat.index.{self.index}]"

    @property
    def _is_wanted(self) -> bool:
        return self.wish is True or (self.wish is None and not self.signer.missing())

    def _identity(self) -> str | None:
        """Who signs. Nobody is no trouble where nobody has to."""
        try:
            identity = self.signer.identity()
        except TagboatError:
            if self.wish:
                raise
            return None
        if identity is None and self.wish:
            raise IndexFailed(
                f"files for {self.index} cannot be signed: there is no identity to sign with",
                next=f"Publish from a CI job that has one, or take attestations = true out of {self._table}.",
            )
        return identity

    def _verified(self, distribution: Distribution, provenance: str) -> Iterator[Problem]:
        try:
            self.signer.verify(distribution, provenance)
        except TagboatError as error:
            if self.wish or not isinstance(error, Away):
                yield Problem(error.what, error.why, error.next)


def _holds(provenance: str, sent: str) -> bool:
    """Whether a provenance object has this attestation: statement and signature byte for byte."""
    try:
        bundles = json.loads(provenance)["attestation_bundles"]
        served = [attestation["envelope"] for bundle in bundles for attestation in bundle["attestations"]]
    except (ValueError, KeyError, TypeError):
        return False
    return json.loads(sent)["envelope"] in served


def _public_sigstore() -> SigningContext:
    from sigstore.models import ClientTrustConfig
    from sigstore.sign import SigningContext

    return SigningContext.from_trust_config(ClientTrustConfig.production())


def _short(error: Exception) -> str:
    """What went wrong in one line; some errors of sigstore say nothing, and their cause does."""
    words = str(error) or f"{type(error).__name__}: {error.__cause__ or ''}".removesuffix(": ")
    return " ".join(words.split())[:300]
