from __future__ import annotations

import base64
import hashlib
import zipfile

import pytest
from tests.unit.checks.archives import make_sdist, make_wheel, whats

from tagboat.checks import record

RECORD = "demo-1.0.dist-info/RECORD"


def with_record(tmp_path, change):
    """A wheel whose right RECORD went through `change`."""
    good = make_wheel(tmp_path)
    with zipfile.ZipFile(good.path) as archive:
        text = archive.read(RECORD).decode()
    return make_wheel(tmp_path, record=change(text))


def found_in(wheel):
    return [what.partition(wheel.filename)[2].strip() for what in whats(record, wheel)]


def test_a_right_record_passes(tmp_path):
    files = {"demo/with, comma.txt": "x", "demo/日本.txt": ""}
    assert whats(record, make_wheel(tmp_path, files)) == []


def test_signatures_are_not_listed_in_the_record(tmp_path):
    signed = with_record(tmp_path, lambda text: text)
    with zipfile.ZipFile(signed.path, "a") as archive:
        archive.writestr("demo-1.0.dist-info/RECORD.jws", "{}")
    assert whats(record, signed) == []


def test_an_sdist_needs_no_record(tmp_path):
    assert whats(record, make_sdist(tmp_path)) == []


def test_a_missing_record_is_a_problem(tmp_path):
    assert found_in(make_wheel(tmp_path, {RECORD: None})) == ["has no RECORD"]


@pytest.mark.parametrize("data", [b"\xff\xfe", b'"demo'])
def test_a_record_that_cannot_be_read_is_a_problem(tmp_path, data):
    (what,) = found_in(make_wheel(tmp_path, {RECORD: data}))
    assert what.startswith("has a RECORD that cannot be read")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text + "demo/gone.py,sha256=x,1\n", "lists files that are not in the wheel: demo/gone.py"),
        (lambda text: text.split("\n", 1)[1], "does not list files of the wheel: demo/__init__.py"),
        (lambda text: text.split("\n")[0] + "\n" + text, "lists a file twice: demo/__init__.py"),
        (lambda text: text + "\n\nodd,row\n", "has rows without path, hash and size: odd,row"),
        (lambda text: text.replace("sha256=", "md5=", 1), "gives no hash, or one too weak: demo/__init__.py"),
        (lambda text: text.replace("sha256=", "", 1), "gives no hash, or one too weak: demo/__init__.py"),
        (lambda text: text.replace("sha256=", "sha256=A", 1), "gives another hash than the file has: demo/__init__.py"),
        (lambda text: text.replace(",20\n", ",21\n", 1), "gives another size than the file has: demo/__init__.py"),
        (lambda text: text.replace(",20\n", ",020\n", 1), "gives another size than the file has: demo/__init__.py"),
    ],
)
def test_every_difference_is_named(tmp_path, change, said):
    assert whats(record, with_record(tmp_path, change))[0] == f"RECORD of demo-1.0-py3-none-any.whl {said}"


def test_a_row_without_a_size_is_fine(tmp_path):
    assert whats(record, with_record(tmp_path, lambda text: text.replace(",20\n", ",\n"))) == []


def test_a_stronger_hash_is_as_good(tmp_path):
    data = b'__version__ = "1.0"\n'
    strong = base64.urlsafe_b64encode(hashlib.sha512(data).digest()).rstrip(b"=").decode()
    weak = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    wheel = with_record(tmp_path, lambda text: text.replace(f"sha256={weak}", f"sha512={strong}"))
    assert found_in(wheel) == []


def test_bytes_changed_after_the_build_are_found(tmp_path):
    good = make_wheel(tmp_path)
    with zipfile.ZipFile(good.path) as archive:
        text = archive.read(RECORD).decode()
    changed = make_wheel(tmp_path, {"demo/core.py": "def evil(): ...\n"}, record=text)
    assert found_in(changed)[0] == "gives another hash than the file has: demo/core.py"
