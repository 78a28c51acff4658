"""PEP 740 with a stand-in for the public sigstore, which tests cannot reach: what is sent, and what is looked up.

The stand-in signs as sigstore does in form: an in-toto statement in a DSSE envelope. No certificate is behind it.
"""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode, urlsafe_b64encode
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.index import made
from tests.index.fakes.warehouse import GitHub, Publisher, Warehouse
from tests.index.scripted import Reply, scripted

from tagboat.config import IndexConfig
from tagboat.errors import IndexFailed
from tagboat.index import Attests, open_index
from tagboat.index.trust.attestations import Attestations, Away, Sigstore
from tagboat.state import StateFolder
from tagboat.steps.publish import PublishStep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagboat.distribution import Distribution
    from tagboat.index.kinds.pypi import PyPIIndex


@dataclass
class StandIn:
    """Signs whatever it is told, and finds signatures good unless `bad` says why not."""

    lacks: str = ""
    bad: str = ""
    who: str | None = "the job"
    trouble: IndexFailed | None = None
    lost: IndexFailed | None = None
    tried: int = 0
    away: bool = False
    checked: list[str] = field(default_factory=list)

    def missing(self) -> str:
        return self.lacks

    def identity(self) -> str | None:
        if self.lost is not None:
            raise self.lost
        return self.who

    def sign(self, distribution: Distribution, identity: str) -> str:
        assert identity == self.who
        self.tried += 1
        if self.trouble is not None:
            raise self.trouble
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": distribution.filename, "digest": {"sha256": distribution.sha256}}],
            "predicateType": "https://attestations.example/publish/v1",
            "predicate": None,
        }
        envelope = {
            "statement": b64encode(json.dumps(statement).encode()).decode(),
            "signature": b64encode(distribution.sha256.encode()).decode(),
        }
        return json.dumps({"version": 1, "verification_material": {"certificate": "eA=="}, "envelope": envelope})

    def verify(self, distribution: Distribution, provenance: str) -> None:
        self.checked.append(distribution.filename)
        assert json.loads(provenance)["attestation_bundles"]
        if self.bad:
            raise (Away if self.away else IndexFailed)(self.bad)


@dataclass
class Site:
    warehouse: Warehouse
    github: GitHub
    home: Path

    def open(self, signer: StandIn, *, wish: bool | None = None, **environ: str) -> PyPIIndex:
        at = {"upload-url": f"{self.warehouse.url}/legacy/", "simple-url": f"{self.warehouse.url}/simple/"}
        config = IndexConfig("x", "pypi", at, attestations=wish)
        variables = {"HOME": str(self.home), **(environ or self.github.environ())}
        index: PyPIIndex = open_index(config, root=self.home, environ=variables)  # type: ignore[assignment]
        index.attestations = Attestations("x", wish, signer)
        return index


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with GitHub().serving() as github, Warehouse(github, Publisher()).serving() as warehouse:
        warehouse.projects.add("boat")
        yield Site(warehouse, github, tmp_path)


def test_what_a_trusted_job_sends_is_attested_and_served_so(site: Site, tmp_path: Path) -> None:
    signer = StandIn()
    files = [made.wheel(tmp_path), made.sdist(tmp_path)]
    with closing(site.open(signer)) as index:
        assert isinstance(index, Attests)
        for each in files:
            index.upload(each)
        assert list(index.unattested(files)) == []
    assert signer.checked == [each.filename for each in files]
    for each in files:
        (attestation,) = site.warehouse.held[each.filename].attestations
        statement = json.loads(b64decode(attestation["envelope"]["statement"]))  # type: ignore[index]
        assert statement["subject"] == [{"name": each.filename, "digest": {"sha256": each.sha256}}]


