"""PyPI and TestPyPI, and whatever runs their software (Warehouse).

Their addresses are those that pip knows, so none is written here. pip does not know where PyPI takes uploads: at
`upload.` before its own host, as opposed to TestPyPI, which takes them itself; the tests hold that against twine.

They have no API to yank or to delete with: a person does it on the pages for owners (docs: project management,
yanking). Deleting there burns the names of the files for ever.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin, urlsplit

from packaging.utils import canonicalize_name

from tagboat.errors import ConfigError, Problem, TagboatError
from tagboat.index.credentials import Login, find_credential, origin
from tagboat.index.http import Client
from tagboat.index.legacy import LegacyIndex, Place
from tagboat.index.trust.ambient import Ambient
from tagboat.index.trust.attestations import Attestations, Sigstore
from tagboat.index.trust.publishing import SOURCE, USER, Trust, TrustedSource
from tagboat.index.upload import ATTEMPTS, Uploader, no_more

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.distribution import Distribution
    from tagboat.index.credentials import Credential
    from tagboat.index.interface import Progress
    from tagboat.index.reach import Reach

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
PREFIX = "pypi-"


def known_host(kind: str) -> str:
    """The host of the real index's pages; "" when pip does not tell."""
    try:
        from pip._internal.models.index import PyPI, TestPyPI
    except ImportError:
        return ""
    return (TestPyPI if kind == "testpypi" else PyPI).netloc


def own_place(kind: str) -> Place:
    """Where the real index takes uploads and shows files. Raises `ConfigError` when pip does not tell."""
    host = known_host(kind)
    if not host:
        raise ConfigError(
            f"this pip does not tell where {kind} is",
            next="Write upload-url and simple-url in its table, or install another pip beside tagboat.",
        )
    return Place(f"https://{'' if kind == 'testpypi' else 'upload.'}{host}/legacy/", f"https://{host}/simple/")


def known_urls(kind: str) -> tuple[str, ...]:
    """What people give when they mean the real index, without a slash at the end; nothing when pip does not tell."""
    if not known_host(kind):
        return ()
    place = own_place(kind)
    return (place.upload_url.rstrip("/"), place.simple_url.rstrip("/"))


def place(config: IndexConfig) -> Place:
    """The real index, or another one by both its URLs. A mirror is installed from, and never read for what is there.

    Raises `ConfigError` for a URL that stands for the other one, and for an upload-url without a simple-url.
    """
    upload, simple = config.at.get("upload-url"), config.at.get("simple-url")
    host = known_host(config.kind)
    if upload and (not host or not _same(upload, own_place(config.kind).upload_url)):
        return _elsewhere(config.name, upload, simple)
    own = own_place(config.kind)
    if simple and _same(simple, own.upload_url):
        simple = None  # it takes uploads there, and nothing else
    return Place(own.upload_url, simple or own.simple_url, own.simple_url)


def _elsewhere(name: str, upload: str, simple: str | None) -> Place:
    if not simple:
        raise ConfigError(
            f"[tool.tagboat.index.{name}] has an upload-url of its own, and no simple-url",
            why="What was uploaded there would be looked for in another place.",
            next="Add simple-url, the URL that pip installs from.",
        )
    if urlsplit(upload).path.rstrip("/").endswith("/simple"):
        raise ConfigError(
            f"the upload-url in [tool.tagboat.index.{name}] is one to install from: {upload}",
            next="Warehouse takes uploads at …/legacy/.",
        )
    return Place(upload.rstrip("/") + "/", simple)


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def open_index(config: IndexConfig, reach: Reach) -> PyPIIndex:
    """The index of a configuration, with trusted publishing unless that is switched off."""
    where = place(config)
    transport = reach.transport(config)
    pages = urljoin(where.own_url or where.simple_url, "/")
    ambient = Ambient(reach.environ)
    trust = Trust(Client(config.name, (), Login(), transport), where.upload_url, ambient.token, pages=pages)
    trusted = TrustedSource(
        trust, demanded=config.trusted_publishing is True, likely=ambient.is_likely, single=ambient.is_single
    )
    account = reach.account(config, where.upload_url)
    if config.trusted_publishing is not False:
        account = replace(account, trusted=trusted.credential)
    looked = replace(account, trusted=trusted.look) if account.trusted else account
    origins = {origin(url): url for url in (where.upload_url, where.simple_url)}
    client = Client(config.name, origins.values(), reach.login(account), transport, public_reads=True)
    return PyPIIndex(
        client,
        where,
        config.kind,
        pages=pages,
        trusted=trusted,
        look=lambda: find_credential(looked, reach.around),
        attestations=Attestations(config.name, config.attestations, Sigstore(ambient.token)),
    )


