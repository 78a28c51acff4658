"""The scenarios of the second seed, under its names, as far as a job's own work shows them.

What only a whole workflow shows (its triggers, its matrix, its secrets) is shown by the executed workflows.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.ci.checkout import listed, next_job
from tests.index.proxy import spoiling_proxy
from tests.servers import pypiserver

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.checkout import Origin, Packed

TAG = "refs/tags/v0.2.0"
SDIST, WHEEL = "demo_pkg-0.2.0.tar.gz", "demo_pkg-0.2.0-py3-none-any.whl"


def test_automatic_release_on_version_tag(origin: Origin, packed: Packed, tmp_path: Path) -> None:
    plan = origin.github(tmp_path, "push", TAG).ci("plan").outputs
    assert (plan["publish"], plan["version"]) == ("true", "0.2.0")
    hashes = json.loads((packed.artifact / "release.json").read_bytes())["files"]
    wanted = [name.removeprefix("to-") for name, value in plan.items() if name.startswith("to-") and value == "true"]
    assert wanted == ["staging", "main"]
    for name in wanted:
        ran = next_job(origin, packed, tmp_path).ci("publish", "--to", name)
        assert listed(tmp_path / name) == hashes
        assert f"`demo-pkg` `0.2.0` on `{name}`" in ran.summary
        ran = next_job(origin, packed, tmp_path).ci("verify", "--from", name)
        assert "works on Python" in ran.summary
        assert hashes[SDIST] in ran.summary


def test_manual_release_capability(origin: Origin, tmp_path: Path) -> None:
    inputs = {"version": "0.2.0", "channel": "staging", "dry_run": False, "confirm": "0.2.0"}
    plan = origin.github(tmp_path, "workflow_dispatch", TAG, **inputs).ci("plan").outputs
    assert (plan["publish"], plan["to-staging"], plan["to-main"]) == ("true", "true", "false")
    ran = origin.github(tmp_path, "workflow_dispatch", TAG, **{**inputs, "channel": "main", "confirm": ""}).run(
        "ci", "plan"
    )
    assert (ran.code, ran.output) == (4, "")


def test_package_validation_before_publish(packed: Packed) -> None:
    assert "ok check              2 distributions passed" in packed.ran.stdout
    assert "Every check passed. Installed from these files, it" in packed.ran.summary
    assert "`demo-pkg --version` says demo-pkg 0.2.0" in packed.ran.summary


def test_package_validation_failure_and_secure_token_handling(own_origin: Origin, tmp_path: Path) -> None:
    """A package that does not work is not packed; its code runs in the build job, and sees no token there."""
    package = own_origin.author.folder / "src" / "demo_pkg" / "__init__.py"
    broken = b"import os\n\nraise RuntimeError(f'broken {sorted(os.environ.items())}')\n"
    package.write_bytes(package.read_bytes() + broken)
    own_origin.commit("fix: nothing")
    own_origin.tag("v0.2.0")
    checkout = own_origin.github(tmp_path, "push", TAG)
    ran = checkout.run("ci", "build", TAGBOAT_TAG="v0.2.0", PYPI_API_TOKEN="pypi-planted", DEVPI_TOKEN="planted")
    assert ran.code == 9
    assert "`import demo_pkg` fails: RuntimeError: broken" in ran.stderr
    assert "planted" not in ran.stderr + ran.stdout + ran.summary
    assert ran.output == ""
    assert not list((checkout.folder / "handover").rglob("*.*"))


def test_package_validation_failure_is_told_with_every_reason(own_origin: Origin, tmp_path: Path) -> None:
    own_origin.commit("fix: nothing", **{"src/demo_pkg/.env": "TOKEN=planted\n", "src/demo_pkg/id_rsa": "planted\n"})
    own_origin.tag("v0.2.0")
    ran = own_origin.github(tmp_path, "push", TAG).run("ci", "build", TAGBOAT_TAG="v0.2.0")
    assert ran.code == 7
    assert ".env" in ran.stderr
    assert "id_rsa" in ran.stderr
    assert "planted" not in ran.stderr + ran.stdout


def test_cross_version_compatibility_testing(own_origin: Origin, tmp_path: Path) -> None:
    pyproject = own_origin.author.folder / "pyproject.toml"
    wanted = '\n[tool.tagboat.ci]\npythons = ["3.9", "3.10", "3.11", "3.12"]\n'
    pyproject.write_bytes(pyproject.read_bytes() + wanted.encode())
    own_origin.commit("chore: four Pythons")
    plan = own_origin.github(tmp_path, "workflow_dispatch", "refs/heads/main").ci("plan")
    assert json.loads(plan.outputs["pythons"]) == ["3.9", "3.10", "3.11", "3.12"]
    assert "The tests run on Python `3.9`, `3.10`, `3.11`, `3.12`." in plan.summary


def test_network_or_api_failures(origin: Origin, packed: Packed, tmp_path: Path) -> None:
    """An upload that is cut off is told, and the job that is run again finishes what there is of it."""
    with pypiserver(tmp_path / "packages") as server, spoiling_proxy(server.url) as proxy:
        settings = tmp_path / "settings.toml"
        settings.write_text(f'[index.flaky]\nkind = "pypiserver"\nurl = "{proxy.url}"\n', encoding="utf-8")
        variables = {
            "TAGBOAT_CONFIG_FILE": str(settings),
            "TAGBOAT_FLAKY_USERNAME": server.user,
            "TAGBOAT_FLAKY_PASSWORD": server.password,
        }
        proxy.spoil("cut", 100)
        ran = next_job(origin, packed, tmp_path).run("ci", "publish", "--to", "flaky", **variables)
        assert ran.code == 8
        assert f"flaky did not take {WHEEL}" in ran.stderr
        assert server.password not in ran.stderr + ran.stdout
        proxy.spoil("lose", 1)
        next_job(origin, packed, tmp_path).ci("publish", "--to", "flaky", **variables)
    assert {path.name for path in (tmp_path / "packages").iterdir()} == {SDIST, WHEEL}


def test_universal_wheel_building(packed: Packed) -> None:
    assert {path.name for path in (packed.artifact / "dist").iterdir()} == {SDIST, WHEEL}


def test_package_integrity_verification(packed: Packed) -> None:
    """twine agrees with what tagboat let pass, and sha256sum with what it said of it."""
    dist = packed.artifact / "dist"
    command = [sys.executable, "-m", "twine", "check", "--strict", dist / SDIST, dist / WHEEL]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.count("PASSED") == 2
    sums = packed.ran.outputs["sha256sums"]
    check = subprocess.run(
        ["sha256sum", "--check", "-"], cwd=dist, input=sums, text=True, capture_output=True, check=True
    )
    assert check.stdout.count("OK") == 2
