"""The summaries of jobs, as Markdown. No address and no secret gets into them: everybody can read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.markdown import code, fenced, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagboat.ci.decision import Decision, Facts
    from tagboat.ci.notify import Outcome
    from tagboat.ci.rollback import RolledBack
    from tagboat.distribution import Distribution
    from tagboat.errors import Problem
    from tagboat.plan import Plan
    from tagboat.project.places import Place


def planned(decision: Decision, facts: Facts, standing: Mapping[str, str], notes: str) -> str:
    """What was decided: what is released, whereto, where its version stands, the notes, and what comes next."""
    title = f"{'Release' if decision.publish else 'Dry run'} of {code(facts.project)}"
    kind = " (a pre-release)" if decision.prerelease else ""
    rows = [
        ("Version", f"{code(decision.version)}{kind}" if decision.version else "told by the build"),
        ("Tag", code(decision.tag) or "none: the branch as it is"),
        ("Commit", code(decision.commit)),
        ("Why", code(decision.reason)),
    ]
    places = [(code(where), code(text)) for where, text in facts.written]
    return _sections(
        f"## {title} {code(decision.version or '')}".rstrip(),
        table(("", ""), rows),
        "### Indexes",
        table(("Index", "Has of this version", "This run"), _indexes(decision, standing)) if decision.to else "None.",
        "### Where the version is written",
        table(("Place", "Says"), places) if places else "Nowhere: it is that of the tag.",
        "### Notes",
        fenced(notes) if notes.strip() else "None.",
        "### What happens next",
        "".join(f"{number}. {text}\n" for number, text in enumerate(_next(decision), 1)),
    )


def built(distributions: Sequence[Distribution], shown: str, closed: Sequence[str]) -> str:
    """What was built, and what was shown of it."""
    first = distributions[0]
    rows = [(code(each.filename), f"{each.size:,}", code(each.sha256)) for each in distributions]
    told = f"Its rules were not asked for, it cannot be read by this job: {', '.join(map(code, closed))}."
    return _sections(
        f"## Built {code(first.project)} {code(first.version)}",
        table(("File", "Bytes", "SHA-256"), rows),
        f"Every check passed. Installed from these files, it {code(shown)}.",
        told if closed else "",
    )


def on_index(name: str, distributions: Sequence[Distribution], shown: str) -> str:
    """What was shown of an index."""
    first = distributions[0]
    rows = [(code(each.filename), code(each.sha256)) for each in distributions]
    return _sections(
        f"## {code(first.project)} {code(first.version)} on {code(name)}",
        table(("File", "SHA-256"), rows),
        code(shown),
    )


def reviewed(what: str, coming: Plan | None, places: Sequence[Place], distributions: Sequence[Distribution]) -> str:
    """What a pull request would release, where the version stands, and what was built of it."""
    if coming is None:
        title, told = f"{what} releases nothing", "No change since the last release asks for one."
    else:
        title, told = f"{what} would release {coming.version}", f"{coming.reason}."
    rows = [(code(f"{place.path}, {place.where}"), code(place.written)) for place in places]
    return _sections(
        f"## {title[0].upper()}{title[1:]}",
        code(told),
        fenced(coming.notes) if coming and coming.notes.strip() else "",
        table(("The version is written in", "which says"), rows) if rows else "",
        table(("Built and checked", "Bytes"), [(code(each.filename), f"{each.size:,}") for each in distributions]),
    )


def went(outcome: Outcome, told: str) -> str:
    """How the run went, job by job, and who was told."""
    times = ["" if job.seconds is None else f"{job.seconds:.0f} s" for job in outcome.jobs]
    rows = [(code(job.name), code(job.result), time) for job, time in zip(outcome.jobs, times, strict=True)]
    return _sections(
        f"## {code(outcome.message.title)}",
        table(("Job", "Result", "Time"), rows) if rows else "",
        code(outcome.metrics),
        code(told),
    )


def rolled_back(done: RolledBack, commands: str) -> str:
    """What was withdrawn, what a fresh install gets now, for whom it waits, and how to fix forward."""
    plan = done.plan
    state = "is withdrawn" if done.waiting is None else "waits for a person"
    issues = [f"- [Issue {ticket.number}]({ticket.page}), {ticket.state}" for ticket in done.tickets]
    return _sections(
        f"## {code(plan.project)} {code(plan.version)} {state}",
        fenced(plan.reason),
        code(done.now) if done.waiting is None else fenced(str(done.waiting)),
        "\n".join([*issues, *(f"- {code(note)}" for note in done.notes)]),
        "### Fix forward",
        fenced(commands),
    )


def tagged(title: str, lines: Sequence[str]) -> str:
    """What came of a push to the branch: a tag, or why there is none."""
    return _sections(f"## {code(title)}", "\n".join(f"- {code(line)}" for line in lines))


def refused(what: str, problems: Sequence[Problem]) -> str:
    """What stands in the way, everything at once."""
    lines = [line for each in problems for line in _lines(each)]
    return _sections(f"## {code(what)}", fenced("\n".join(lines)) if lines else "")


def _lines(problem: Problem) -> list[str]:
    more = [text for text in (*problem.why.splitlines(), problem.next) if text]
    return [f"- {problem.what}", *(f"    {text}" for text in more)]


def _indexes(decision: Decision, standing: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [
        (code(name), standing.get(name, "–"), "publishes to it" if wanted else "leaves it alone")
        for name, wanted in decision.to.items()
    ]


def _next(decision: Decision) -> list[str]:
    pythons = ", ".join(map(code, decision.pythons))
    steps = [f"The tests run on Python {pythons}.", "The distributions are built once, checked, installed and tried."]
    steps += [
        f"They are published to {code(name)}, then installed from there and tried."
        for name, wanted in decision.to.items()
        if wanted
    ]
    return steps if decision.publish else [*steps, "Nothing is published: this is a dry run."]


def _sections(*parts: str) -> str:
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"
