"""Projects whose version comes from git: recognised, because nothing in their files needs an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import tomlfile

if TYPE_CHECKING:
    from tagboat.project.sources import Sources

# Tables of [tool] whose presence says so, for a project whose version is dynamic.
TABLES = ("setuptools_scm", "setuptools-git-versioning", "versioningit", "versioneer", "vcs-versioning")
# Build requirements that say so. (hatch-vcs and kin also need a source in [tool.hatch.version].)
REQUIREMENTS = ("setuptools-scm", "setuptools-git-versioning", "vcs-versioning", "flit-scm", "pbr")
HATCH_SOURCES = ("vcs", "versioningit", "uv-dynamic-versioning")
SETUP_KEYWORDS = ("use_scm_version", "setuptools_git_versioning", "version_config", "pbr")


def is_from_git(sources: Sources) -> bool:
    """Tell whether the version is derived from a tag at build time."""
    if sources.tool("poetry-dynamic-versioning").get("enable") is True:
        return True
    return sources.is_dynamic and not _is_written(sources) and any(looks(sources) for looks in LOOKS)


def _is_written(sources: Sources) -> bool:
    """Tell whether the version is written somewhere after all; setuptools-scm also serves to list files."""
    return bool(
        tomlfile.string(sources.tool("poetry"), "version")
        or sources.tool("setuptools", "dynamic", "version")
        or sources.cfg.get("metadata", {}).get("version")
        or (sources.setup_py and sources.setup_py.literal("version"))
    )


def _by_table(sources: Sources) -> bool:
    return any(name in sources.tool() for name in TABLES)


def _by_requirement(sources: Sources) -> bool:
    return sources.backend.startswith(("setuptools", "pbr", "flit_scm")) and any(
        name in REQUIREMENTS for name in sources.build_requires
    )


def _by_hatch(sources: Sources) -> bool:
    return tomlfile.string(sources.tool("hatch"), "version", "source") in HATCH_SOURCES


def _by_pdm(sources: Sources) -> bool:
    version = sources.tool("pdm", "version")
    return version.get("source") == "scm" or bool(version.get("use_scm"))


def _by_scikit_build(sources: Sources) -> bool:
    provider = tomlfile.string(sources.tool("scikit-build"), "metadata", "version", "provider")
    return provider.endswith("setuptools_scm")


def _by_setup_py(sources: Sources) -> bool:
    if sources.setup_py is None:
        return False
    import ast

    if any(sources.setup_py.argument(keyword) is not None for keyword in SETUP_KEYWORDS):
        return True
    version = sources.setup_py.argument("version")
    return version is not None and "versioneer" in ast.dump(version)


def _by_setup_cfg(sources: Sources) -> bool:
    return "versioneer" in sources.cfg or "pbr" in sources.cfg


LOOKS = (_by_table, _by_requirement, _by_hatch, _by_pdm, _by_scikit_build, _by_setup_py, _by_setup_cfg)
