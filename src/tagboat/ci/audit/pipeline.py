"""What all pipelines have in common for the rules: jobs with scripts, some of which upload."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from tagboat.ci.audit.commands import (
    BUILDS,
    DRAFTS,
    PUSHES_TAG,
    RELEASES,
    UPLOADS,
    WITHDRAWS,
    does,
    matches,
    runs_tests,
)
from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tagboat.ci.audit.document import Value

FORGE_NAMES = ("GITHUB_", "GH_", "ACTIONS_", "CI_", "GITLAB_")
"""Variables of the forge's: none of them is for an index."""

SECRET_NAME = re.compile(r"(?i)token|passw|secret|api_?key")


@dataclass(frozen=True, slots=True)
class Script:
    """A text that a shell runs: where it stands, and the variables that are set for it."""

    value: Value
    env: Mapping[str, Value]

    @property
    def text(self) -> str:
        """Its lines."""
        return self.value.text


@dataclass(frozen=True, slots=True)
class Upload:
    """One place where files go to an index.

    Attributes:
        by: "identity" of the job, "token", or "unknown" where the file does not say.
        to_test: whether it is a test index.
        skips_existing: whether a file that is there already is passed over, whatever its bytes.
    """

    line: int
    tool: str
    by: str
    to_test: bool = False
    skips_existing: bool = False


class Job:
    """One job of a pipeline. `needs` are the names of those that it waits for."""

    def __init__(self, name: str, value: Value, pipeline: Pipeline) -> None:
        self.name = name
        self.value = value
        self.pipeline = pipeline
        self.line = value.line

    @property
    def needs(self) -> tuple[str, ...]:
        """The jobs that have to be done before."""
        raise NotImplementedError

    @property
    def scripts(self) -> Sequence[Script]:
        """What its shell runs, in order."""
        raise NotImplementedError

    @property
    def environment(self) -> Value:
        """The environment that it is for."""
        return self.value["environment"]

    @cached_property
    def uploads(self) -> tuple[Upload, ...]:
        """Where it publishes."""
        return tuple(upload for script in self.scripts for upload in self.uploads_of(script))

    def uploads_of(self, script: Script) -> Iterator[Upload]:
        """The uploads of a script."""
        for text in matches(UPLOADS, script.text):
            line = self.pipeline.line_of(script.value, text)
            whole = next((each for each in script.text.replace("\\\n", " ").splitlines() if text in each), text)
            yield Upload(
                line,
                " ".join(text.split()),
                self.credential_of(script, whole),
                to_test=bool(re.search(r"(?i)test-?pypi|//test\.", whole)),
                skips_existing="--skip-existing" in whole,
            )

    def credential_of(self, script: Script, line: str) -> str:
        """By what a command in the shell is let in."""
        held = (name for name in script.env if not name.startswith(FORGE_NAMES))
        if re.search(r"\s(?:--token|--password|-p)\b", line) or any(map(SECRET_NAME.search, held)):
            return "token"
        return "identity" if "trusted-publishing" in line else "unknown"

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Whether any of its scripts does what the pattern is for."""
        return any(does(pattern, script.text) for script in self.scripts)

    @property
    def publishes(self) -> bool:
        """Whether it uploads."""
        return bool(self.uploads)

    @property
    def builds(self) -> bool:
        """Whether it makes distributions."""
        return self.says(BUILDS)

    @property
    def tests(self) -> bool:
        """Whether it runs tests."""
        return any(runs_tests(script.text) for script in self.scripts) or bool(re.search(r"\btests?\b", self.name))

    @property
    def releases(self) -> bool:
        """Whether it makes a release on the forge."""
        return self.says(RELEASES)

    @property
    def drafts(self) -> bool:
        """Whether that release is a draft."""
        return self.says(DRAFTS)

    @property
    def pushes_tag(self) -> bool:
        """Whether it makes a tag that others see."""
        return self.says(PUSHES_TAG)


class Pipeline:
    """One file of a forge's, read. `known` are the versions of actions by their commits: action, commit, version."""

    forge = ""

    def __init__(
        self, name: str, root: Value, lines: Sequence[str], known: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        self.name = name
        self.root = root
        self.lines = lines
        self.known = known or {}

    @classmethod
    def is_one(cls, root: Value) -> bool:
        """Whether a file with this root is such a pipeline."""
        raise NotImplementedError

    @property
    def jobs(self) -> Sequence[Job]:
        """Its jobs, in the order of the file."""
        raise NotImplementedError

    @cached_property
    def publishing(self) -> tuple[Job, ...]:
        """The jobs that upload."""
        return tuple(job for job in self.jobs if job.publishes)

    @property
    def concerns_release(self) -> bool:
        """Whether it uploads or withdraws, or makes a tag or a release that others see."""
        return any(job.publishes or job.pushes_tag or job.releases or job.says(WITHDRAWS) for job in self.jobs)

    def before(self, job: Job) -> list[Job]:
        """Every job that has to be done before this one, without it."""
        found: dict[str, Job] = {}
        waiting = list(job.needs)
        named = {each.name: each for each in self.jobs}
        while waiting:
            name = waiting.pop()
            if name in named and name not in found and name != job.name:
                found[name] = named[name]
                waiting += named[name].needs
        return list(found.values())

    def after(self, job: Job) -> list[Job]:
        """Every job that waits for this one."""
        return [each for each in self.jobs if job in self.before(each)]

    def line_of(self, value: Value, text: str, nth: int = 0) -> int:
        """The line within a value where a text stands (for the nth time, from 0), else its first."""
        first = text.split("\n", maxsplit=1)[0].strip()
        numbers = range(value.line, min(value.end, len(self.lines)) + 1)
        found = [number for number in numbers for _ in range(self.lines[number - 1].count(first))]
        return found[nth] if nth < len(found) else value.line
