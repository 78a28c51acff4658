"""The pipeline for GitLab CI: its schema, and which jobs are in a pipeline for every event and every form.

GitLab has no engine that could be borrowed, so the few operators of its rules are read here; `make gitlab` holds this
reading against gitlab-ci-local.
"""

from __future__ import annotations

import re
import subprocess
import sys
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.ci.variants import GITLAB, Variant

from tagboat.ci.generate.targets import find_targets
from tagboat.config import load_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import CodeType

BIN = Path(sys.executable).parent
VARIANTS = {
    **GITLAB,
    "tokens": Variant(("testpypi-token", "pypi-token"), "gitlab"),
    "two-of-a-kind": Variant(("stage", "devpi"), "gitlab", ("notify = true",)),
    "below": Variant(("pypi",), "gitlab", (), ('tag-format = "{project}/v{version}"',), "packages/light"),
    "tag-only": Variant((), "gitlab"),
}
DRY = ("true", "", "no")
FORM = {"CI_PIPELINE_SOURCE": "web", "TAGBOAT_ACTION": "release", "TAGBOAT_INPUT_VERSION": "1.2.3"}


@pytest.fixture(params=VARIANTS)
def variant(request) -> Variant:
    return VARIANTS[request.param]


@pytest.fixture
def text(variant, tmp_path) -> str:
    return next(text for path, text in variant.files(tmp_path, "gitlab").items() if path.endswith(".yml"))


@pytest.fixture
def jobs(text) -> dict[str, Any]:
    return jobs_of(text)


