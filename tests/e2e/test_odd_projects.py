"""Projects that are not one package in one repository with Unix line ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.sandbox import make_sandbox
from tests.projects import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.sandbox import Sandbox

INDEX = (
    '\n[tool.tagboat.index.local]\nkind = "directory"\npath = "{path}"\n'
    '[tool.tagboat.verify]\npythons = "one"\npip = false\n'
)


@pytest.fixture
def monorepo(tmp_path: Path, cache: Path) -> Sandbox:
    """Two packages in one repository, each with its own tags."""
    source = tmp_path / "source"
    for name in ("alpha", "beta"):
        folder = make_project(source / "packages" / name, "hatchling", name=f"team-{name}", version="1.0.0")
        pyproject = folder / "pyproject.toml"
        text = pyproject.read_text(encoding="utf-8")
        settings = '\n[tool.tagboat]\ntag-format = "{project}-v{version}"\n'
        pyproject.write_text(text + settings + INDEX.format(path="../../../index"), encoding="utf-8")
    sandbox = make_sandbox(tmp_path, source, cache)
    sandbox.git("tag", "-a", "team-alpha-v1.0.0", "-m", "alpha")
    sandbox.git("tag", "-a", "team-beta-v1.0.0", "-m", "beta")
    sandbox.git("push", "-q", "--tags")
    return sandbox


def test_packages_of_one_repository_are_released_apart(monorepo: Sandbox) -> None:
    alpha, beta = monorepo.project / "packages" / "alpha", monorepo.project / "packages" / "beta"
    monorepo.commit("feat: alpha only", packages__alpha__notes__txt="new\n")
    assert "team-alpha-v1.1.0" in monorepo.tagboat("release", "--yes", cwd=alpha).stdout
    done = monorepo.tagboat("release", "--yes", cwd=beta)
    assert "Nothing to release" in done.stdout
    monorepo.commit("fix: beta only", packages__beta__notes__txt="new\n")
    (monorepo.project / "unrelated.txt").write_text("untracked\n", encoding="utf-8")
    monorepo.tagboat("release", "--yes", cwd=beta)
    assert sorted(monorepo.git("tag", "--list").split()) == [
        "team-alpha-v1.0.0",
        "team-alpha-v1.1.0",
        "team-beta-v1.0.0",
        "team-beta-v1.0.1",
    ]
    assert monorepo.git("status", "--porcelain") == "?? unrelated.txt"
    monorepo.tagboat("rehearse", "minor", cwd=beta)


def test_the_folder_can_be_named_instead_of_entered(monorepo: Sandbox) -> None:
    monorepo.commit("feat: alpha only", packages__alpha__notes__txt="new\n")
    assert monorepo.json("plan", "-C", "packages/alpha")["plan"]["tag"] == "team-alpha-v1.1.0"  # type: ignore[index]


def test_windows_line_ends_and_umlauts_survive(tmp_path: Path, cache: Path) -> None:
    source = make_project(tmp_path / "söurce mit leerzeichen", "setuptools", name="demo-pkg", version="0.1.0")
    for path in source.rglob("*"):
        if path.suffix in (".py", ".toml", ".md"):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    sandbox = make_sandbox(tmp_path / "prüfung 検査", source, cache, tag="v0.1.0")
    sandbox.configure(INDEX.format(path="../index").replace("\n", "\r\n"))
    sandbox.commit("feat: größer\n\nBREAKING CHANGE: nichts bleibt")
    sandbox.tagboat("release", "--yes")
    for name in ("pyproject.toml", "src/demo_pkg/__init__.py"):
        data = (sandbox.project / name).read_bytes()
        assert b"0.2.0" in data
        assert data.count(b"\n") == data.count(b"\r\n")
    assert "nichts bleibt" in (sandbox.project / "CHANGELOG.md").read_text(encoding="utf-8")


def test_a_pre_release_is_rehearsed_released_and_made_final(tmp_path: Path, cache: Path) -> None:
    source = make_project(tmp_path / "source", "hatchling", name="demo-pkg", version="0.1.0")
    sandbox = make_sandbox(tmp_path, source, cache, tag="v0.1.0")
    sandbox.configure(INDEX.format(path="../index"))
    sandbox.commit("feat: something")
    sandbox.tagboat("rehearse", "--pre", "rc")
    sandbox.tagboat("release", "--pre", "rc", "--yes")
    sandbox.commit("fix: something of it")
    sandbox.tagboat("release", "--pre", "rc", "--yes")
    sandbox.tagboat("release", "final", "--yes")
    assert set(sandbox.git("tag", "--list").split()) == {"v0.1.0", "v0.2.0rc1", "v0.2.0rc2", "v0.2.0"}


def test_a_flat_layout_with_several_packages_and_a_name_unlike_its_import(tmp_path: Path, cache: Path) -> None:
    source = make_project(tmp_path / "source", "setuptools", name="demo-pkg", version="0.1.0", layout="flat")
    pyproject = source / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    for old, new in (('name = "demo-pkg"', 'name = "Completely.Other"'), ('["demo_pkg*"]', '["demo_pkg*", "second*"]')):
        assert old in text
        text = text.replace(old, new)
    pyproject.write_text(text, encoding="utf-8")
    (source / "second").mkdir()
    (source / "second" / "__init__.py").write_text("", encoding="utf-8")
    sandbox = make_sandbox(tmp_path, source, cache)
    sandbox.configure(INDEX.format(path="../index"))
    first = sandbox.json("init")
    assert first["result"] == "unchanged"
    findings = {each["what"]: each["value"] for each in first["findings"]}  # type: ignore[attr-defined]
    assert findings["project"] == "Completely.Other"
    assert findings["packages"] == "demo_pkg, second"
    sandbox.tagboat("release", "--yes")
    assert (tmp_path / "index" / "completely-other").is_dir()


def test_a_project_versioned_by_git_needs_no_edit(tmp_path: Path, cache: Path) -> None:
    source = make_project(tmp_path / "source", "setuptools-scm", name="demo-pkg", version="0.1.0")
    sandbox = make_sandbox(tmp_path, source, cache, tag="v0.1.0")
    sandbox.configure("\n[tool.tagboat]\nchangelog = false\n" + INDEX.format(path="../index"))
    head = sandbox.commit("feat: something")
    sandbox.tagboat("release", "--yes")
    assert sandbox.git("rev-parse", "v0.2.0^{commit}") == head
    assert (tmp_path / "index" / "demo-pkg" / "demo_pkg-0.2.0.tar.gz").is_file()
    assert sandbox.json("release", "--yes")["result"] == "nothing-to-release"


def test_an_old_changelog_a_link_and_an_ignored_lock_file(tmp_path: Path, cache: Path) -> None:
    source = make_project(tmp_path / "source", "hatchling", name="demo-pkg", version="0.1.0")
    (source / "docs").mkdir()
    (source / "docs" / "history.md").write_bytes(
        "# Änderungen\n\n## 0.1.0 (2020-01-01)\n\n- größer\n".encode("latin-1")
    )
    (source / "CHANGELOG.md").symlink_to("docs/history.md")
    (source / ".gitignore").write_text("uv.lock\n/dist/\n", encoding="utf-8")
    sandbox = make_sandbox(tmp_path, source, cache, tag="v0.1.0")
    lock = 'version = 1\n\n[[package]]\nname = "demo-pkg"\nversion = "0.1.0"\nsource = { editable = "." }\n'
    (sandbox.project / "uv.lock").write_text(lock, encoding="utf-8")
    (sandbox.project / "CHANGELOG.md").unlink()
    (sandbox.project / "CHANGELOG.md").symlink_to("docs/history.md")
    sandbox.configure(INDEX.format(path="../index"))
    sandbox.commit("feat: 新しい機能")
    sandbox.tagboat("release", "--yes")
    text = (sandbox.project / "docs" / "history.md").read_bytes().decode("latin-1")
    assert "## 0.2.0 (" in text
    assert "&#26032;" in text
    assert "größer" in text
    assert (sandbox.project / "CHANGELOG.md").is_symlink()
    assert "uv.lock" not in sandbox.git("ls-files")
    assert sandbox.git("status", "--porcelain") == ""
