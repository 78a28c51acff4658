"""Every rule finds what it is for: a clean workflow with one thing wrong has just that finding."""

# ruff: noqa: E501 - the mutants are a table

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tagboat.ci.audit import RULES, audit, read_pipeline

WORKFLOWS = Path(__file__).parent / "workflows"
CLEAN = (WORKFLOWS / "clean.yml").read_text(encoding="utf-8")
CLEAN_GITLAB = (WORKFLOWS / "clean.gitlab-ci.yml").read_text(encoding="utf-8")
KNOWN = {
    "actions/checkout": {
        "3d3c42e5aac5ba805825da76410c181273ba90b1": "v7.0.1",
        "9c091bb21b7c1c1d1991bb908d89e4e9dddfe3e0": "v7.0.0",
    },
    "actions/upload-artifact": {"043fb46d1a93c77aae656e7c1c64a875d1fc6a0a": "v7.0.1"},
}
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
PYPI = "  publish-pypi:\n"
VERIFY = "  verify-pypi:\n"


class Mutant(NamedTuple):
    """The clean workflow with `old` replaced by `new` where it first stands after `after`."""

    rule: str
    old: str
    new: str
    after: str = ""
    also: tuple[str, str] = ("", "")

    def of(self, text: str) -> str:
        start = text.index(self.after)
        assert self.old in text[start:]
        assert self.also[0] in text
        return (text[:start] + text[start:].replace(self.old, self.new, 1)).replace(*self.also, 1)


JOB = "    runs-on: ubuntu-latest\n    timeout-minutes: 5\n    permissions: {{}}\n    steps:\n{}\n"


def job(name: str, *steps: str, more: str = "") -> str:
    """A further job, before `notify`."""
    lines = "\n".join(f"      - {step}" for step in steps)
    return f"  {name}:\n{more}{JOB.format(lines)}\n  notify:\n"


