"""`tagboat ci build`: the distributions of a tag or a branch, checked, tried and packed."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import zipfile
from typing import TYPE_CHECKING

import jsonschema
from tests.ci.checkout import Origin, Packed, listed
from tests.e2e.test_documents import SCHEMA
from tests.index.scripted import Reply, scripted

from tagboat.ci.handover import arrive, digest
from tagboat.distribution import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

TAG, MAIN = "refs/tags/v0.2.0", "refs/heads/main"
SDIST, WHEEL = "demo_pkg-0.2.0.tar.gz", "demo_pkg-0.2.0-py3-none-any.whl"
FOR_TAG = {"TAGBOAT_TAG": "v0.2.0", "TAGBOAT_VERSION": "0.2.0"}


def platform_wheel(wheel: Path, folder: Path, platform: str) -> Path:
    """The wheel as another machine would have built it: of its own platform, and with other bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / wheel.name.replace("any", platform)
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("/WHEEL"):
                data = data.replace(b"py3-none-any", f"py3-none-{platform}".encode())
            if not name.endswith("/RECORD"):
                target.writestr(name, data)
        _write_record(target, next(name for name in source.namelist() if name.endswith("/RECORD")))
    return made


def _write_record(wheel: zipfile.ZipFile, record: str) -> None:
    lines = []
    for name in wheel.namelist():
        data = wheel.read(name)
        hashed = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={hashed},{len(data)}\n")
    wheel.writestr(record, "".join([*lines, f"{record},,\n"]))


def test_a_tag_is_built_checked_tried_and_packed(packed: Packed) -> None:
    sums = packed.ran.outputs["sha256sums"]
    handover = arrive(packed.artifact, sums)
    assert [each.filename for each in handover.distributions] == [WHEEL, SDIST]
    assert json.loads((packed.artifact / "release.json").read_bytes()) == {
        "project": "demo-pkg",
        "version": "0.2.0",
        "tag": "v0.2.0",
        "commit": handover.commit,
        "files": {each.filename: each.sha256 for each in handover.distributions},
    }
    assert sorted(path.name for path in packed.artifact.iterdir()) == ["SHA256SUMS", "dist", "release.json"]
    assert f"| `{WHEEL}` |" in packed.ran.summary
    assert "`demo-pkg --version` says demo-pkg 0.2.0" in packed.ran.summary
    assert "ok check" in packed.ran.stdout


def test_a_branch_is_built_as_it_is_and_gitlab_hands_on_one_line(origin: Origin, tmp_path: Path) -> None:
    checkout = origin.gitlab(tmp_path, "web")
    ran = checkout.ci("build", TAGBOAT_TAG="", TAGBOAT_VERSION="0.2.0")
    sums = (checkout.folder / "handover" / "SHA256SUMS").read_text(encoding="utf-8")
    assert ran.dotenv == f"TAGBOAT_SHA256SUMS={digest(sums)}\n"
    handover = arrive(checkout.folder / "handover", digest(sums))
    assert (handover.tag, handover.commit) == ("", checkout.git("rev-parse", "HEAD"))
    assert not (checkout.folder / ".tagboat" / "0.2.0").exists()


def test_a_laptop_builds_what_head_is_tagged_with(origin: Origin, tmp_path: Path) -> None:
    checkout = origin.github(tmp_path, "push", TAG)
    checkout.environ = origin.environ
    document = json.loads(checkout.ci("build", "--json", "--out", "../out").stdout)
    jsonschema.validate(document, SCHEMA)
    assert (document["result"], document["tag"]) == ("packed", "v0.2.0")
    assert arrive(checkout.folder.parent / "out", document["outputs"]["sha256sums"]).tag == "v0.2.0"


def test_an_index_that_the_job_cannot_read_is_left_to_the_job_that_publishes(
    own_origin: Origin, tmp_path: Path
) -> None:
    with scripted(lambda _: Reply(401)) as private:
        path = own_origin.author.folder / "pyproject.toml"
        text = f'\n[tool.tagboat.index.closed]\nkind = "devpi"\nurl = "{private.url}/root/dev"\n'
        path.write_bytes(path.read_bytes() + text.encode())
        own_origin.commit("chore: a private index")
        own_origin.tag("v0.2.0")
        ran = own_origin.github(tmp_path, "push", TAG).ci("build", **FOR_TAG)
    assert "cannot be read by this job: `closed`" in ran.summary
    assert private.url not in ran.summary


def test_what_an_index_has_is_not_built_again(origin: Origin, packed: Packed, tmp_path: Path) -> None:
    first = {path.name: sha256_of(path) for path in (packed.artifact / "dist").iterdir()}
    checkout = origin.github(tmp_path, "push", TAG)
    variables = packed.bring(checkout)
    checkout.ci("publish", "--to", "staging", **variables)
    # A rebuild that is not the same: another file time is enough.
    again = origin.github(tmp_path, "push", TAG)
    ran = again.ci("build", **FOR_TAG)
    assert ran.outputs == packed.ran.outputs
    assert listed(tmp_path / "staging") == first


