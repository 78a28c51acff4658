from __future__ import annotations

import base64

import pytest
from tests.unit.checks.archives import PROJECT, make_sdist, make_wheel, problems_of, whats

from tagboat.checks import shipped

BODY = base64.b64encode(bytes(range(48))).decode()
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n-----END RSA PRIVATE KEY-----\n"


def test_a_good_release_ships_nothing_of_the_kind(tmp_path):
    assert whats(shipped, make_sdist(tmp_path), make_wheel(tmp_path)) == []


@pytest.mark.parametrize(
    ("path", "outermost"),
    [
        ("tests/unit/test_a.py", "tests/"),
        ("tests/data.json", "tests/"),
        ("test/a.py", "test/"),
        ("src/demo/tests/__init__.py", "src/demo/tests/"),
        ("conftest.py", "conftest.py"),
        ("src/demo/test_core.py", "src/demo/test_core.py"),
    ],
)
def test_tests_are_never_shipped(tmp_path, path, outermost):
    tagged = frozenset({*PROJECT, path})
    assert whats(shipped, make_sdist(tmp_path, {path: ""}), tagged_files=tagged) == [
        f"demo-1.0.tar.gz ships tests: {outermost}"
    ]
    in_wheel = path.removeprefix("src/")
    assert whats(shipped, make_wheel(tmp_path, {in_wheel: ""}), tagged_files=tagged) == [
        f"demo-1.0-py3-none-any.whl ships tests: {outermost.removeprefix('src/')}"
    ]


@pytest.mark.parametrize(
    "path",
    ["src/demo/test/client.py", "src/demo/testing.py", "src/demo/contest.py", "docs/tests.md", "src/demo/tests.py"],
)
def test_what_only_sounds_like_tests_is_shipped(tmp_path, path):
    assert whats(shipped, make_sdist(tmp_path, {path: ""})) == []


def test_licences_of_vendored_tests_are_no_tests(tmp_path):
    files = {"demo-1.0.dist-info/licenses/tests/LICENSE": ""}
    assert whats(shipped, make_wheel(tmp_path, files)) == []


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".env.local",
        "config/.envrc",
        ".env/secrets",
        "server.pem",
        "tls.key",
        "deploy/id_rsa",
        "id_ed25519",
        "cert.p12",
        "cert.pfx",
        ".pypirc",
        ".netrc",
        ".npmrc",
        "passwords.kdbx",
    ],
)
@pytest.mark.parametrize("make", [make_sdist, make_wheel])
def test_files_made_for_secrets_are_never_shipped(tmp_path, make, path):
    distribution = make(tmp_path, {path: "x"})
    (problem,) = problems_of(shipped, distribution)
    shown = ".env/" if path == ".env/secrets" else path
    assert problem.what == f"{distribution.filename} ships files that are made for secrets: {shown}"
    assert problem.next.startswith("If there is a real secret in it, replace that now.")


@pytest.mark.parametrize(
    "path",
    [
        "src/demo/__pycache__/a.cpython-312.pyc",
        "old.pyc",
        "old.pyo",
        ".pytest_cache/v",
        ".mypy_cache/x.json",
        ".ruff_cache/x",
        ".tox/log",
        ".nox/x",
        ".venv/bin/python",
        "env/pyvenv.cfg",
        "web/node_modules/left-pad/index.js",
        ".git/config",
        ".DS_Store",
        ".core.py.swp",
        "core.py~",
        ".coverage",
        ".coverage.host.123",
        ".tagboat/1.0/plan.json",
    ],
)
@pytest.mark.parametrize("make", [make_sdist, make_wheel])
def test_caches_are_never_shipped(tmp_path, make, path):
    (what,) = whats(shipped, make(tmp_path, {path: "x"}))
    assert "ships caches or other leftovers" in what


@pytest.mark.parametrize("path", [".gitignore", ".coveragerc", "environment.yml", "keys.py", "src/demo/key"])
def test_what_only_looks_alike_is_shipped(tmp_path, path):
    assert whats(shipped, make_sdist(tmp_path, {path: "x"})) == []