MUTANTS = [
    Mutant("permissions-missing", "permissions: {}\n", "", also=("    permissions:\n      contents: read\n", "")),
    Mutant("permissions-at-top", "permissions: {}", "permissions:\n  contents: write"),
    Mutant("permissions-at-top", "permissions: {}", "permissions: write-all"),
    Mutant("permissions-not-empty", "permissions: {}", "permissions: read-all"),
    Mutant("permissions-not-empty", "permissions: {}", "permissions:\n  contents: read"),
    Mutant("permissions-beside-upload", "id-token: write", "id-token: write\n      contents: write", PYPI),
    Mutant("permissions-beside-upload", "permissions:\n      id-token: write # the identity that PyPI trusts",
           "permissions: write-all", PYPI),
    Mutant("identity-missing", "      id-token: write #", "      contents: read #", PYPI),
    Mutant("identity-missing", "      id-token: write", "      id-token: none", PYPI),
    Mutant("identity-elsewhere", "contents: read", "id-token: write", "  test:\n"),
    Mutant("build-in-publish-job", "          cd handover", "          tagboat build", PYPI),
    Mutant("code-in-publish-job", "      - uses: actions/download", f"      - uses: {CHECKOUT}\n        with:\n"
           "          persist-credentials: false\n      - uses: actions/download", PYPI),
    Mutant("code-in-publish-job", "          cd handover", "          pip install twine", PYPI),
    Mutant("code-in-publish-job", "          cd handover", "          python -m pytest", PYPI),
    Mutant("code-in-publish-job", "      - uses: actions/download", "      - uses: ./.github/mine\n"
           "      - uses: actions/download", PYPI),
    Mutant("environment-missing", "    environment: pypi\n", ""),
    Mutant("environment-missing", "    environment: testpypi\n", ""),
    Mutant("environment-computed", "environment: pypi", "environment: ${{ needs.plan.outputs.channel }}"),
    Mutant("environment-computed", "environment: pypi", "environment:\n      name: ${{ inputs.channel }}"),
    Mutant("publish-ungated", """    if: >-
      !failure() && !cancelled() && needs.build.result == 'success'
      && needs.plan.outputs.publish == 'true' && needs.plan.outputs.to-pypi == 'true'
""", "", also=("needs: [plan, build, verify-testpypi]", "needs: [plan, build]")),
    Mutant("publish-ungated", "      && needs.plan.outputs.publish == 'true' && needs.plan.outputs.to-pypi == 'true'\n",
           "      && github.repository == 'o/r'\n"),
    Mutant("publish-ungated-test",
           "    if: needs.plan.outputs.publish == 'true' && needs.plan.outputs.to-testpypi == 'true'\n", ""),
    Mutant("publish-despite-failure", "!failure() && !cancelled() && needs.build.result == 'success'", "!cancelled()"),
    Mutant("publish-despite-failure", "!failure() && !cancelled() && needs.build.result == 'success'", "always()"),
    Mutant("failure-ignored", "    timeout-minutes: 20\n", "    timeout-minutes: 20\n    continue-on-error: true\n",
           "  test:\n"),
    Mutant("failure-ignored", "      - uses: pypa", "      - continue-on-error: true\n        uses: pypa", PYPI),
    Mutant("failure-ignored", "sha256sum --check --strict", "sha256sum --check --strict || true", PYPI),
    Mutant("trigger-dangerous", "  push:\n", "  pull_request_target:\n  push:\n"),
    Mutant("trigger-dangerous", "  push:\n", "  workflow_run:\n    workflows: [ci]\n  push:\n"),
    Mutant("trigger-schedule", "  push:\n", '  schedule:\n    - cron: "7 3 * * 1"\n  push:\n'),
    Mutant("publish-called", "  push:\n", "  workflow_call:\n  push:\n"),
    Mutant("dry-run-off", "default: true", "default: false"),
    Mutant("dry-run-off", "      dry-run:\n", "      slowly:\n"),
    Mutant("dispatch-unconfirmed", "      confirm:", "      reason:"),
    Mutant("decided-again", "needs.plan.outputs.to-testpypi == 'true'", "github.ref_type == 'tag'"),
    Mutant("decided-again", "needs.plan.outputs.to-testpypi == 'true'", "!inputs.dry-run"),
    Mutant("condition-always-true", "if: needs.plan.outputs.publish == 'true' && needs",
           "if: ${{ needs.plan.outputs.publish == 'true' }} && needs"),
    Mutant("condition-always-true", "if: always()", "if: ${{ always() }} && ${{ true }}"),
    Mutant("flag-as-text", "if: always()", "if: inputs.dry-run == 'false'"),
    Mutant("flag-as-text", "if: always()", "if: ${{ 'true' != inputs.dry-run }}"),
    Mutant("flag-as-text", "if: always()", "if: github.event.inputs.dry-run == true"),
    Mutant("flag-as-text", "if: always()", "if: always() && !github.event.inputs.dry-run"),
    Mutant("flag-as-text", "if: always()", "if: needs.plan.outputs.publish == true"),
    Mutant("flag-as-text", "toJSON(needs)", "inputs.dry-run == 'true' && 'a' || 'b'"),
    Mutant("secret-in-condition", "if: always()", "if: secrets.TAGBOAT_NOTIFY_URLS != ''"),
    Mutant("action-unpinned", "3d3c42e5aac5ba805825da76410c181273ba90b1 #", "v7 #"),
    Mutant("action-unpinned", "dc37677b2e1c63e2034f94d8a5b11f265b73ba33 #", "release/v1 #"),
    Mutant("action-unpinned", "3d3c42e5aac5ba805825da76410c181273ba90b1 #", "3d3c42e #"),
    Mutant("pin-without-version", " # v7.0.1", ""),
    Mutant("pin-without-version", " # v7.0.1", " # newest"),
    Mutant("pin-version-wrong", " # v7.0.1", " # v6.0.0"),
    Mutant("pin-version-wrong", " # v7.0.1", " # v7.0.0"),
    Mutant("pin-commit-unknown", "3d3c42e5", "00000000"),
    Mutant("image-unpinned", "    timeout-minutes: 20\n", "    timeout-minutes: 20\n    container: python:3.12\n"),
    Mutant("image-unpinned", "    timeout-minutes: 20\n", "    timeout-minutes: 20\n    services:\n      db:\n"
           "        image: postgres\n"),
    Mutant("image-unpinned", "      - run: |\n", "      - uses: docker://alpine:3\n      - run: |\n", "  test:\n"),
    Mutant("install-unlocked", "pip install --require-hashes -r .github/tagboat/requirements.txt", "pip install tagboat"),
    Mutant("expression-in-script", "tagboat ci plan", "tagboat ci plan ${{ inputs.version }}"),
    Mutant("expression-in-script", "tagboat ci plan", "echo ${{ github.ref_name }}; tagboat ci plan"),
    Mutant("expression-in-script", "      - run: |\n", "      - uses: actions/github-script@"
           "3d3c42e5aac5ba805825da76410c181273ba90b1 # v8\n        with:\n"
           "          script: console.log('${{ github.event.head_commit.message }}')\n      - run: |\n", "  test:\n"),
    Mutant("script-not-plain", "python -m pytest", "python -m pytest --name ${{ matrix.python }}"),
    Mutant("secret-in-text", "  notify:\n", job(
        "tell", "uses: slackapi/slack-github-action@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1\n        with:\n"
        "          text: installed from ${{ secrets.INDEX_URL }}")),
    Mutant("secret-in-text", "      commit: ${{ steps.plan.outputs.commit }}",
           "      commit: ${{ steps.plan.outputs.commit }}\n      url: ${{ secrets.INDEX_URL }}"),
    Mutant("secret-in-text", "tagboat ci notify", "|\n          echo \"from $TAGBOAT_NOTIFY_URLS\" >> $GITHUB_STEP_SUMMARY\n"
           "          tagboat ci notify"),
    Mutant("secret-in-text", "environment: pypi\n", "environment:\n      name: pypi\n      url: ${{ secrets.URL }}\n"),
    Mutant("secret-for-all", "jobs:\n", "env:\n  URL: ${{ secrets.INDEX_URL }}\n\njobs:\n"),
    Mutant("secrets-inherited", "  notify:\n", "  docs:\n    uses: ./.github/workflows/docs.yml\n    permissions: {}\n"
           "    secrets: inherit\n\n  notify:\n"),
    Mutant("secret-echoed", "tagboat ci notify", "|\n          set -ex\n          tagboat ci notify"),
    Mutant("credentials-persisted", "          persist-credentials: false\n", ""),
    Mutant("artifact-overwritten", "      - id: upload", "      - uses: actions/upload-artifact@"
           "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1\n        with:\n          name: release\n"
           "          if-no-files-found: error\n      - id: upload",
           also=("handover/\n", "handover/\n          overwrite: true\n")),
    Mutant("artifact-clash", "      - id: upload", "      - uses: actions/upload-artifact@"
           "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1\n        with:\n          name: release\n"
           "          if-no-files-found: error\n      - id: upload"),
    Mutant("artifact-clash", "          python -m pytest\n", "          python -m pytest\n      - uses: actions/upload-artifact@"
           "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1\n        with:\n          if-no-files-found: error\n"),
    Mutant("artifact-empty", "          if-no-files-found: error\n", ""),
    Mutant("artifact-by-name", "artifact-ids: ${{ needs.build.outputs.artifact-id }}", "name: release", PYPI),
    Mutant("artifact-of-another-run", "artifact-ids: ${{ needs.build.outputs.artifact-id }}",
           "artifact-ids: ${{ needs.build.outputs.artifact-id }}\n          run-id: 12", PYPI),
    Mutant("artifact-unchecked", 'echo "$TAGBOAT_SHA256SUMS" | sha256sum --check --strict', "ls", PYPI),
    Mutant("cache-in-release", 'python-version: "3.12"', 'python-version: "3.12"\n          cache: pip'),
    Mutant("cache-in-release", "      - id: plan", "      - uses: actions/cache@"
           "3d3c42e5aac5ba805825da76410c181273ba90b1 # v5\n      - id: plan"),
    Mutant("cache-by-default", "      - id: plan", "      - uses: astral-sh/setup-uv@"
           "bec219d24cd3e171d82865faccec33120bb574f4 # v10.1.0\n      - id: plan"),
    Mutant("checkout-shallow", "          fetch-depth: 0\n", ""),
    Mutant("checkout-shallow", "fetch-depth: 0", "fetch-depth: 50", "  announce:\n"),
    Mutant("build-shallow", "      - run: |\n", "      - env:\n          SOURCE_DATE_EPOCH: 1\n        run: |\n"
           "          python -m build\n", "  test:\n"),
    Mutant("build-timeless", "        run: tagboat ci build", "        run: |\n          python -m build"),
    Mutant("python-as-number", '"3.12"', "3.12"),
    Mutant("python-as-number", '"3.12"', "3.10"),
    Mutant("publish-untested", "needs: [plan, test]", "needs: plan"),
    Mutant("tests-fail-fast", "      fail-fast: false\n", ""),
    Mutant("two-uploads", "  verify-pypi:\n", "      - uses: pypa/gh-action-pypi-publish@"
           "dc37677b2e1c63e2034f94d8a5b11f265b73ba33 # v1.14.2\n\n  verify-pypi:\n"),
    Mutant("password-with-attestations", "attestations: true", "attestations: true\n          password: ${{ secrets.T }}"),
    Mutant("attestations-off", "attestations: true", "attestations: false"),
    Mutant("token-instead-of-identity", "          skip-existing: true", "          password: ${{ secrets.T }}",
           "          repository-url"),
    Mutant("publish-runner", "runs-on: ubuntu-latest", "runs-on: windows-latest", PYPI),
    Mutant("skip-existing-unchecked", "      - run: tagboat ci verify --from pypi",
           "      - run: echo tagboat ci verify --from pypi"),
    Mutant("publish-unverified", "          skip-existing: true\n", "", PYPI, also=("verify --from pypi", "status")),
    Mutant("install-after-sleep", "      - run: tagboat ci verify --from pypi",
           "      - run: tagboat ci verify --from pypi\n      - run: sleep 20\n      - run: uv pip install boat"
           " && pip install --require-hashes -r x"),
    Mutant("extra-index-url", "      - run: tagboat ci verify --from pypi", "      - run: |\n"
           "          tagboat ci verify --from pypi\n          pip download --index-url https://test.index.example/simple/ \\\n"
           "            --extra-index-url https://index.example/simple/ boat==1.0"),
    Mutant("release-too-early", "  notify:\n", job("early", "run: gh release create v1"),
           also=("needs: [plan, build, verify-testpypi]", "needs: [plan, build, verify-testpypi, early]")),
    Mutant("release-too-early", "  notify:\n", job("early", "run: gh release edit v1 --draft=false"),
           also=("needs: [plan, build, verify-testpypi]", "needs: [plan, build, verify-testpypi, early]")),
    Mutant("release-not-waiting", "  notify:\n", job("early", "uses: softprops/action-gh-release@"
           "efb35369e0ad2afab669f228072c1b0d510eae64 # v3.0.3")),
    Mutant("release-cancelled", "cancel-in-progress: false", "cancel-in-progress: true"),
    Mutant("release-cancelled", "cancel-in-progress: false", "cancel-in-progress: ${{ github.ref != 'refs/heads/main' }}"),
    Mutant("release-dropped", "  queue: max\n", ""),
    Mutant("timeout-missing", "    timeout-minutes: 15\n", ""),
    Mutant("release-concurrent", "concurrency:\n  group: publish-${{ github.repository }}\n  cancel-in-progress: false\n"
           "  queue: max\n", ""),
    Mutant("allowance", "    environment: pypi\n", "    environment: pypi # tagboat: allow environment-mising\n"),
]  # fmt: skip

