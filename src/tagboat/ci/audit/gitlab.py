"""A pipeline of GitLab CI, or a file that one includes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tagboat.ci.audit.pipeline import Job, Pipeline, Script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagboat.ci.audit.document import Value

NO_JOBS = frozenset(
    (
        *("after_script", "before_script", "cache", "default", "image", "include", "pages", "services", "spec"),
        *("stages", "variables", "workflow"),
    )
)
"""Keys at the top that are no job."""


class PipelineJob(Job):
    """A job of a pipeline; what it takes over by `extends` and from `default` counts as its own."""

    pipeline: GitLabPipeline

    def __getitem__(self, key: str) -> Value:
        """The value of a key: its own, else that of what it extends, else the default."""
        for table in self._tables():
            if key in table:
                return table[key]
        return self.pipeline.root["default"][key] or self.pipeline.root[key]

    def _tables(self) -> list[Value]:
        found: list[Value] = []
        waiting = [self.value]
        while waiting and len(found) < 20:  # GitLab goes 11 deep; a ring ends here, too
            table = waiting.pop(0)
            found.append(table)
            waiting += [self.pipeline.root[name] for name in reversed(table["extends"].texts())]
        return found

    @property
    def environment(self) -> Value:
        """The environment that it is for."""
        return self["environment"]

    @property
    def needs(self) -> tuple[str, ...]:
        """The jobs that have to be done before: those named, else all of the stages before."""
        value = self["needs"]
        if value:
            return tuple(each["job"].text or each.text for each in value.entries)
        stages = self.pipeline.stages
        mine = self.stage
        earlier = stages[: stages.index(mine)] if mine in stages else []
        return tuple(job.name for job in self.pipeline.jobs if job.stage in earlier)

    @property
    def stage(self) -> str:
        """The stage that it is in."""
        return self["stage"].text or "test"

    @cached_property
    def scripts(self) -> Sequence[Script]:
        """What its shell runs, in order."""
        env: Mapping[str, Value] = {**self.pipeline.root["variables"].pairs, **self["variables"].pairs}
        values = (self[key] for key in ("before_script", "script"))
        return [Script(each, env) for value in values for each in (value.entries or (value,)) if each.text]

    @property
    def releases(self) -> bool:
        """Whether it makes a release on the forge."""
        return bool(self["release"]) or super().releases


class GitLabPipeline(Pipeline):
    """A pipeline file."""

    forge = "gitlab"

    @classmethod
    def is_one(cls, root: Value) -> bool:
        """Whether it has a job, or takes some from elsewhere."""
        return "include" in root or any("script" in each or "trigger" in each for each in root.pairs.values())

    @cached_property
    def jobs(self) -> Sequence[PipelineJob]:
        """Its jobs, without the templates whose names begin with a dot."""
        return [
            PipelineJob(name, value, self)
            for name, value in self.root.pairs.items()
            if value.kind == "table" and name not in NO_JOBS and not name.startswith(".")
        ]

    @cached_property
    def stages(self) -> list[str]:
        """The stages, in order."""
        return [".pre", *(self.root["stages"].texts() or ("build", "test", "deploy")), ".post"]

    @property
    def starts_for(self) -> str:
        """The rules of the whole pipeline, as one text."""
        return " ".join(value.text for _, value in self.root["workflow"].scalars())