def test_the_version_and_the_checkout_have_to_be_those_that_were_decided(origin: Origin, tmp_path: Path) -> None:
    ran = origin.github(tmp_path, "push", MAIN).run("ci", "build", TAGBOAT_TAG="v0.2.0", TAGBOAT_VERSION="0.2.1")
    assert ran.code == 4
    assert "the version is to be 0.2.1, but v0.2.0 is 0.2.0" in ran.stderr
    assert "is checked out" in ran.stderr


def test_a_shallow_branch_is_refused(origin: Origin, tmp_path: Path) -> None:
    ran = origin.github(tmp_path, "workflow_dispatch", MAIN, depth=1).run("ci", "build", TAGBOAT_TAG="")
    assert (ran.code, "shallow clone" in ran.stderr) == (4, True)


def test_wheels_of_other_machines_come_along_and_the_sdist_is_ours(
    origin: Origin, packed: Packed, tmp_path: Path
) -> None:
    built = packed.artifact / "dist" / WHEEL
    linux = platform_wheel(built, tmp_path / "wheels" / "wheels-a", "manylinux_2_17_x86_64")
    mac = platform_wheel(built, tmp_path / "wheels" / "wheels-b", "macosx_11_0_arm64")
    checkout = origin.github(tmp_path, "push", TAG)
    ran = checkout.ci("build", "--wheels", str(tmp_path / "wheels"), **FOR_TAG)
    handover = arrive(checkout.folder / "handover", ran.outputs["sha256sums"])
    hashes = {each.filename: each.sha256 for each in handover.distributions}
    assert set(hashes) == {SDIST, linux.name, mac.name}
    assert (hashes[linux.name], hashes[mac.name]) == (sha256_of(linux), sha256_of(mac))
    later = platform_wheel(built, tmp_path / "later", "win_amd64")
    ran = checkout.run("ci", "build", "--wheels", str(later.parent), **FOR_TAG)
    assert (ran.code, "was built before, without" in ran.stderr) == (5, True)


def test_a_branch_takes_the_wheels_of_other_machines_too(origin: Origin, packed: Packed, tmp_path: Path) -> None:
    linux = platform_wheel(packed.artifact / "dist" / WHEEL, tmp_path / "wheels", "manylinux_2_17_x86_64")
    checkout = origin.github(tmp_path, "workflow_dispatch", MAIN)
    checkout.ci("build", "--wheels", str(tmp_path / "wheels"), TAGBOAT_TAG="")
    assert {path.name for path in (checkout.folder / "handover" / "dist").iterdir()} == {SDIST, linux.name}


def test_what_is_no_wheel_of_this_release_is_refused(origin: Origin, packed: Packed, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    for folder in ("a", "b"):
        (wheels / folder).mkdir(parents=True)
        (wheels / folder / "demo_pkg-0.2.0-cp312-cp312-win32.whl").write_text(folder, encoding="utf-8")
    shutil.copy(packed.artifact / "dist" / SDIST, wheels)
    checkout = origin.github(tmp_path, "push", TAG)
    ran = checkout.run("ci", "build", "--wheels", str(wheels), **FOR_TAG)
    assert ran.code == 4
    assert f"{SDIST} is no wheel" in ran.stderr
    assert "win32.whl is there twice, with different bytes" in ran.stderr
    shutil.rmtree(wheels)
    wheels.mkdir()
    assert "there is no wheel in" in checkout.run("ci", "build", "--wheels", str(wheels), **FOR_TAG).stderr
    (wheels / "other-0.2.0-py3-none-any.whl").write_text("x", encoding="utf-8")
    (wheels / "demo_pkg-0.1.0-py3-none-any.whl").write_text("x", encoding="utf-8")
    ran = checkout.run("ci", "build", "--wheels", str(wheels), **FOR_TAG)
    for name in ("other-0.2.0", "demo_pkg-0.1.0"):
        assert f"{name}-py3-none-any.whl is no wheel of demo-pkg 0.2.0" in ran.stderr


def test_others_files_in_the_handover_are_refused(origin: Origin, tmp_path: Path) -> None:
    checkout = origin.github(tmp_path, "workflow_dispatch", MAIN)
    (checkout.folder / "handover").mkdir()
    (checkout.folder / "handover" / "secrets.txt").write_text("x", encoding="utf-8")
    ran = checkout.run("ci", "build", TAGBOAT_TAG="")
    assert (ran.code, "secrets.txt" in ran.stderr) == (4, True)
