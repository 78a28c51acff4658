"""What moves the pins: an entry for Dependabot, or Renovate's configuration. Files of others are added to at most."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tagboat.ci.drift import Known, edit_of
from tagboat.ci.generate.render import render, yaml
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagboat.ci.generate.pipeline import Pipeline
    from tagboat.plan import Edit

DEPENDABOT = (".github/dependabot.yml", ".github/dependabot.yaml")
ECOSYSTEM = "github-actions"
RENOVATE = (
    "renovate.json",
    "renovate.json5",
    ".github/renovate.json",
    ".github/renovate.json5",
    ".gitlab/renovate.json",
    ".gitlab/renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
    ".renovaterc.json5",
)
"""Where Renovate looks (docs.renovatebot.com/configuration-options); with any of these it updates actions by itself."""


def updates_edit(pipeline: Pipeline, top: Path) -> Iterator[Edit]:
    """What has to change so that pins move. Raises `ConfigError` for a file that an entry cannot be added to."""
    if pipeline.updates == "dependabot":
        edit = _dependabot(pipeline, top)
    elif pipeline.updates == "renovate" and not any((top / path).is_file() for path in RENOVATE):
        edit = edit_of(RENOVATE[0], None, render("renovate.json", pipeline, {}))
    else:
        edit = None
    if edit is not None:
        yield edit


def _dependabot(pipeline: Pipeline, top: Path) -> Edit | None:
    path = next((path for path in DEPENDABOT if (top / path).is_file()), DEPENDABOT[0])
    entry = render("github/dependabot-entry.yml", pipeline, {})
    before = Known(top, path).text
    if before is None:
        return edit_of(path, None, render("github/dependabot.yml", pipeline, {}, entry=entry))
    if _has_entry(_read(path, before)):
        return None
    after = _added(before, entry)
    if not _is_only_longer(before, after):
        raise ConfigError(
            f"no entry can be added to {path} without changing what is there",
            why=f"Its list of updates is not one that a new entry can stand at the end of. The entry is:\n{entry}",
            next='Add it by hand, or write updates = "none" in [tool.tagboat.ci].',
        )
    return edit_of(path, before, after)


def _added(text: str, entry: str) -> str:
    """The text with an entry at the end of its list of updates, indented as the others are."""
    found = re.search(
        r"^updates:[ \t]*(?:#.*)?\n((?:[ \t]*(?:#.*)?\n|[ \t]+.*\n|-.*\n)*)",
        text if text.endswith("\n") else f"{text}\n",
        re.MULTILINE,
    )
    if found is None:
        return text
    indent = re.search(r"^([ \t]*)- ", found[1], re.MULTILINE)
    lines = [re.sub("^  ", indent[1] if indent else "  ", line) for line in entry.splitlines(keepends=True)]
    whole = found.string
    end = found.start(1) + len(found[1].rstrip()) + 1
    return whole[:end] + "".join(lines) + whole[end:]


def _is_only_longer(before: str, after: str) -> bool:
    """Whether the new text says what the old one does, and one entry more."""
    old, new = yaml().safe_load(before), yaml().safe_load(after)
    entries = _entries(new)
    return before != after and {**new, "updates": entries[:-1]} == old and _has_entry({"updates": entries[-1:]})


def _read(path: str, text: str) -> Any:
    try:
        return yaml().safe_load(text)
    except yaml().YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML", why=str(error)) from error


def _entries(values: Any) -> list[Any]:
    found = values.get("updates") if isinstance(values, dict) else None
    return found if isinstance(found, list) else []


def _has_entry(values: Any) -> bool:
    return any(isinstance(each, dict) and each.get("package-ecosystem") == ECOSYSTEM for each in _entries(values))
