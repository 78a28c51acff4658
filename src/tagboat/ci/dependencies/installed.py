"""The dependencies of a release: everything that an install of it brings along."""

from __future__ import annotations

import os
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tagboat.build_environment import SOURCES
from tagboat.ci.dependencies.licences import Licence, licence_of
from tagboat.dataclass import dataclass
from tagboat.environment import Environment, interpreters, this_interpreter
from tagboat.errors import VerifyFailed
from tagboat.verify import requires_python

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tagboat.distribution import Distribution


@dataclass(frozen=True, slots=True)
class Dependency:
    """One project that an install brought along, at one version."""

    name: str
    version: str
    licence: Licence


def dependencies_of(
    distributions: Sequence[Distribution],
    extras: Collection[str],
    indexes: Sequence[str],
    cache: Path,
    environ: Mapping[str, str] = os.environ,
) -> list[Dependency]:
    """What installing a release with these extras brings along, by name, without the release itself.

    It is installed into a fresh environment with the Python that runs tagboat, else the newest that fits. `indexes`
    are URLs in falling priority; empty takes those that uv is told of, as a build does. Raises `VerifyFailed`
    without such a Python, `CommandFailed` when it cannot be installed.
    """
    requires = requires_python(distributions)
    found = this_interpreter(requires) or interpreters(requires, cache=cache)[-1:]
    if not found:
        raise VerifyFailed(
            f"no Python on this machine fits the project ({requires or 'any'})",
            next="Install one: `uv python install`.",
        )
    best = next((each for each in distributions if each.kind == "wheel"), distributions[0])
    wanted = f"[{','.join(sorted(extras))}]" if extras else ""
    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        environment = Environment.create(Path(folder) / "venv", found[0].path, cache=cache)
        requirement = f"{best.project}{wanted} @ {best.path.resolve().as_uri()}"
        told = {} if indexes else {name: value for name, value in environ.items() if SOURCES.match(name)}
        environment.install_with_uv(requirement, indexes=tuple(indexes) or (None,), variables=told)
        return _listed(environment, best.project)


def _listed(environment: Environment, project: str) -> list[Dependency]:
    libraries = environment.path.glob("Lib/site-packages" if os.name == "nt" else "lib/*/site-packages")
    installed = metadata.distributions(path=[str(folder) for folder in libraries])
    found = {
        canonicalize_name(each.metadata["Name"]): Dependency(
            each.metadata["Name"], each.version, licence_of(each.metadata)
        )
        for each in installed
    }
    return [dependency for name, dependency in sorted(found.items()) if name != canonicalize_name(project)]
