from __future__ import annotations

import gc
import os
import shutil
import time

import pytest
from tests.gitbox import Box, isolate

from tagboat.changes import Commit
from tagboat.errors import CommandFailed, ConfigError
from tagboat.git import CommitFacts, Git
from tagboat.process import decode

ODD_NAMES = ["日本語.txt", "with space", 'quo"te', "new\nline", "-dash", "*star?", "tab\there", ":colon"]
LATIN = decode("café.txt".encode("latin-1"))


def can_sign() -> bool:
    return shutil.which("ssh-keygen") is not None


def sign_everything(box: Box) -> None:
    key = box.top.parent / "key"
    run_ssh_keygen(key)
    signers = box.top.parent / "signers"
    signers.write_text("tester@example.org " + key.with_suffix(".pub").read_text(encoding="ascii"), encoding="ascii")
    for name, value in {
        "gpg.format": "ssh",
        "user.signingKey": str(key),
        "gpg.ssh.allowedSignersFile": str(signers),
        "commit.gpgSign": "true",
        "tag.gpgSign": "true",
        "log.showSignature": "true",
    }.items():
        box.run("config", name, value)


def run_ssh_keygen(key) -> None:
    from tagboat.process import run

    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)])


# -- finding -------------------------------------------------------------------------------------------


def test_the_repository_is_found_from_any_folder_in_it(box):
    folder = box.write("packages/ü one/pyproject.toml", "").parent
    assert Git.find(folder).top == box.top.resolve()


