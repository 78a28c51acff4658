"""What a CI system says of its job, read from the token that it gives."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest

from tagboat.index.trust.identity import Identity


def identity(**claims: object) -> Identity:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return Identity.of(f"header-of-it.{payload}.signature-of-it")


def test_a_job_of_github_tells_the_four_values_to_enter() -> None:
    path = "harbour/boats/.github/workflows/publish.yml@refs/tags/v1"
    job = identity(repository="harbour/boats", job_workflow_ref=path, environment="release", ref="refs/tags/v1")
    assert job.owner == "harbour/boats"
    assert job.values == "owner harbour, repository boats, workflow publish.yml, environment release"
    assert not job.is_of_reused_workflow
    assert job.told == (f"repository harbour/boats, job_workflow_ref {path}, environment release, ref refs/tags/v1")


def test_a_job_of_gitlab_tells_the_four_values_to_enter() -> None:
    job = identity(
        project_path="harbour/fleet/boats", ci_config_ref_uri="gitlab.com/harbour/fleet/boats//ci/release.yml@refs/x"
    )
    assert job.values == (
        "namespace harbour/fleet, project boats, top-level pipeline ci/release.yml, environment (none)"
    )
    assert "top-level pipeline .gitlab-ci.yml" in identity(project_path="harbour/boats").values


def test_a_service_account_tells_its_address() -> None:
    job = identity(iss="https://accounts.google.com", email="boat@harbour.iam", sub=117, aud="pypi")
    assert job.owner == "boat@harbour.iam"
    assert job.values == "iss https://accounts.google.com, sub 117, email boat@harbour.iam, no environment"


@pytest.mark.parametrize("token", ["", "no-token-at-all", "a.!!!.c", "a.WzFd.c"])
def test_a_token_that_says_nothing_is_somebodys_all_the_same(token: str) -> None:
    assert Identity.of(token).owner == "a CI job"
    assert Identity.of(token).told == "no environment"


def test_no_part_of_a_token_is_shown() -> None:
    job = identity(sub="x")
    assert job.token not in repr(job)
    text = f"refused: {job.token}, and {job.token.split('.')[2]}"
    assert job.redact(text) == "refused: ***, and ***"