def test_the_schema_admits_it(tmp_path):
    if sys.version_info < (3, 11):
        pytest.skip("check-jsonschema needs Python 3.11")
    files = []
    for name, variant in VARIANTS.items():
        for path, text in variant.files(tmp_path / name, "gitlab").items():
            if path.endswith(".yml"):
                files.append(tmp_path / f"{name}.yml")
                files[-1].write_text(text)
    words = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    done = subprocess.run([BIN / "check-jsonschema", *words, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_can_be_included_beside_anything(text, jobs):
    """What a file says for all jobs would be said for those of the project, too."""
    content = yaml.safe_load(text)
    assert content.keys() - jobs.keys() == {"variables", ".tagboat"}
    assert all(name.startswith("tagboat:") for name in jobs)
    assert all(name.startswith("TAGBOAT_") for name in content["variables"])
    assert {job["stage"] for job in jobs.values()} <= {"build", "test", "deploy", ".post"}


def test_every_job_needs_only_what_there_is_whenever_it_is_there(jobs):
    for environ in every_pipeline(jobs):
        there = included(jobs, environ)
        for name in there:
            for needed, is_optional in needs(jobs[name]):
                assert needed in there or is_optional, f"{name} needs {needed} with {environ}"


def test_a_release_needs_a_tag_or_the_whole_form(variant, jobs, tmp_path):
    variant.project(tmp_path / "again")
    config = load_config(tmp_path / "again" / variant.folder, {})
    tag = "harbour-light/v1.2.3" if variant.folder else "v1.2.3"
    pushed = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": tag}
    for environ in every_pipeline(jobs):
        there = included(jobs, environ)
        form = {**FORM, "CI_COMMIT_TAG": tag, "TAGBOAT_INPUT_DRY_RUN": "false"}
        asked = is_like(environ, pushed) or is_like(environ, form)
        channel = "all" if environ["CI_PIPELINE_SOURCE"] == "push" else environ.get("TAGBOAT_INPUT_CHANNEL", "")
        for target in find_targets(config.publish_to):
            wanted = asked and channel in ("all", target.name)
            assert (f"tagboat:publish-{target.name}" in there) == wanted, environ
            assert (f"tagboat:verify-{target.name}" in there) == wanted, environ


def test_a_dry_run_has_no_job_with_an_identity_or_an_environment(jobs):
    guarded = {name for name, job in jobs.items() if "id_tokens" in job or "environment" in job}
    for environ in every_pipeline(jobs):
        if environ.get("TAGBOAT_ACTION") == "release" and environ.get("TAGBOAT_INPUT_DRY_RUN") in DRY:
            assert not guarded & included(jobs, environ), environ


def test_a_rollback_needs_the_version_twice(jobs):
    for environ in every_pipeline(jobs):
        version = environ.get("TAGBOAT_INPUT_VERSION")
        asked = environ.get("TAGBOAT_ACTION") == "rollback" and environ["CI_PIPELINE_SOURCE"] == "web"
        confirmed = bool(version) and environ.get("TAGBOAT_INPUT_CONFIRM") == version
        assert ("tagboat:rollback" in included(jobs, environ)) == ("tagboat:rollback" in jobs and asked and confirmed)


def test_a_merge_request_is_reviewed_and_nothing_else(jobs):
    assert included(jobs, {"CI_PIPELINE_SOURCE": "merge_request_event"}) == {"tagboat:review"}
    assert included(jobs, {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "feature"}) == set()


def test_every_job_is_in_some_pipeline(jobs):
    pipelines = [*every_pipeline(jobs), {"CI_PIPELINE_SOURCE": "merge_request_event"}]
    pipelines += [{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}]
    assert set().union(*(included(jobs, environ) for environ in pipelines)) == jobs.keys()


def test_only_the_job_that_publishes_asks_for_an_identity_and_for_one_index(jobs):
    for name, job in jobs.items():
        tokens = {token["aud"] for token in job.get("id_tokens", {}).values()} - {"sigstore"}
        assert not tokens or (name.startswith("tagboat:publish-") and len(tokens) == 1)


def every_pipeline(jobs: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Pushed tags, and forms from a tag and from a branch."""
    channels = ["all", "", *(name.rpartition("publish-")[2] for name in jobs if "publish-" in name)]
    for tag in ("v1.2.3", "v1.2", "harbour-light/v1.2.3", "xv1.2.3"):
        yield {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": tag}
        for action, dry, channel, confirm in product(
            ("release", "rollback", "health", ""), (*DRY, "false"), channels, ("1.2.3", "1.2.4", "")
        ):
            form = {"TAGBOAT_INPUT_DRY_RUN": dry, "TAGBOAT_INPUT_CHANNEL": channel, "TAGBOAT_INPUT_CONFIRM": confirm}
            yield {**FORM, **form, "TAGBOAT_ACTION": action, "CI_COMMIT_TAG": tag}
    for dry in (*DRY, "false"):
        yield {**FORM, "TAGBOAT_INPUT_DRY_RUN": dry, "TAGBOAT_INPUT_CHANNEL": "all", "CI_COMMIT_BRANCH": "main"}


def included(jobs: Mapping[str, Any], environ: Mapping[str, str]) -> set[str]:
    """The jobs that one of whose rules is true."""
    return {name for name, job in jobs.items() if any(is_true(rule["if"], environ) for rule in job["rules"])}


TOKEN = re.compile(
    r'\s*(?:(?P<name>\$\w+)|(?P<text>"[^"]*")|(?P<pattern>/(?:\\.|[^/\\])*/)|(?P<mark>==|=~|&&|\|\||[()]))'
)


def is_true(rule: str, environ: Mapping[str, str]) -> bool:
    """Whether a rule of GitLab (docs.gitlab.com/ci/jobs/job_rules) holds; a variable that is not there is empty."""
    return bool(eval(read_rule(rule), {"value": lambda name: environ.get(name, ""), "search": re.search}))


@lru_cache
def read_rule(rule: str) -> CodeType:
    """The rule as Python."""
    words = []
    end = 0
    while end < len(rule.rstrip()):
        token = TOKEN.match(rule, end)
        assert token, f"not a rule: {rule[end:]}"
        end = token.end()
        words.append(word_of(token))
    # What stands around =~ becomes a search; the rest is Python's own.
    text = re.sub(r"(value\('\w+'\)) =~ ('[^']*')", r"bool(search(\2, \1))", " ".join(words))
    return compile(text, rule, "eval")


def word_of(token: re.Match[str]) -> str:
    if token["name"]:
        return f"value({token['name'][1:]!r})"
    if token["text"]:
        return repr(token["text"][1:-1])
    if token["pattern"]:
        return "'" + token["pattern"][1:-1].replace("\\/", "/").replace("\\", "\\\\") + "'"
    return {"&&": "and", "||": "or"}.get(token["mark"], token["mark"])


def is_like(environ: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(environ.get(name) == value for name, value in wanted.items())


def needs(job: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    for each in job.get("needs", []):
        yield (each["job"], each.get("optional", False)) if isinstance(each, dict) else (each, False)


def jobs_of(text: str) -> dict[str, Any]:
    return {name: job for name, job in yaml.safe_load(text).items() if name.startswith("tagboat:")}