def test_a_folder_outside_any_repository_is_told_to_make_one(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(ConfigError, match="is not in a git repository") as caught:
        Git.find(tmp_path)
    assert "git init" in caught.value.next


def test_a_repository_that_git_does_not_trust_is_told_in_gits_own_words(box, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ConfigError, match="git does not open the repository") as caught:
        Git.find(box.top)
    assert "dubious ownership" in caught.value.why
    assert "safe.directory" in caught.value.why
    assert "git init" not in caught.value.next


def test_a_broken_repository_is_not_taken_for_none(box):
    box.write(".git/HEAD", "nonsense")
    with pytest.raises(ConfigError, match="git does not open"):
        Git.find(box.top)


@pytest.mark.parametrize("where", ["here", "in a stream"])
def test_gits_variables_of_another_repository_are_not_heeded(box, tmp_path, monkeypatch, where):
    other = tmp_path / "other"
    box.run("init", "--quiet", str(other))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    git = Git.find(box.top)
    assert git.top == box.top.resolve()
    if where == "here":
        git.stage(["README.md"])
        assert git.resolve("HEAD") is not None
    else:
        assert [commit.subject for commit in git.commits(None)] == ["first"]
        assert git.nearest_tags("*") == ()


# -- the work tree -------------------------------------------------------------------------------------


def test_a_clean_tree_has_head_and_branch_and_nothing_else(box):
    tree = box.git.work_tree()
    assert (tree.head, tree.branch, tree.changed, tree.untracked) == (box.head, "main", (), ())


def test_before_the_first_commit_there_is_a_branch_and_no_head(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    box = Box(tmp_path, tmp_path)
    box.run("init", "--quiet", "--initial-branch=feature/ü")
    tree = Git(tmp_path).work_tree()
    assert (tree.head, tree.branch) == (None, "feature/ü")
    assert Git(tmp_path).resolve("HEAD") is None


def test_a_detached_head_has_no_branch(box):
    box.run("checkout", "--quiet", "--detach")
    tree = box.git.work_tree()
    assert (tree.head, tree.branch) == (box.head, None)


def test_changed_renamed_deleted_and_untracked_files_are_told_apart(box):
    box.commit("files", {name: f"{name}\n" * 9 for name in ["changed", "old name", "gone", "staged"]})
    box.write("changed", "x")
    box.write("staged", "x")
    box.run("add", "staged")
    box.run("mv", "old name", "new name")
    (box.top / "gone").unlink()
    box.write("untracked folder/file", "x")
    tree = box.git.work_tree()
    assert sorted(tree.changed) == ["changed", "gone", "new name", "staged"]
    assert tree.untracked == ("untracked folder/",)


def test_files_in_conflict_are_changed(box):
    box.run("checkout", "--quiet", "-b", "side")
    box.commit("side", {"README.md": "side\n"})
    box.run("checkout", "--quiet", "main")
    box.commit("main", {"README.md": "main\n"})
    with pytest.raises(CommandFailed):
        box.merge("side")
    assert box.git.work_tree().changed == ("README.md",)


@pytest.mark.parametrize("name", [*ODD_NAMES, LATIN])
def test_a_file_of_any_name_is_seen_staged_committed_and_read(box, name):
    (box.top / name).write_bytes(b"one\n")
    git = box.git
    assert git.work_tree().untracked == (name,)
    git.stage([name])
    assert git.work_tree().changed == (name,)
    assert git.commit("odd", [name]).returncode == 0
    assert git.content("HEAD", name) == "one\n"
    assert name in git.files("HEAD")
    assert git.facts(box.head).changed == {name}
    (box.top / name).write_bytes(b"two\n")
    assert git.work_tree().changed == (name,)
    git.stage([name])
    git.unstage([name])
    assert box.run("diff", "--cached", "--name-only") == ""


def test_the_users_choice_of_what_status_shows_hides_nothing(box):
    for key, value in {
        "status.showUntrackedFiles": "no",
        "status.relativePaths": "true",
        "status.branch": "false",
    }.items():
        box.run("config", key, value)
    box.write("new", "")
    assert box.git.work_tree().untracked == ("new",)


def test_a_linked_work_tree_is_a_repository_of_its_own_head(box, tmp_path):
    linked = tmp_path / "linked"
    box.run("worktree", "add", "--quiet", "-b", "other", str(linked))
    (linked / "file").write_text("x", encoding="utf-8")
    git = Git.find(linked)
    git.stage(["file"])
    assert git.commit("in the linked tree", ["file"]).returncode == 0
    assert git.work_tree().branch == "other"
    assert git.work_tree().head != box.head
    git.checkout_into("other", tmp_path / "checkout")
    assert (tmp_path / "checkout" / "file").read_text(encoding="utf-8") == "x"


# -- commits -------------------------------------------------------------------------------------------


def test_commits_come_newest_first_with_their_whole_messages(box):
    first = box.head
    ids = [box.commit("feat: two\n\nBody\n\nFooter: x"), box.commit("日本語: 三\n\nメッセージ")]
    assert list(box.git.commits(first)) == [
        Commit(ids[1], "日本語: 三", "メッセージ"),
        Commit(ids[0], "feat: two", "Body\n\nFooter: x"),
    ]
    assert len(list(box.git.commits(None))) == 3


def test_a_message_in_another_encoding_is_read_as_its_header_says(box):
    box.run("config", "i18n.commitEncoding", "ISO-8859-1")
    box.run("config", "i18n.logOutputEncoding", "ISO-8859-1")
    box.run("commit", "--quiet", "--allow-empty", "-F", "-", text=decode("fix: café".encode("latin-1")))
    assert next(box.git.commits(None)).subject == "fix: café"
    assert box.git.facts(box.head).subject == "fix: café"


def test_a_message_that_is_not_utf_8_and_says_nothing_is_latin_1(box):
    raw = box.run("cat-file", "commit", "HEAD") + "\n"  # git itself would convert it; other tools do not
    text = raw.replace("first", decode("fix: café".encode("latin-1")))
    box.run("reset", "--quiet", box.run("hash-object", "-t", "commit", "-w", "--stdin", text=text))
    subject = next(box.git.commits(None)).subject
    assert subject == "fix: café"
    subject.encode("utf-8")  # a changelog can hold it


def test_our_own_message_is_utf_8_whatever_git_is_set_to(box):
    box.run("config", "i18n.commitEncoding", "ISO-8859-1")
    box.write("README.md", "new\n")
    message = "発売 1.0\n\n# not a comment\n\n\ntrailing  \n"
    assert box.git.commit(message, ["README.md"]).returncode == 0
    assert decode(box.run("cat-file", "commit", "HEAD").encode("utf-8", "surrogateescape")).endswith(
        message.rstrip("\n")
    )
    box.git.create_tag("v1.0", "HEAD", message)
    assert box.git.tag_text(box.git.tag("v1.0")) == message


def test_commits_can_be_those_of_one_folder(box):
    box.commit("in a", {"packages/a b/*x": "1"})
    box.commit("in b", {"packages/b/x": "1"})
    assert [commit.subject for commit in box.git.commits(None, folder="packages/a b")] == ["in a"]


def test_commits_can_be_read_in_part(box):
    for number in range(5):
        box.commit(f"fix: {number}")
    commits = box.git.commits(None)
    assert next(commits).subject == "fix: 4"
    commits.close()


def test_commits_of_a_range_that_is_not_there_are_an_error(box):
    with pytest.raises(CommandFailed, match="git log failed"):
        list(box.git.commits("v9"))


def seconds(box, commit):
    return int(box.run("log", "-1", "--format=%ct", commit))


def test_a_commit_of_many_paths_and_an_odd_parentage_is_told(box):
    root = box.head
    box.run("checkout", "--quiet", "-b", "side")
    box.commit("side", {"side file": "1"})
    box.run("checkout", "--quiet", "main")
    main = box.commit("subject line\nsecond line of the same paragraph", {"a\nb": "1", "c": "2"})
    merge = box.merge("side")
    git = box.git
    assert git.facts(root) == CommitFacts(None, seconds(box, root), "first", frozenset({"README.md"}))
    assert git.facts(main) == CommitFacts(root, seconds(box, main), "subject line", frozenset({"a\nb", "c"}))
    assert git.facts(merge).parent == main
    assert git.facts(merge).changed == {"side file"}
    assert git.facts(merge) is git.facts(merge)


def test_a_moved_file_is_two_changed_paths(box):
    box.commit("file", {"old": "content\n" * 20})
    box.run("config", "diff.renames", "copies")
    box.run("mv", "old", "new")
    assert box.git.facts(box.commit("move")).changed == {"old", "new"}


def test_a_commits_time_is_in_seconds(box):
    box.commit("later")
    assert box.git.commit_time("HEAD") == seconds(box, "HEAD") > box.git.commit_time("HEAD~")
    with pytest.raises(CommandFailed):
        box.git.commit_time("nothing")


def test_ancestors_children_and_objects(box):
    base = box.head
    child = box.commit("child")
    box.run("checkout", "--quiet", "-b", "side", base)
    box.commit("on the side")
    box.run("checkout", "--quiet", "main")
    box.merge("side")
    git = box.git
    assert git.first_child(base) == child
    assert git.first_child(box.head) is None
    assert git.first_child("0" * 40) is None
    assert git.first_child(base, "refs/heads/gone") is None
    assert git.is_ancestor(base, "HEAD")
    assert git.is_ancestor("HEAD", "HEAD")
    assert not git.is_ancestor("HEAD", base)
    assert git.is_ancestor(base, child)
    assert not git.is_ancestor(child, base)
    assert git.is_ancestor(git.resolve("side"), box.head)  # by the merge's second parent
    assert not git.is_ancestor("1" * 40, base)
    assert git.has_object(base)
    assert not git.has_object("1" * 40)


def test_a_revision_is_resolved_or_not(box):
    box.tag("v1")
    assert box.git.resolve("v1") == box.head
    assert box.git.resolve("--all") is None
    assert box.git.resolve("nothing") is None
    assert box.git.resolve("HEAD:README.md") is None


def test_files_and_their_texts_are_those_of_the_revision(box):
    box.commit("a package", {"packages/one/a.py": b"caf\xe9\r\n", "packages/one/ü/b": "", "packages/two/c": ""})
    box.write("packages/one/a.py", "changed since")
    assert box.git.files("HEAD", "packages/one") == ("a.py", "ü/b")
    assert "packages/two/c" in box.git.files("HEAD")
    assert box.git.content("HEAD", "packages/one/a.py") == decode(b"caf\xe9\r\n")
    assert box.git.content("HEAD", "packages/one") is None
    assert box.git.content("HEAD", "nothing") is None


def test_a_shallow_clone_is_known(box, tmp_path):
    box.commit("second")
    box.push("main")
    box.run("clone", "--quiet", "--depth=1", box.remote.as_uri(), str(tmp_path / "shallow"), cwd=tmp_path)
    assert Git(tmp_path / "shallow").is_shallow()
    assert Git.find(tmp_path / "shallow").is_shallow()
    assert not box.git.is_shallow()
    assert not Git(box.top).is_shallow()
    assert Git(tmp_path / "shallow").nearest_tags("*") == ()  # git marks where history was cut


# -- tags ----------------------------------------------------------------------------------------------


def test_a_tag_is_found_by_its_exact_name_only(box):
    first = box.head
    box.tag("1.0/rc", first)
    box.tag("demo/v1.0+local.1", first)
    box.run("branch", "refs/tags/1.0")
    assert box.git.tag("1.0") is None
    assert box.git.tag("rc") is None
    assert box.git.tag("1.0/rc").commit == first
    assert box.git.tag("demo/v1.0+local.1").commit == first


def test_annotated_lightweight_and_nested_tags_all_tell_their_commit(box):
    annotated, light = box.tag("annotated"), box.tag("light", message=None)
    nested = box.tag("nested", "annotated")
    blob = box.tag("blob", "HEAD:README.md", message=None)
    nested_blob = box.tag("nested-blob", "HEAD:README.md")
    deep_blob = box.tag("deep-blob", "nested-blob")
    git, head = box.git, box.head
    assert (git.tag("annotated").id, git.tag("annotated").commit) == (annotated, head)
    assert (git.tag("light").id, git.tag("light").commit) == (light, head)
    assert (git.tag("nested").id, git.tag("nested").commit) == (nested, head)
    assert git.tag("blob").commit == blob  # of no commit: equal to none
    assert git.facts(git.tag("blob").commit) == CommitFacts(None, 0, "", frozenset())
    assert git.tag("nested-blob").id == nested_blob
    assert git.tag("deep-blob").commit == deep_blob
    assert git.tag_text(git.tag("annotated")) == "a tag\n"
    assert git.tag_text(git.tag("light")) is None


def test_tags_are_listed_newest_first(box):
    for name in ("v1", "v3", "v2"):
        box.tag(name)
    assert box.git.tags() == ("v2", "v3", "v1")


def test_a_tag_is_deleted_only_while_it_is_what_was_expected(box):
    box.tag("v1")
    with pytest.raises(CommandFailed, match="git update-ref failed"):
        box.git.delete_tag("v1", box.head)
    box.git.delete_tag("v1", box.git.tag("v1").id)
    assert box.git.tag("v1") is None


def test_a_tag_is_never_made_twice(box):
    box.git.create_tag("v1", box.head, "one\n")
    with pytest.raises(CommandFailed, match="git tag failed"):
        box.git.create_tag("v1", box.head, "two\n")


def test_the_nearest_tags_are_all_those_on_the_nearest_tagged_commit(box):
    box.tag("v1.0")
    box.commit()
    box.tag("v1.1rc1", message=None)
    box.tag("v1.1")
    box.tag("other-2.0")
    box.commit()
    assert sorted(box.git.nearest_tags("v[0-9]*")) == ["v1.1", "v1.1rc1"]
    assert box.git.nearest_tags("v[0-9]*", "HEAD~2") == ("v1.0",)
    assert box.git.nearest_tags("other-[0-9]*") == ("other-2.0",)
    assert box.git.nearest_tags("none-[0-9]*") == ()


def test_a_long_way_without_a_tag_is_gone_to_its_end_only_for_a_tag(box):
    box.tag("v1.0")
    who = "committer Ada <ada@example.invalid>"
    history = "".join(
        f"commit refs/heads/main\n{who} {1_800_000_000 + n} +0000\ndata 1\n{n % 10}\n"
        + (f"from {box.head}\n" if n == 0 else "")
        for n in range(1500)
    )
    box.run("fast-import", "--quiet", text=history)
    assert box.git.nearest_tags("v[0-9]*") == ("v1.0",)
    assert box.git.nearest_tags("w[0-9]*") == ()


def test_a_tag_on_a_maintenance_branch_that_was_merged_later_hides_none_on_the_main_line(box):
    box.tag("v0.9")
    box.run("checkout", "--quiet", "-b", "0.9.x")
    box.run("checkout", "--quiet", "main")
    box.commit("feat: one")
    box.tag("v1.0")
    box.run("checkout", "--quiet", "0.9.x")
    box.commit("fix: old")
    box.tag("v0.9.1")  # later than v1.0
    box.run("checkout", "--quiet", "main")
    box.merge("0.9.x")
    assert sorted(box.git.nearest_tags("v[0-9]*")) == ["v0.9.1", "v1.0"]


def test_a_tag_on_a_branch_that_was_not_merged_is_not_near(box):
    box.tag("v1.0")
    box.run("checkout", "--quiet", "-b", "next")
    box.commit()
    box.tag("v2.0")
    box.run("checkout", "--quiet", "main")
    box.commit()
    assert box.git.nearest_tags("v[0-9]*") == ("v1.0",)
    assert box.git.nearest_tags("v2*") == ()


def test_nothing_of_the_users_log_settings_hides_a_tag(box):
    box.tag("v1.0")
    for key, value in {"log.excludeDecoration": "refs/tags/*", "log.decorate": "false"}.items():
        box.run("config", key, value)
    assert box.git.nearest_tags("v[0-9]*") == ("v1.0",)


# -- configuration -------------------------------------------------------------------------------------


def test_remotes_configuration_and_identity(box):
    git = box.git
    assert git.remotes() == ("origin",)
    assert git.config("remote.origin.url") == str(box.remote)
    assert git.config("no.such") is None
    assert git.followed(None) == git.followed("main") == (("origin",), None)
    box.run("config", "branch.main.remote", ".")
    assert git.followed("main") == (("origin",), ".")
    assert git.identity().startswith("A. Tester <tester@example.org>")


@pytest.mark.parametrize("known", [(), ("COMMITTER",), ("AUTHOR",)])
def test_without_both_author_and_committer_nobody_is_known(box, monkeypatch, known):
    box.run("config", "--global", "--remove-section", "user")
    box.run("config", "user.useConfigOnly", "true")
    for who in known:
        monkeypatch.setenv(f"GIT_{who}_NAME", "B")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "b@example.org")
    assert box.git.identity() is None


# -- committing ----------------------------------------------------------------------------------------


def test_only_the_named_paths_are_committed(box):
    box.write("README.md", "ours\n")
    box.write("theirs", "staged by hand\n")
    box.run("add", "theirs")
    assert box.git.commit("ours\n", ["README.md"]).returncode == 0
    assert box.git.facts(box.head).changed == {"README.md"}
    assert box.status() == ["A  theirs"]


def test_an_ignored_file_can_be_released(box):
    box.commit("ignore", {".gitignore": "*.md\n"})
    box.write("CHANGELOG.md", "x\n")
    box.git.stage(["CHANGELOG.md"])
    assert box.git.commit("x", ["CHANGELOG.md"]).returncode == 0


def test_a_refusing_hook_and_what_it_says_come_back(box):
    box.hook("pre-commit", "echo 'not today' >&2; exit 1")
    box.write("README.md", "ours\n")
    result = box.git.commit("ours", ["README.md"])
    assert result.returncode == 1
    assert "not today" in result.stderr


def test_hooks_run_with_the_configuration_of_the_user(box):
    box.write("my hooks/pre-commit", "#!/bin/sh\nexit 3\n").chmod(0o755)
    box.run("config", "core.hooksPath", "my hooks")
    box.write("README.md", "ours\n")
    assert box.git.commit("ours", ["README.md"]).returncode


@pytest.mark.skipif(not can_sign(), reason="needs ssh-keygen")
@pytest.mark.parametrize("trouble", ["", "a warning"])
def test_commits_and_tags_are_signed_when_git_is_set_to_and_looking_is_not_confused_by_it(box, trouble, monkeypatch):
    sign_everything(box)
    if trouble:
        monkeypatch.setenv("GIT_TRACE", "1")
    box.write("README.md", "signed\n")
    git = box.git
    assert git.commit("signed\n\nbody\n", ["README.md"]).returncode == 0
    git.create_tag("v1.0", "HEAD", "notes\n")
    box.run("verify-commit", "HEAD")
    box.run("verify-tag", "v1.0")
    assert git.tag_text(git.tag("v1.0")).startswith("notes\n-----BEGIN SSH SIGNATURE-----")
    assert git.commit_time("HEAD") > 0
    assert git.facts(box.head).subject == "signed"
    assert next(git.commits(None)) == Commit(box.head, "signed", "body")
    assert git.nearest_tags("v*") == ("v1.0",)


def test_a_key_that_cannot_sign_is_gits_error(box):
    box.run("config", "gpg.format", "ssh")
    box.run("config", "user.signingKey", str(box.top / "no-key"))
    box.run("config", "tag.gpgSign", "true")
    with pytest.raises(CommandFailed, match="git tag failed") as caught:
        box.git.create_tag("v1.0", "HEAD", "notes\n")
    assert caught.value.why
    assert box.git.tag("v1.0") is None


def test_a_branch_is_moved_only_while_it_is_where_it_was_expected(box):
    base = box.head
    tip = box.commit("tip", {"file": "x"})
    with pytest.raises(CommandFailed):
        box.git.move_branch("main", base, base)
    box.git.move_branch("main", base, tip)
    assert box.head == base
    assert box.read("file") == b"x"


def test_line_endings_that_git_converts_come_back_as_they_were_committed(box):
    box.run("config", "core.autocrlf", "true")
    box.write("README.md", b"one\r\ntwo\r\n")
    git = box.git
    git.stage(["README.md"])
    assert git.commit("crlf", ["README.md"]).returncode == 0
    assert git.content("HEAD", "README.md") == "one\ntwo\n"
    assert git.work_tree().changed == ()


# -- remotes -------------------------------------------------------------------------------------------


def test_the_remote_is_asked_and_nothing_is_fetched(box):
    other = box.clone("other")
    theirs = other.commit("theirs")
    tag = other.tag("v1")
    other.push("main", "v1")
    refs = box.git.remote_refs("origin", "refs/heads/main", "refs/tags/v1", "refs/tags/v2")
    assert refs == {"refs/heads/main": theirs, "refs/tags/v1": tag, "refs/tags/v1^{}": theirs}
    assert not box.git.has_object(theirs)


def test_what_was_seen_of_the_remote_stays_what_it_is_while_it_is_decided_on(box):
    git, seen = box.git, ("origin", "refs/heads/main", "refs/tags/v1")
    git.look_ahead(*seen)
    git.look_ahead(*seen)
    first = git.seen_refs(*seen)
    assert first == git.remote_refs(*seen) == {"refs/heads/main": box.head}
    other = box.clone("other")
    theirs = other.commit("theirs")
    other.push("main")
    git.look_ahead(*seen)
    assert git.seen_refs(*seen) == first
    assert git.remote_refs(*seen) == git.seen_refs("origin", "refs/heads/main") == {"refs/heads/main": theirs}


def test_a_look_ahead_that_fails_is_told_to_whoever_wants_it(box):
    box.run("remote", "add", "away", "http://user:s3cret@127.0.0.1:9/x.git")
    git = box.git
    git.look_ahead("away", "refs/heads/main")
    for _ in range(2):
        with pytest.raises(CommandFailed, match="git ls-remote failed") as caught:
            git.seen_refs("away", "refs/heads/main")
        assert "s3cret" not in str(caught.value)


def test_a_look_ahead_that_nobody_wants_ends_with_the_repository(box, monkeypatch):
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "ext")
    box.run("remote", "add", "slow", "ext::cat")  # which listens, and says nothing
    git = box.git
    git.look_ahead("slow", "refs/heads/main")
    look = git._looks["slow", "refs/heads/main"]
    time.sleep(0.3)
    assert not look.ended
    del git
    gc.collect()
    assert look.ended


