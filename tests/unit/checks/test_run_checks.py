from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from tests.unit.checks.archives import all_whats, facts, make_sdist, make_wheel

from tagboat.checks import CHECKS, INDEX_RULES, run_checks
from tagboat.distribution import Distribution

if TYPE_CHECKING:
    from pathlib import Path


def test_good_distributions_have_no_problem(tmp_path):
    assert run_checks([make_sdist(tmp_path), make_wheel(tmp_path)], facts()) == ()


def test_no_distribution_at_all_is_a_problem():
    (problem,) = run_checks([], facts())
    assert problem.what == "there is no distribution to check"
    assert problem.next


def test_problems_of_all_checks_are_collected_at_once(tmp_path):
    sdist = make_sdist(tmp_path, {"README.md": None, ".env": "x"})
    wheel = make_wheel(tmp_path, {"demo/__init__.py": '__version__ = "0.9"\n', "docs/a.txt": "x"})
    found = " ".join(all_whats(sdist, wheel))
    for part in ("__version__", "README", ".env", "docs"):
        assert part in found


def test_every_problem_says_what_why_and_what_to_do_next(tmp_path):
    sdist = make_sdist(tmp_path, {"README.md": None, ".env": "x", "PKG-INFO": None, "foreign.txt": ""})
    wheel = make_wheel(tmp_path, {"demo/__init__.py": '__version__ = "0.9"\n', "docs/a.txt": "x"}, record="")
    for problem in run_checks([sdist, wheel], facts(required=("NOTICE",))):
        assert problem.what
        assert problem.why
        assert problem.next


def test_an_ignored_check_does_not_run(tmp_path):
    wheel = make_wheel(tmp_path, {"demo/__init__.py": '__version__ = "0.9"\n'})
    assert run_checks([wheel], facts(), ignore=["versions"]) == ()


def test_an_ignored_check_that_does_not_exist_is_a_problem(tmp_path):
    (problem,) = run_checks([make_wheel(tmp_path)], facts(), ignore=["version"])
    assert problem.what == "there is no check named version to ignore"
    assert "versions" in problem.next


def test_the_rules_of_indexes_are_ignored_by_a_name_that_is_no_checks(tmp_path):
    wheel = make_wheel(tmp_path)
    assert run_checks([wheel], facts(), ignore=[INDEX_RULES]) == run_checks([wheel], facts())


def test_names_of_checks_are_unique():
    names = [check.NAME for check in CHECKS]
    assert len({*names, INDEX_RULES}) == len(names) + 1 == 11


def not_a_zip(path: Path) -> None:
    path.write_bytes(b"this is no wheel")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncated(path: Path) -> None:
    make = make_wheel if path.suffix == ".whl" else make_sdist
    whole = make(path.parent, name=path.name).path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def flipped(path: Path) -> None:
    make = make_wheel if path.suffix == ".whl" else make_sdist
    data = bytearray(make(path.parent, name=path.name).path.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 40] = b"\x00" * 40
    path.write_bytes(bytes(data))


def gzipped_noise(path: Path) -> None:
    path.write_bytes(gzip.compress(b"no tar in here" * 100))


def declares_a_huge_member(path: Path) -> None:
    """A few hundred bytes that promise eight gigabytes."""
    if path.suffix == ".whl":
        make_wheel(path.parent, name=path.name)
        data = bytearray(path.read_bytes())
        for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            at = data.find(signature) + offset
            data[at : at + 4] = b"\xfe\xff\xff\xff"
        path.write_bytes(bytes(data))
    else:
        info = tarfile.TarInfo("demo-1.0/huge")
        info.size = 8 << 30
        path.write_bytes(gzip.compress(info.tobuf()))


def unpacks_to_far_too_much(path: Path) -> None:
    block = b"\0" * (1 << 20)
    if path.suffix == ".whl":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("demo/zeros", "w") as file:
            for _ in range(65):
                file.write(block)
    else:
        with gzip.open(path, "wb") as file:
            for _ in range(65):
                file.write(block)


@pytest.mark.parametrize("name", ["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz", "demo-1.0.zip"])
@pytest.mark.parametrize("ruin", [not_a_zip, empty, gzipped_noise])
def test_a_file_of_another_kind_is_one_problem(tmp_path, name, ruin):
    ruin(tmp_path / name)
    (problem,) = run_checks([Distribution.from_file(tmp_path / name)], facts())
    assert problem.what == f"{name} is damaged and cannot be read to its end"
    assert problem.why
    assert problem.next


