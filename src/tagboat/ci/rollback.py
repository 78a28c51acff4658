"""A rollback that a form asked for: the very steps of `tagboat rollback`, and issues for what takes a person."""

from __future__ import annotations

import hashlib
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from packaging.version import InvalidVersion, Version

from tagboat import rollback
from tagboat.ci.markdown import code, fenced
from tagboat.errors import NotReady, NotVisible, Problem, TagboatError, UsageError
from tagboat.index.interface import WithdrawnByHand
from tagboat.news import without_places
from tagboat.steps.withdraw import needs_a_person

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.ci.event import Event
    from tagboat.forge.interface import Forge, Ticket
    from tagboat.observer import Observer
    from tagboat.plan import RollbackPlan
    from tagboat.workspace import Workspace

LONGEST = 500  # characters of a reason


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form says."""

    version: Version
    reason: str


@dataclass(frozen=True, slots=True)
class RolledBack:
    """How it went: what a fresh install gets `now`, or what it is `waiting` for, and the issues that tell more."""

    plan: RollbackPlan
    now: str
    waiting: NotVisible | None
    tickets: tuple[Ticket, ...]
    notes: tuple[str, ...]


def wanted(event: Event) -> Wanted:
    """The version and the reason of a form. Raises `NotReady` with everything that is wrong with it."""
    if event.name == "laptop":
        raise UsageError(
            "no form was filled in",
            why="`tagboat ci rollback` is what the rollback workflow runs.",
            next='Here: `tagboat rollback VERSION --reason "…"`.',
        )
    texts = {name: event.inputs.get(name, "").strip() for name in ("version", "reason", "confirm")}
    problems = list(_problems(texts))
    if problems:
        raise NotReady("nothing was withdrawn", problems=problems)
    return Wanted(Version(texts["version"]), " ".join(texts["reason"].split())[:LONGEST])


def carry_out(workspace: Workspace, form: Wanted, observer: Observer, *, wait: float) -> RolledBack:
    """Withdraw, ask by an issue for what takes a person, watch for `wait` seconds, and prepare what comes next.

    A second run goes on, and opens no second issue. A forge that does not take an issue stops nothing.
    """
    forge = workspace.forge
    tagged = workspace.git.tag(workspace.tag_of(form.version)) is not None
    plan = rollback.prepare(workspace, form.version, form.reason, again=tagged)
    by_issue = ByIssue(observer, plan, forge)
    now, waiting = "", None
    try:
        now = without_places(rollback.carry_out(workspace, plan, cast("Observer", by_issue), wait=wait))
    except NotVisible as error:
        waiting = error
    if forge is not None:
        if waiting is None:
            by_issue.close(workspace, now)
        by_issue.open(
            mark_of("fix", plan, ""), f"Release what comes after {plan.project} {plan.version}", fix_text(plan)
        )
    return RolledBack(plan, now, waiting, tuple(by_issue.tickets), tuple(by_issue.notes))


class ByIssue:
    """An observer that hands everything on, and opens an issue for what a person has to do."""

    def __init__(self, observer: Observer, plan: RollbackPlan, forge: Forge | None) -> None:
        self.observer = observer
        self.plan = plan
        self.forge = forge
        self.tickets: list[Ticket] = []
        self.notes: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.observer, name)

    def by_hand(self, page: str, steps: Sequence[str]) -> None:
        """In the log, and as an issue."""
        self.observer.by_hand(page, steps)
        title = f"Withdraw {self.plan.project} {self.plan.version} by hand"
        self.open(mark_of("by hand", self.plan, page), title, by_hand_text(self.plan, page, steps))

    def open(self, mark: str, title: str, text: str) -> None:
        """The issue with this mark, opened if there is none; that it cannot be is a note."""
        if self.forge is None:
            return
        try:
            with closing(self.forge):
                ticket = self.forge.issue(mark, title, f"{text}\n{mark}\n")
        except TagboatError as error:
            self.notes.append(f"no issue was opened: {error.what}")
            self.observer.note(self.notes[-1])
            return
        self.tickets.append(ticket)
        self.observer.note(f"issue {ticket.number}: {ticket.page}")

    def close(self, workspace: Workspace, now: str) -> None:
        """Close the issues that asked a person, this run's and those of earlier ones, and no others."""
        assert self.forge is not None  # noqa: S101 - for the type checker
        for index in workspace.indexes(self.plan.indexes):
            if not (needs_a_person(index) and isinstance(index, WithdrawnByHand)):
                continue
            mark = mark_of("by hand", self.plan, index.withdraw_page(self.plan.project, self.plan.version))
            with suppress(TagboatError), closing(self.forge):
                ticket = self.forge.find_issue(mark)
                if ticket is not None and ticket.state == "open":
                    self.forge.close_issue(ticket.number, f"It is withdrawn: {code(now)}.")


def mark_of(what: str, plan: RollbackPlan, page: str) -> str:
    """A word in an issue by which the next run knows it again; readers do not see it."""
    words = "\n".join((what, plan.project, str(plan.version), page))
    return f"<!-- tagboat {what}: {hashlib.sha256(words.encode()).hexdigest()[:16]} -->"


def by_hand_text(plan: RollbackPlan, page: str, steps: Sequence[str]) -> str:
    """What a person has to do, where, and why."""
    lines = "".join(f"{number}. {code(step)}\n" for number, step in enumerate(steps, 1))
    return (
        f"{code(plan.project)} {code(plan.version)} is to be withdrawn:\n\n{fenced(plan.reason)}\n"
        f"The index has no interface for it, so it takes a person, on this page:\n\n{page}\n\n{lines}\n"
        "The job that opened this issue watches the index, shows by fresh installs what people get then, and closes"
        " the issue. It took longer? Start the workflow again: it goes on from here.\n"
    )


def fix_text(plan: RollbackPlan) -> str:
    """How the next version is released after a withdrawal."""
    return (
        f"{code(plan.project)} {code(plan.version)} was withdrawn:\n\n{fenced(plan.reason)}\n"
        "Its tag and its commit stay: they are public. People who have it keep it until there is a better one.\n\n"
        f"```console\n{fix_commands()}```\n\n"
        f"The next version is never {code(plan.version)} again.\n"
    )


def fix_commands() -> str:
    """What to type to fix forward."""
    return (
        "$ git pull --tags\n"
        "$ # mend it, or take the change back with git revert\n"
        '$ git commit -am "fix: …"\n'
        "$ tagboat plan\n"
        "$ tagboat release\n"
    )


def _problems(texts: dict[str, str]) -> Iterator[Problem]:
    try:
        version: Version | None = Version(texts["version"])
    except InvalidVersion:
        version = None
        yield Problem(f"{code(texts['version'][:LONGEST]) or 'nothing'} is no version", next="Write one such as 1.2.3.")
    if version is not None and texts["confirm"] != texts["version"]:
        yield Problem("version and confirm are not the same", next="Write the version a second time.")
    if not texts["reason"]:
        yield Problem("there is no reason", "People who have the version will look for it.")
