"""actions/upload-artifact and actions/download-artifact.

Source: actions/upload-artifact v7 and actions/download-artifact v8: their action.yml and README, @actions/glob.
"""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ci.runner.actions.acting import is_true
from tests.ci.runner.job import ActionFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ci.runner.actions.acting import Acting
    from tests.ci.runner.artifacts import Artifact


def upload(acting: Acting) -> dict[str, str]:
    """Keep files of the workspace as an artifact of the run."""
    given = acting.inputs(
        name="artifact",
        path="",
        if_no_files_found="warn",
        retention_days="",
        compression_level="6",
        overwrite="false",
        include_hidden_files="false",
        archive="true",
    )
    if not given["path"]:
        raise ActionFailed("Input required and not supplied: path")
    if not is_true("archive", given["archive"]):
        raise NotImplementedError("an artifact that is no archive")
    hidden = is_true("include-hidden-files", given["include_hidden_files"])
    files = _found(acting.workspace, given["path"].splitlines(), hidden=hidden)
    if not files:
        return _nothing(acting, given)
    try:
        overwrite = is_true("overwrite", given["overwrite"])
        made = acting.job.run.artifacts.add(given["name"], files, overwrite=overwrite)
    except FileExistsError:
        raise ActionFailed(
            "Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact with "
            "this name already exists on the workflow run"
        ) from None
    acting.say(f"Artifact {made.name} has {len(files)} files, and the digest {made.digest}")
    url = f"{acting.hub.server_url}/{acting.hub.repository}/actions/runs/{acting.job.run.number}/artifacts/{made.id}"
    return {"artifact-id": made.id, "artifact-digest": made.digest, "artifact-url": url}


def download(acting: Acting) -> dict[str, str]:
    """Unpack artifacts of this run. One that is not what was uploaded fails, unless the workflow says otherwise."""
    given = acting.inputs(
        name="",
        artifact_ids="",
        path="",
        pattern="",
        merge_multiple="false",
        digest_mismatch="error",
        github_token="",
        repository="",
        run_id="",
        skip_decompress="false",
    )
    if given["github_token"]:
        raise NotImplementedError("artifacts of another run")
    chosen = _chosen(acting.job.run.artifacts.visible(), given)
    target = acting.workspace / (given["path"] or ".")
    alone = bool(given["name"] or (given["artifact_ids"] and len(chosen) == 1))
    for artifact in chosen:
        if not artifact.is_intact():
            _mismatch(acting, artifact, given["digest_mismatch"])
        together = alone or is_true("merge-multiple", given["merge_multiple"])
        _unpack(artifact, target if together else target / artifact.name)
    acting.say(f"Total of {len(chosen)} artifact(s) downloaded")
    return {"download-path": str(target)}


def _chosen(known: list[Artifact], given: dict[str, str]) -> list[Artifact]:
    if given["name"] and given["artifact_ids"]:
        raise ActionFailed("Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one.")
    if ids := [each.strip() for each in given["artifact_ids"].split(",") if each.strip()]:
        found = [each for each in known if each.id in ids]
        if not found:
            raise ActionFailed("None of the provided artifact IDs were found")
        return found
    if given["name"]:
        found = [each for each in known if each.name == given["name"]]
        if not found:
            raise ActionFailed(f"Unable to download artifact(s): Artifact not found for name: {given['name']}")
        return found
    return [each for each in known if fnmatch(each.name, given["pattern"] or "*")]


def _mismatch(acting: Acting, artifact: Artifact, wish: str) -> None:
    said = f"Artifact {artifact.name}: the digest is not the expected {artifact.digest}"
    if wish == "error":
        raise ActionFailed(said)
    acting.say(f"##[{wish}]{said}")


def _unpack(artifact: Artifact, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in artifact.files().items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ActionFailed(f"Malformed extraction path: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _found(workspace: Path, patterns: list[str], *, hidden: bool) -> dict[str, bytes]:
    """Files by their path in the artifact: relative to the lowest folder that all searched places have in common."""
    taken: dict[Path, None] = {}
    roots = []
    for pattern in filter(None, map(str.strip, patterns)):
        if pattern.startswith("!"):
            left = set(_matching(workspace / pattern[1:], hidden=True))
            taken = {path: None for path in taken if path not in left}
            continue
        roots.append(_root(workspace / pattern))
        taken |= dict.fromkeys(_matching(workspace / pattern, hidden=hidden))
    if not taken:
        return {}
    base = Path(os.path.commonpath(roots))
    base = base.parent if base.is_file() else base
    return {path.relative_to(base).as_posix(): path.read_bytes() for path in taken}


def _matching(pattern: Path, *, hidden: bool) -> Iterator[Path]:
    """The files that a pattern finds, and those in folders that it finds."""
    root = _root(pattern)
    rest = pattern.relative_to(root).as_posix()
    for path in sorted([root] if rest == "." else root.glob(rest)):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            names = [root.name, *file.relative_to(root).parts]
            if file.is_file() and (hidden or not any(name.startswith(".") for name in names)):
                yield file


def _root(pattern: Path) -> Path:
    """The part of a pattern before the first wildcard."""
    parts: list[str] = []
    for part in pattern.parts:
        if set("*?[") & set(part):
            break
        parts.append(part)
    return Path(*parts)


def _nothing(acting: Acting, given: dict[str, str]) -> dict[str, str]:
    said = f"No files were found with the provided path: {given['path']}. No artifacts will be uploaded."
    if given["if_no_files_found"] == "error":
        raise ActionFailed(said)
    acting.say(said)
    return {}
