from __future__ import annotations

import pytest
from tests.unit.checks.archives import make_sdist, make_wheel, metadata, problems_of, whats, wheel_metadata

from tagboat.checks import metadata as check


def found_in(tmp_path, *changes):
    (what,) = whats(check, make_wheel(tmp_path, wheel_metadata(*changes)))
    return what.partition(": ")[2]


def test_good_metadata_passes(tmp_path):
    changes = (
        "Requires-Python: >=3.10",
        "Requires-Dist: rich>=13; python_version < '3.14'",
        "Project-URL: Source, https://example.com/demo",
        "Home-page: https://example.com",
        "Download-URL: https://example.com/files",
        "Classifier: Programming Language :: Python :: 3",
    )
    assert whats(check, make_sdist(tmp_path), make_wheel(tmp_path, wheel_metadata(*changes))) == []


def test_missing_metadata_is_named_by_its_file(tmp_path):
    sdist = make_sdist(tmp_path, {"PKG-INFO": None})
    wheel = make_wheel(tmp_path, {"demo-1.0.dist-info/METADATA": None})
    assert whats(check, sdist, wheel) == [f"{sdist.filename}: has no PKG-INFO", f"{wheel.filename}: has no METADATA"]


@pytest.mark.parametrize("field", ["Name", "Version"])
def test_name_and_version_are_required(tmp_path, field):
    assert found_in(tmp_path, f"-{field}") == f"'{field.lower()}' is a required field"


def test_build_fails_on_invalid_metadata(tmp_path):
    """All that is invalid is said at once, with the place in pyproject.toml."""
    changes = ("Requires-Python: 3.10 or so", "Requires-Dist: rich>>13", "Version: one")
    problems = problems_of(check, make_wheel(tmp_path, wheel_metadata(*changes)))
    assert [problem.what.partition(": ")[2].partition(" (")[0] for problem in problems] == [
        "'3.10 or so' is invalid for 'requires-python'",
        "'one' is invalid for 'version'",
        "'rich>>13' is invalid for 'requires-dist'",
    ]
    assert "`dependencies`" in problems[2].next


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("Metadata-Version: 9.0",), "'9.0' is not a valid metadata version"),
        (("Metadata-Version: new",), "'new' is not a valid metadata version"),
        (("-Metadata-Version",), "is not a valid metadata version"),
        (("Name: -demo-",), "'-demo-' is invalid for 'name'"),
        (("License-Expression: Free",), "'Free' is invalid for 'license-expression'"),
        (("Made-Up: x",), "the field made-up is unknown, given twice, or not UTF-8"),
        (("Project-URL: a, https://a.example", "Project-URL: a, https://b.example"), "project-url"),
        (("Project-URL: Source, example.com",), "the URL of Source is not a web address: example.com"),
        (("Project-URL: https://example.com",), "is not a web address: https://example.com"),
        (("Project-URL: Source, https://[::1",), "is not a web address"),
        (("Project-URL: Source, https://a b",), "is not a web address"),
        (("Project-URL: , https://example.com",), "the label '' of a URL is empty or longer than 32"),
        ((f"Project-URL: {'x' * 33}, https://example.com",), "longer than 32 characters"),
        (("Home-page: UNKNOWN",), "the URL of Home-page is not a web address"),
        (("Download-URL: ftp://example.com",), "the URL of Download-URL is not a web address"),
        (("License: MIT",), "the licence is said twice: License-Expression MIT and the old License field"),
        (
            ("Classifier: License :: OSI Approved :: MIT License",),
            "the licence is said twice: License-Expression MIT and License :: OSI Approved :: MIT License",
        ),
        (("License-File: NOTICE",), "the licence files that the metadata names are not there: NOTICE"),
    ],
)
def test_what_indexes_refuse_is_said(tmp_path, changes, said):
    assert said in found_in(tmp_path, *changes)


def test_licence_files_are_looked_for_in_the_sdist_too(tmp_path):
    sdist = make_sdist(tmp_path, {"PKG-INFO": metadata("License-File: NOTICE")})
    assert whats(check, sdist) == ["demo-1.0.tar.gz: the licence files that the metadata names are not there: NOTICE"]


def test_licence_files_of_setuptools_before_metadata_2_4_are_tolerated(tmp_path):
    changes = ("Metadata-Version: 2.1", "-License-Expression", "License-File: COPYING")
    assert whats(check, make_wheel(tmp_path, wheel_metadata(*changes))) == []


def test_a_bad_content_type_is_left_to_the_description_check(tmp_path):
    wheel = make_wheel(tmp_path, wheel_metadata("Description-Content-Type: text/asciidoc"))
    assert whats(check, wheel) == []


def test_metadata_that_is_not_utf_8_is_a_problem(tmp_path):
    data = metadata("Author: Ren").encode().replace(b"Ren", b"Ren\xe9")
    assert "the field author" in whats(check, make_sdist(tmp_path, {"PKG-INFO": data}))[0]


def test_a_field_given_twice_is_said_once(tmp_path):
    data = metadata().replace("Name: demo\n", "Name: demo\nName: demo\n")
    assert whats(check, make_sdist(tmp_path, {"PKG-INFO": data})) == [
        "demo-1.0.tar.gz: the field name is unknown, given twice, or not UTF-8"
    ]
