"""What one job hands to the next arrives as it left, or not at all."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tagboat.ci.handover import arrive, digest, pack
from tagboat.distribution import Distribution
from tagboat.errors import CheckFailed, NotReady, UsageError

SDIST, WHEEL = "demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl"
COMMIT = "c" * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A packed folder; its SHA256SUMS are in the file sums beside it."""
    made = []
    for name in (SDIST, WHEEL):
        (tmp_path / name).write_text(f"bytes of {name}", encoding="utf-8")
        made.append(Distribution.from_file(tmp_path / name))
    sums = pack(tmp_path / "handover", project="Demo", tag="v1.0", commit=COMMIT, distributions=made)
    (tmp_path / "sums").write_text(sums, encoding="utf-8")
    return tmp_path / "handover"


def sums_of(folder: Path) -> str:
    return (folder.parent / "sums").read_text(encoding="utf-8")


def wrong(folder: Path, sums: str | None = None) -> list[str]:
    with pytest.raises(CheckFailed) as caught:
        arrive(folder, sums_of(folder) if sums is None else sums)
    return [problem.what for problem in caught.value.problems]


def change_release(folder: Path, **values: object) -> None:
    path = folder / "release.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **values}), encoding="utf-8")


def test_what_was_packed_arrives(folder: Path) -> None:
    for sums in (sums_of(folder), sums_of(folder).strip(), digest(sums_of(folder))):
        handover = arrive(folder, sums)
        assert (handover.project, str(handover.version), handover.tag, handover.commit) == (
            "Demo",
            "1.0",
            "v1.0",
            COMMIT,
        )
        assert [each.filename for each in handover.distributions] == [WHEEL, SDIST]


def test_sha256sum_agrees(folder: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "-"]
    done = subprocess.run(
        command, cwd=folder / "dist", input=sums_of(folder), text=True, check=True, capture_output=True
    )
    assert done.stdout.count(": OK") == 2


def test_packing_again_leaves_nothing_of_before(folder: Path) -> None:
    wheel = Distribution.from_file(folder.parent / WHEEL)
    sums = pack(folder, project="Demo", tag="", commit=COMMIT, distributions=[wheel])
    assert [each.filename for each in arrive(folder, sums).distributions] == [WHEEL]
    assert arrive(folder, sums).tag == ""


def test_others_files_do_not_travel_along(folder: Path) -> None:
    (folder / "secrets.txt").write_text("x", encoding="utf-8")
    wheel = Distribution.from_file(folder.parent / WHEEL)
    with pytest.raises(NotReady, match=r"secrets\.txt"):
        pack(folder, project="Demo", tag="", commit=COMMIT, distributions=[wheel])


def test_every_wrong_missing_and_foreign_file_is_named(folder: Path) -> None:
    (folder / "dist" / SDIST).write_text("other bytes", encoding="utf-8")
    (folder / "dist" / WHEEL).unlink()
    (folder / "dist" / "evil-6.6.tar.gz").write_text("x", encoding="utf-8")
    (folder / "more\n.txt").write_text("x", encoding="utf-8")
    assert wrong(folder) == [
        f"{WHEEL} is missing",
        f"{SDIST} was changed",
        '"dist/evil-6.6.tar.gz" was not packed by the build job',
        '"more\\n.txt" was not packed by the build job',
    ]


@pytest.mark.parametrize("in_one_line", [False, True])
def test_a_file_that_was_exchanged_with_its_hash_is_found(folder: Path, in_one_line: bool) -> None:
    true = sums_of(folder)
    (folder / "dist" / SDIST).write_text("other bytes", encoding="utf-8")
    other = pack(
        folder,
        project="Demo",
        tag="v1.0",
        commit=COMMIT,
        distributions=[Distribution.from_file(Path(shutil.copy(folder / "dist" / SDIST, folder.parent)))],
    )
    assert other != true
    found = wrong(folder, digest(true) if in_one_line else true)
    assert "SHA256SUMS was changed" in found


def test_nothing_told_is_nothing_believed(folder: Path) -> None:
    assert wrong(folder, "")[0] == "SHA256SUMS was changed"
    (folder / "SHA256SUMS").write_text("\n", encoding="utf-8")
    assert wrong(folder, "")[0] == "SHA256SUMS names no file"
    for path in (folder / "SHA256SUMS", folder / "release.json"):
        path.unlink()
    assert wrong(folder) == ["SHA256SUMS is missing", "release.json is missing"]
    assert "SHA256SUMS is missing" in wrong(folder, "a" * 64)


@pytest.mark.parametrize(
    "line", ["nonsense", f"{'a' * 64}  ../{SDIST}", f"{'a' * 64}  notes.txt", f"{'a' * 63}  {SDIST}"]
)
def test_a_line_that_is_none_is_named(folder: Path, line: str) -> None:
    assert f"{json.dumps(line)} is no line of SHA256SUMS" in wrong(folder, sums_of(folder) + line + "\n")


@pytest.mark.parametrize(
    "values",
    [{"version": "1.1"}, {"project": "other"}, {"files": {}}, {"tag": None}, {"commit": 7}],
)
def test_a_release_json_that_tells_of_other_files_is_found(folder: Path, values: dict[str, object]) -> None:
    change_release(folder, **values)
    assert wrong(folder) == ["release.json was changed: it tells of other files"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"project": 1}'])
def test_a_release_json_that_is_none_is_found(folder: Path, text: str) -> None:
    (folder / "release.json").write_text(text, encoding="utf-8")
    assert wrong(folder) == ["release.json is not what the build job wrote"]


def test_a_version_that_is_none_is_found(folder: Path) -> None:
    change_release(folder, version="../x")
    assert wrong(folder) == ["release.json is not what the build job wrote"]


def test_without_the_folder_it_is_said_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        arrive(tmp_path / "handover", "x")