def test_fetching_brings_objects_and_moves_nothing(box):
    other = box.clone("other")
    theirs = other.commit("theirs")
    other.tag("v1")
    other.push("main", "v1")
    before = box.refs()
    box.git.fetch("origin", "refs/heads/main")
    assert box.git.has_object(theirs)
    assert box.refs() == before
    assert box.run("rev-parse", "refs/remotes/origin/main") != theirs
    assert not (box.top / ".git" / "FETCH_HEAD").exists()


def test_a_remote_that_cannot_be_reached_is_an_error_without_its_password(box):
    box.run("remote", "add", "away", "http://user:s3cret@127.0.0.1:9/x.git")
    with pytest.raises(CommandFailed, match="git ls-remote failed") as caught:
        box.git.remote_refs("away", "refs/heads/main")
    assert "s3cret" not in str(caught.value)


def test_branch_and_tag_land_together_or_not_at_all(box):
    box.hook("update", 'case "$1" in refs/tags/*) echo "no tags here" >&2; exit 1;; esac', on_remote=True)
    before = box.remote_refs()
    box.commit()
    box.tag("v1")
    with pytest.raises(CommandFailed, match="git push failed") as caught:
        box.git.push("origin", "HEAD:refs/heads/main", "refs/tags/v1")
    assert "no tags here" in caught.value.why
    assert box.remote_refs() == before