def test_certificates_are_public(tmp_path):
    bundle = f"-----BEGIN CERTIFICATE-----\n{BODY}\n-----END CERTIFICATE-----\n"
    assert whats(shipped, make_wheel(tmp_path, {"demo/cacert.pem": bundle})) == []
    assert len(whats(shipped, make_wheel(tmp_path, {"demo/both.pem": bundle + KEY}))) == 1


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        KEY.replace("\n", "\r\n"),
        "-----BEGIN PRIVATE KEY-----\nshort\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nx\n",
        f'KEY = "-----BEGIN EC PRIVATE KEY-----\\n{BODY}"\n',
        f"key: |\n  {KEY}",
    ],
)
def test_the_text_of_a_private_key_is_found_in_any_file(tmp_path, text):
    assert whats(shipped, make_sdist(tmp_path, {"docs/setup.txt": text})) == [
        "demo-1.0.tar.gz ships a private key: docs/setup.txt"
    ]


@pytest.mark.parametrize(
    "text",
    [
        'HEADER = "-----BEGIN PRIVATE KEY-----"\n',
        "Paste it from `-----BEGIN PRIVATE KEY-----` on.\n",
        "-----BEGIN PUBLIC KEY-----\nx\n",
        "PRIVATE KEY\n",
        KEY + "x" * (65 << 10),
    ],
)
def test_source_that_only_mentions_a_key_and_large_files_pass(tmp_path, text):
    assert whats(shipped, make_sdist(tmp_path, {"docs/setup.txt": text})) == []


@pytest.mark.parametrize("allow", ["tests", "tests/", "tests/*", "t*"])
def test_what_the_configuration_allows_is_shipped(tmp_path, allow):
    sdist = make_sdist(tmp_path, {"tests/test_a.py": "", "tests/unit/test_b.py": ""})
    assert whats(shipped, sdist, allow=(allow,)) == []


def test_only_what_the_configuration_allows_is_shipped(tmp_path):
    sdist = make_sdist(tmp_path, {"tests/test_a.py": "", "tests/keys/ca.key": ""})
    assert len(whats(shipped, sdist, allow=("tests/*.py",))) == 1


def test_a_path_of_the_tree_allows_the_same_file_in_the_wheel(tmp_path):
    wheel = make_wheel(tmp_path, {"demo/tests/test_a.py": ""})
    tagged = frozenset({*PROJECT, "src/demo/tests/test_a.py"})
    assert whats(shipped, wheel, allow=("src/demo/tests",), tagged_files=tagged) == []
    assert whats(shipped, wheel, allow=("demo/tests",), tagged_files=tagged) == []
    assert len(whats(shipped, wheel, allow=("src/demo/test",), tagged_files=tagged)) == 1


def test_the_advice_names_the_place_in_the_tree(tmp_path):
    wheel = make_wheel(tmp_path, {"demo/tests/test_a.py": ""})
    tagged = frozenset({*PROJECT, "src/demo/tests/test_a.py", "attic/src/demo/tests/test_a.py"})
    (problem,) = problems_of(shipped, wheel, tagged_files=tagged)
    assert 'exclude = ["/src/demo/tests"]' in problem.next


def test_the_advice_is_complete(tmp_path):
    (problem,) = problems_of(shipped, make_sdist(tmp_path, {"tests/test_a.py": "", "conftest.py": ""}))
    assert problem.next.splitlines() == [
        "Leave it out with this in pyproject.toml:",
        "  [tool.hatch.build.targets.sdist]",
        '  exclude = ["/tests", "/conftest.py"]',
        "or keep it on purpose:",
        "  [tool.tagboat.check]",
        '  allow = ["tests", "conftest.py"]',
    ]


def test_links_are_judged_by_their_names(tmp_path):
    import tarfile

    link = tarfile.TarInfo("demo-1.0/server.pem")
    link.type, link.linkname = tarfile.SYMTYPE, "README.md"
    assert len(whats(shipped, make_sdist(tmp_path, extra=(link,)))) == 1
