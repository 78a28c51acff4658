"""What a step sees, does, and leaves to the steps after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.ci.runner.hub import Deployment

if TYPE_CHECKING:
    from tests.ci.runner.conftest import Bench


def test_a_failure_skips_the_steps_after_it_but_those_that_always_run(bench: Bench) -> None:
    run = bench.run("""
        a:
          steps:
            - {id: bad, run: exit 3}
            - {id: after, run: 'true'}
            - {id: sad, if: failure(), run: 'true'}
            - {id: any, if: always(), run: 'test "$JOB $STEP" = "failure failure"',
               env: {JOB: "${{ job.status }}", STEP: "${{ steps.bad.outcome }}"}}
        """)
    steps = run.results["a"].legs[0].steps
    assert {name: step.conclusion for name, step in steps.items()} == {
        "bad": "failure",
        "after": "skipped",
        "sad": "success",
        "any": "success",
    }
    assert run.conclusion == "failure"
    assert "exit code 3" in run.log.masked


def test_a_step_that_may_fail_has_an_outcome_and_a_conclusion(bench: Bench) -> None:
    run = bench.run("""
        a:
          steps:
            - {id: bad, run: 'false', continue-on-error: true}
            - run: test "$SAID" = "failure success"
              env: {SAID: "${{ steps.bad.outcome }} ${{ steps.bad.conclusion }}"}
        """)
    assert run.conclusion == "success"


def test_the_environment_of_a_step_is_above_that_of_the_job_and_of_the_workflow(bench: Bench) -> None:
    head = "on: push\nenv: {A: workflow, B: workflow, C: workflow, D: 3.10, E: true}\njobs:\n"
    run = bench.run(
        """
        a:
          env: {B: job, C: job, F: "of ${{ github.ref_name }}"}
          steps:
            - env: {C: step}
              run: echo "<$A $B $C $D $E $F>"
            - run: 'echo "B=file" >> "$GITHUB_ENV"'
            - run: echo "<$B ${{ env.B }} $C>"
        """,
        head,
    )
    assert "<workflow job step 3.1 true of main>" in run.log.raw
    assert "<file file job>" in run.log.raw


def test_nobody_overrides_what_the_runner_says(bench: Bench) -> None:
    run = bench.run(
        """
        a:
          env: {GITHUB_SHA: mine}
          steps:
            - run: 'echo "GITHUB_REF=mine" >> "$GITHUB_ENV"'
            - run: test "$GITHUB_SHA" = "$(git -C "$ORIGIN" rev-parse main)" && test "$GITHUB_REF" = refs/heads/main
              env: {ORIGIN: "ORIGIN-OF-THE-TEST"}
        """.replace("ORIGIN-OF-THE-TEST", str(bench.hub.origin))
    )
    assert run.conclusion == "success"


def test_files_of_commands_take_lines_and_heredocs(bench: Bench) -> None:
    run = bench.run(r"""
        a:
          outputs: {text: "${{ steps.say.outputs.text }}", equal: "${{ steps.say.outputs.equal }}"}
          steps:
            - id: say
              run: |
                printf 'text<<END\none\ntwo=2\n\nEND\nequal=a=b<<c\n' >> "$GITHUB_OUTPUT"
                printf 'LONG<<END\nx\ny\nEND\n' >> "$GITHUB_ENV"
                mkdir tools && printf '#!/bin/sh\necho found\n' > tools/findme && chmod +x tools/findme
                echo "$PWD/tools" >> "$GITHUB_PATH"
                echo '# Title' >> "$GITHUB_STEP_SUMMARY"
            - run: findme && test "$LONG" = "$(printf 'x\ny')" && echo more >> "$GITHUB_STEP_SUMMARY"
        """)
    assert run.conclusion == "success"
    assert run.results["a"].outputs == {"text": "one\ntwo=2\n", "equal": "a=b<<c"}
    assert run.summary == "# Title\nmore\n"


def test_a_heredoc_without_its_end_fails_the_step(bench: Bench) -> None:
    run = bench.run(r"""
        a:
          steps: [{run: "printf 'text<<END\\none\\n' >> \"$GITHUB_OUTPUT\""}]
        """)
    assert run.conclusion == "failure"
    assert "Matching delimiter not found 'END'" in run.log.masked


def test_a_line_that_is_no_pair_fails_the_step(bench: Bench) -> None:
    run = bench.run("a:\n  steps: [{run: 'echo ahoy >> $GITHUB_ENV'}]\n")
    assert "Invalid format 'ahoy'" in run.log.masked


def test_a_retired_command_fails_the_step(bench: Bench) -> None:
    run = bench.run("a:\n  steps: [{run: 'echo ::set-output name=x::y'}]\n")
    assert run.conclusion == "failure"


def test_no_command_is_heard_after_a_step_says_so(bench: Bench) -> None:
    run = bench.run("""
        a:
          steps: [{run: "echo ::stop-commands::xyz; echo ::add-mask::ahoy; echo ::set-output name=a::b; echo ::xyz::"}]
        """)
    assert run.conclusion == "success"
    assert "ahoy" in run.log.masked


def test_only_the_shell_that_is_named_minds_the_left_side_of_a_pipe(bench: Bench) -> None:
    run = bench.run("""
        a:
          steps: [{run: 'false | true'}]
        b:
          defaults: {run: {shell: bash}}
          steps: [{run: 'false | true'}]
        c:
          steps: [{shell: bash, run: 'false | true'}]
        d:
          steps: [{run: "false\\ntrue"}]
        """)
    assert run.outcomes() == {"a": "success", "b": "failure", "c": "failure", "d": "failure"}


def test_masks_and_secrets_are_hidden_in_the_log_and_kept_out_of_outputs(bench: Bench) -> None:
    bench.hub.secrets["KEY"] = "planted-1"
    run = bench.run("""
        a:
          outputs: {leak: "${{ steps.say.outputs.leak }}", fine: "${{ steps.say.outputs.fine }}"}
          steps:
            - id: say
              env: {KEY: "${{ secrets.KEY }}"}
              run: |
                echo "::add-mask::planted-2"
                echo "$KEY planted-2"
                echo "leak=$KEY" >> "$GITHUB_OUTPUT"
                echo "fine=yes" >> "$GITHUB_OUTPUT"
        """)
    assert "planted" not in run.log.masked.replace("::add-mask::planted-2", "")
    assert "planted-1 planted-2" in run.log.raw
    assert run.results["a"].outputs == {"fine": "yes"}
    assert "Skip output 'leak'" in run.log.masked


def test_an_environment_brings_its_own_secrets_and_variables(bench: Bench) -> None:
    bench.hub.secrets["KEY"] = "common"
    bench.hub.variables["PLACE"] = "common"
    bench.hub.environments["pypi"] = Deployment({"KEY": "own", "MORE": "own"}, {"PLACE": "own"})
    run = bench.run("""
        a:
          environment: pypi
          steps:
            - run: test "$ALL" = "own own own"
              env: {ALL: "${{ secrets.KEY }} ${{ secrets.MORE }} ${{ vars.PLACE }}"}
        b:
          steps:
            - run: test "$ALL" = "common  common"
              env: {ALL: "${{ secrets.KEY }} ${{ secrets.MORE }} ${{ vars.PLACE }}"}
        """)
    assert run.outcomes() == {"a": "success", "b": "success"}


def test_an_environment_for_tags_refuses_a_branch(bench: Bench) -> None:
    bench.hub.environments["pypi"] = Deployment(refs=("refs/tags/v*",))
    run = bench.run("a:\n  environment: {name: pypi}\n  steps: [{run: 'true'}]\n")
    assert run.conclusion == "failure"
    assert "main is not allowed to deploy to pypi" in run.log.masked


def test_a_step_that_takes_too_long_is_ended_with_all_that_it_started(bench: Bench) -> None:
    run = bench.run("""
        a:
          steps:
            - {run: 'sleep 30 & sleep 30', timeout-minutes: 0.005}
            - {id: after, if: always(), run: 'true'}
        """)
    assert run.result("a") == "failure"
    assert "has timed out" in run.log.masked
    assert run.results["a"].legs[0].steps["after"].conclusion == "success"
    assert run.seconds < 10


def test_a_job_that_takes_too_long_is_cancelled(bench: Bench) -> None:
    run = bench.run("""
        a:
          timeout-minutes: 0.005
          steps: [{run: sleep 30}, {id: after, run: 'true'}]
        """)
    assert run.result("a") == "cancelled"
    assert run.results["a"].legs[0].steps["after"].conclusion == "skipped"


def test_the_payload_has_text_where_the_context_has_types(bench: Bench) -> None:
    form = "{inputs: {version: {required: true}, dry-run: {type: boolean, default: true}}}"
    bench.commit(f"""
on:
  workflow_dispatch: {form}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: cat "$GITHUB_EVENT_PATH"
      - if: inputs.dry-run
        run: echo "a dry run of $V"
        env: {{V: "${{{{ inputs.version }}}}"}}
""")
    hostile = '1"; touch pwned; "'
    run = bench.hub.dispatch("w.yml", version=hostile)
    payload = json.loads(run.log.raw.splitlines()[0].partition("a dry run")[0])
    assert payload["inputs"] == {"version": hostile, "dry-run": "true"}
    assert f"a dry run of {hostile}" in run.log.raw