def test_a_lease_that_does_not_hold_pushes_nothing(box):
    base = box.head
    mine = box.commit("mine")
    box.push("main")
    other = box.clone("other")
    theirs = other.commit("theirs")
    other.push("main")
    with pytest.raises(CommandFailed, match="git push failed"):
        box.git.push("origin", f"{base}:refs/heads/main", leases=[("refs/heads/main", mine)])
    assert box.remote_refs()["refs/heads/main"] == theirs


def test_a_lease_that_holds_lets_a_branch_go_back_and_a_tag_go_away(box):
    base = box.head
    mine, tag = box.commit("mine"), box.tag("v1")
    box.push("main", "v1")
    leases = [("refs/heads/main", mine), ("refs/tags/v1", tag)]
    box.git.push("origin", f"{base}:refs/heads/main", ":refs/tags/v1", leases=leases)
    assert box.remote_refs() == {"refs/heads/main": base}


@pytest.mark.parametrize(("setting", "before"), [("denyNonFastForwards", "HEAD~1"), ("denyDeletes", "")])
def test_a_protected_remote_lets_neither_go(box, setting, before):
    box.run("config", f"receive.{setting}", "true", cwd=box.remote)
    mine, tag = box.commit("mine"), box.tag("v1")
    box.push("HEAD:side", "v1")
    there = box.remote_refs()
    leases = [("refs/heads/side", mine), ("refs/tags/v1", tag)]
    with pytest.raises(CommandFailed):
        box.git.push("origin", f"{before}:refs/heads/side", ":refs/tags/v1", leases=leases)
    assert box.remote_refs() == there