def test_a_token_of_a_user_sends_none(site: Site, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    index = site.open(StandIn(), TAGBOAT_X_TOKEN=site.warehouse.user_token())
    index.upload(wheel)
    assert list(index.unattested([wheel])) == []
    assert site.warehouse.held[wheel.filename].attestations == []


@pytest.mark.parametrize(
    ("signer", "wish"),
    [
        (StandIn(), False),
        (StandIn(lacks="the extra"), None),
        (StandIn(who=None), None),
        (StandIn(lost=IndexFailed("the job has no SIGSTORE_ID_TOKEN")), None),
    ],
    ids=["switched off", "not installed", "no identity", "no identity for sigstore"],
)
def test_where_nothing_can_or_shall_be_signed_the_file_goes_alone(
    site: Site, tmp_path: Path, signer: StandIn, *, wish: bool | None
) -> None:
    wheel = made.wheel(tmp_path)
    index = site.open(signer, wish=wish)
    assert list(index.problems()) == []
    index.upload(wheel)
    assert list(index.unattested([wheel])) == []
    assert site.warehouse.held[wheel.filename].attestations == []


def test_attestations_that_must_be_need_trusted_publishing(site: Site) -> None:
    index = site.open(StandIn(), wish=True, TAGBOAT_X_TOKEN=site.warehouse.user_token())
    assert [each.what for each in index.problems()] == ["x takes attestations only with trusted publishing"]


def test_attestations_that_must_be_need_the_extra(site: Site) -> None:
    problems = list(site.open(StandIn(lacks="Install it."), wish=True).problems())
    assert [(each.what, each.next) for each in problems] == [("files for x cannot be signed", "Install it.")]
    assert list(site.open(StandIn(), wish=True).problems()) == []


@pytest.mark.parametrize(
    ("signer", "words"),
    [
        (StandIn(who=None), "there is no identity to sign with"),
        (StandIn(lost=IndexFailed("the job has no SIGSTORE_ID_TOKEN")), "the job has no SIGSTORE_ID_TOKEN"),
    ],
)
def test_a_file_that_must_be_signed_and_cannot_stays_at_home(
    site: Site, tmp_path: Path, signer: StandIn, words: str
) -> None:
    index = site.open(signer, wish=True)
    assert [words in each.what for each in index.problems()] == [True]
    with pytest.raises(IndexFailed, match=words):
        index.upload(made.wheel(tmp_path))
    assert site.warehouse.held == {}


def test_signing_that_fails_and_must_not_says_how_to_go_without(site: Site, tmp_path: Path) -> None:
    with pytest.raises(IndexFailed, match="sigstore is down") as raised:
        site.open(StandIn(trouble=IndexFailed("sigstore is down")), wish=True).upload(made.wheel(tmp_path))
    assert "without attestations = true in [tool.tagboat.index.x]" in raised.value.next
    assert site.warehouse.held == {}


def test_an_outage_of_sigstore_stops_nobody_who_did_not_insist_and_is_told(site: Site, tmp_path: Path) -> None:
    files = [made.wheel(tmp_path), made.sdist(tmp_path)]
    state = StateFolder(tmp_path / "state")
    state.dist.mkdir(parents=True)
    state.adopt(files)
    signer = StandIn(trouble=IndexFailed("it could not be signed", why="sigstore is down"))
    version = files[0].version
    step = PublishStep("boat", version, site.open(signer), state, wait=1, progress=lambda *_: None)
    step.apply()
    assert [site.warehouse.held[each.filename].attestations for each in files] == [[], []]
    names = ", ".join(each.filename for each in files)
    assert step.probe().detail.endswith(f"; without attestation: {names} (sigstore is down)")
    assert signer.tried == 1  # nobody waits for it a second time


def test_trouble_of_sigstores_own_servers_is_an_error_of_ours(tmp_path: Path) -> None:
    pytest.importorskip("pypi_attestations")
    from sigstore._internal.fulcio import FulcioClient
    from sigstore.sign import SigningContext

    now = int(time.time())
    claims = {"aud": "sigstore", "sub": "x", "iss": "https://ci.example.com", "iat": now, "exp": now + 60}
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    head = urlsafe_b64encode(b'{"alg": "RS256"}').decode().rstrip("=")
    token = f"{head}.{payload}.eA"
    with scripted(lambda _: Reply(503, b"{}")) as fulcio:
        context = SigningContext(fulcio=FulcioClient(fulcio.url), rekor=None, trusted_root=None)  # type: ignore[arg-type]
        with pytest.raises(IndexFailed, match="could not be signed") as raised:
            Sigstore(lambda _: token, lambda: context).sign(made.wheel(tmp_path), token)
    assert "503" in raised.value.why
    assert token not in str(raised.value)


def test_an_attestation_that_is_not_served_is_told(site: Site, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    index = site.open(StandIn())
    index.upload(wheel)
    site.warehouse.held[wheel.filename].attestations = []
    (problem,) = index.unattested([wheel])
    assert problem.what == f"x does not serve the attestation of {wheel.filename}"
    assert "No provenance available" in problem.why


@pytest.mark.parametrize("served", [[{"envelope": {"statement": "b3RoZXI="}}], [{}], ["odd"]])
def test_another_attestation_than_was_sent_is_told(site: Site, tmp_path: Path, served: list[object]) -> None:
    wheel = made.wheel(tmp_path)
    index = site.open(StandIn())
    index.upload(wheel)
    site.warehouse.held[wheel.filename].attestations = served
    (problem,) = index.unattested([wheel])
    assert problem.what.endswith("as it was sent")


def test_a_signer_that_is_not_the_publisher_is_told(site: Site, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    index = site.open(StandIn(bad="somebody else signed"))
    index.upload(wheel)
    assert [each.what for each in index.unattested([wheel])] == ["somebody else signed"]


@pytest.mark.parametrize("wish", [None, True])
def test_a_signature_that_cannot_be_checked_is_no_bad_one_for_who_did_not_insist(
    site: Site, tmp_path: Path, *, wish: bool | None
) -> None:
    wheel = made.wheel(tmp_path)
    index = site.open(StandIn(bad="sigstore is away", away=True), wish=wish)
    index.upload(wheel)
    assert [each.what for each in index.unattested([wheel])] == (["sigstore is away"] if wish else [])


def test_sigstore_needs_an_identity_and_its_extra() -> None:
    pytest.importorskip("pypi_attestations")
    sigstore = Sigstore(lambda _: None)
    assert sigstore.missing() == ""
    assert sigstore.identity() is None
    assert Sigstore(lambda audience: f"for {audience}").identity() == "for sigstore"


def test_an_identity_that_is_none_cannot_sign(tmp_path: Path) -> None:
    pytest.importorskip("pypi_attestations")
    with pytest.raises(IndexFailed, match="could not be signed"):
        Sigstore(lambda _: None).sign(made.wheel(tmp_path), "no.real.token")


def test_a_provenance_that_is_none_is_not_good(tmp_path: Path) -> None:
    pytest.importorskip("pypi_attestations")
    with pytest.raises(IndexFailed, match="is not good"):
        Sigstore(lambda _: None).verify(made.wheel(tmp_path), '{"version": 1}')
