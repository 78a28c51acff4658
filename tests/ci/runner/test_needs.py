"""Which jobs run: `needs`, skips, and status functions in the condition of a job.

What is expected here is GitHub's documentation (using jobs, status check functions) and what its users measured
(actions/runner#491, #2205); there is no GitHub in this test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.ci.runner.conftest import Bench

GOOD = "steps: [{run: 'true'}]"
BAD = "steps: [{run: 'false'}]"


def chain(*conditions: str, first: str = GOOD) -> str:
    """Jobs a, b, c … that need each other in this order; the first has no condition."""
    lines = ["a:", f"  {first}"]
    for name, before, condition in zip("bcdef", "abcde", conditions, strict=False):
        lines += [f"{name}:", f"  needs: {before}", f"  {GOOD}"]
        lines += [f"  if: {condition}"] if condition else []
    return "\n".join(lines)


AFTER = {"success": GOOD, "failure": BAD, "skipped": f"{GOOD}\n  if: false"}
EXPECTED = {
    # condition: what the job is after a success, after a failure, after a skip
    "": ("success", "skipped", "skipped"),
    "success()": ("success", "skipped", "skipped"),
    "${{ 1 == 1 }}": ("success", "skipped", "skipped"),
    "needs.%s.result != 'failure'": ("success", "skipped", "skipped"),
    "always()": ("success", "success", "success"),
    "failure()": ("skipped", "success", "skipped"),
    "'!cancelled()'": ("success", "success", "success"),
    "${{ !failure() && !cancelled() }}": ("success", "skipped", "success"),
    "always() && needs.%s.result == 'skipped'": ("skipped", "skipped", "success"),
    "cancelled()": ("skipped", "skipped", "skipped"),
}


def test_a_condition_after_each_result(bench: Bench) -> None:
    jobs = "".join(f"{before}:\n  {body}\n" for before, body in AFTER.items())
    for number, condition in enumerate(EXPECTED):
        for before in AFTER:
            jobs += f"{before}-{number}:\n  needs: {before}\n  {GOOD}\n"
            jobs += f"  if: {condition.replace('%s', before)}\n" if condition else ""
    found = bench.run(jobs).outcomes()
    rows = {name: tuple(found[f"{before}-{at}"] for before in AFTER) for at, name in enumerate(EXPECTED)}
    assert rows == EXPECTED


def test_a_skipped_ancestor_skips_what_needs_a_job_that_ran_all_the_same(bench: Bench) -> None:
    run = bench.run(chain("always()", "", first=f"{GOOD}\n  if: false"))
    assert run.outcomes() == {"a": "skipped", "b": "success", "c": "skipped"}


def test_a_result_that_is_asked_for_without_a_status_function_does_not_help(bench: Bench) -> None:
    run = bench.run(chain("always()", "needs.b.result == 'success'", first=f"{GOOD}\n  if: false"))
    assert run.result("c") == "skipped"


def test_a_skipped_ancestor_is_passed_by_always_with_a_result(bench: Bench) -> None:
    run = bench.run(chain("always()", "always() && needs.b.result == 'success'", first=f"{GOOD}\n  if: false"))
    assert run.result("c") == "success"


def test_a_far_ancestor_that_failed_is_a_failure(bench: Bench) -> None:
    run = bench.run(chain("always()", "failure()", "failure()", first=BAD))
    assert run.outcomes() == {"a": "failure", "b": "success", "c": "success", "d": "success"}
    assert run.conclusion == "failure"


def test_a_job_that_nobody_needs_says_nothing_to_others(bench: Bench) -> None:
    run = bench.run(f"a:\n  {BAD}\nb:\n  {GOOD}\nc:\n  needs: b\n  {GOOD}\n")
    assert run.outcomes() == {"a": "failure", "b": "success", "c": "success"}


def test_jobs_wait_for_what_they_need_in_any_order_of_the_file(bench: Bench) -> None:
    run = bench.run(f"c:\n  needs: [a, b]\n  {GOOD}\nb:\n  needs: a\n  {GOOD}\na:\n  {GOOD}\n")
    assert list(run.outcomes()) == ["a", "b", "c"]


def test_outputs_and_results_are_seen_by_those_that_need_the_job(bench: Bench) -> None:
    run = bench.run("""
        a:
          outputs: {word: "${{ steps.say.outputs.word }}", none: "${{ steps.say.outputs.none }}"}
          steps:
            - {id: say, run: 'echo "word=ahoy" >> "$GITHUB_OUTPUT"'}
        b:
          needs: a
          outputs: {all: "${{ toJSON(needs) }}"}
          steps: [{run: 'true'}]
        c:
          needs: b
          steps:
            - run: test -z "$WORD"
              env: {WORD: "${{ needs.a.outputs.word }}"}
        """)
    assert run.results["a"].outputs == {"word": "ahoy"}  # an empty one is left out
    assert '"result": "success"' in run.results["b"].outputs["all"]
    assert run.conclusion == "success"


def test_a_job_that_may_fail_is_a_success_to_others(bench: Bench) -> None:
    run = bench.run(f"a:\n  continue-on-error: true\n  {BAD}\nb:\n  needs: a\n  {GOOD}\n")
    assert run.outcomes() == {"a": "success", "b": "success"}


def test_failed_jobs_run_again_with_what_needs_them_and_no_others(bench: Bench) -> None:
    run = bench.run("""
        a:
          outputs: {at: "${{ steps.say.outputs.at }}"}
          steps: [{id: say, run: 'echo "at=$GITHUB_RUN_ATTEMPT" >> "$GITHUB_OUTPUT"'}]
        b:
          needs: a
          outputs: {seen: "${{ needs.a.outputs.at }}"}
          steps: [{run: 'test "$GITHUB_RUN_ATTEMPT" -gt 1'}]
        c:
          needs: b
          steps: [{run: 'true'}]
        d:
          needs: a
          if: failure()
          steps: [{run: 'true'}]
        """)
    assert run.outcomes() == {"a": "success", "b": "failure", "d": "skipped", "c": "skipped"}
    run.rerun(failed_only=True)
    assert run.outcomes() == {"a": "success", "d": "skipped", "b": "success", "c": "success"}
    assert run.results["b"].outputs == {"seen": "1"}
    assert run.rerun().results["b"].outputs == {"seen": "3"}