# -- clones --------------------------------------------------------------------------------------------


def test_a_checkout_is_of_what_was_named_and_clean(box, tmp_path):
    tagged = box.commit("tagged", {"file": "tagged"})
    box.tag("1.0")
    box.commit("later", {"file": "later"})
    box.write("stray", "")
    box.run("branch", "1.0")  # the same name as the tag, on another commit
    box.git.checkout_into("refs/tags/1.0", tmp_path / "checkout")
    clone = Box(tmp_path / "checkout", box.remote)
    assert (clone.head, clone.read("file"), clone.read("stray")) == (tagged, b"tagged", None)
    assert clone.run("describe") == "1.0"
    assert clone.status() == []
    assert box.status() == ["?? stray"]


def test_a_clone_that_was_begun_before_the_release_was_made_has_it_all_the_same(box, tmp_path):
    box.tag("1.0")
    git = box.git
    clone = git.clone_into(tmp_path / "checkout")
    tagged = box.commit("tagged", {"file": "tagged"})
    tag = box.tag("1.1")
    git.checkout_into("1.1", tmp_path / "checkout", clone)
    there = Box(tmp_path / "checkout", box.remote)
    assert (there.head, there.read("file"), there.run("describe")) == (tagged, b"tagged", "1.1")
    assert there.run("rev-parse", "refs/tags/1.1") == tag
    assert there.run("describe", "HEAD~") == "1.0"
    assert there.status() == []