@pytest.mark.parametrize("name", ["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"])
@pytest.mark.parametrize("ruin", [truncated, flipped, declares_a_huge_member, unpacks_to_far_too_much])
def test_a_damaged_archive_is_one_problem_and_the_others_are_still_checked(tmp_path, name, ruin):
    ruin(tmp_path / name)
    other = make_sdist(tmp_path, {".env": ""}) if name.endswith("whl") else make_wheel(tmp_path, {"demo/.env": ""})
    found = all_whats(Distribution.from_file(tmp_path / name), other)
    assert [what for what in found if what.startswith(name)] == [found[0]]
    assert any(".env" in what for what in found[1:])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    name=strategies.sampled_from(["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"]),
    at=strategies.floats(0, 1, exclude_max=True),
    noise=strategies.binary(min_size=1, max_size=8),
)
def test_noise_anywhere_in_an_archive_is_never_a_traceback(tmp_path, name, at, noise):
    make = make_wheel if name.endswith("whl") else make_sdist
    path = make(tmp_path, name=name).path
    data = bytearray(path.read_bytes())
    start = int(at * len(data))
    data[start : start + len(noise)] = noise
    path.write_bytes(bytes(data))
    assert isinstance(run_checks([Distribution.from_file(path)], facts()), tuple)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    member=strategies.sampled_from(["METADATA", "WHEEL", "RECORD", "entry_points.txt"]),
    data=strategies.binary(max_size=80) | strategies.text(alphabet="AName:-=[]\n 1.", max_size=40).map(str.encode),
)
def test_nonsense_in_a_file_of_the_metadata_is_never_a_traceback(tmp_path, member, data):
    wheel = make_wheel(tmp_path, {f"demo-1.0.dist-info/{member}": data})
    sdist = make_sdist(tmp_path, {"PKG-INFO": data, "src/demo/__init__.py": data})
    assert isinstance(run_checks([wheel, sdist], facts()), tuple)


def test_a_bomb_is_called_one(tmp_path):
    unpacks_to_far_too_much(tmp_path / "demo-1.0.tar.gz")
    (what,) = all_whats(Distribution.from_file(tmp_path / "demo-1.0.tar.gz"))
    assert what == "demo-1.0.tar.gz unpacks to more than 50 times its own size"


def test_an_encrypted_member_is_a_problem(tmp_path):
    wheel = make_wheel(tmp_path)
    data = bytearray(wheel.path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    wheel.path.write_bytes(bytes(data))
    (problem,) = run_checks([wheel], facts())
    assert "encrypted" in problem.why


def test_a_member_compressed_by_other_means_is_a_problem(tmp_path):
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("demo/__init__.py", "x = 1\n")
    (problem,) = run_checks([Distribution.from_file(path)], facts())
    assert "other means than deflate" in problem.why


def test_a_file_that_has_gone_is_a_problem(tmp_path):
    sdist, wheel = make_sdist(tmp_path), make_wheel(tmp_path)
    sdist.path.unlink()
    wheel.path.unlink()
    assert len(run_checks([sdist, wheel], facts())) == 2


def test_an_empty_tar_is_a_set_of_problems_not_a_traceback(tmp_path):
    path = tmp_path / "demo-1.0.tar.gz"
    with tarfile.open(path, "w:gz"):
        pass
    assert any("no source file" in what for what in all_whats(Distribution.from_file(path)))


def test_an_empty_zip_is_a_set_of_problems_not_a_traceback(tmp_path):
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w"):
        pass
    assert any("is empty" in what for what in all_whats(Distribution.from_file(path)))


def test_a_zipped_sdist_is_read_too(tmp_path):
    sdist = make_sdist(tmp_path)
    path = tmp_path / "demo-1.0.zip"
    with tarfile.open(sdist.path) as source, zipfile.ZipFile(path, "w") as target:
        target.writestr("demo-1.0/", "")
        for member in source.getmembers():
            target.writestr(member.name, source.extractfile(member).read())
    assert all_whats(Distribution.from_file(path)) == []


def test_names_that_are_not_utf_8_are_shown_escaped(tmp_path):
    path = tmp_path / "demo-1.0.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT) as archive:
        for name in (b"demo-1.0/caf\xe9.txt", b"demo-1.0/bell\x07.txt"):
            info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
            archive.addfile(info, io.BytesIO())
    found = "\n".join(all_whats(Distribution.from_file(path)))
    assert r"caf\udce9.txt" in found
    assert r"bell\x07.txt" in found
    found.encode("utf-8")
