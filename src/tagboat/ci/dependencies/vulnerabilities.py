"""Known vulnerabilities of dependencies, as pip-audit is told them by OSV."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagboat import process
from tagboat.dataclass import dataclass
from tagboat.errors import CommandFailed, ConfigError
from tagboat.index.credentials.extras import install

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tagboat.ci.dependencies.installed import Dependency

LONGEST = 600.0
"""Seconds that the service may take for all of them."""


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One that is known of a dependency: its identifiers, and the versions that are `mended`."""

    dependency: str
    version: str
    names: tuple[str, ...]
    mended: tuple[str, ...] = ()


def known_vulnerabilities(
    dependencies: Sequence[Dependency], cache: Path, *, service: str = "", environ: Mapping[str, str] = os.environ
) -> list[Vulnerability]:
    """What is known of exactly these versions. Only names and versions are sent.

    `service` is the URL of an OSV service, "" the public one. Raises `CommandFailed` when it cannot be asked: that is
    never the same as nothing known. Raises `ConfigError` without pip-audit.
    """
    if not dependencies:
        return []
    if find_spec("pip_audit") is None:
        raise ConfigError(
            "vulnerabilities are looked up with pip-audit, which is not installed",
            next=f"Install tagboat with its extra: `{install('vulnerabilities')}`.",
        )
    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text("".join(f"{each.name}=={each.version}\n" for each in dependencies), encoding="utf-8")
        words = [
            *(sys.executable, "-m", "pip_audit", "--vulnerability-service=osv", "--format=json", "--desc=off"),
            *("--aliases=on", "--progress-spinner=off", "--no-deps", "--disable-pip", f"--cache-dir={cache / 'osv'}"),
            *([f"--osv-url={service}"] if service else []),
            *("--requirement", str(wanted)),
        ]
        env = process.without_secrets(environ)
        done = process.run(words, env=env, timeout=LONGEST, check=False)
    return list(_read(_answer(done)))


def _answer(done: process.Completed) -> dict[str, Any]:
    """What pip-audit found; it ends with 1 both when it found something and when it could not ask."""
    try:
        answer = json.loads(done.stdout)
        if isinstance(answer, dict) and done.returncode in (0, 1):
            return answer
    except ValueError:
        pass
    raise CommandFailed(
        "nobody can say whether the dependencies are vulnerable: the service could not be asked",
        why=process.tail(done.stderr or done.stdout, 1),
        next="Run it again when the service answers. Not to know is not the same as nothing known.",
    )


def _read(answer: Mapping[str, Any]) -> Iterator[Vulnerability]:
    for dependency in answer["dependencies"]:
        if "skip_reason" in dependency:
            raise CommandFailed(
                f"nobody can say whether {dependency['name']} is vulnerable", why=str(dependency["skip_reason"])
            )
        for each in dependency["vulns"]:
            names = (each["id"], *each.get("aliases", ()))
            yield Vulnerability(dependency["name"], dependency["version"], names, tuple(each["fix_versions"]))
