from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import uv
from packaging.version import Version
from tests.index import made
from tests.index.fakes.contract import html_page, json_reply
from tests.index.fakes.gitlab import Gitlab
from tests.index.opening import impatient, said
from tests.index.scripted import Asked, Reply, scripted
from tests.servers import PASSWORD

from tagboat.config import IndexConfig
from tagboat.config.model import VerifyConfig
from tagboat.errors import Blocked, IndexFailed, VerifyFailed
from tagboat.index import Deletes, Hides, Yanks
from tagboat.index.kinds.gitlab import GitlabIndex
from tagboat.origin import host_of
from tagboat.verify import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

V1 = Version("1.0")


@pytest.fixture
def fake() -> Iterator[Gitlab]:
    with Gitlab(PASSWORD).serving() as fake:
        yield fake


@pytest.fixture
def index(fake: Gitlab, tmp_path: Path, environ: dict[str, str]) -> GitlabIndex:
    return opened({"url": fake.url, "project": "7"}, tmp_path, environ)


def opened(at: dict[str, str], root: Path, environ: dict[str, str]) -> GitlabIndex:
    return impatient(GitlabIndex, IndexConfig("x", "gitlab", at), root, environ)


def test_its_powers_are_those_it_says(tmp_path: Path) -> None:
    index = opened({"project": "7"}, tmp_path, {"HOME": str(tmp_path)})
    assert isinstance(index, Deletes)
    assert not isinstance(index, (Yanks, Hides))


@pytest.mark.parametrize("project", ["ships/boats", "ships%2Fboats", "/ships/boats/"])
@pytest.mark.parametrize(
    "ending",
    ["", "/", "/api/v4", "/api/v4/projects/7/packages/pypi", "/api/v4/projects/7/packages/pypi/simple/"],
)
def test_every_form_of_the_url_comes_to_the_same_place(ending: str, project: str, tmp_path: Path) -> None:
    at = {"url": f"https://git.example.com/sub{ending}", "project": project}
    index = opened(at, tmp_path, {"HOME": str(tmp_path)})
    assert index.upload_url == "https://git.example.com/sub/api/v4/projects/ships%2Fboats/packages/pypi"
    assert index.simple_url == f"{index.upload_url}/simple/"


def test_without_a_url_it_is_gitlab_com_in_every_ci(tmp_path: Path) -> None:
    in_ci = {
        "HOME": str(tmp_path),
        "CI_SERVER_URL": "https://git.example.com",
        "CI_JOB_TOKEN": "job",
        "GITLAB_TOKEN": "t",
    }
    index = opened({"project": "7"}, tmp_path, in_ci)
    assert index.upload_url.startswith("https://gitlab.com/api/v4/projects/7/")
    assert index.client.credential is None


@pytest.mark.parametrize(
    ("at", "more", "user"),
    [
        ({"url": "https://git.example.com"}, {"CI_JOB_TOKEN": "job"}, "gitlab-ci-token"),
        ({"url": "https://git.example.com"}, {"CI_JOB_TOKEN": "job", "GITLAB_TOKEN": "t"}, "tagboat"),
        ({"url": "https://other.example.com"}, {"CI_JOB_TOKEN": "job"}, None),
        ({"url": "https://gitlab.com"}, {"GITLAB_TOKEN": "t"}, "tagboat"),
        ({"url": "https://gitlab.com"}, {"GITLAB_TOKEN": "t", "GITLAB_URL": "https://git.example.com"}, None),
        ({}, {"GITLAB_TOKEN": "t"}, None),
        ({}, {"TAGBOAT_X_TOKEN": "t"}, "tagboat"),
    ],
)
def test_a_token_in_a_job_goes_to_no_other_server(
    at: dict[str, str], more: dict[str, str], user: str | None, tmp_path: Path
) -> None:
    environ = {"HOME": str(tmp_path), "CI_SERVER_URL": "https://git.example.com", **more}
    credential = opened({**at, "project": "7"}, tmp_path, environ).client.credential
    assert (credential.username if credential else None) == user


def test_a_job_token_outside_of_a_job_is_for_nobody(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "CI_JOB_TOKEN": "job"}
    assert opened({"project": "7"}, tmp_path, environ).client.credential is None


