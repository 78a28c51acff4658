"""An index of Pulp: on a contract fake, and by `make pulp` the same tests on the real server."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import uv
from packaging.version import Version
from tests.index import made
from tests.index.fakes.pulp import PulpFake
from tests.index.scripted import Asked, Reply, scripted
from tests.servers import PASSWORD

from tagboat.config import IndexConfig
from tagboat.errors import Blocked, ConfigError, IndexFailed, Irreversible
from tagboat.index import Deletes, Yanks, open_index
from tagboat.index.kinds.pulp import LONGEST_TASK, PulpIndex, root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import PulpServer

V1 = Version("1.0")


def opened(url: str, root: Path, **changes: str) -> PulpIndex:
    environ = {"HOME": str(root), "TAGBOAT_X_USERNAME": "admin", "TAGBOAT_X_PASSWORD": PASSWORD, **changes}
    index = open_index(IndexConfig("x", "pulp", {"url": url}), root=root, environ=environ)
    assert isinstance(index, PulpIndex)
    return index


@pytest.fixture
def index(pulp: PulpServer, fresh: str, tmp_path: Path) -> PulpIndex:
    return opened(pulp.new_index(fresh), tmp_path)


def test_its_powers_are_those_it_says(index: PulpIndex) -> None:
    assert isinstance(index, Yanks)
    assert isinstance(index, Deletes)


@pytest.mark.parametrize("ending", ["", "/", "/simple", "/simple/", "/legacy", "/legacy/"])
def test_either_url_is_put_right(ending: str, tmp_path: Path) -> None:
    index = opened(f"http://127.0.0.1:1/pypi/team/bar{ending}", tmp_path)
    assert index.upload_url == "http://127.0.0.1:1/pypi/team/bar/legacy/"
    assert index.simple_url == "http://127.0.0.1:1/pypi/team/bar/simple/"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1/pulp/content/bar/", "content"),
        ("http://127.0.0.1:1/pulp/api/v3/", "API"),
        ("http://127.0.0.1:1/pypi/", "no base path"),
        ("http://127.0.0.1:1", "no base path"),
    ],
)
def test_the_url_of_another_part_of_pulp_is_told(url: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as raised:
        root_of(url)
    assert "base path of a distribution" in raised.value.next


def test_an_upload_is_listed_when_it_returns(index: PulpIndex, tmp_path: Path, fresh: str) -> None:
    for version in ("1.0", "1.1", "1.2"):
        wheel = made.wheel(tmp_path, fresh, version)
        index.upload(wheel)
        file = index.files(fresh)[wheel.filename]
        assert (file.sha256, file.size) == (wheel.sha256, wheel.size)


def test_a_yank_is_of_the_whole_version_however_it_is_spelled(index: PulpIndex, tmp_path: Path, fresh: str) -> None:
    files = [made.wheel(tmp_path, fresh, "1.0"), made.sdist(tmp_path, fresh, "1.0.0"), made.wheel(tmp_path, fresh, "2")]
    for each in files:
        index.upload(each)
    for _ in range(2):
        index.yank(fresh, V1, "sinks")
        assert [index.files(fresh)[each.filename].yanked_reason for each in files] == ["sinks", "sinks", ""]
    index.upload(joins := made.sdist(tmp_path, fresh))
    assert index.files(fresh)[joins.filename].yanked
    index.unyank(fresh, V1)
    assert not any(file.yanked for file in index.files(fresh).values())
    index.unyank(fresh, V1)


def test_yanking_what_is_not_there_does_nothing(index: PulpIndex, fresh: str) -> None:
    index.yank(fresh, V1, "sinks")
    index.unyank(fresh, V1)
    index.delete(fresh, V1, ["boat-1.0.tar.gz"])
    assert index.files(fresh) == {}


def test_a_yank_without_a_reason_is_a_yank(index: PulpIndex, tmp_path: Path, fresh: str) -> None:
    index.upload(made.wheel(tmp_path, fresh))
    index.yank(fresh, V1, "")
    assert [(file.yanked, file.yanked_reason) for file in index.files(fresh).values()] == [(True, "")]


def test_a_file_that_should_stay_yanked_keeps_the_others_yanked(index: PulpIndex, tmp_path: Path, fresh: str) -> None:
    wheel, sdist = made.wheel(tmp_path, fresh), made.sdist(tmp_path, fresh)
    for each in (wheel, sdist):
        index.upload(each)
    index.yank(fresh, V1, "sinks")
    with pytest.raises(Irreversible, match=sdist.filename):
        index.unyank(fresh, V1, [wheel.filename])
    assert all(file.yanked for file in index.files(fresh).values())
    index.unyank(fresh, V1, [wheel.filename, sdist.filename])
    assert not any(file.yanked for file in index.files(fresh).values())


def test_single_files_are_deleted_and_their_names_are_free(index: PulpIndex, tmp_path: Path, fresh: str) -> None:
    wheel, sdist = made.wheel(tmp_path, fresh, payload=b"1"), made.sdist(tmp_path, fresh)
    for each in (wheel, sdist):
        index.upload(each)
    index.delete(fresh, V1, [wheel.filename, "never-1.0.tar.gz"])
    assert list(index.files(fresh)) == [sdist.filename]
    index.upload(other := made.wheel(tmp_path / "b", fresh, payload=b"2"))
    fetched = index.fetch(index.files(fresh)[other.filename], tmp_path / "to")
    assert fetched.read_bytes() == other.path.read_bytes()
    with pytest.raises(Blocked):
        index.upload(wheel)


@pytest.mark.parametrize("wrong", [{"TAGBOAT_X_PASSWORD": "wrong"}, {"TAGBOAT_X_PASSWORD": ""}])
def test_nothing_is_yanked_or_deleted_without_permission(
    index: PulpIndex, tmp_path: Path, fresh: str, wrong: dict[str, str]
) -> None:
    index.upload(wheel := made.wheel(tmp_path, fresh))
    stranger = opened(index.upload_url, tmp_path, **wrong)
    (problem,) = stranger.problems()
    assert "TAGBOAT_X_PASSWORD" in problem.next
    with pytest.raises(IndexFailed, match=r"did not yank|cannot be read"):  # the page is for nobody with a wrong one
        stranger.yank(fresh, V1, "sinks")
    with pytest.raises(IndexFailed):
        stranger.delete(fresh, V1, [wheel.filename])
    assert not index.files(fresh)[wheel.filename].yanked


def test_a_place_that_takes_no_uploads_is_told(pulp: PulpServer, fresh: str, tmp_path: Path) -> None:
    closed = opened(pulp.new_index(fresh, allow_uploads=False), tmp_path)
    (problem,) = closed.problems()
    assert "not allowing uploads" in problem.why
    (problem,) = opened(f"{pulp.url}/pypi/tests/nowhere-{fresh}/", tmp_path).problems()
    assert "no index of a Pulp server" in problem.what
    with pytest.raises(IndexFailed, match="did not take"):
        closed.upload(made.wheel(tmp_path, fresh))


@pytest.mark.parametrize("tool", ["twine", "uv"])
def test_other_tools_publish_there_and_tagboat_takes_it_from_them(
    index: PulpIndex, tmp_path: Path, fresh: str, tool: str
) -> None:
    wheel = made.wheel(tmp_path, fresh)
    if tool == "twine":
        command = [sys.executable, "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar"]
        command += ["--repository-url", index.upload_url, str(wheel.path)]
        names = "TWINE_USERNAME", "TWINE_PASSWORD"
    else:
        command = [uv.find_uv_bin(), "publish", "--no-config", "--trusted-publishing", "never"]
        command += ["--publish-url", index.upload_url, str(wheel.path)]
        names = "UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD"
    credential = dict(zip(names, ("admin", PASSWORD), strict=True))
    done = made.run_installer(command, credential, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    index.upload(wheel)
    assert index.files(fresh)[wheel.filename].sha256 == wheel.sha256


def test_installers_pass_a_yanked_release_by(index: PulpIndex, tmp_path: Path) -> None:
    for version in ("1.0", "2.0"):
        index.upload(made.wheel(tmp_path, "my-boat", version))
    index.yank("my-boat", Version("2.0"), "sinks")
    for command in made.installers(tmp_path / "t", "my-boat"):
        done = made.run_installer(command, index.install_environment(), tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (tmp_path / "t" / "my_boat" / "__init__.py").read_text() == '__version__ = "1.0"\n'


@pytest.fixture
def fake() -> Iterator[PulpFake]:
    """What a healthy server cannot be made to do."""
    with PulpFake().serving() as fake:
        yield fake


def impatient(fake: PulpFake, tmp_path: Path, fresh: str) -> PulpIndex:
    from tests.servers import PulpServer

    index = opened(PulpServer(fake.url).new_index(fresh), tmp_path)
    index.client.transport = replace(index.client.transport, sleep=lambda _: None)
    return index


def test_a_task_that_fails_is_an_upload_that_failed(fake: PulpFake, tmp_path: Path, fresh: str) -> None:
    index = impatient(fake, tmp_path, fresh)
    index.client.transport = replace(
        index.client.transport, sleep=opened("https://h.example.com/pypi/a/", tmp_path).client.transport.sleep
    )
    fake.broken = "Artifact could not be parsed"
    with pytest.raises(IndexFailed, match="failed to make it") as raised:
        index.upload(made.wheel(tmp_path, fresh))
    assert raised.value.why == "Artifact could not be parsed"
    assert index.files(fresh) == {}


def test_a_task_that_never_ends_is_given_up(fake: PulpFake, tmp_path: Path, fresh: str) -> None:
    index = impatient(fake, tmp_path, fresh)
    fake.stuck = True
    with pytest.raises(IndexFailed, match=f"busy after {LONGEST_TASK:.0f} seconds") as raised:
        index.upload(made.wheel(tmp_path, fresh))
    assert "worker" in raised.value.why


def test_a_server_that_refused_by_its_own_trouble_gets_the_file_once_more(
    fake: PulpFake, tmp_path: Path, fresh: str
) -> None:
    index = opened(impatient(fake, tmp_path, fresh).upload_url, tmp_path)
    fake.fail_next(Reply(503))
    index.upload(wheel := made.wheel(tmp_path, fresh))
    assert list(index.files(fresh)) == [wheel.filename]


PAGE = b'{"meta": {"api-version": "1.1"}, "name": "boat", "files": []}'


def half_a_server(**replies: Reply) -> Callable[[Asked], Reply]:
    """A server with an empty index; `replies` by what the path ends in."""

    def answer(asked: Asked) -> Reply:
        found = next((reply for end, reply in replies.items() if end in asked.path), None)
        return found or Reply(200, PAGE, {"Content-Type": "application/vnd.pypi.simple.v1+json"})

    return answer


@pytest.mark.parametrize(
    ("taken", "task"),
    [
        (Reply(202, b'{"task": "/pulp/api/v3/tasks/1/"}'), Reply(403)),  # who uploads may not see tasks
        (
            Reply(200, b'{"session": "s", "task": "updated", "task_start_time": "x"}'),
            Reply(500),
        ),  # PYTHON_GROUP_UPLOADS
        (Reply(202, b"taken"), Reply(500)),
    ],
)
def test_a_task_that_nobody_lets_us_see_is_left_to_the_page(taken: Reply, task: Reply, tmp_path: Path) -> None:
    with scripted(half_a_server(legacy=taken, tasks=task)) as server:
        opened(f"{server.url}/pypi/bar/", tmp_path).upload(made.wheel(tmp_path))


def test_who_may_upload_but_not_see_the_repository_cannot_delete_and_is_told_why(tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    page = f'<a href="/{wheel.filename}#sha256={wheel.sha256}">x</a>'.encode()
    listing = Reply(200, page, {"Content-Type": "text/html"})
    with scripted(half_a_server(simple=listing, distributions=Reply(200, b'{"results": []}'))) as server:
        with pytest.raises(IndexFailed, match="cannot say which repository") as raised:
            opened(f"{server.url}/pypi/bar/", tmp_path).delete("boat", V1, [wheel.filename])
        assert "view the distribution" in raised.value.next


def test_a_page_that_cannot_be_read_yanks_nothing(tmp_path: Path) -> None:
    with scripted(half_a_server(json=Reply(404))) as server:
        opened(f"{server.url}/pypi/bar/", tmp_path).yank("boat", V1, "sinks")
    with scripted(half_a_server(json=Reply(403))) as server, pytest.raises(IndexFailed, match="cannot be read"):
        opened(f"{server.url}/pypi/bar/", tmp_path).yank("boat", V1, "sinks")
    with scripted(half_a_server(json=Reply(200, b'{"releases": {"no version": []}}'))) as server:
        opened(f"{server.url}/pypi/bar/", tmp_path).yank("boat", V1, "sinks")
