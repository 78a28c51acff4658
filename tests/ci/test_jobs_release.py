"""`tagboat release --tag` in the checkout of a CI job: a detached HEAD, and a remote that may not let us in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ci.checkout import Origin, listed
from tests.index.scripted import Reply, scripted

if TYPE_CHECKING:
    from pathlib import Path

TAG = "refs/tags/v0.2.0"


def test_a_tag_is_released_although_the_checkout_made_it_lightweight(origin: Origin, tmp_path: Path) -> None:
    checkout = origin.github(tmp_path, "push", TAG)
    assert checkout.git("rev-parse", TAG) == checkout.git("rev-parse", "HEAD")
    ran = checkout.run("release", "--tag", "v0.2.0", "--yes")
    assert ran.code == 0, ran.stderr
    assert "v0.2.0 is on origin" in ran.stdout
    assert len(listed(tmp_path / "staging")) == len(listed(tmp_path / "main")) == 2


def test_a_remote_that_lets_nobody_in_is_no_hindrance_when_the_push_of_the_tag_started_the_job(
    origin: Origin, tmp_path: Path
) -> None:
    checkout = origin.github(tmp_path, "push", TAG)
    with scripted(lambda _: Reply(401, headers={"www-authenticate": 'Basic realm="x"'})) as closed:
        checkout.git("remote", "set-url", "origin", f"{closed.url}/o/r.git")
        checkout.environ["GIT_TERMINAL_PROMPT"] = "0"
        ran = checkout.run("release", "--tag", "v0.2.0", "--yes", GITHUB_SHA=checkout.git("rev-parse", "HEAD^"))
        assert ran.code == 4
        assert "the remote origin cannot be reached" in ran.stderr
        checkout.ci("build", TAGBOAT_TAG="v0.2.0", GITHUB_REF="refs/heads/main")  # a dry run
        ran = checkout.run("release", "--tag", "v0.2.0", "--yes")
    assert ran.code == 0, ran.stderr
    assert "v0.2.0 was pushed: that started this job" in ran.stdout
    assert len(listed(tmp_path / "main")) == 2