class PyPIIndex(LegacyIndex):
    """PyPI or TestPyPI. Anybody reads; only tokens write; nothing is taken back but by an owner's own hand.

    `pages` is where its pages for people begin. `look` tells where a credential would come from, and makes no token.
    """

    def __init__(
        self,
        client: Client,
        place: Place,
        kind: str,
        *,
        pages: str,
        trusted: TrustedSource,
        look: Callable[[], Credential | None],
        attestations: Attestations,
    ) -> None:
        super().__init__(client, place, kind)
        self.pages = pages
        self.trusted = trusted
        self.look = look
        self.attestations = attestations
        self._tried = False

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """POST one file, with an attestation where one can be made."""
        credential = self.client.login.found
        if credential is None and self.trusted.failure is not None:
            raise self.trusted.failure
        more = self.attestations.fields if _is_trusted(credential) else no_more
        Uploader(self.client, self.upload_url, self.reader, more=more).upload(distribution, progress)

    def problems(self) -> Iterator[Problem]:
        """Whether the index takes our token: asked by a form without a file, before the first effect.

        Warehouse looks at who sends a form before it looks at the form (forklift/legacy.py, file_upload). A token by
        trusted publishing is made for that and burnt again; making it also turns a pending publisher into a project.
        """
        return self._problems(tried=not self.trusted.single)

    def problems_untried(self) -> Iterator[Problem]:
        """Whether a CI job has an identity that is made out to the index, which decides only when it makes a token."""
        return self._problems(tried=False)

    def login_words(self) -> str:
        """As whom we come, and what came of it that a token was made to see that."""
        made = "; a token was made and burnt again for this, and a pending publisher is a project by that"
        return super().login_words() + (made if self._tried else "")

    def _problems(self, *, tried: bool) -> Iterator[Problem]:
        try:
            credential = (None if tried else self.look()) or self.client.login.asked()
            yield from self._credential_problems(credential)
        except TagboatError as error:
            yield Problem(error.what, error.why, error.next)
        else:
            if credential is not None and credential.revoke is not None:
                self.client.login.close()
                self._tried = True

    def unsigned(self) -> Mapping[str, str]:
        """The files for which signing failed, where it did not have to be."""
        return self.attestations.unsigned

    def unattested(self, distributions: Sequence[Distribution]) -> Iterator[Problem]:
        """What was signed on the way, and is not served as it was sent. Asked when the files are listed."""
        return self.attestations.unserved(distributions, self._provenance, self.client)

    def withdraw_page(self, project: str, version: Version) -> str:  # noqa: ARG002 - it lists every version
        """The page of the project's releases, from which an owner yanks one."""
        return f"{self.pages}manage/project/{canonicalize_name(project)}/releases/"

    def withdraw_steps(self, project: str, version: Version, reason: str) -> Sequence[str]:
        """What an owner clicks there. Options, Un-yank takes it back."""
        return (
            f"Sign in as an owner of {project}; a maintainer may upload, but not yank.",
            f"Click Options in the row of {version}, then Yank. Not Delete: that burns the file names for ever.",
            f"Write as the reason: {reason}",
            f"Write {version} where it asks for the version, and confirm.",
        )

    def _credential_problems(self, credential: Credential | None) -> Iterator[Problem]:
        if credential is None:
            yield self._nobody()
        elif wrong := self._wrong_token(credential):
            yield Problem(wrong, next=self.client.login_advice)
        else:
            if credential.password:
                yield from self._refusals()
            yield from self.attestations.problems(is_trusted=_is_trusted(credential))

    def _nobody(self) -> Problem:
        failure = self.trusted.failure
        if failure is None:
            return Problem(f"no credential is known for {self.name}", next=self.client.login_advice)
        return Problem(failure.what, failure.why, f"{failure.next} Or give a token. {self.client.login_advice}".strip())

    def _wrong_token(self, credential: Credential) -> str:
        """What is wrong with a credential at first sight; "" when nothing is."""
        if credential.username != USER:
            return f"{self.name} takes tokens only, with the user {USER}, and not the password of a user"
        if not credential.password:
            return ""  # an identity that was looked at, and not yet used
        if not credential.password.startswith(PREFIX):
            return f"what should be the token for {self.name} is none: tokens begin with {PREFIX}"
        made_for, ours = _location(credential.password), urlsplit(self.pages).netloc
        if made_for != ours and {made_for, ours} <= {known_host("pypi"), known_host("testpypi")}:
            return f"the token is one for {made_for}, and {self.name} is {ours}"
        return ""

    def _refusals(self) -> Iterator[Problem]:
        form = urlencode({":action": "file_upload", "protocol_version": "1"}).encode()
        for attempt in range(ATTEMPTS):
            answer = self.client.send("POST", self.upload_url, form, FORM)
            if not answer.is_transient:
                break
            self.client.pause(attempt, answer)
        if answer.status in {401, 403}:
            yield self._problem(f"{self.name} does not take the credential", answer)
        elif answer.is_redirect or answer.status in {404, 405}:
            error = self.client.failed(f"{self.upload_url} is not where {self.name} takes uploads", answer)
            yield Problem(error.what, error.why, f"Look at upload-url in [tool.tagboat.index.{self.name}].")
        elif answer.status != 400:
            yield self._problem(f"{self.name} cannot be reached", answer)

    def _provenance(self, distribution: Distribution) -> str:
        name = distribution.filename
        return f"{self.pages}integrity/{distribution.project}/{distribution.version}/{quote(name)}/provenance"

    def _looked_for(self) -> Credential | None:
        """A job's identity is looked at, and not used: no token is made to tell whose it is."""
        return self.look() or super()._looked_for()

    def _url_with_credential(self) -> str:
        """Installing needs none, and a token to upload with is nobody else's business."""
        return self.simple_url


def _is_trusted(credential: Credential | None) -> bool:
    return credential is not None and credential.source.startswith(SOURCE)


def _location(token: str) -> str:
    """The host that a token was made for: the first field of a macaroon (version 2, binary) after its version."""
    text = token.removeprefix(PREFIX)
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return data[3 : 3 + data[2]].decode("ascii") if data[:2] == b"\x02\x01" else ""
    except (ValueError, IndexError):
        return ""
