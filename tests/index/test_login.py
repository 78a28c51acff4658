from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from tests.index import made

from tagboat.errors import IndexFailed
from tagboat.index.credentials import Credential, Login
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import PypiServer

    from tagboat.index.credentials import Account


def test_nobody_is_looked_for_before_the_first_use() -> None:
    looked: list[int] = []
    login = Login(lambda: looked.append(1))  # type: ignore[func-returns-value]
    assert looked == []
    assert login.known == ()
    assert login.current() is None
    assert login.found is None
    assert looked == [1]


def test_a_person_is_asked_only_when_nothing_is_found() -> None:
    typed = Credential("bob", "typed")
    login = Login(ask=lambda: typed)
    assert login.found is None
    assert login.asked() == typed
    assert login.current() == typed
    assert Login(lambda: Credential("a", "b"), ask=lambda: typed).asked() == Credential("a", "b")


def test_whoever_is_needed_is_asked_once_and_what_they_typed_is_used_from_then_on() -> None:
    asked: list[Credential | None] = []

    def ask(typed: Credential | None) -> Credential | None:
        asked.append(typed)
        return typed

    typed = Credential("alice", "p")
    login = Login(ask=lambda: ask(typed))
    assert [login.current(), login.current(), login.found] == [typed] * 3
    silent = Login(ask=lambda: ask(None))
    assert [silent.current(), silent.asked()] == [None, None]
    assert asked == [typed, None]


def test_what_was_typed_for_the_look_ahead_is_there_for_the_upload(tmp_path: Path, pypi_server: PypiServer) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "boat"\n[tool.tagboat.index.x]\nkind = "pypiserver"\nurl = "{pypi_server.url}"\n',
        encoding="utf-8",
    )
    asked: list[str] = []

    def ask(account: Account) -> Credential:
        asked.append(account.index)
        return Credential(pypi_server.user, pypi_server.password)

    workspace = Workspace(tmp_path, environ={"HOME": str(tmp_path)}, ask=ask)
    (first,), (second,) = workspace.indexes(["x"]), workspace.indexes(["x"])
    assert list(first.problems()) == []
    wheel = made.wheel(tmp_path, "typed-boat")
    second.upload(wheel)
    assert wheel.filename in second.files("typed-boat")
    assert asked == ["x"]


def test_what_is_about_to_end_is_renewed_and_all_is_revoked_at_the_end() -> None:
    ended: list[str] = []
    made: list[Credential] = []

    def find() -> Credential:
        name = f"t{len(made)}"
        lives = 10.0 if not made else 900.0
        made.append(Credential("u", name, expires=time.time() + lives, revoke=lambda: ended.append(name)))
        return made[-1]

    login = Login(find)
    assert login.current() == made[0]
    assert login.current() == made[1]
    assert login.current() == made[1]
    assert (len(made), ended) == (2, [])  # another thread may be using it
    assert set(login.known) == set(made)
    login.close()
    login.close()
    assert ended == ["t0", "t1"]
    assert login.current() == made[2]


def test_a_token_that_cannot_be_revoked_fails_nobody() -> None:
    def refuse() -> None:
        raise IndexFailed("no")

    login = Login(lambda: Credential("u", "p", revoke=refuse))
    login.current()
    login.close()
    assert login.known == ()


def test_a_credential_that_was_not_made_for_us_is_kept() -> None:
    login = Login(lambda: Credential("u", "p"))
    login.current()
    login.close()
    assert login.known == (Credential("u", "p"),)


def test_many_threads_begin_one_session() -> None:
    begun: list[str] = []

    def exchange(credential: Credential) -> Credential:
        time.sleep(0.01)
        begun.append(credential.password)
        return Credential("u", "session")

    login = Login(lambda: Credential("u", "p"), exchange=exchange)
    threads = [threading.Thread(target=login.current) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert begun == ["p"]
    used = login.current()
    assert used is not None
    assert login.refused(used)
    assert login.refused(used)  # as the next thread finds out, which may use the new one, too
    assert login.current() is not used
    assert begun == ["p", "p"]


def test_a_credential_of_no_session_that_was_refused_is_the_only_one() -> None:
    login = Login(lambda: Credential("u", "p"), exchange=lambda credential: credential)
    used = login.current()
    assert used is not None
    assert not login.refused(used)
