from __future__ import annotations

import tempfile
from zipfile import ZipFile

import pytest
from tests.projects import make_project

from tagboat.errors import CommandFailed
from tagboat.observer import Silent
from tagboat.revision import RevisionBuild
from tagboat.workspace import Workspace


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The folder that temporary folders are made in."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def build(box, places):
    make_project(box.top)
    box.commit("the project")
    return RevisionBuild(Workspace(box.top), "v1", Silent())


def test_what_was_got_ready_and_not_wanted_leaves_nothing(build, places):
    build.get_ready()
    build.get_ready()
    assert len(list(places.glob("tagboat-*/checkout"))) <= 1
    build.let_go()
    build.let_go()
    assert not list(places.iterdir())


def test_a_tag_made_after_it_got_ready_is_what_is_built(box, build, places, tmp_path):
    build.get_ready()
    box.commit("more", {"src/demo_pkg/more.py": "MORE = 1\n"})
    box.tag("v1")
    built = build(tmp_path / "dist")
    assert sorted(each.filename for each in built) == ["demo_pkg-0.1.0-py3-none-any.whl", "demo_pkg-0.1.0.tar.gz"]
    assert "demo_pkg/more.py" in ZipFile(next(tmp_path.glob("dist/*.whl"))).namelist()
    assert not list(places.iterdir())
    box.commit("and more")
    assert {each.filename for each in build(tmp_path / "again")} == {each.filename for each in built}
    assert not list(places.iterdir())


def test_a_clone_that_cannot_be_begun_is_told_by_the_build(build, places, monkeypatch, tmp_path):
    def fail(*_):
        raise CommandFailed("git could not be started")

    monkeypatch.setattr(type(build.workspace.git), "clone_into", fail)
    build.get_ready()
    with pytest.raises(CommandFailed, match="could not be started"):
        build(tmp_path / "dist")
    assert not list(places.iterdir())
