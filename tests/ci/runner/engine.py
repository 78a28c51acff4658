"""GitHub's own workflow parser and expression engine, in a Node process that answers until it is closed."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ci import node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Tree = Any
"""A part of a workflow: plain JSON in which an expression is {"${{": text}."""

SCRIPT = Path(__file__).with_name("engine.mjs")


class WorkflowError(Exception):
    """What GitHub says of a file that is no workflow, or of an expression that cannot be evaluated."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `condition` has the status function that GitHub adds where none is written."""

    id: str
    condition: Tree
    body: Mapping[str, Tree]


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a file, before its matrix."""

    id: str
    needs: tuple[str, ...]
    condition: Tree
    body: Mapping[str, Tree]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A checked file; `path` is where it is in the repository."""

    path: str
    root: Mapping[str, Tree]
    jobs: tuple[Job, ...]

    @property
    def name(self) -> str:
        return str(self.root.get("name") or self.path)


class Engine:
    """Reads workflows and evaluates what is in them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def load(self, path: str, text: str) -> Workflow:
        """The workflow in a text. Raises `WorkflowError` with everything that GitHub finds wrong."""
        answer = self._ask({"load": text})
        if answer["errors"]:
            raise WorkflowError("\n".join(answer["errors"]))
        bodies = answer["root"]["jobs"]
        jobs = (_job(each, bodies[each["id"]]) for each in answer["jobs"])
        return Workflow(path, answer["root"], tuple(jobs))

    def evaluate(
        self,
        tree: Tree,
        contexts: Mapping[str, object],
        status: Mapping[str, bool] | None = None,
        *,
        strings: bool = False,
    ) -> Any:
        """The value of a tree; `status` is what success(), failure() and cancelled() say.

        With `strings` each value is the text that a variable or an input would get.
        """
        if not strings and not _has_expression(tree):
            return tree
        named = {name: dict(contexts.get(name) or {}) for name in CONTEXTS}
        asked = {"evaluate": tree, "contexts": named, "status": dict(status or {}), "strings": strings}
        return self._ask(asked)["value"]

    def _ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise WorkflowError(answer["error"])
        return answer


CONTEXTS = ("github", "env", "vars", "job", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs")


@contextmanager
def engine() -> Iterator[Engine]:
    """An engine, gone when the context ends."""
    command = node.command(SCRIPT)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Engine(process)
        assert process.stdin is not None
        process.stdin.close()


def _job(found: Mapping[str, Any], body: Mapping[str, Tree]) -> Job:
    steps = zip(found["steps"], body.get("steps", ()), strict=True)
    return Job(
        found["id"],
        tuple(found["needs"]),
        found["condition"],
        body,
        tuple(Step(each["id"], each["condition"], step) for each, step in steps),
    )


def _has_expression(tree: Tree) -> bool:
    if isinstance(tree, dict):
        return "${{" in tree or any(map(_has_expression, tree.values()))
    return isinstance(tree, list) and any(map(_has_expression, tree))
