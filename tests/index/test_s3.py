from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version
from pypi_simple import ProjectPage
from tests.index import made
from tests.index.scripted import Asked, Reply, scripted
from tests.servers import free_port, moto_server

from tagboat.config import IndexConfig
from tagboat.errors import Blocked, CheckFailed, IndexFailed
from tagboat.index import Deletes, Yanks, open_index
from tagboat.index.kinds.s3 import S3Index, own_url

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import S3Server

V1, V2 = Version("1.0"), Version("2.0")
PAGES = "max-age=0, must-revalidate"
FILES = "public, max-age=31536000, immutable"


class Scene:
    """An index in a bucket of its own, and the bucket seen without tagboat."""

    def __init__(self, server: S3Server, bucket: str, root: Path, **at: str) -> None:
        self.server = server
        self.bucket = bucket
        self.root = root
        self.at = {"bucket": bucket, "endpoint-url": server.url, **{k.replace("_", "-"): v for k, v in at.items()}}
        self.s3 = server.client()
        self.index = self.open()

    def open(self, environ: dict[str, str] | None = None, **at: str) -> S3Index:
        everything = {"HOME": str(self.root), **(self.server.environ if environ is None else environ)}
        at = {**self.at, **{k.replace("_", "-"): v for k, v in at.items()}}
        index = open_index(IndexConfig("x", "s3", at), root=self.root, environ=everything)
        assert isinstance(index, S3Index)
        return index

    def lying(self) -> list[str]:
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]

    def get(self, key: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.s3.get_object(Bucket=self.bucket, Key=key)
        return {**answer, "Body": answer["Body"].read()}

    def files(self) -> list[str]:
        """The names of the distributions that lie in the bucket, listed or not."""
        return sorted(key.rpartition("/")[2] for key in self.lying() if key.endswith((".whl", ".tar.gz")))

    def whole(self, project: str) -> set[str]:
        """The listed names, after every listed file was seen to be complete."""
        listed = self.index.files(project)
        for file in listed.values():
            with urllib.request.urlopen(file.url, timeout=30) as response:
                assert hashlib.sha256(response.read()).hexdigest() == file.sha256
        return set(listed)


@pytest.fixture
def scene(s3_server: S3Server, fresh: str, tmp_path: Path) -> Scene:
    return Scene(s3_server, s3_server.new_bucket(fresh), tmp_path, prefix="simple")


def installed(target: Path) -> str:
    return (target / "my_boat" / "__init__.py").read_text().strip()


def test_pip_and_uv_install_from_the_bucket_and_pass_a_yanked_release_by(
    s3_server: S3Server, fresh: str, tmp_path: Path
) -> None:
    scene = Scene(s3_server, s3_server.new_bucket(fresh), tmp_path)  # the index is the whole bucket
    for version in ("1.0", "2.0+local.1"):
        scene.index.upload(made.wheel(tmp_path, "my-boat", version))
    environment = scene.index.install_environment()
    commands = made.installers(tmp_path / "t", "my-boat")
    for expected in ("2.0+local.1", "1.0"):
        for command in commands:
            done = made.run_installer(command, environment, tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
            assert installed(tmp_path / "t") == f'__version__ = "{expected}"'
        scene.index.yank("my-boat", Version("2.0+local.1"), "sinks")
    for command in made.installers(tmp_path / "t", "my-boat==2.0+local.1"):
        done = made.run_installer(command, environment, tmp_path)
        assert "sinks" in done.stdout + done.stderr


def test_pip_and_uv_install_from_a_website_that_shows_index_html_for_a_folder(scene: Scene, tmp_path: Path) -> None:
    scene.index.upload(made.wheel(tmp_path, "my-boat"))

    def website(asked: Asked) -> Reply:
        key = asked.path.lstrip("/") + ("index.html" if asked.path.endswith("/") else "")
        try:
            found = scene.get(key)
        except scene.s3.exceptions.NoSuchKey:
            return Reply(404)
        return Reply(200, found["Body"], {"Content-Type": found["ContentType"], "Cache-Control": found["CacheControl"]})

    with scripted(website) as server:
        index = scene.open(simple_url=f"{server.url}/simple")
        assert list(index.problems()) == []
        for command in made.installers(tmp_path / "t", "my-boat"):
            done = made.run_installer(command, index.install_environment(), tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
        assert index.files("my-boat").keys() == {"my_boat-1.0-py3-none-any.whl"}
        index.yank("my-boat", V1, "sinks")
    assert scene.index.files("my-boat")["my_boat-1.0-py3-none-any.whl"].yanked


def test_pages_are_never_stale_and_files_never_change(scene: Scene, tmp_path: Path) -> None:
    scene.index.upload(made.wheel(tmp_path))
    scene.index.upload(made.sdist(tmp_path))
    seen = {}
    for key in scene.lying():
        found = scene.get(key)
        seen[key.rpartition("/")[2] if key.count("/") == 3 else key] = found["ContentType"], found["CacheControl"]
        assert "ContentEncoding" not in found
    html, plain = "text/html; charset=utf-8", "text/plain; charset=utf-8"
    assert seen == {
        "simple/": (html, PAGES),
        "simple/index.html": (html, PAGES),
        "simple/index.json": ("application/vnd.pypi.simple.v1+json", PAGES),
        "simple/boat/": (html, PAGES),
        "simple/boat/index.html": (html, PAGES),
        "simple/boat/index.json": ("application/vnd.pypi.simple.v1+json", PAGES),
        "boat-1.0-py3-none-any.whl": ("application/zip", FILES),
        "boat-1.0-py3-none-any.whl.metadata": (plain, FILES),
        "boat-1.0.tar.gz": ("application/gzip", FILES),
    }


def test_all_pages_say_the_same(scene: Scene, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    scene.index.upload(wheel)
    scene.index.upload(made.sdist(tmp_path, version="2.0"))
    scene.index.yank("boat", V1, 'it "sinks" <fast> & 沈む')
    url = f"{scene.index.simple_url}boat/"
    page = scene.get("simple/boat/")["Body"]
    assert scene.get("simple/boat/index.html")["Body"] == page
    from_html = ProjectPage.from_html("boat", page, base_url=url).packages
    from_json = ProjectPage.from_json_data(json.loads(scene.get("simple/boat/index.json")["Body"]), url).packages
    for one, two in zip(from_json, from_html, strict=True):
        assert (one.filename, one.url, one.digests) == (two.filename, two.url, two.digests)
        assert (one.requires_python, one.metadata_digests) == (two.requires_python, two.metadata_digests)
        assert (one.is_yanked, one.yanked_reason or "") == (two.is_yanked, two.yanked_reason or "")
    assert from_json[0].size == wheel.size
    assert from_json[0].yanked_reason == 'it "sinks" <fast> & 沈む'
    beside = scene.get(from_json[0].url.removeprefix(f"{scene.server.url}/{scene.bucket}/") + ".metadata")
    assert hashlib.sha256(beside["Body"]).hexdigest() == from_json[0].metadata_digests["sha256"]
    assert b'href="boat/"' in scene.get("simple/")["Body"]
    assert json.loads(scene.get("simple/index.json")["Body"])["projects"] == [{"name": "boat"}]


def test_a_file_that_joins_a_yanked_release_is_yanked_too(scene: Scene, tmp_path: Path) -> None:
    scene.index.upload(made.wheel(tmp_path))
    scene.index.yank("boat", V1, "sinks")
    scene.index.upload(made.sdist(tmp_path))
    assert {file.yanked_reason for file in scene.index.files("boat").values()} == {"sinks"}
    scene.index.unyank("boat", V1, ["boat-1.0.tar.gz"])
    assert [name for name, file in scene.index.files("boat").items() if file.yanked] == ["boat-1.0-py3-none-any.whl"]


def test_taking_back_what_is_not_there_makes_nothing(scene: Scene) -> None:
    scene.index.yank("boat", V1, "x")
    scene.index.unyank("boat", V1)
    scene.index.delete("boat", V1, ["boat-1.0.tar.gz"])
    assert scene.lying() == []


def test_deleted_files_leave_pages_and_bucket(scene: Scene, tmp_path: Path) -> None:
    wheel, other = made.wheel(tmp_path), made.wheel(tmp_path, version="2.0")
    for each in (wheel, other):
        scene.index.upload(each)
    scene.index.delete("boat", V1, [wheel.filename, other.filename])
    assert scene.files() == [other.filename]
    assert sum(key.endswith(".metadata") for key in scene.lying()) == 1
    assert list(json.loads(scene.get("simple/boat/index.json")["Body"])["versions"]) == ["2.0"]


def test_who_died_between_two_pages_has_published_nothing_and_the_next_try_completes_it(
    scene: Scene, tmp_path: Path
) -> None:
    wheel = made.wheel(tmp_path)
    scene.index.upload(wheel)
    before = sorted(scene.lying())
    for key in ("simple/boat/index.html", "simple/boat/index.json", "simple/index.json", "simple/"):
        scene.s3.delete_object(Bucket=scene.bucket, Key=key)
        if key == "simple/boat/index.html":
            assert scene.index.files("boat") == {}
        scene.index.upload(wheel)
        assert sorted(scene.lying()) == before
        assert scene.whole("boat") == {wheel.filename}


def test_what_no_page_lists_is_swept_away_once_nobody_can_mean_it_any_more(scene: Scene, tmp_path: Path) -> None:
    wheel, sdist = made.wheel(tmp_path), made.sdist(tmp_path)
    scene.index.upload(wheel)
    for name in ("0123456789abcdef/boat-3.0.tar.gz", "notes/boat.txt"):
        scene.s3.put_object(Bucket=scene.bucket, Key=f"simple/boat/{name}", Body=b"left")
    scene.index.upload(wheel)
    assert "simple/boat/0123456789abcdef/boat-3.0.tar.gz" in scene.lying()
    other = scene.index
    later = S3Index(other.bucket, "simple/", other.simple_url, other._reader, is_own_url=True, long_dead=timedelta(0))
    later.upload(sdist)
    assert "simple/boat/0123456789abcdef/boat-3.0.tar.gz" not in scene.lying()
    assert "simple/boat/notes/boat.txt" in scene.lying()
    assert scene.whole("boat") == {wheel.filename, sdist.filename}


def test_an_index_that_another_tool_made_is_added_to(scene: Scene, tmp_path: Path) -> None:
    theirs = made.wheel(tmp_path, version="0.9")
    page = '<a href="boat-0.9-py3-none-any.whl">boat</a><a href="boat-0.8.tar.gz#sha256=00">boat</a>'
    scene.s3.put_object(Bucket=scene.bucket, Key="simple/boat/index.html", Body=page.encode())
    scene.s3.put_object(Bucket=scene.bucket, Key="simple/boat/boat-0.9-py3-none-any.whl", Body=theirs.path.read_bytes())
    with pytest.raises(Blocked):
        scene.index.upload(theirs)
    scene.index.upload(made.wheel(tmp_path))
    listed = scene.index.files("boat")
    assert [file.sha256 for file in listed.values()][:2] == ["00", None]
    assert list(listed) == ["boat-0.8.tar.gz", "boat-0.9-py3-none-any.whl", "boat-1.0-py3-none-any.whl"]
    assert listed["boat-0.9-py3-none-any.whl"].url == f"{scene.index.simple_url}boat/boat-0.9-py3-none-any.whl"
    with urllib.request.urlopen(listed["boat-0.9-py3-none-any.whl"].url, timeout=30) as response:
        assert response.read() == theirs.path.read_bytes()


def test_a_file_that_changed_since_it_was_built_is_not_taken(scene: Scene, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    with wheel.path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(CheckFailed, match="changed"):
        scene.index.upload(wheel)
    assert scene.files() == []


def test_a_page_that_is_no_index_page_is_told(scene: Scene) -> None:
    scene.s3.put_object(Bucket=scene.bucket, Key="simple/boat/index.html", Body=b"<form><input></form>")
    scene.s3.put_object(Bucket=scene.bucket, Key="simple/boat/", Body=b"<form><input></form>")
    with pytest.raises(IndexFailed, match="its page of boat is no index page"):
        scene.index.files("boat")


def test_a_page_of_another_tool_need_not_tell_hashes(scene: Scene, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    page = f'<a href="{wheel.filename}">{wheel.filename}</a>'.encode()
    for key, body in (("", page), ("index.html", page), (wheel.filename, wheel.path.read_bytes())):
        scene.s3.put_object(Bucket=scene.bucket, Key=f"simple/boat/{key}", Body=body)
    file = scene.index.files("boat")[wheel.filename]
    assert file.sha256 is None
    assert scene.index.fetch(file, tmp_path / "out").read_bytes() == wheel.path.read_bytes()


def test_a_damaged_index_hands_nothing_out(scene: Scene, tmp_path: Path) -> None:
    scene.index.upload(wheel := made.wheel(tmp_path))
    listed = scene.index.files("boat")[wheel.filename]
    key = next(key for key in scene.lying() if key.endswith(".whl"))
    scene.s3.put_object(Bucket=scene.bucket, Key=key, Body=b"other")
    with pytest.raises(IndexFailed, match="other bytes"):
        scene.index.fetch(listed, tmp_path / "to")
    scene.s3.delete_object(Bucket=scene.bucket, Key=key)
    with pytest.raises(IndexFailed, match="did not hand out"):
        scene.index.fetch(listed, tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []


def test_its_powers_are_those_it_says(scene: Scene) -> None:
    assert isinstance(scene.index, Yanks)
    assert isinstance(scene.index, Deletes)


@pytest.mark.parametrize(
    ("bucket", "region", "endpoint", "url"),
    [
        ("b", "eu-west-1", "", "https://b.s3.eu-west-1.amazonaws.com/"),
        ("b", "", "", "https://b.s3.amazonaws.com/"),
        ("b", "cn-north-1", "", "https://b.s3.cn-north-1.amazonaws.com.cn/"),
        ("b.example", "eu-west-1", "", "https://s3.eu-west-1.amazonaws.com/b.example/"),
        ("b", "eu-west-1", "https://s3.example.com/", "https://s3.example.com/b/"),
    ],
)
def test_people_install_from_the_buckets_own_url(bucket: str, region: str, endpoint: str, url: str) -> None:
    assert own_url(bucket, region, endpoint) == url


def test_the_place_may_come_from_the_environment_and_the_url_to_install_from_from_the_configuration(
    tmp_path: Path,
) -> None:
    environ = {"HOME": str(tmp_path), "AWS_REGION": "eu-west-1"}
    at = {"bucket": "b", "prefix": "/py pi/"}
    assert (
        open_index(IndexConfig("x", "s3", at), root=tmp_path, environ=environ).simple_url
        == "https://b.s3.eu-west-1.amazonaws.com/py%20pi/"
    )
    at["simple-url"] = "https://cdn.example.com/simple"
    config = IndexConfig("x", "s3", at, ca_file="ca.pem")
    environment = open_index(config, root=tmp_path, environ=environ).install_environment()
    assert environment["PIP_INDEX_URL"] == "https://cdn.example.com/simple/"
    assert environment["PIP_CERT"] == str(tmp_path / "ca.pem")


def test_a_missing_credential_is_told_before_anything_else(scene: Scene, tmp_path: Path) -> None:
    index = scene.open({"AWS_EC2_METADATA_DISABLED": "true"})
    (problem,) = index.problems()
    assert "no credential" in problem.what
    assert "AWS_ACCESS_KEY_ID" in problem.next
    assert index.login_words() == "without a credential"
    with pytest.raises(IndexFailed) as raised:
        index.upload(made.wheel(tmp_path))
    assert "AWS_ACCESS_KEY_ID" in raised.value.next


def test_a_profile_counts_as_boto3_counts_it(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        "[ship]\naws_access_key_id = AKIASHIP\naws_secret_access_key = tell-nobody\n"
    )
    index = scene.open({"AWS_PROFILE": "ship"})
    assert "AKIASHIP" in index.login_words()
    assert list(index.problems()) == []
    (problem,) = scene.open({"AWS_PROFILE": "nobodys"}).problems()
    assert "nobodys" in problem.what + problem.why


def test_a_bucket_that_does_not_exist_is_told(scene: Scene, tmp_path: Path) -> None:
    for name in ("never-made", "No Bucket"):
        index = scene.open(bucket=name)
        (problem,) = index.problems()
        assert f"Create the bucket {name}" in problem.next
        with pytest.raises(IndexFailed, match=r"did not take|cannot be read"):
            index.upload(made.wheel(tmp_path))


def test_a_server_that_does_not_answer_is_told(scene: Scene) -> None:
    (problem,) = scene.open(endpoint_url=f"http://127.0.0.1:{free_port()}").problems()
    assert "endpoint-url" in problem.next


def test_who_may_not_write_is_told_and_nothing_was_written(s3_server: S3Server, fresh: str, tmp_path: Path) -> None:
    scene = Scene(s3_server, s3_server.new_bucket(fresh, deny="s3:PutObject"), tmp_path)
    (problem,) = scene.index.problems()
    assert "s3:PutObject" in problem.next
    with pytest.raises(IndexFailed, match="did not take"):
        scene.index.upload(made.wheel(tmp_path))
    assert scene.lying() == []


def test_looking_for_problems_writes_nothing(scene: Scene) -> None:
    assert list(scene.index.problems()) == []
    assert scene.lying() == []


def test_a_refused_credential_is_told_without_the_secret(tmp_path: Path) -> None:
    with moto_server() as server:
        scene = Scene(server, server.new_bucket("guarded"), tmp_path)
        request = urllib.request.Request(
            f"{server.url}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}, method="POST"
        )
        urllib.request.urlopen(request, timeout=30).close()
        (problem,) = scene.index.problems()
        assert "AWS_ACCESS_KEY_ID" in problem.next
        assert server.secret not in repr(problem) + repr(vars(scene.index)) + repr(vars(scene.index.bucket))
        with pytest.raises(IndexFailed) as raised:
            scene.index.upload(made.wheel(tmp_path))
        assert server.secret not in str(raised.value)


def test_a_private_bucket_without_another_url_is_no_index_for_installers(
    s3_server: S3Server, fresh: str, tmp_path: Path
) -> None:
    scene = Scene(s3_server, s3_server.new_bucket(fresh, public=False), tmp_path)
    for _ in ("empty", "filled"):
        (problem,) = scene.index.problems()
        assert "private" in problem.what
        assert "simple-url" in problem.next
        scene.index.upload(made.wheel(tmp_path))
    assert scene.index.fetch(scene.index.files("boat")["boat-1.0-py3-none-any.whl"], tmp_path / "to").is_file()


def test_a_url_to_install_from_that_shows_something_else_is_told(scene: Scene, tmp_path: Path) -> None:
    nowhere = scene.open(simple_url=f"http://127.0.0.1:{free_port()}/simple/")
    (problem,) = nowhere.problems()
    assert "cannot be reached" in problem.what
    with scripted(lambda _: Reply(404)) as server:
        index = scene.open(simple_url=f"{server.url}/else/")
        assert list(index.problems()) == []
        index.upload(made.wheel(tmp_path))
        (problem,) = index.problems()
        assert "does not show" in problem.what


def xml(status: int, code: str) -> Reply:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>says the server</Message></Error>"
    return Reply(status, body.encode(), {"Content-Type": "application/xml"})


LISTING = b"<?xml version='1.0'?><ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>"


@pytest.mark.parametrize("honest", [True, False])
def test_a_server_without_conditional_writes_is_told(scene: Scene, honest: bool) -> None:
    deleted = []

    def server(asked: Asked) -> Reply:
        if asked.method == "PUT":
            assert asked.headers["if-match"]
            return xml(501, "NotImplemented") if honest else Reply(200, headers={"ETag": '"1"'})
        if asked.method == "DELETE":
            deleted.append(asked.path)
            return Reply(204)
        return Reply(200, LISTING, {"Content-Type": "application/xml"})

    with scripted(server) as answering:
        (problem,) = scene.open(endpoint_url=answering.url).problems()
    assert "conditional writes" in problem.why + problem.next
    assert len(deleted) == (0 if honest else 1)


def test_a_server_that_takes_no_key_with_a_slash_at_its_end_is_told(scene: Scene) -> None:
    """As minio/minio#8618 has it."""

    def server(asked: Asked) -> Reply:
        if asked.method == "PUT":
            assert asked.path.partition("?")[0].endswith("/")
            assert asked.body
            return xml(400, "XMinioInvalidObjectName")
        return Reply(200, LISTING, {"Content-Type": "application/xml"})

    with scripted(server) as answering:
        (problem,) = scene.open(endpoint_url=answering.url).problems()
    assert "another server" in problem.next


def test_who_never_gets_a_turn_gives_up_and_says_so(scene: Scene, tmp_path: Path) -> None:
    def server(asked: Asked) -> Reply:
        if asked.method == "GET" and "list-type" not in asked.path:
            return xml(404, "NoSuchKey")
        if asked.method == "GET":
            return Reply(200, LISTING, {"Content-Type": "application/xml"})
        return xml(412, "PreconditionFailed") if "if-none-match" in asked.headers else Reply(200, headers={"ETag": "1"})

    with scripted(server) as answering:
        index = scene.open(endpoint_url=answering.url)
        index.bucket._sleep = lambda _: None
        with pytest.raises(IndexFailed, match="cannot be written"):
            index.upload(made.wheel(tmp_path))


def test_other_bytes_are_told_before(scene: Scene, tmp_path: Path) -> None:
    scene.index.upload(theirs := made.wheel(tmp_path / "a", payload=b"theirs"))
    assert list(scene.index.objections([theirs])) == []
    (problem,) = scene.index.objections([made.wheel(tmp_path / "b", payload=b"ours")])
    assert theirs.sha256 in problem.why


def test_what_is_too_large_for_one_put_is_told_before(scene: Scene, tmp_path: Path) -> None:
    import dataclasses

    wheel = made.wheel(tmp_path)
    (problem,) = scene.index.objections([wheel, dataclasses.replace(wheel, size=(5 << 30) + 1)])
    assert "5 GiB" in problem.what


def test_without_boto3_the_extra_is_named(tmp_path: Path) -> None:
    code = """
import sys
sys.modules["boto3"] = None
from pathlib import Path
from tagboat.config import IndexConfig
from tagboat.errors import ConfigError
from tagboat.index import open_index
index = open_index(IndexConfig("x", "s3", {"bucket": "b"}), root=Path(), environ={"HOME": "/"})
(problem,) = index.problems()
print(problem.what, problem.next)
for act in (lambda: index.files("boat"), index.login_words):
    try:
        act()
    except ConfigError as error:
        print(error.next)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.count("pip install 'tagboat[s3]'") == 3


def test_of_two_who_upload_one_name_with_other_bytes_one_is_refused_and_the_page_stays_true(
    scene: Scene, tmp_path: Path
) -> None:
    for turn in range(3):
        rivals = [
            made.wheel(tmp_path / str(n), version=f"1.{turn}", payload=random.Random(n).randbytes(100_000))
            for n in range(3)
        ]
        refused: list[Blocked] = []

        def publish(wheel: Any, refused: list[Blocked] = refused) -> None:
            try:
                scene.open().upload(wheel)
            except Blocked as error:
                refused.append(error)

        threads = [threading.Thread(target=publish, args=(wheel,)) for wheel in rivals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 2
        assert len(scene.whole("boat")) == turn + 1
        assert len(scene.files()) == turn + 1


PUBLISH = """
import json, sys
from pathlib import Path
from tagboat.config import IndexConfig
from tagboat.distribution import Distribution
from tagboat.index import open_index
at, environ, paths = json.loads(sys.stdin.read())
index = open_index(IndexConfig("x", "s3", at), root=Path(), environ=environ)
for path in paths:
    index.upload(Distribution.from_file(Path(path)))
"""


def publisher(scene: Scene, paths: list[Path]) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", PUBLISH], stdin=subprocess.PIPE, text=True)
    assert process.stdin is not None
    environ = {"HOME": str(scene.root), **scene.server.environ}
    process.stdin.write(json.dumps([scene.at, environ, [str(path) for path in paths]]))
    process.stdin.close()
    return process


def test_several_processes_may_publish_at_once(scene: Scene, tmp_path: Path) -> None:
    paths = [
        [
            made.wheel(tmp_path, project, f"1.{writer}.{n}", payload=bytes(20_000)).path
            for n in range(2)
            for project in ("boat", f"own-{writer}")
        ]
        for writer in range(3)
    ]
    writers = [publisher(scene, mine) for mine in paths]
    seen: set[str] = set()
    while any(writer.poll() is None for writer in writers):
        now = scene.whole("boat")
        assert seen <= now
        seen = now
    assert [writer.returncode for writer in writers] == [0] * 3
    assert len(scene.whole("boat")) == 6
    assert scene.get("simple/boat/")["Body"] == scene.get("simple/boat/index.html")["Body"]
    assert len(json.loads(scene.get("simple/boat/index.json")["Body"])["files"]) == 6
    projects = {each["name"] for each in json.loads(scene.get("simple/index.json")["Body"])["projects"]}
    assert projects == {"boat", *(f"own-{writer}" for writer in range(3))}
    assert len(scene.files()) == 12


@pytest.mark.nightly
def test_killed_at_any_moment_it_stays_whole_and_a_rerun_finishes(scene: Scene, tmp_path: Path) -> None:
    paths = [made.wheel(tmp_path, "boat", f"1.{n}", payload=bytes(200_000)).path for n in range(2)]
    dice = random.Random(7)
    started = time.monotonic()
    assert publisher(scene, paths).wait() == 0
    usual = time.monotonic() - started
    for path in paths:
        scene.index.delete("boat", made.Distribution.from_file(path).version, [path.name])
    for _ in range(5):
        with publisher(scene, paths) as process:
            time.sleep(dice.uniform(0.5, 1) * usual)
            process.send_signal(signal.SIGKILL)
        if len(scene.whole("boat")) == len(paths):
            scene.index.delete("boat", Version("1.0"), [paths[0].name])
    assert publisher(scene, paths).wait() == 0
    assert scene.whole("boat") == {path.name for path in paths}
    assert scene.get("simple/boat/")["Body"] == scene.get("simple/boat/index.html")["Body"]
