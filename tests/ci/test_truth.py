"""Which jobs run, for every event, every input and every way in which the jobs before can end.

The conditions are evaluated by GitHub's own engine, the inputs are judged by the plan job's own decision. What has to
come of it is worked out here anew, from what was asked for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.ci import node
from tests.ci.variants import EVERYTHING, NAMED, Variant

from tagboat.ci.decision import Facts, decide
from tagboat.ci.event import Event
from tagboat.config import load_config
from tagboat.errors import NotReady

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION, HEAD, TAG = "1.2.3", "a" * 40, "refs/tags/v1.2.3"
VARIANTS = {**{name: NAMED[name] for name in ("pypi-by-token", "pypi-and-devpi")}, "everything": EVERYTHING}


@dataclass(frozen=True)
class Asked:
    """What started a run: the event, where from, and what the form said."""

    event: str
    ref: str
    inputs: Mapping[str, Any] = field(default_factory=dict)

    def is_for(self, index: str, kind: str) -> bool:
        """Whether this asks, clearly enough, for a release on that index."""
        if self.event == "push":
            return self.ref == TAG
        form = {"channel": "all", "confirm": "", **self.inputs}
        return (
            self.event == "workflow_dispatch"
            and str(form.get("dry-run", True)).lower() == "false"
            and self.ref == TAG
            and form.get("version") == VERSION
            and form["channel"] in ("all", index)
            and (form["confirm"] == VERSION or (kind == "testpypi" == form["channel"] and not form["confirm"]))
        )

    @property
    def is_dry(self) -> bool:
        """Whether nothing may leave this run."""
        return self.event != "push" and str(self.inputs.get("dry-run", True)).lower() != "false"


@dataclass(frozen=True)
class Row:
    """One run: what was asked for, which jobs failed, which ran; `cancelled` is right before an upload."""

    asked: Asked
    failed: frozenset[str]
    cancelled: bool
    ran: tuple[str, ...]

    def succeeded(self, job: str) -> bool:
        return job in self.ran and job not in self.failed


@dataclass(frozen=True)
class Table:
    """All runs of one workflow."""

    jobs: dict[str, Any]
    indexes: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]


@pytest.fixture(scope="module", params=VARIANTS)
def table(request, tmp_path_factory) -> Table:
    return make_table(VARIANTS[request.param], tmp_path_factory.mktemp("truth"))


def test_an_index_gets_a_release_exactly_when_it_was_asked_for_and_everything_before_is_green(table):
    gates = {"test", "dependencies", "wheels", "build"} & table.jobs.keys()
    for row in table.rows:
        earlier: list[str] = []
        for name, kind in table.indexes:
            wanted = row.asked.is_for(name, kind) and not row.cancelled
            green = all(map(row.succeeded, gates)) and all(map(row.succeeded, earlier))
            assert (f"publish-{name}" in row.ran) == (wanted and green), row
            assert (f"verify-{name}" in row.ran) == (not row.cancelled and row.succeeded(f"publish-{name}")), row
            earlier += [f"verify-{name}"] if row.asked.is_for(name, kind) else []


def test_a_dry_run_reaches_no_identity_no_secret_and_no_right_to_write(table):
    guarded = {name for name, job in table.jobs.items() if is_privileged(job)}
    assert guarded, "there is something to guard"
    dry = [row for row in table.rows if row.asked.is_dry]
    assert dry
    assert any({"test", "build"} <= set(row.ran) for row in dry), "and it still tries everything else"
    for row in dry:
        assert not guarded & set(row.ran), row


def test_a_refused_plan_reaches_nothing_but_the_news_of_it(table):
    for row in table.rows:
        if not row.succeeded("plan"):
            assert set(row.ran) <= {"plan", "notify"}, row


def test_a_release_is_announced_only_when_it_was_verified_everywhere_it_went(table):
    for row in table.rows:
        went = [name for name, kind in table.indexes if row.asked.is_for(name, kind)]
        verified = all(row.succeeded(f"verify-{name}") for name in went)
        meant = "announce" in table.jobs and any(name != "testpypi" for name in went)
        assert ("announce" in row.ran) == (meant and verified and not row.cancelled), row


def test_the_documentation_is_started_by_every_announced_release_and_by_nothing_else(table):
    for row in table.rows:
        announced = row.succeeded("announce") and "announce" in row.ran and not row.cancelled
        assert ("documentation" in row.ran) == ("documentation" in table.jobs and announced), row


def test_somebody_is_told_of_every_release_that_was_meant_however_it_ends(table):
    for row in table.rows:
        meant = row.asked.event == "push" or any(row.asked.is_for(*index) for index in table.indexes)
        assert ("notify" in row.ran) == ("notify" in table.jobs and meant), row


def test_the_news_is_of_every_job(table):
    told = table.jobs.get("notify", {}).get("needs", [])
    assert not told or set(told) == table.jobs.keys() - {"notify"}


def test_every_job_is_reached(table):
    assert {job for row in table.rows for job in row.ran} == set(table.jobs)


def test_nothing_can_be_withdrawn_without_the_version_typed_twice(tmp_path):
    text = EVERYTHING.files(tmp_path)[".github/workflows/rollback.yml"]
    ends = [{"confirm": {"result": result}, "rollback": {"result": "success"}} for result in ("success", "failure")]
    cases = [{"github": {"event_name": "workflow_dispatch"}, "inputs": {}, "needs": end} for end in ends]
    assert evaluate(text, cases) == [["confirm", "rollback"], ["confirm"]]
    jobs = yaml.load(text, yaml.CSafeLoader)["jobs"]
    assert [name for name, job in jobs.items() if is_privileged(job)] == ["rollback"]


def make_table(variant: Variant, top: Path) -> Table:
    text = variant.files(top)[".github/workflows/publish.yml"]
    jobs = yaml.load(text, yaml.CSafeLoader)["jobs"]
    facts = facts_of(top)
    planned = [(asked, outputs_of(asked, facts)) for asked in every_event(facts)]
    later = [name for name in jobs if name not in ("plan", "notify")]
    # What a job answers to is the event, the plan's outputs and the other jobs' ends: each such case is asked once.
    keys = {(asked.event, json.dumps(outputs)) for asked, outputs in planned}
    runs = [(key, *end) for key in sorted(keys) for end in every_end(later, key)]
    known = {
        run: tuple(ran) for run, ran in zip(runs, evaluate(text, [case_of(run, jobs) for run in runs]), strict=True)
    }
    rows = []
    for asked, outputs in planned:
        key = (asked.event, json.dumps(outputs))
        # Whoever asks for the same has the same rows; one of them is followed to every end.
        ends = every_end(later, key) if key in keys else [(frozenset(), False)]
        keys.discard(key)
        refused = frozenset() if outputs else frozenset({"plan"})
        rows += [Row(asked, failed | refused, cancelled, known[key, failed, cancelled]) for failed, cancelled in ends]
    return Table(jobs, tuple((index.name, index.kind) for index in facts.indexes), tuple(rows))


def every_end(jobs: list[str], key: tuple[str, str]) -> list[tuple[frozenset[str], bool]]:
    """Which jobs fail: any of those before the first upload, and up to two after it; and a run that is cancelled."""
    if key[1] == "null":
        return [(frozenset(), False), (frozenset(), True)]
    gates = [job for job in jobs if not job.startswith(("publish", "verify", "announce", "documentation"))]
    rest = [job for job in jobs if job not in gates]
    before, after = subsets(gates, len(gates)), subsets(rest, 2)
    return [(one | other, False) for one, other in product(before, after)] + [(frozenset(), True)]


def subsets(jobs: list[str], most: int) -> list[frozenset[str]]:
    return [frozenset(some) for count in range(most + 1) for some in combinations(jobs, count)]


def case_of(run: tuple[tuple[str, str], frozenset[str], bool], jobs: Mapping[str, Any]) -> dict[str, Any]:
    (event, outputs), failed, cancelled = run
    needs = {name: {"result": "failure" if name in failed else "success"} for name in jobs}
    planned = json.loads(outputs)
    needs["plan"] = {"result": "success", "outputs": planned} if planned else {"result": "failure"}
    return {
        "github": {"event_name": event},
        "inputs": {},
        "needs": needs,
        "cancelledAfter": "build" if cancelled else None,
    }


def every_event(facts: Facts) -> list[Asked]:
    """Tags, and every way to fill in the form: as the page sends it, and as the API does."""
    channels = [{}, *({"channel": name} for name in ("all", "nowhere", *(index.name for index in facts.indexes)))]
    dry = [{}, {"dry-run": True}, {"dry-run": "true"}, {"dry-run": False}, {"dry-run": "false"}, {"dry-run": "no"}]
    confirm = [{}, {"confirm": VERSION}, {"confirm": "1.2.4"}]
    versions = [VERSION, "1.2.4", "v1.2.3", '1.2.3"; touch pwned; "', ""]
    forms = [
        Asked("workflow_dispatch", ref, {"version": version, **more})
        for ref in (TAG, "refs/heads/main")
        for version in versions
        for parts in product(channels, dry, confirm)
        for more in [{key: value for part in parts for key, value in part.items()}]
    ]
    return [Asked("push", TAG), Asked("push", "refs/tags/v1.2.4"), Asked("push", "refs/tags/v1.2"), *forms]


def facts_of(top: Path) -> Facts:
    """A checkout with the tag v1.2.3 on its head, whose files say the same."""
    config = load_config(top, {})
    return Facts(
        project="harbour-light",
        tag_format="v{version}",
        head=HEAD,
        commit_of={TAG: HEAD, HEAD: HEAD}.get,
        written=[("pyproject.toml", VERSION)],
        indexes=config.publish_to,
        pythons=("3.12",),
    )


def outputs_of(asked: Asked, facts: Facts) -> dict[str, str] | None:
    """What the plan job says; None when it refuses."""
    inputs = {key: str(value).lower() if isinstance(value, bool) else value for key, value in asked.inputs.items()}
    event = Event("tag" if asked.event == "push" else "dispatch", asked.ref, HEAD, inputs)
    try:
        return decide(event, facts).outputs()
    except NotReady:
        return None


def evaluate(text: str, cases: list[dict[str, Any]]) -> list[list[str]]:
    found: list[list[str]] = json.loads(node.run("truth.mjs", text=json.dumps({"workflow": text, "cases": cases})))
    return found


def is_privileged(job: Mapping[str, Any]) -> bool:
    """Whether a job has an identity, a secret, an environment, or may write anywhere."""
    return "write" in job["permissions"].values() or "environment" in job or "secrets." in json.dumps(job)
