"""Templates become files: text with `<< values >>` and `<% statements %>`, so that `${{ }}` and `{{ }}` stay text."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagboat.errors import UsageError
from tagboat.index.credentials.extras import install, library

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagboat.ci.generate.pins import Pin
    from tagboat.ci.generate.pipeline import Pipeline

FOLDER = Path(__file__).with_name("templates")
PLAIN = r"[A-Za-z_](?:[\w./ -]*[\w./-])?"
WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
"""What YAML 1.1 takes for something else than a text."""

TOOL_PYTHON = "3.13"
"""The Python that runs tagboat in a job."""


def render(name: str, pipeline: Pipeline, pins: Mapping[str, Pin], **more: object) -> str:
    """The text of a template, filled in. Raises `UsageError` when the `ci` extra is not installed."""
    text: str = (
        _environment()
        .get_template(name)
        .render(p=pipeline, uses=lambda action: str(pins[action]), tool_python=TOOL_PYTHON, **more)
    )
    return text


def quoted(value: str) -> str:
    """A text as YAML writes it, with quotes where it would be taken for something else."""
    if re.fullmatch(PLAIN, value) and value.lower() not in WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def tag_glob(parts: tuple[str, ...]) -> str:
    """A pattern of tags as GitHub reads it; what is special in one is made literal.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax, "Filter pattern cheat sheet".
    """
    head, *stars, end = parts
    return _literal(head) + ".".join(stars) + _literal(end)


def tag_regex(parts: tuple[str, ...]) -> str:
    """A pattern of tags as GitLab reads it: RE2 between slashes."""
    head, *stars, end = (re.escape(part) for part in parts)
    numbers = r"\.".join("[0-9]+" for _ in stars)
    pattern = f"^{head}{numbers}.*{end}$" if end else f"^{head}{numbers}"
    return "/" + pattern.replace("/", r"\/") + "/"


def _without_newline(value: object) -> object:
    """What a macro wrote, which is whole lines, for a place that ends its line itself."""
    return value.removesuffix("\n") if isinstance(value, str) else value


def _literal(text: str) -> str:
    return re.sub(r"([*?+\[\]!\\])", r"\\\1", text)


def yaml() -> Any:
    """PyYAML. Raises `UsageError` when the `ci` extra is not installed."""
    return _library("yaml", "PyYAML")


def _library(module: str, name: str) -> Any:
    found = library(module)
    if found is None:
        raise UsageError(
            f"pipelines are made with {name}, which is not installed",
            next=f"Install tagboat with its extra: `{install('ci')}`.",
        )
    return found


@lru_cache(maxsize=1)
def _environment() -> Any:
    jinja2 = _library("jinja2", "jinja2")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        finalize=_without_newline,
    )
    environment.filters.update(quoted=quoted, tag_glob=tag_glob, tag_regex=tag_regex)
    return environment
