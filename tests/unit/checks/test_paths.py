from __future__ import annotations

import tarfile
import warnings
import zipfile

import pytest
from tests.unit.checks.archives import make_sdist, make_wheel, whats

from tagboat.checks import paths


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(f"demo-1.0/{name}")
    info.type, info.linkname = kind, target
    return info


def test_good_paths_pass(tmp_path):
    sdist = make_sdist(tmp_path, {"..hidden": "", "a..b/c...": "", "tests/日本.txt": ""})
    assert whats(paths, sdist, make_wheel(tmp_path)) == []


@pytest.mark.parametrize(
    "path", ["../evil.py", "demo/../../evil.py", "a//b.py", "C:/evil.py", "a\\b.py", "/etc/passwd"]
)
def test_paths_that_lead_out_are_refused(tmp_path, path):
    wheel = make_wheel(tmp_path, {path: ""})
    assert whats(paths, wheel) == [f"{wheel.filename} holds paths that lead outside or have no normal form: {path}"]


def test_an_absolute_path_in_an_sdist_is_refused(tmp_path):
    sdist = make_sdist(tmp_path, extra=(tarfile.TarInfo("/etc/passwd"),))
    assert "lead outside" in whats(paths, sdist)[0]


def test_a_path_that_comes_twice_is_refused(tmp_path):
    wheel = make_wheel(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(wheel.path, "a") as archive:
            archive.writestr("demo/core.py", "evil = True\n")
    assert whats(paths, wheel) == [f"{wheel.filename} holds one path more than once: demo/core.py"]


def test_names_that_differ_in_case_collide(tmp_path):
    wheel = make_wheel(tmp_path, {"demo/Core.py": "", "Demo/x.py": "", "Demo/y.py": ""})
    assert whats(paths, wheel) == [
        f"{wheel.filename} holds names that differ only in case: demo/core.py = demo/Core.py, demo = Demo"
    ]


@pytest.mark.parametrize(
    ("info", "is_good"),
    [
        (link("a/link", "../README.md"), True),
        (link("link", "../../etc/passwd"), False),
        (link("link", "/etc/passwd"), False),
        (link("link", "../demo-2.0/x"), False),
        (link("hard", "demo-1.0/README.md", tarfile.LNKTYPE), True),
        (link("hard", "../x", tarfile.LNKTYPE), False),
    ],
)
def test_links_may_lead_inside_only(tmp_path, info, is_good):
    found = whats(paths, make_sdist(tmp_path, extra=(info,)))
    assert found == ([] if is_good else [f"demo-1.0.tar.gz holds links that lead outside: {info.name}"])


def test_devices_are_refused(tmp_path):
    sdist = make_sdist(tmp_path, extra=(link("pipe", "", tarfile.FIFOTYPE),))
    assert whats(paths, sdist) == ["demo-1.0.tar.gz holds devices or pipes: demo-1.0/pipe"]


def test_a_wheel_cannot_hold_links(tmp_path):
    wheel = make_wheel(tmp_path)
    with zipfile.ZipFile(wheel.path, "a") as archive:
        info = zipfile.ZipInfo("demo/link.py")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "core.py")
    assert whats(paths, wheel) == [f"{wheel.filename} holds links, which wheels cannot: demo/link.py"]
