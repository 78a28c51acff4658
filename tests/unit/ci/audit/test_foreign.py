"""Workflows as others write them: what is wrong is found, and nothing in those that are good."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagboat.ci.audit import audit, known_versions, read_pipeline
from tagboat.ci.audit.github import Workflow

WORKFLOWS = Path(__file__).parent / "workflows"
KNOWN = known_versions()


def rules_of(name: str) -> list[str]:
    path = WORKFLOWS / name
    return [finding.rule for finding in audit(read_pipeline(name, path.read_bytes(), KNOWN))]


@pytest.mark.parametrize("name", ["two-jobs.yml", "inspected.yml", "by-hash.yml"])
def test_nothing_is_found_in_good_workflows_of_other_shapes(name: str) -> None:
    assert rules_of(name) == []


def test_a_first_workflow_of_one_file_has_what_nobody_told_of() -> None:
    assert set(rules_of("one-file.yml")) == {
        "action-unpinned",
        "cache-in-release",
        "credentials-persisted",
        "environment-missing",
        "expression-in-script",
        "extra-index-url",
        "flag-as-text",
        "install-after-sleep",
        "permissions-at-top",
        "python-as-number",
        "secret-in-text",
        "skip-existing-unchecked",
        "two-uploads",
    }


def test_a_workflow_that_makes_tags_is_told_that_they_start_nothing() -> None:
    assert set(rules_of("auto-tag.yml")) == {
        "action-unpinned",
        "expression-in-script",
        "tag-starts-nothing",
    }
    workflow = read_pipeline("auto-tag.yml", (WORKFLOWS / "auto-tag.yml").read_bytes(), KNOWN)
    assert workflow.concerns_release


def test_what_stands_twice_in_a_script_is_told_with_both_lines() -> None:
    workflow = read_pipeline("auto-tag.yml", (WORKFLOWS / "auto-tag.yml").read_bytes())
    assert [each.line for each in audit(workflow) if each.rule == "expression-in-script"] == [19, 20]


JOB = """
on: {on}
permissions: {{}}
jobs:
  publish:
    runs-on: ubuntu-latest
    environment: index
    {permissions}
    steps:
      - {step}
