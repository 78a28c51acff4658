"""The version of a Rust crate, which maturin takes for the project's: Cargo.toml and Cargo.lock."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from tagboat import tomlfile
from tagboat.errors import ConfigError
from tagboat.project.places.declared import toml_place
from tagboat.project.places.locks import locked_place, upwards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagboat.project.places.place import Place

INHERITED = ("workspace", "package", "version")


def cargo_places(root: Path, manifest: str) -> Iterator[Place]:
    """Yield the version in the crate's Cargo.toml or its workspace's, and the crate's entry in Cargo.lock."""
    path = posixpath.normpath(manifest)
    file = tomlfile.load(root / path)
    if file is None:
        raise ConfigError(
            f"the version of a maturin project stands in {path}, and there is no such file",
            next="Give [project] a version, or set manifest-path in [tool.maturin].",
        )
    if tomlfile.lookup(file.values, "package", "version", "workspace") is True:
        yield _workspace_place(root, path)
    elif tomlfile.string(file.values, "package", "version"):
        yield toml_place(path, file, ("package", "version"), semver=True)
    else:
        raise ConfigError(f"{path} has no [package] version, and neither has [project] in pyproject.toml")
    lock = next(upwards(root.joinpath(path).parent, "Cargo.lock"), None)
    if lock is not None:
        name = tomlfile.string(file.values, "package", "name")
        yield from locked_place(root, lock, name, lambda entry: "source" not in entry, semver=True)


def _workspace_place(root: Path, path: str) -> Place:
    for manifest in upwards(root.joinpath(path).parent, "Cargo.toml"):
        file = tomlfile.load(manifest)
        if file is not None and tomlfile.string(file.values, *INHERITED):
            relative = os.path.relpath(manifest, root).replace(os.sep, "/")
            return toml_place(relative, file, INHERITED, semver=True)
    raise ConfigError(
        f"{path} takes its version from the workspace, and no Cargo.toml above it has [workspace.package] version"
    )
