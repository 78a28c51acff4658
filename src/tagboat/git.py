"""Reading and writing verbs of git. The only caller of git; honours the user's own configuration and hooks."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass
from tagboat.errors import CommandFailed, ConfigError
from tagboat.process import Completed, Dialogue, Program, decode, encode, stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tagboat.changes import Commit

NO_COMMIT = "(initial)"  # what `git status --porcelain=v2` says before the first commit

TAGS = "refs/tags/"
NEAR = 1000  # commits since the last tag that are kept from the look for that tag

# Reading runs nobody's program and writes nothing, not even a fresher index.
QUIETLY = ("--no-optional-locks", "-c", "core.fsmonitor=false")

# Writing leaves no housekeeper behind, who would hold the lock of the run long after it.
UNDIVIDED = ("-c", "gc.auto=0", "-c", "maintenance.auto=false")

# Set by git for its hooks, or by hand; inherited, they would point us at another repository, or make patterns of
# our paths.
FOREIGN = frozenset(
    f"GIT_{name}"
    for name in (
        *("DIR", "WORK_TREE", "COMMON_DIR", "INDEX_FILE", "PREFIX", "NAMESPACE"),
        *("OBJECT_DIRECTORY", "ALTERNATE_OBJECT_DIRECTORIES", "QUARANTINE_PATH", "SHALLOW_FILE", "GRAFT_FILE"),
        *("LITERAL_PATHSPECS", "GLOB_PATHSPECS", "NOGLOB_PATHSPECS", "ICASE_PATHSPECS"),
    )
)


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The checkout as it is: `head` None before the first commit, `branch` None when HEAD is detached."""

    head: str | None
    branch: str | None
    changed: tuple[str, ...]
    untracked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: `id` is the tag object (or the commit, for a lightweight tag), `commit` what it points at."""

    name: str
    id: str
    commit: str


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """What a commit is: its first parent (None for a root), its time, first line, and the paths it changed.

    `time` is in seconds since 1970.
    """

    parent: str | None
    time: int
    subject: str
    changed: frozenset[str]


class Git:
    """One repository. Paths are relative to its `top`, with slashes, in any encoding.

    `found_tags` are the names of all tags that were there when it was found, `shallow` whether history was cut off
    (None: not asked yet).
    """

    def __init__(self, top: Path, found_tags: Sequence[str] = (), *, shallow: bool | None = None) -> None:
        self.top = top
        self.found_tags = found_tags
        self._shallow = shallow
        self._facts: dict[str, CommitFacts] = {}
        self._children: dict[str, str] = {}
        self._looks: dict[tuple[str, ...], Program] = {}
        self._seen: dict[tuple[str, ...], dict[str, str]] = {}
        # Most steps ask what a ref is now; a program for each answer would be a tenth of a release.
        self._objects = Dialogue(["git", *QUIETLY, "cat-file", "--batch-check=%(objectname)"], cwd=top, env=_environ())

    @classmethod
    def find(cls, folder: Path, meanwhile: Sequence[str] = ()) -> Git:
        """The repository that holds `folder`. Raises `ConfigError` when there is none, or git does not trust it.

        `meanwhile` names modules to import while git looks.
        """
        from importlib import import_module

        # In one breath, because starting git is most of what either costs.
        words = ["rev-parse", "--is-shallow-repository", "--symbolic-full-name", "--tags", "--show-toplevel"]
        asked = Program(["git", *words], cwd=folder, env=_environ())
        for name in meanwhile:
            import_module(name)
        done = asked.finish(check=False)
        if not done.returncode:
            shallow, *lines = done.stdout.rstrip("\n").split("\n")
            tags = [line.removeprefix(TAGS) for line in lines if line.startswith(TAGS)]
            return cls(Path("\n".join(lines[len(tags) :])), tags, shallow=shallow == "true")
        if any((each / ".git").exists() for each in (folder, *folder.absolute().parents)):
            raise ConfigError(f"git does not open the repository that {folder} is in", why=done.stderr.strip())
        raise ConfigError(
            f"{folder} is not in a git repository",
            why="A release is made from a commit.",
            next="Run `git init`, commit your project, then try again.",
        )

    # -- reading ------------------------------------------------------------------------------------

    def work_tree(self) -> WorkTree:
        """HEAD, branch and every changed or untracked file, in one look."""
        text = self._read("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal")
        head = branch = None
        changed: list[str] = []
        untracked: list[str] = []
        fields = iter(text.split("\0"))
        for field in fields:
            kind, _, rest = field.partition(" ")
            if field.startswith("# branch.oid "):
                oid = field.removeprefix("# branch.oid ")
                head = None if oid == NO_COMMIT else oid
            elif field.startswith("# branch.head "):
                name = field.removeprefix("# branch.head ")
                branch = None if name == "(detached)" else name
            elif kind == "1":
                changed.append(rest.split(" ", 7)[7])
            elif kind == "2":  # a rename: its old path is the next field
                changed.append(rest.split(" ", 8)[8])
                next(fields, None)
            elif kind == "u":
                changed.append(rest.split(" ", 9)[9])
            elif kind == "?":
                untracked.append(rest)
        return WorkTree(head, branch, tuple(changed), tuple(untracked))

    def resolve(self, revision: str) -> str | None:
        """The full id of the commit that `revision` names, or None."""
        return None if "\n" in revision else self._ids(f"{revision}^{{commit}}")[0]

    def is_shallow(self) -> bool:
        """Whether history was cut off when this repository was cloned."""
        if self._shallow is None:
            self._shallow = self._read("rev-parse", "--is-shallow-repository").strip() == "true"
        return self._shallow

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` is `old` or has it in its history; False when one is not known here."""
        if old == new:
            return self.has_object(old)
        above, below = self._ids(f"{new}^", f"{old}^")
        if above == old:
            return True
        if below == new:
            return False
        return self._try("merge-base", "--is-ancestor", old, new).returncode == 0

    def has_object(self, object_id: str) -> bool:
        """Whether this repository holds the object."""
        return self._ids(object_id)[0] is not None

    def first_child(self, base: str, tip: str = "HEAD") -> str | None:
        """The commit right after `base` on the way to `tip`, following first parents; None when there is none."""
        end = self.resolve(tip)
        if end in (None, base):
            return None
        span = f"{base}..{end}"
        if span not in self._children:
            children = self._try("rev-list", "--first-parent", "--reverse", span, "--").stdout.split()
            if not children:
                return None
            self._children[span] = children[0]
        return self._children[span]

    def facts(self, commit: str) -> CommitFacts:
        """What a commit (full id) says of itself; asked once, for a commit never changes."""
        if commit not in self._facts:
            text = self._read(
                "log", "-1", "-z", "--no-show-signature", "--encoding=UTF-8", "--first-parent", "-m",
                "--name-only", "--no-renames", "--format=%P%x00%ct%x00%B%x00", commit, "--",
            )  # fmt: skip
            parents, time, message, paths = (text or "\0" + "0\0\0").split("\0", 3)  # a tag can be on a file
            names = frozenset(path.removeprefix("\n") for path in paths.split("\0"))
            parent, subject = parents.split(" ")[0] or None, message.partition("\n")[0]
            self._facts[commit] = CommitFacts(parent, int(time), subject, names - {""})
        return self._facts[commit]

    def commit_time(self, commit: str) -> int:
        """When a commit was made, in seconds since 1970."""
        return self.facts(self.resolve(commit) or commit).time

    def files(self, revision: str, folder: str = "") -> tuple[str, ...]:
        """The tracked files below `folder` in a revision, relative to it."""
        tree = f"{revision}:{folder}" if folder else revision
        return tuple(filter(None, self._read("ls-tree", "-r", "-z", "--name-only", "--full-tree", tree).split("\0")))

    def content(self, revision: str, path: str) -> str | None:
        """A file's text in a revision (bytes that are not UTF-8 are kept apart), or None when it is not there."""
        done = self._try("cat-file", "blob", f"{revision}:{path}")
        return None if done.returncode else done.stdout

    def tag(self, name: str) -> Tag | None:
        """The tag of exactly this name."""
        ref = f"refs/tags/{name}"
        tag_id, commit = self._ids(ref, f"{ref}^{{commit}}")
        # A lightweight tag, unless it is a branch whose own name begins with refs/tags.
        if tag_id is None or (tag_id == commit and self._try("show-ref", "--verify", ref).returncode):
            return None
        return Tag(name, tag_id, commit or tag_id)

    def tag_text(self, tag: Tag) -> str | None:
        """An annotated tag's message, with its signature if it has one; None for a lightweight tag."""
        done = self._try("cat-file", "tag", tag.id)
        return None if done.returncode else done.stdout.partition("\n\n")[2]

    def tags(self) -> tuple[str, ...]:
        """Every tag's name, the newest first."""
        form = "%(refname:lstrip=2)"
        return tuple(self._read("for-each-ref", "--sort=-creatordate", f"--format={form}", "refs/tags").splitlines())

    def tag_times(self) -> dict[str, int]:
        """When each tag was made, or for a lightweight one its commit, in seconds since 1970."""
        form = "%(creatordate:unix) %(refname:lstrip=2)"
        pairs = (
            line.split(" ", 1) for line in self._read("for-each-ref", f"--format={form}", "refs/tags").splitlines()
        )
        return {name: int(seconds) for seconds, name in pairs if seconds}

    def nearest_tags(self, pattern: str, revision: str = "HEAD", passed: list[Commit] | None = None) -> tuple[str, ...]:
        """The tags like the glob `pattern` on the nearest commit that has one, then those merged in beside it.

        Reads no more of the history than what came after that commit. `passed` gets these commits, where they are
        few and in one line.
        """
        on_the_way: list[Commit] = []
        has_merges = False
        for commit, parents, tags in self._tagged(pattern, revision):
            has_merges = has_merges or " " in parents
            if tags:
                if has_merges:
                    beside = self._tagged(pattern, f"{commit.id}..{revision}")
                    return (*tags, *(tag for _, _, also in beside for tag in also))
                if passed is not None and len(on_the_way) < NEAR:
                    passed += on_the_way
                return tuple(tags)
            if len(on_the_way) < NEAR:
                on_the_way.append(commit)
        return ()

    def _tagged(self, pattern: str, span: str) -> Iterator[tuple[Commit, str, list[str]]]:
        """Every commit of a span, newest first, its parents, and its tags that are like the pattern."""
        form = ("--decorate=short", f"--decorate-refs=refs/tags/{pattern}", "--format=%H%n%P%n%D%n%B")
        records = self._log(*form, span, "--")
        from tagboat.changes import Commit  # while git looks

        for record in records:
            commit, parents, names, message = record.split("\n", 3)
            marked = [name.removeprefix("tag: ") for name in names.split(", ") if name.startswith("tag: ")]
            yield Commit(commit, *_parted(message)), parents, marked

    def commits(self, since: str | None, until: str = "HEAD", folder: str = "") -> Iterator[Commit]:
        """The commits after `since` (None: all), newest first, read while git still writes them."""
        span = until if since is None else f"{since}..{until}"
        records = self._log("--format=%H%n%B", span, "--", *([_literal(folder)] if folder else []))
        from tagboat.changes import Commit  # while git looks

        for record in records:
            commit, _, message = record.partition("\n")
            yield Commit(commit, *_parted(message))

    def ignores(self, path: str) -> bool:
        """Whether a file is one that git was told to leave alone, and does."""
        return self._try("check-ignore", "--quiet", "--", path).returncode == 0

    def ignored(self, paths: Sequence[str], folder: str = "") -> frozenset[str]:
        """Those of some files below `folder` that git was told to leave alone, whether it does or tracks them."""
        words = [*QUIETLY, "check-ignore", "--no-index", "-z", "--stdin"]
        done = _git(words, self.top / folder, input="\0".join(paths), check=False)
        return frozenset(filter(None, done.stdout.split("\0")))

    def remotes(self) -> tuple[str, ...]:
        """The names of the configured remotes."""
        return tuple(self._read("remote").split())

    def followed(self, branch: str | None) -> tuple[tuple[str, ...], str | None]:
        """The names of the remotes, and what a branch follows: one of them, an address, "." or nothing."""
        if branch is None:
            return self.remotes(), None
        following = self._begin("config", "--get", f"branch.{branch}.remote")
        return self.remotes(), following.finish(check=False).stdout.rstrip("\n") or None

    def remote_url(self, remote: str) -> str:
        """The address that git reads a remote from, as `insteadOf` makes it; it may hold a password."""
        return self._try("remote", "get-url", remote).stdout.rstrip("\n")

    def config(self, key: str) -> str | None:
        """A value of git's configuration."""
        done = self._try("config", "--get", key)
        return None if done.returncode else done.stdout.rstrip("\n")

    def identity(self) -> str | None:
        """Who commits and tags would be by, or None when git does not know."""
        asked = [self._begin("var", f"GIT_{who}_IDENT") for who in ("AUTHOR", "COMMITTER")]
        author, committer = (program.finish(check=False) for program in asked)
        return None if author.returncode or committer.returncode else committer.stdout.strip()

    def remote_refs(self, remote: str, *refs: str) -> dict[str, str]:
        """What the remote has under these full ref names; asks it, fetches nothing.

        For an annotated tag the commit that it points at is there too, as `NAME^{}`.
        """
        return _refs(self._read(*_ls_remote(remote, *refs)))

    def look_ahead(self, remote: str, *refs: str) -> None:
        """Begin to ask the remote what `seen_refs` will tell."""
        key = (remote, *refs)
        if key in self._seen or key in self._looks:
            return
        import weakref

        self._looks[key] = look = self._begin(*_ls_remote(*key))
        weakref.finalize(self, look.stop)  # when nobody came to hear it

    def seen_refs(self, remote: str, *refs: str) -> dict[str, str]:
        """As `remote_refs`, but asked once: for one decision that is made in several places."""
        key = (remote, *refs)
        if key not in self._seen:
            look = self._looks.pop(key, None)
            self._seen[key] = _refs(_good(look).stdout) if look else self.remote_refs(*key)
        return self._seen[key]

    def fetch(self, remote: str, ref: str) -> None:
        """Bring what the remote has under a ref here, as objects only: no branch or tag of ours moves."""
        self._write("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", remote, ref)

    # -- writing ------------------------------------------------------------------------------------

    def stage(self, paths: Sequence[str]) -> None:
        """Put the files' present state into the index, ignored ones too."""
        self._write("add", "--force", "--", *map(_literal, paths))

    def unstage(self, paths: Sequence[str]) -> None:
        """Put HEAD's state of the files back into the index; the files stay as they are."""
        self._write("reset", "--quiet", "--", *map(_literal, paths))

    def commit(self, message: str, paths: Sequence[str]) -> Completed:
        """Commit just these paths; hooks run as the user set them up. The caller looks at the status."""
        words = [*UNDIVIDED, "-c", "i18n.commitEncoding=UTF-8", "commit", "--quiet", "--cleanup=verbatim", "-F", "-"]
        return _git([*words, "--", *map(_literal, paths)], self.top, input=message, check=False, writes=True)

    def commit_aside(self, base: str, files: Mapping[str, bytes], message: str) -> str:
        """A commit on `base` with these files in it; its id. No branch moves, and checkout and index stay as they are.

        It is signed when git is configured to. Hooks do not run: they would look at a checkout that has none of it.
        """
        import tempfile

        with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}

            def git(*words: str, text: str | None = None) -> str:
                return _git([*UNDIVIDED, *words], self.top, input=text, writes=True, more=index).stdout.strip()

            git("read-tree", base)
            for path, data in files.items():
                there = git("ls-files", "--stage", "--", _literal(path))
                mode = there.partition(" ")[0] or "100644"
                blob = git("hash-object", "-w", "--stdin", f"--path={path}", text=decode(data))
                git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
            tree = git("write-tree")
            signs = self._try("config", "--type=bool", "--get", "commit.gpgSign").stdout.strip() == "true"
            words = ["-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree, "-p", base, "-F", "-"]
            return git(*words, *(["-S"] if signs else []), text=message)

    def create_tag(self, name: str, commit: str, message: str) -> None:
        """Make an annotated tag; git signs it when it is configured to."""
        words = [*UNDIVIDED, "-c", "i18n.commitEncoding=UTF-8", "tag", "--annotate", "--cleanup=verbatim", "-F", "-"]
        complaint = _git([*words, "--", name, commit], self.top, input=message, writes=True).stderr.strip()
        if complaint and self._try("config", "--type=bool", "--get", "tag.gpgSign").stdout.strip() == "true":
            self._refuse_unsigned(name, complaint)

    def _refuse_unsigned(self, name: str, complaint: str) -> None:
        """Some gits (2.39) make the tag all the same when its SSH signature fails, and report success."""
        tag = self.tag(name)
        if tag is not None and "-----BEGIN " not in (self.tag_text(tag) or ""):
            self.delete_tag(name, tag.id)
            raise CommandFailed("git tag failed: the tag could not be signed", why=complaint)

    def delete_tag(self, name: str, expected: str) -> None:
        """Delete a tag if it still is the object `expected`."""
        self._write("update-ref", "-d", f"refs/tags/{name}", expected)

    def move_branch(self, branch: str, to: str, expected: str) -> None:
        """Point a branch elsewhere if it still is at `expected`; files and index stay."""
        self._write("update-ref", "-m", "tagboat undo", f"refs/heads/{branch}", to, expected)

    def push(self, remote: str, *refspecs: str, leases: Sequence[tuple[str, str]] = ()) -> None:
        """Push all refs or none. A lease (ref, expected id) must hold on the remote, and lets its ref go back.

        No refspec may begin with a plus: it would push in spite of the lease.
        """
        options = [f"--force-with-lease={ref}:{expected}" for ref, expected in leases]
        self._write("push", "--atomic", "--quiet", *options, remote, *refspecs)

    def clone_into(self, destination: Path) -> Program:
        """Begin a clone with nothing checked out. It borrows this repository's objects, those to come, too."""
        # Nobody's template: its hooks are for people who work there.
        words = ["clone", "--quiet", "--shared", "--no-checkout", "--template=", str(self.top), str(destination)]
        return _begun(words, self.top)

    def checkout_into(self, revision: str, destination: Path, clone: Program | None = None) -> None:
        """A clean checkout of a commit, branch or tag in a new folder, with its history and tags.

        It costs no more than the files of one revision. `clone` is the clone into that folder, where it was begun
        before; the tag that is checked out may have been made since.
        """
        commit, tag = self.resolve(revision), self.tag(revision.removeprefix(TAGS))
        if clone is None or clone.finish(check=False).returncode:  # what is going on beside it may have disturbed it
            again, clone = self.clone_into(destination), None
            _good(again)
        there = Git(destination)
        if clone is not None and tag is not None:
            there._write("update-ref", TAGS + tag.name, tag.id)
        there._write("-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", str(commit))
        if (destination / ".gitmodules").is_file():
            there._write("submodule", "--quiet", "update", "--init", "--recursive")

    def rehearsal_clone(self, folder: Path) -> Git:
        """A clone to rehearse in, `folder/project`, whose only remote is the new bare `folder/remote.git`.

        Branches, tags, who commits and the hooks are as they are here; nothing leads back to the real remote.
        """
        remote, project = os.fspath(folder / "remote.git"), os.fspath(folder / "project")
        _git(["clone", "--quiet", "--bare", os.fspath(self.top), remote], self.top)
        _git(["-c", "advice.detachedHead=false", "clone", "--quiet", remote, project], self.top)
        clone = Git(folder / "project")
        for key in ("user.name", "user.email", "user.signingKey", "commit.gpgSign", "tag.gpgSign", "gpg.format"):
            if (value := self.config(key)) is not None:
                clone._write("config", key, value)
        hooks = Path(self._read("rev-parse", "--path-format=absolute", "--git-path", "hooks").rstrip("\n"))
        if hooks.is_dir():
            import shutil

            shutil.copytree(hooks, folder / "project" / ".git" / "hooks", dirs_exist_ok=True)
        return clone

    # -- running ------------------------------------------------------------------------------------

    def _log(self, *words: str) -> Iterator[str]:
        argv = ["git", *QUIETLY, "log", "--no-show-signature", "-z", "--encoding=UTF-8", *words]
        # Into a pipe git would write commit by commit, which takes half as long again.
        return stream(argv, separator=b"\0", cwd=self.top, env=_environ() | {"GIT_FLUSH": "0"})

    def _ids(self, *names: str) -> list[str | None]:
        """The ids of what these names mean at this moment; None for what is not there."""
        return [None if " " in answer else answer for answer in self._objects.ask(*names)]

    def _begin(self, *words: str) -> Program:
        return _begun([*QUIETLY, *words], self.top)

    def _read(self, *words: str) -> str:
        return _git([*QUIETLY, *words], self.top).stdout

    def _try(self, *words: str) -> Completed:
        return self._begin(*words).finish(check=False)

    def _write(self, *words: str) -> None:
        _git([*UNDIVIDED, *words], self.top, writes=True)


def relative_folder(top: Path, root: Path) -> str:
    """The project's folder relative to the repository's top, with slashes; "" when they are the same."""
    folder = root.resolve().relative_to(top.resolve()).as_posix()
    return "" if folder == "." else folder


def points_at(refs: dict[str, str], ref: str) -> str | None:
    """The commit that a remote's tag points at, from what `remote_refs` tells of it."""
    return refs.get(f"{ref}^{{}}", refs.get(ref))


def _ls_remote(remote: str, *refs: str) -> list[str]:
    return ["ls-remote", remote, *refs, *(f"{ref}^{{}}" for ref in refs)]


def _refs(text: str) -> dict[str, str]:
    """The names that `git ls-remote` tells, each with its object."""
    pairs = (line.split("\t", 1) for line in text.splitlines() if "\t" in line)
    return {ref: object_id for object_id, ref in pairs}


def _literal(path: str) -> str:
    """A path that git takes letter by letter, from the top."""
    return f":(top,literal){path}"


def _parted(message: str) -> tuple[str, str]:
    """The subject and the body of a message as git prints it."""
    subject, _, body = (message if message.isascii() else _readable(message)).partition("\n")
    return subject.strip(), body.strip("\n")


def _readable(text: str) -> str:
    """A message as people can read it: where it is not UTF-8 and says nothing of its encoding, it is Latin-1."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return encode(text).decode("latin-1")
    return text


def _environ() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in FOREIGN}


def _advice(complaint: str) -> str:
    """What to do about a lock: git leaves its lock files behind when it is killed, and then refuses to work."""
    lock = re.search(r"'(/[^'\n]+\.lock)'", complaint)
    return f"When no other git is at work there: delete {lock[1]}, then run the same command again." if lock else ""


def _git(
    words: Sequence[str],
    cwd: Path,
    *,
    input: str | None = None,  # noqa: A002
    check: bool = True,
    writes: bool = False,
    more: Mapping[str, str] | None = None,
) -> Completed:
    program = _begun(words, cwd, reads=input is not None, writes=writes, more=more)
    return _good(program, input) if check else program.finish(input, check=False)


def _begun(
    words: Sequence[str],
    cwd: Path,
    *,
    reads: bool = False,
    writes: bool = False,
    more: Mapping[str, str] | None = None,
) -> Program:
    return Program(["git", *words], cwd=cwd, env={**_environ(), **(more or {})}, reads=reads, holds_lock=writes)


def _good(program: Program, input: str | None = None) -> Completed:  # noqa: A002
    """What a program leaves behind that does not fail. Raises `CommandFailed`."""
    done = program.finish(input, check=False)
    if done.returncode:
        why = done.stderr.strip() or done.stdout.strip()
        raise CommandFailed(f"{program.title} failed", why=why, next=_advice(why))
    return done
