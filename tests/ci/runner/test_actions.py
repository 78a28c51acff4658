"""The stand-ins of actions, and what the permissions of a job let through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.fakes.warehouse import GitHub

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.runner.conftest import Bench

READ = "permissions: {contents: read}"
PUSH = "on: {push: {branches: [main], tags: ['v*']}}\njobs:\n"


def test_a_checkout_is_shallow_and_without_tags_unless_told_otherwise(bench: Bench) -> None:
    bench.commit(**{"a.txt": "1"})
    bench.git("tag", "-a", "v1", "-m", "one")
    bench.git("push", "--quiet", "origin", "v1")
    run = bench.run("""
        shallow:
          permissions: {contents: read}
          steps:
            - uses: actions/checkout@v7
            - run: |
                test "$(git rev-list --count HEAD)" = 1 && test -z "$(git tag)"
                test "$(git branch --show-current)" = main && test -z "$(git config --get-regexp extraheader)" || exit 3
              id: look
              continue-on-error: true
            - run: 'test "$SAID" = failure' # it persists credentials by default
              env: {SAID: "${{ steps.look.outcome }}"}
        whole:
          permissions: {contents: read}
          steps:
            - uses: actions/checkout@v7
              with: {fetch-depth: 0, persist-credentials: false}
            - run: |
                test "$(git rev-list --count HEAD)" = 2 && test "$(git tag)" = v1
                test -z "$(git config --get-regexp extraheader || true)" && test "$(git cat-file -t v1)" = tag
        """)
    assert run.outcomes() == {"shallow": "success", "whole": "success"}, run.log.raw


def test_a_tag_is_checked_out_detached_and_stays_annotated(bench: Bench) -> None:
    bench.commit(
        PUSH
        + f"""
  a:
    runs-on: ubuntu-latest
    {READ}
    steps:
      - {{uses: actions/checkout@v7, with: {{persist-credentials: false}}}}
      - run: test -z "$(git branch --show-current)" && test "$(git describe --exact-match)" = v1