def test_people_install_from_the_group_and_files_are_looked_for_in_the_project(
    fake: Gitlab, tmp_path: Path, environ: dict[str, str]
) -> None:
    index = opened({"url": fake.url, "project": "ships/boats", "group": "ships"}, tmp_path, environ)
    assert index.simple_url == f"{fake.url}/api/v4/groups/ships/-/packages/pypi/simple/"
    index.upload(made.wheel(tmp_path))
    assert index.files("boat")["boat-1.0-py3-none-any.whl"].url.startswith(f"{fake.url}/api/v4/projects/7/")
    for command in made.installers(tmp_path / "target", "boat"):
        done = made.run_installer(command, index.install_environment(), tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_group_that_nobody_could_install_from_is_told_before(
    fake: Gitlab, tmp_path: Path, environ: dict[str, str]
) -> None:
    assert list(opened({"url": fake.url, "project": "7", "group": "ships"}, tmp_path, environ).problems()) == []
    text = said(opened({"url": fake.url, "project": "7", "group": "planes"}, tmp_path, environ))
    assert "people could not install from" in text
    assert "/groups/planes/-/packages/pypi/simple/" in text


@pytest.mark.parametrize("json", [False, True])
def test_html_and_json_pages_say_the_same(index: GitlabIndex, fake: Gitlab, tmp_path: Path, json: bool) -> None:
    fake.json = json
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    (file,) = index.files("boat").values()
    assert (file.sha256, file.requires_python) == (wheel.sha256, ">=3.8")


def test_the_same_bytes_are_400_and_that_is_no_error(index: GitlabIndex, fake: Gitlab, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    fake.fail_next(None)  # the answer is lost, and so is the file
    index.upload(wheel)
    assert len(fake.posts()) == 2
    again = fake(Asked("POST", "/api/v4/projects/7/packages/pypi", fake.posts()[-1].headers, fake.posts()[-1].body))
    assert again is not None
    assert (again.status, b"already been taken" in again.body) == (400, True)
    index.upload(wheel)


# -- who comes ----------------------------------------------------------------------------------------------------


def test_job_and_deploy_tokens_come_by_their_own_names(fake: Gitlab, tmp_path: Path) -> None:
    fake.job_tokens.add("glcbt-1")
    fake.deploy_tokens["gitlab+deploy-token-1"] = "gldt-1"
    at = {"url": fake.url, "project": "7"}
    job = {"HOME": str(tmp_path), "CI_JOB_TOKEN": "glcbt-1", "CI_API_V4_URL": f"{fake.url}/api/v4"}
    opened(at, tmp_path, job).upload(made.wheel(tmp_path))
    deploy = {"HOME": str(tmp_path), "TAGBOAT_X_TOKEN": "gldt-1", "TAGBOAT_X_USERNAME": "gitlab+deploy-token-1"}
    opened(at, tmp_path, deploy).upload(made.sdist(tmp_path))
    assert len(opened(at, tmp_path, deploy).files("boat")) == 2
    for index in (opened(at, tmp_path, job), opened(at, tmp_path, deploy)):
        assert list(index.problems()) == []


@pytest.mark.parametrize(
    ("token", "words"), [("glcbt-1", "comes from the user gitlab-ci-token"), ("gldt-1", "its own user name")]
)
def test_a_token_under_the_wrong_name_is_told_before_anything_happens(
    fake: Gitlab, tmp_path: Path, token: str, words: str
) -> None:
    fake.job_tokens.add("glcbt-1")
    fake.deploy_tokens["gitlab+deploy-token-1"] = "gldt-1"
    at = {"url": fake.url, "project": "7"}
    text = said(opened(at, tmp_path, {"HOME": str(tmp_path), "TAGBOAT_X_TOKEN": token}))
    assert words in text
    assert "TAGBOAT_X_USERNAME" in text
    assert token not in text


def test_a_project_that_is_not_shown_is_no_empty_one(fake: Gitlab, tmp_path: Path, environ: dict[str, str]) -> None:
    index = opened({"url": fake.url, "project": "8"}, tmp_path, environ)
    assert "has no packages of such a project" in said(index)
    with pytest.raises(IndexFailed, match="cannot be read"):
        index.files("boat")
    with pytest.raises(IndexFailed, match="cannot be read"):
        index.upload(made.wheel(tmp_path))
    assert fake.posts() == []


def test_a_private_project_is_read_with_the_credential(
    fake: Gitlab, tmp_path: Path, environ: dict[str, str], index: GitlabIndex
) -> None:
    fake.public = False
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    assert index.fetch(index.files("boat")[wheel.filename], tmp_path / "got").is_file()
    nobody = opened({"url": fake.url, "project": "7"}, tmp_path, {"HOME": environ["HOME"]})
    with pytest.raises(IndexFailed, match="401"):
        nobody.files("boat")


def test_a_job_on_another_server_is_told_what_is_missing(tmp_path: Path) -> None:
    with scripted(lambda _: json_reply(404, {"message": "404 Not Found"})) as server:
        index = opened({"project": "7"}, tmp_path, {"HOME": str(tmp_path), "CI_SERVER_URL": "https://git.example.com/"})
        index.reader.simple_url = f"{server.url}/"
        text = said(index)
    assert text.count("This job runs on https://git.example.com; without a url, x is on https://gitlab.com.") == 2


# -- what is somebody else's --------------------------------------------------------------------------------------


def test_a_package_that_is_looked_for_elsewhere_has_no_files_here(
    index: GitlabIndex, fake: Gitlab, tmp_path: Path
) -> None:
    """The public index has a project of that name; its files are not ours, and are not even asked for."""
    with scripted(lambda _: html_page({"boat-1.0-py3-none-any.whl": b"a stranger's"}, "/f/{name}")) as public:
        fake.forwarding = public.url
        assert index.files("boat") == {}
        wheel = made.wheel(tmp_path)
        index.upload(wheel)
        assert index.files("boat")[wheel.filename].sha256 == wheel.sha256
        index.delete("boat", V1, [wheel.filename])
        fake.clear_up()
        assert index.files("boat") == {}
        assert public.asked == []


@pytest.mark.parametrize("group", ["", "ships"])
def test_a_stranger_whom_people_get_after_a_rollback_is_found_out(
    fake: Gitlab, tmp_path: Path, environ: dict[str, str], group: str
) -> None:
    """pip and uv do follow the redirect: the proof by fresh installs fails, and says where the file came from."""
    theirs = made.wheel(tmp_path / "theirs", version="9.0")
    content = theirs.path.read_bytes()

    def public(asked: Asked) -> Reply:
        on_page = asked.path == "/simple/boat/"
        return html_page({theirs.filename: content}, "/f/{name}") if on_page else Reply(200, content)

    at = {"url": fake.url, "project": "7", **({"group": group} if group else {})}
    index = opened(at, tmp_path, environ)
    index.upload(wheel := made.wheel(tmp_path))
    index.delete("boat", V1, [wheel.filename])
    fake.clear_up()
    with scripted(public) as server:
        fake.forwarding = server.url
        verifier = Verifier(VerifyConfig(pythons="one"), (), tmp_path / "cache", lambda _: None)
        with pytest.raises(VerifyFailed) as raised:
            verifier.fallback(index, "boat", V1, (host_of(fake.url),))
    told = [problem.what for problem in raised.value.problems]
    assert len(told) == 2
    assert all(
        f"9.0 by {theirs.filename} from {host_of(server.url)}, and that is no file of x" in each for each in told
    )


def test_a_redirect_to_anywhere_else_is_an_error(tmp_path: Path, environ: dict[str, str]) -> None:
    with scripted(lambda _: Reply(302, b"", {"Location": "https://sso.example.com/login"})) as server:
        index = opened({"url": server.url, "project": "7"}, tmp_path, environ)
        with pytest.raises(IndexFailed, match="cannot be read") as raised:
            index.files("boat")
        assert "sends us to sso.example.com" in raised.value.next
        assert "cannot be read" in said(index)
    assert all("sso" not in asked.path for asked in server.asked)


# -- deleting -----------------------------------------------------------------------------------------------------


def test_a_whole_version_is_deleted_and_its_names_are_free(index: GitlabIndex, fake: Gitlab, tmp_path: Path) -> None:
    files = [made.wheel(tmp_path, "Some.Boat"), made.sdist(tmp_path, "Some.Boat")]
    other = made.wheel(tmp_path, "Some.Boat", "2.0")
    for each in (*files, other):
        index.upload(each)
    index.delete("some-boat", V1, [each.filename for each in files])
    assert list(index.files("some-boat")) == [other.filename]
    assert [asked.path for asked in fake.asked if asked.method == "DELETE"] == ["/api/v4/projects/7/packages/1"]
    index.upload(made.wheel(tmp_path / "new", "Some.Boat", payload=b"new"))


def test_somebody_elses_file_of_the_version_stays(index: GitlabIndex, fake: Gitlab, tmp_path: Path) -> None:
    ours, theirs = made.wheel(tmp_path), made.sdist(tmp_path)
    index.upload(ours)
    index.upload(theirs)
    index.delete("boat", V1, [ours.filename])
    assert list(index.files("boat")) == [theirs.filename]
    with pytest.raises(IndexFailed, match="already been taken") as raised:  # the name is taken until the clean-up
        index.upload(ours)
    assert "clears up" in raised.value.next
    fake.clear_up()
    index.upload(ours)


def test_what_is_deleted_may_be_shown_for_a_while(index: GitlabIndex, fake: Gitlab, tmp_path: Path) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    fake.lingering = 3
    index.delete("boat", V1, [wheel.filename])
    assert fake.lingering == 0
    index.upload(wheel)
    fake.lingering = 99
    with pytest.raises(IndexFailed, match="still shows"):
        index.delete("boat", V1, [wheel.filename])


def test_short_names_and_many_packages_are_found(index: GitlabIndex, fake: Gitlab, tmp_path: Path) -> None:
    index.upload(wheel := made.wheel(tmp_path, "a-b"))
    template = fake.packages[0]
    fake.packages = [replace(template, id=1000 + n, name=f"x{n}", files=[]) for n in range(230)] + [template]
    fake.packages.append(replace(template, id=999, version="no version", files=[]))
    index.delete("a-b", V1, [wheel.filename])
    assert index.files("a-b") == {}


def test_a_job_token_deletes_and_a_deploy_token_cannot(fake: Gitlab, tmp_path: Path, index: GitlabIndex) -> None:
    fake.job_tokens.add("glcbt-1")
    fake.deploy_tokens["gitlab+deploy-token-1"] = "gldt-1"
    at = {"url": fake.url, "project": "7"}
    index.upload(wheel := made.wheel(tmp_path))
    deploy = {"HOME": str(tmp_path), "TAGBOAT_X_TOKEN": "gldt-1", "TAGBOAT_X_USERNAME": "gitlab+deploy-token-1"}
    with pytest.raises(IndexFailed, match="deletes nothing for a deploy token"):
        opened(at, tmp_path, deploy).delete("boat", V1, [wheel.filename])
    job = {"HOME": str(tmp_path), "CI_JOB_TOKEN": "glcbt-1", "CI_SERVER_URL": fake.url}
    opened(at, tmp_path, job).delete("boat", V1, [wheel.filename])
    assert index.files("boat") == {}


def test_a_protected_package_is_told_for_uploads_and_for_deletions(
    index: GitlabIndex, fake: Gitlab, tmp_path: Path
) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    fake.protected.add("boat")
    with pytest.raises(IndexFailed, match="Package protected"):
        index.upload(made.sdist(tmp_path))
    with pytest.raises(IndexFailed, match="deletion protected") as raised:
        index.delete("boat", V1, [wheel.filename])
    assert "Maintainer" in raised.value.next
    assert list(index.files("boat")) == [wheel.filename]


def test_deleting_without_or_with_a_wrong_credential_is_an_error(
    fake: Gitlab, tmp_path: Path, environ: dict[str, str], index: GitlabIndex
) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    at = {"url": fake.url, "project": "7"}
    with pytest.raises(IndexFailed, match="403"):
        opened(at, tmp_path, {"HOME": environ["HOME"]}).delete("boat", V1, [wheel.filename])
    wrong = opened(at, tmp_path, environ)
    wrong.upload(made.sdist(tmp_path))
    fake.access.clear()
    fake.access.add("another")
    with pytest.raises(IndexFailed, match="401"):
        wrong.delete("boat", V1, [wheel.filename])


def test_an_api_that_stumbles_is_asked_again_and_a_web_page_is_told(tmp_path: Path, environ: dict[str, str]) -> None:
    page = html_page({"boat-1.0-py3-none-any.whl": b"x"}, "/f/{name}")
    replies = [Reply(502), Reply(429, b"", {"Retry-After": "1"}), Reply(200, b"<html>", {"Content-Type": "text/html"})]
    with scripted(lambda asked: page if "/simple/" in asked.path else replies.pop(0)) as server:
        index = opened({"url": server.url, "project": "7"}, tmp_path, environ)
        with pytest.raises(IndexFailed, match="something else than a list"):
            index.delete("boat", V1, ["boat-1.0-py3-none-any.whl"])
    assert replies == []


# -- other clients ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["twine", "uv"])
def test_other_clients_upload_to_the_fake(fake: Gitlab, index: GitlabIndex, tmp_path: Path, client: str) -> None:
    wheel = made.wheel(tmp_path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TWINE_", "UV_"))}
    environment |= {"HOME": str(tmp_path), f"{TOOLS[client]}_USERNAME": "alice", f"{TOOLS[client]}_PASSWORD": PASSWORD}
    command = {
        "twine": [sys.executable, "-m", "twine", "upload", "--repository-url", index.upload_url],
        "uv": [uv.find_uv_bin(), "publish", "--no-config", "--publish-url", index.upload_url],
    }[client]
    done = subprocess.run([*command, str(wheel.path)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert index.files("boat")[wheel.filename].sha256 == wheel.sha256
    with pytest.raises(Blocked):
        index.upload(made.wheel(tmp_path / "other", payload=b"other"))


TOOLS = {"twine": "TWINE", "uv": "UV_PUBLISH"}
