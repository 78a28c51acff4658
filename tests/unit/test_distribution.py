from __future__ import annotations

import hashlib
import os
import time

import pytest
from packaging.version import Version

from tagboat.distribution import Distribution, parse_filename, sha256_of
from tagboat.errors import CheckFailed


@pytest.mark.parametrize(
    ("filename", "parsed"),
    [
        ("demo-1.0.tar.gz", ("sdist", "demo", Version("1.0"))),
        ("Demo.Pkg-1.0.zip", ("sdist", "demo-pkg", Version("1.0"))),
        ("demo_pkg-1.0-py3-none-any.whl", ("wheel", "demo-pkg", Version("1.0"))),
        ("demo-1!2.0+local.1-1-cp312-cp312-linux_x86_64.whl", ("wheel", "demo", Version("1!2.0+local.1"))),
        ("demo-1.0rc1.tar.gz", ("sdist", "demo", Version("1.0rc1"))),
        ("demo.tar.gz", None),
        ("demo-one.tar.gz", None),
        ("demo-1.0.whl", None),
        ("demo-one-py3-none-any.whl", None),
        ("demo-1.0.tar.bz2", None),
        ("demo-1.0-py3-none-any.whl.asc", None),
        ("", None),
    ],
)
def test_a_file_name_states_kind_project_and_version_or_nothing(filename, parsed):
    assert parse_filename(filename) == parsed


def test_a_distribution_is_its_name_and_its_bytes(tmp_path):
    data = b"x" * 3_000_000
    path = tmp_path / "Demo_Pkg-1.0.tar.gz"
    path.write_bytes(data)
    found = Distribution.from_file(path)
    assert found == Distribution(
        path, path.name, "sdist", "demo-pkg", Version("1.0"), hashlib.sha256(data).hexdigest(), len(data)
    )


def test_another_file_is_no_distribution(tmp_path):
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    with pytest.raises(CheckFailed, match="not the name of an sdist or a wheel"):
        Distribution.from_file(tmp_path / "notes.txt")


@pytest.mark.parametrize("replace", [False, True])
def test_other_bytes_have_another_hash_even_when_size_and_time_are_the_same(tmp_path, replace):
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(b"one")
    os.utime(path, (1, 1))
    first = sha256_of(path)
    time.sleep(0.02)  # a file system's clock ticks only so often
    if replace:
        (tmp_path / "new").write_bytes(b"two")
        (tmp_path / "new").replace(path)
    else:
        path.write_bytes(b"two")
    os.utime(path, (1, 1))
    assert sha256_of(path) != first
    assert sha256_of(path) == hashlib.sha256(b"two").hexdigest()