def test_a_clone_that_was_disturbed_is_made_again(box, tmp_path):
    box.tag("1.0")
    clone = box.git.clone_into(box.top / "README.md" / "x")
    box.git.checkout_into("1.0", tmp_path / "checkout", clone)
    assert Box(tmp_path / "checkout", box.remote).run("describe") == "1.0"


def test_nobodys_template_comes_into_a_checkout(box, tmp_path):
    hook = tmp_path / "template" / "hooks" / "post-checkout"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n", encoding="utf-8")
    hook.chmod(0o755)
    box.run("config", "--global", "init.templateDir", str(tmp_path / "template"))
    box.git.checkout_into("HEAD", tmp_path / "checkout")
    assert not (tmp_path / "was-run").exists()


def test_a_checkout_brings_its_submodules(box, tmp_path):
    library = tmp_path / "library"
    box.run("init", "--quiet", str(library), cwd=tmp_path)
    sub = Box(library, library)
    sub.commit("library", {"code": "x"})
    box.run("config", "--global", "protocol.file.allow", "always")
    box.run("submodule", "--quiet", "add", str(library), "vendored")
    box.commit("submodule")
    box.git.checkout_into("HEAD", tmp_path / "checkout")
    assert (tmp_path / "checkout" / "vendored" / "code").read_text(encoding="utf-8") == "x"