"""


def found(step: str, *, on: str = "release", permissions: str = "permissions: {contents: read}") -> set[str]:
    text = JOB.format(on=on, step=step, permissions=permissions)
    return {finding.rule for finding in audit(read_pipeline("publish.yml", text.encode()))}


@pytest.mark.parametrize(
    ("step", "by"),
    [
        ("run: uv publish", "identity"),
        ("run: uv publish --token x", "token"),
        ("run: twine upload dist/*", "unknown"),
        ("{run: twine upload dist/*, env: {TWINE_PASSWORD: '${{ secrets.T }}'}}", "token"),
        ("{run: tagboat ci publish --to corp, env: {GITHUB_TOKEN: '${{ github.token }}'}}", "unknown"),
        ("{run: tagboat -C sub ci publish --to corp, env: {DEVPI_TOKEN: '${{ secrets.T }}'}}", "token"),
        ("run: python -m twine upload --skip-existing dist/*", "unknown"),
        ("run: flit publish", "unknown"),
        ("uses: JRubics/poetry-publish@v2", "token"),
        ("{uses: pypa/gh-action-pypi-publish@release/v1, with: {password: x}}", "token"),
        ("uses: pypa/gh-action-pypi-publish@release/v1", "identity"),
    ],
)
def test_an_upload_is_known_by_what_lets_it_in(step: str, by: str) -> None:
    workflow = read_pipeline("p.yml", JOB.format(on="release", step=step, permissions="").encode())
    assert isinstance(workflow, Workflow)
    assert [upload.by for job in workflow.publishing for upload in job.uploads] == [by]


@pytest.mark.parametrize(
    "step",
    [
        "run: tagboat release --until check",
        "run: echo twine upload dist/*",
        "{run: '# twine upload dist/*'}",
        "run: pip install twine",
        "run: python -m build",
    ],
)
def test_what_does_not_upload_is_no_upload(step: str) -> None:
    assert not read_pipeline("p.yml", JOB.format(on="push", step=step, permissions="").encode()).concerns_release


def test_a_command_that_goes_by_the_identity_needs_one() -> None:
    assert "identity-missing" in found("run: uv publish")
    assert "identity-missing" not in found("run: uv publish", permissions="permissions: {id-token: write}")
    assert "identity-missing" not in found("run: twine upload dist/*")


@pytest.mark.parametrize(
    ("on", "gated"),
    [
        ("release", True),
        ("{push: {tags: ['v*']}}", True),
        ("{push: {tags: ['v*'], branches: [main]}}", False),
        ("[push, release]", False),
        ("push", False),
        ("workflow_dispatch", False),
        ("{schedule: [{cron: 1 2 * * *}]}", False),
    ],
)
def test_a_job_without_a_condition_is_gated_by_what_starts_it(on: str, *, gated: bool) -> None:
    assert ("publish-ungated" not in found("run: twine upload dist/*", on=on)) == gated


@pytest.mark.parametrize(
    "step",
    [
        "{run: twine upload dist/*, if: \"startsWith(github.ref, 'refs/tags/v')\"}",
        "run: '[ \"$GITHUB_REF_TYPE\" = tag ] || exit 1; twine upload dist/*'",
    ],
)
def test_a_step_can_be_the_gate(step: str) -> None:
    assert "publish-ungated" not in found(step, on="push")


def test_an_identity_that_what_is_foreign_may_use_is_let_be() -> None:
    with_identity = "permissions: {id-token: write}"
    assert "identity-elsewhere" in found("run: pytest", permissions=with_identity)
    assert "identity-elsewhere" not in found("uses: aws-actions/configure@v4", permissions=with_identity)
    assert "identity-elsewhere" not in found("run: cosign sign x", permissions=with_identity)
    called = "on: push\njobs:\n  x:\n    permissions: {id-token: write}\n    uses: ./.github/workflows/y.yml\n"
    assert "identity-elsewhere" not in {each.rule for each in audit(read_pipeline("x.yml", called.encode()))}


def test_a_workflow_of_one_job_may_have_its_permissions_at_the_top() -> None:
    text = "on: release\npermissions: {id-token: write}\njobs:\n  x:\n    environment: y\n    steps:\n"
    assert audit(read_pipeline("x.yml", f"{text}      - run: uv publish\n".encode())) == []


def test_a_repository_that_pushes_keeps_its_credentials() -> None:
    commit = "3d3c42e5aac5ba805825da76410c181273ba90b1"
    text = f"on: push\njobs:\n  x:\n    permissions: {{}}\n    steps:\n      - uses: actions/checkout@{commit}\n"
    assert [each.rule for each in audit(read_pipeline("x.yml", text.encode()))] == ["credentials-persisted"]
    assert audit(read_pipeline("x.yml", f"{text}      - run: git push origin main\n".encode())) == []


def test_jobs_of_gitlab_wait_for_the_stages_before_and_take_over_what_they_extend() -> None:
    text = """
.publish:
  environment: pypi
  script: [twine upload dist/*]
test: {script: pytest}
ship: {extends: .publish, stage: deploy, only: [tags]}
again: {extends: again, script: [ls]}
"""
    pipeline = read_pipeline(".gitlab-ci.yml", text.encode())
    (ship,) = pipeline.publishing
    assert {job.name for job in pipeline.before(ship)} == {"test", "again"}
    assert audit(pipeline) == []
    told = audit(read_pipeline("x.yml", text.replace(", only: [tags]", "").encode()))
    assert [finding.rule for finding in told] == ["publish-ungated"]
    started = f"workflow: {{rules: [{{if: $CI_COMMIT_TAG}}]}}\n{text}".replace(", only: [tags]", "")
    assert audit(read_pipeline("x.yml", started.encode())) == []


def test_a_release_of_gitlab_that_is_made_before_the_upload_is_told() -> None:
    text = (
        "say: {script: [ls], release: {tag_name: x}}\nship: {stage: deploy, when: manual, environment: x, script: x}\n"
    )
    text = text.replace("script: x", "script: twine upload x")
    assert [each.rule for each in audit(read_pipeline("x.yml", text.encode()))] == ["release-too-early"]


def test_a_ring_of_jobs_is_walked_once() -> None:
    text = "on: push\njobs:\n  a: {environment: x, permissions: {}, needs: b, steps: [{run: twine upload x}]}\n"
    text += "  b: {permissions: {}, needs: a, steps: [{run: ls}]}\n"
    assert [each.rule for each in audit(read_pipeline("x.yml", text.encode()))] == ["publish-ungated"]