TAGGING = """
on:
  push:
    branches: [main]
permissions: {}
jobs:
  tag:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: write
      actions: write
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          fetch-depth: 0
      - run: |
          git tag v1.0 && git push origin v1.0
          gh workflow run publish.yml --ref v1.0
        env:
          GH_TOKEN: ${{ github.token }}
"""
"""A workflow that makes a tag, and starts what nobody else would start."""

NOTHING_STARTS = Mutant("tag-starts-nothing", "          gh workflow run publish.yml --ref v1.0\n", "")

GITLAB_MUTANTS = [
    Mutant("publish-ungated", "  rules:\n    - if: $CI_COMMIT_TAG\n      when: manual\n", "",
           also=("  rules:\n    - if: $CI_COMMIT_TAG =~ /^v\\d+\\.\\d+\\.\\d+/\n", "  rules:\n")),
    Mutant("identity-missing", "tagboat ci publish --to pypi", "uv publish --trusted-publishing always",
           also=("  id_tokens:\n    PYPI_ID_TOKEN:\n      aud: pypi\n", "")),
    Mutant("build-in-publish-job", "- tagboat ci publish", "- tagboat build\n    - tagboat ci publish"),
    Mutant("environment-missing", "  environment: pypi\n", ""),
    Mutant("environment-computed", "  environment: pypi\n", "  environment: $CHANNEL\n"),
    Mutant("failure-ignored", "  environment: pypi\n", "  environment: pypi\n  allow_failure: true\n"),
    Mutant("failure-ignored", "  stage: test\n", "  stage: test\n  allow_failure: true\n"),
    Mutant("image-unpinned", "@sha256:1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f", ""),
    Mutant("include-unpinned", "local: .gitlab/other.yml", "remote: https://ci.example/release.yml"),
    Mutant("include-unpinned", "local: .gitlab/other.yml", "project: o/ci\n    ref: main"),
    Mutant("install-unlocked", "install --require-hashes -r .gitlab/tagboat/requirements.txt", "install tagboat"),
    Mutant("checkout-shallow", '"0"', '"20"'),
    Mutant("python-as-number", '["3.10", "3.12"]', '[3.10, "3.12"]'),
    Mutant("publish-untested", "    - pip install -e . pytest\n    - pytest\n", "    - ls\n", also=("\ntest:\n", "\nlint:\n")),
    Mutant("two-uploads", "- tagboat ci publish --to pypi", "- tagboat ci publish --to a\n    - tagboat ci publish --to b"),
    Mutant("publish-unverified", "- tagboat ci verify --from pypi", "- ls"),
    Mutant("publish-interruptible", "interruptible: false", "interruptible: true"),
    Mutant("resource-group-missing", "  resource_group: pypi\n", ""),
    Mutant("publish-retried", "    when: [runner_system_failure, stuck_or_timeout_failure]\n", ""),
    Mutant("publish-retried", "    when: [runner_system_failure, stuck_or_timeout_failure]", "    when: script_failure"),
]  # fmt: skip