def test_a_rehearsal_clone_has_branch_tags_hooks_and_identity_and_no_way_back(box, tmp_path):
    box.tag("v1")
    box.run("config", "user.name", "Somebody Else")
    box.hook("pre-commit", "exit 1")
    folder = tmp_path / "rehearsal"
    folder.mkdir()
    clone = box.git.rehearsal_clone(folder)
    inside = Box(clone.top, folder / "remote.git")
    assert clone.work_tree().branch == "main"
    assert clone.identity().startswith("Somebody Else")
    assert clone.tag("v1").id == box.git.tag("v1").id
    (clone.top / "README.md").write_text("x", encoding="utf-8")
    assert clone.commit("x", ["README.md"]).returncode
    assert str(box.remote) not in inside.run("config", "--list")
    before = box.remote_refs()
    inside.run("commit", "--quiet", "--no-verify", "--allow-empty", "--message", "x")
    inside.run("push", "--quiet", "origin", "main")
    assert box.remote_refs() == before
    shutil.rmtree(box.top / ".git" / "hooks")
    (tmp_path / "again").mkdir()
    box.git.rehearsal_clone(tmp_path / "again")


def test_looking_writes_nothing(box):
    os.utime(box.top / "README.md", (1, 1))  # git would like to refresh its index
    before = {path: path.stat().st_mtime_ns for path in (box.top / ".git").rglob("*")}
    time.sleep(0.01)
    git = box.git
    git.work_tree()
    git.nearest_tags("*")
    git.identity()
    git.remote_refs("origin", "refs/heads/main")
    assert {path: path.stat().st_mtime_ns for path in (box.top / ".git").rglob("*")} == before


def test_files_that_patterns_leave_alone_are_known_also_when_they_are_tracked(box):
    box.commit("a", {"in/.gitignore": "*.key\n/x ü\n", "in/a.txt": ""})
    box.write("in/b.key", "")
    box.run("add", "--force", "in/b.key")
    box.commit("b")
    assert box.git.ignored(["a.txt", "b.key", "x ü"], "in") == {"b.key", "x ü"}
    assert box.git.ignored(["in/a.txt"]) == set()