"""
    )
    bench.git("tag", "-a", "v1", "-m", "one")
    bench.git("push", "--quiet", "origin", "v1")
    (run,) = bench.hub.push("refs/tags/v1")
    assert run.conclusion == "success", run.log.raw


def test_a_commit_is_checked_out_by_its_id(bench: Bench) -> None:
    first = bench.commit()
    run = bench.run(f"""
        a:
          {READ}
          steps:
            - {{uses: actions/checkout@v7, with: {{ref: {first}}}}}
            - run: test "$(git rev-parse HEAD)" = {first} && test -z "$(git branch --show-current)"
        """)
    assert run.conclusion == "success", run.log.raw


def test_a_job_without_permission_cannot_read_and_one_that_reads_cannot_push(bench: Bench) -> None:
    run = bench.run("""
        none:
          permissions: {}
          steps: [{uses: actions/checkout@v7}]
        read:
          permissions: {contents: read}
          steps: [{uses: actions/checkout@v7}, {run: git push origin HEAD:refs/heads/other}]
        write:
          permissions: {contents: write}
          steps: [{uses: actions/checkout@v7}, {run: git push origin HEAD:refs/heads/other}]
        """)
    assert run.outcomes() == {"none": "failure", "read": "failure", "write": "success"}, run.log.raw
    assert bench.hub.commit("refs/heads/other") == bench.hub.commit("refs/heads/main")


def test_a_token_is_worth_nothing_after_its_job(bench: Bench) -> None:
    bench.run("a:\n  permissions: {contents: write}\n  steps: [{run: 'true'}]\n")
    assert bench.hub.tokens == {}


def test_an_identity_is_given_to_jobs_that_may_have_one_and_names_their_environment(bench: Bench) -> None:
    say = 'run: "test -n \\"$ACTIONS_ID_TOKEN_REQUEST_URL\\""'
    with GitHub().serving() as issuer:
        bench.hub.issuer = issuer
        run = bench.run(f"""
            may:
              permissions: {{id-token: write}}
              environment: pypi
              steps: [{{{say}}}]
            must-not:
              permissions: {{contents: write}}
              steps: [{{{say}}}]
            """)
        assert run.outcomes() == {"may": "success", "must-not": "failure"}
        assert issuer.claims["environment"] == "pypi"
        assert issuer.claims["job_workflow_ref"] == "harbour/boats/.github/workflows/w.yml@refs/heads/main"


def test_an_artifact_goes_from_job_to_job_without_hidden_files(bench: Bench) -> None:
    run = bench.run("""
        make:
          outputs: {id: "${{ steps.up.outputs.artifact-id }}"}
          steps:
            - run: mkdir -p out/sub/.git && touch out/a out/sub/b out/.c out/sub/.git/d
            - {id: up, uses: actions/upload-artifact@v7, with: {name: release, path: out/}}
        take:
          needs: make
          steps:
            - uses: actions/download-artifact@v8
              with: {artifact-ids: "${{ needs.make.outputs.id }}", path: here}
            - run: test "$(find here -type f | sort | xargs)" = "here/a here/sub/b"
            - {uses: actions/download-artifact@v8, with: {pattern: 'rel*', path: all}}
            - run: test -f all/release/sub/b
            - {uses: actions/download-artifact@v8, with: {pattern: 'rel*', path: flat, merge-multiple: true}}
            - run: test -f flat/sub/b
        """)
    assert run.conclusion == "success", run.log.raw


def test_the_name_of_an_artifact_is_taken_once(bench: Bench) -> None:
    run = bench.run("""
        a:
          steps:
            - run: touch f
            - {uses: actions/upload-artifact@v7, with: {name: x, path: f}}
            - {uses: actions/upload-artifact@v7, with: {name: x, path: f}}
        """)
    assert run.conclusion == "failure"
    assert "(409) Conflict" in run.log.masked
    assert run.rerun().conclusion == "failure"


def test_nothing_to_upload_is_an_error_only_where_it_is_said(bench: Bench) -> None:
    run = bench.run("""
        a:
          steps: [{uses: actions/upload-artifact@v7, with: {path: nothing}}]
        b:
          steps: [{uses: actions/upload-artifact@v7, with: {path: nothing, if-no-files-found: error}}]
        """)
    assert run.outcomes() == {"a": "success", "b": "failure"}


def test_an_artifact_that_was_changed_openly_is_refused(bench: Bench) -> None:
    run = bench.run("""
        a:
          steps: [{run: echo good > f}, {uses: actions/upload-artifact@v7, with: {name: x, path: f}}]
        b:
          needs: a
          steps:
            - run: test "$GITHUB_RUN_ATTEMPT" -gt 1
            - {uses: actions/download-artifact@v8, with: {name: x}}
            - run: cat f
        """)
    run.artifacts.find("x").replace({"f": b"bad\n"}, openly=True)
    assert run.rerun(failed_only=True).result("b") == "failure"
    assert "the digest is not the expected" in run.log.masked
    run.artifacts.find("x").replace({"f": b"bad\n"}, openly=False)
    assert run.rerun(failed_only=True).result("b") == "success"
    assert "bad" in run.log.raw


def test_a_full_second_run_sees_no_artifact_of_the_first(bench: Bench) -> None:
    run = bench.run("""
        a:
          steps:
            - run: test "$GITHUB_RUN_ATTEMPT" = 1 && touch f && echo "go=yes" >> "$GITHUB_OUTPUT" || true
              id: say
            - {if: steps.say.outputs.go, uses: actions/upload-artifact@v7, with: {name: x, path: f}}
        b:
          needs: a
          steps: [{uses: actions/download-artifact@v8, with: {name: x}}]
        """)
    assert run.conclusion == "success"
    assert run.rerun().result("b") == "failure"


def test_a_python_that_is_not_there_fails_as_the_action_does(bench: Bench, tmp_path: Path) -> None:
    run = bench.run("a:\n  steps: [{uses: actions/setup-python@v7, with: {python-version: '3.99'}}]\n")
    assert run.conclusion == "failure"
    assert "The version '3.99' with architecture 'x64' was not found" in run.log.masked


def test_an_input_that_an_action_does_not_have_fails(bench: Bench) -> None:
    run = bench.run("a:\n  steps: [{uses: actions/checkout@v7, with: {fetch-dept: 0}}]\n")
    assert "Unexpected input(s) ['fetch_dept']" in run.log.masked


def test_an_unknown_action_fails(bench: Bench) -> None:
    run = bench.run("a:\n  steps: [{uses: nobody/nothing@v1}]\n")
    assert run.conclusion == "failure"