def found(text: str, name: str = "publish.yml", *, strict: bool = True) -> list[str]:
    pipeline = read_pipeline(name, text.encode(), KNOWN)
    return [finding.rule for finding in audit(pipeline, strict=strict)]


@pytest.mark.parametrize("text", [CLEAN, CLEAN_GITLAB], ids=["github", "gitlab"])
def test_nothing_is_found_where_nothing_is_wrong(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_one_thing_wrong_is_one_rule_broken(mutant: Mutant) -> None:
    assert set(found(mutant.of(CLEAN))) == {mutant.rule}


@pytest.mark.parametrize("mutant", GITLAB_MUTANTS, ids=lambda mutant: mutant.rule)
def test_one_thing_wrong_at_gitlab_is_one_rule_broken(mutant: Mutant) -> None:
    text = mutant.of(CLEAN_GITLAB)
    rules = set(found(text, ".gitlab-ci.yml"))
    assert rules == {mutant.rule}


def test_every_rule_has_a_mutant() -> None:
    assert {mutant.rule for mutant in (*MUTANTS, *GITLAB_MUTANTS, NOTHING_STARTS)} == {
        *(rule.name for rule in RULES),
        "allowance",
    }


def test_every_rule_of_gitlab_that_is_no_rule_of_words_alone_has_a_mutant_there() -> None:
    known = {rule.name for rule in RULES if "gitlab" in rule.forges}
    same_code = {"skip-existing-unchecked", "release-too-early", "install-after-sleep", "extra-index-url"}
    same_code |= {"publish-ungated-test", "release-not-waiting"}
    assert known - {mutant.rule for mutant in GITLAB_MUTANTS} <= {*same_code, "build-shallow", "build-timeless"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("          fetch-depth: 0\n", "          fetch-depth: 0\n          token: ${{ secrets.RELEASE_TOKEN }}\n"),
        ("    branches: [main]", '    tags: ["v*"]'),
        ("  push:\n    branches: [main]", "  release:\n    types: [published]"),
        ("GH_TOKEN: ${{ github.token }}", "GH_TOKEN: ${{ steps.app.outputs.token }}"),
        ("git push origin v1.0", "git push origin main"),
    ],
)
def test_a_tag_that_starts_something_is_good(old: str, new: str) -> None:
    assert found(TAGGING) == []
    assert found(NOTHING_STARTS.of(TAGGING)) == ["tag-starts-nothing"]
    assert found(NOTHING_STARTS.of(TAGGING).replace(old, new)) == []


@pytest.mark.parametrize("push", ["git push --follow-tags", 'git push origin "v$VERSION"', "git push origin refs/tags/x",
                                  "gh release create v1.0 dist/*"])  # fmt: skip
def test_a_tag_is_known_by_the_command_that_makes_it(push: str) -> None:
    assert "tag-starts-nothing" in found(NOTHING_STARTS.of(TAGGING).replace("git push origin v1.0", push))


def test_a_token_that_may_be_missing_is_no_other_token() -> None:
    token = "          token: ${{ secrets.PAT || secrets.GITHUB_TOKEN }}\n"
    text = NOTHING_STARTS.of(TAGGING).replace("          fetch-depth: 0\n", f"          fetch-depth: 0\n{token}")
    assert found(text) == ["tag-starts-nothing"]


def test_rules_that_many_good_workflows_do_without_are_asked_for() -> None:
    text = CLEAN.replace("    timeout-minutes: 15\n", "")
    assert found(text, strict=False) == []
    assert set(found(text)) == {"timeout-missing"}
