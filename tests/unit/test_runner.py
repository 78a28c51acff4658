from __future__ import annotations

import pytest

from tagboat.errors import Blocked, CommandFailed, Irreversible
from tagboat.ledger import Ledger
from tagboat.runner import run, undo
from tagboat.step import State, Status


class Light:
    """A lamp: the world of one step. It can be stuck, broken, welded or foreign."""

    def __init__(self, name: str, *, on: bool = False, trouble: str = "") -> None:
        self.name = name
        self.on = on
        self.trouble = trouble

    def probe(self) -> Status:
        if self.trouble == "blind":
            raise CommandFailed("cannot look")
        if self.trouble == "foreign" or (self.trouble == "turns foreign" and self.on):
            return Status(State.BLOCKED, "somebody else's lamp")
        if self.trouble == "by hand":
            return Status(State.BLOCKED, "out of reach", advice="Fetch a ladder.")
        return Status(State.DONE if self.on else State.TODO, "a lamp")

    def apply(self) -> None:
        if self.trouble == "broken":
            raise CommandFailed("no current")
        if self.trouble == "stopped":
            raise KeyboardInterrupt
        self.on = self.trouble != "stuck"

    def undo(self) -> str | None:
        if self.trouble == "welded":
            raise Irreversible("cannot be turned off", next="Live with it.")
        if self.trouble == "stopped":
            raise KeyboardInterrupt
        self.on = False
        return "The lamp may still glow." if self.trouble == "hot" else None


class Diary:
    """An observer that writes down what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def started(self, step: str, detail: str) -> None:
        self.lines.append(f"started {step}")

    def skipped(self, step: str, detail: str) -> None:
        self.lines.append(f"skipped {step}")

    def done(self, step: str, detail: str, seconds: float) -> None:
        assert seconds >= 0
        self.lines.append(f"done {step}")

    def undone(self, step: str, detail: str, seconds: float) -> None:
        assert seconds >= 0
        self.lines.append(f"undone {step}" + (f": {detail}" if detail != "taken back" else ""))

    def failed(self, step: str, error: BaseException, seconds: float) -> None:
        self.lines.append(f"failed {step}: {type(error).__name__}")


@pytest.fixture
def ledger(tmp_path) -> Ledger:
    return Ledger(tmp_path / "ledger.jsonl")


@pytest.fixture
def diary() -> Diary:
    return Diary()


def events(ledger: Ledger) -> list[str]:
    return [f"{event} {step}".strip() for event, step in ledger.events()]


def test_every_step_is_started_before_it_is_applied_and_done_after(ledger, diary):
    run([Light("a"), Light("b", on=True), Light("c")], ledger, diary)
    assert events(ledger) == ["started a", "done a", "started c", "done c", "finished"]
    assert diary.lines == ["started a", "done a", "skipped b", "started c", "done c"]


def test_a_part_of_a_run_does_not_finish_it(ledger, diary):
    run([Light("a")], ledger, diary, finish=False)
    assert not ledger.is_finished()


def test_a_step_that_takes_a_person_says_what_to_do_and_blames_nobody(ledger, diary):
    with pytest.raises(Blocked, match="a: out of reach") as caught:
        run([Light("a", trouble="by hand")], ledger, diary)
    assert (caught.value.why, caught.value.next) == ("", "Fetch a ladder.")


def test_a_blocked_step_stops_the_run_before_anything_is_started(ledger, diary):
    steps = [Light("a"), Light("b", trouble="foreign"), Light("c")]
    with pytest.raises(Blocked, match="b: somebody else's lamp") as caught:
        run(steps, ledger, diary)
    assert "tagboat undo" in caught.value.next
    assert ledger.ours() == ("a",)
    assert diary.lines[-1] == "failed b: Blocked"
    assert not steps[2].on


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ("broken", CommandFailed),
        ("stuck", Blocked),
        ("turns foreign", Blocked),
        ("stopped", KeyboardInterrupt),
    ],
)
def test_a_step_that_does_not_get_done_was_started_and_can_be_undone(ledger, diary, trouble, error):
    steps = [Light("a"), Light("b", trouble=trouble)]
    with pytest.raises(error):
        run(steps, ledger, diary)
    assert ledger.ours() == ("a", "b")
    assert diary.lines[-1] == f"failed b: {error.__name__}"
    steps[1].trouble = ""
    undo(steps, ledger, diary)
    assert ledger.ours() == ()
    assert not steps[0].on


def test_not_being_able_to_look_is_never_taken_for_to_do(ledger, diary):
    with pytest.raises(CommandFailed, match="cannot look"):
        run([Light("a", trouble="blind")], ledger, diary)
    assert events(ledger) == []


def test_a_second_run_skips_what_is_done(ledger, diary):
    steps = [Light("a"), Light("b", trouble="broken")]
    with pytest.raises(CommandFailed):
        run(steps, ledger, diary)
    steps[1].trouble = ""
    run(steps, ledger, diary)
    assert diary.lines[-3:] == ["skipped a", "started b", "done b"]
    assert ledger.is_finished()


def test_undo_goes_backwards_over_what_was_begun_here_and_nothing_else(ledger, diary):
    steps = [Light("a"), Light("theirs", on=True), Light("c")]
    run(steps, ledger, diary)
    diary.lines.clear()
    undo(steps, ledger, diary)
    assert diary.lines == ["started c", "undone c", "started a", "undone a"]
    assert [step.on for step in steps] == [False, True, False]
    diary.lines.clear()
    undo(steps, ledger, diary)
    assert diary.lines == []


def test_undo_claims_nothing_that_a_step_cannot_tell_and_goes_on(ledger, diary):
    steps = [Light("a"), Light("b", trouble="hot")]
    run(steps, ledger, diary)
    assert undo(steps, ledger, diary) == ("The lamp may still glow.",)
    assert diary.lines[-3:] == ["undone b: The lamp may still glow.", "started a", "undone a"]
    assert ledger.ours() == ()
    assert undo(steps, ledger, diary) == ()


@pytest.mark.parametrize(("trouble", "error"), [("welded", Irreversible), ("stopped", KeyboardInterrupt)])
def test_undo_stops_at_the_first_step_that_stays_and_says_so(ledger, diary, trouble, error):
    steps = [Light("a"), Light("b"), Light("c")]
    run(steps, ledger, diary)
    steps[1].trouble = trouble
    with pytest.raises(error):
        undo(steps, ledger, diary)
    assert [step.on for step in steps] == [True, True, False]
    assert diary.lines[-1] == f"failed b: {error.__name__}"
    assert ledger.ours() == ("a", "b")
    steps[1].trouble = ""
    undo(steps, ledger, diary)
    assert ledger.ours() == ()


class Early(Light):
    """A lamp that can be warmed up."""

    def __init__(self, name: str, diary: Diary, **more: object) -> None:
        super().__init__(name, **more)
        self.diary = diary

    def get_ready(self) -> None:
        self.diary.lines.append(f"ready {self.name}")

    def let_go(self) -> None:
        self.diary.lines.append(f"let go {self.name}")


def test_a_step_may_get_ready_before_each_one_up_to_itself_and_is_let_go(ledger, diary):
    run([Light("a"), Early("b", diary), Light("c", on=True)], ledger, diary)
    assert diary.lines == ["ready b", "started a", "done a", "ready b", "started b", "done b", "skipped c", "let go b"]


def test_it_is_let_go_when_its_turn_never_comes(ledger, diary):
    with pytest.raises(CommandFailed):
        run([Light("a", trouble="broken"), Early("b", diary)], ledger, diary)
    assert diary.lines == ["ready b", "started a", "failed a: CommandFailed", "let go b"]
