"""What both forges tell of their settings, and the command that shows it."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.forge.fakes.github import GitHub as FakeGitHub
from tests.projects import make_project

from tagboat.ci.needed import needed_of
from tagboat.cli.app import run as tagboat
from tagboat.errors import ForgeFailed
from tagboat.forge.settings import Environment, Settings, TagRule
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from tests.forge.quay import Quay
    from tests.gitbox import Box

ALL = frozenset({"creation", "update", "deletion"})


def look(quay: Quay, token: str = "write-token") -> Settings:
    with closing(quay.forge(token)) as forge:
        return forge.settings()


def test_github_tells_everything_that_carries_a_release(github):
    server = github.server
    assert isinstance(server, FakeGitHub)
    server.environment("pypi", reviewers=2, wait=5, refs=["tag v*", "branch main"], secrets=["A"], variables=["B"])
    server.environment("testpypi")
    server.environment("odd/name", reviewers=1, refs="protected")
    server.names = {"secrets": [f"S{number}" for number in range(70)], "variables": ["V"]}
    server.shared = {"secrets": ["ORG"], "variables": []}
    names = {"ref_name": {"include": ["refs/tags/v*"], "exclude": []}}
    rules = [{"type": each} for each in (*sorted(ALL), "required_signatures")]
    server.rulesets = [
        {"name": "releases", "enforcement": "active", "conditions": names, "rules": rules},
        {"name": "off", "enforcement": "disabled", "conditions": None, "rules": []},
    ]
    server.immutable = True
    settings = look(github)
    assert settings.environments == {
        "pypi": Environment(("a wait of 5 minutes", "2 reviewers"), ("tag v*", "branch main"), frozenset({"A", "B"})),
        "testpypi": Environment((), None, frozenset()),
        "odd/name": Environment(("1 reviewer",), ("protected branches",), frozenset()),
    }
    assert settings.tag_rules == (TagRule("releases", ("refs/tags/v*",), (), ALL),)
    assert settings.names is not None
    assert len(settings.names) == 72
    assert (settings.immutable, settings.writes, settings.private, settings.closed) == (True, False, False, ())


def test_what_a_token_may_not_see_is_said_with_the_right_that_it_takes(github):
    github.server.hidden = {"actions", "environments", "secrets", "metadata", "administration"}
    settings = look(github)
    assert (settings.environments, settings.tag_rules, settings.immutable, settings.names) == (None, None, None, None)
    text = "\n".join(settings.closed)
    assert "environments: 403: Resource not accessible by integration (takes actions: read)" in text
    assert "administration: read" in text
    assert len(settings.closed) == 6


def test_off_is_not_unseen(github):
    github.server.default = "write"
    settings = look(github)
    assert (settings.immutable, settings.writes) == (False, True)


def test_gitlab_tells_protected_tags_environments_and_variables(gitlab):
    server = gitlab.server
    server.environments = ["pypi", "staging"]
    server.protected = [
        {
            "name": "pypi",
            "deploy_access_levels": [{"access_level_description": "Maintainers"}],
            "required_approval_count": 2,
        }
    ]
    server.protected_tags = ["v*"]
    server.variables = [
        {"key": "CORP_TOKEN", "environment_scope": "pypi", "protected": True, "masked": True},
        {"key": "OPEN", "environment_scope": "*", "protected": False, "masked": True},
        {"key": "SHOWN", "environment_scope": "*", "protected": True, "masked": False},
    ]
    settings = look(gitlab)
    assert settings.environments == {
        "pypi": Environment(("deployed by Maintainers only", "2 approvals"), None, frozenset({"CORP_TOKEN"})),
        "staging": Environment((), None, frozenset()),
    }
    assert settings.tag_rules == (TagRule("v*", ("refs/tags/v*",), (), ALL),)
    assert settings.names == {"OPEN", "SHOWN"}
    assert settings.weak == {
        "OPEN": "every branch gets it: it is not protected",
        "SHOWN": "a log can show it: it is not masked",
    }
    assert settings.private


def test_gitlab_without_premium_or_rights_says_so(gitlab):
    gitlab.server.environments = ["pypi"]
    settings = look(gitlab, "read-token")
    assert (settings.tag_rules, settings.names) == (None, None)
    assert settings.environments == {"pypi": Environment((), None, None)}
    text = "\n".join(settings.closed)
    assert "protected environments: 404" in text
    assert "variables: 403" in text


def test_a_token_that_nobody_knows_is_an_error_and_no_list_of_what_is_closed(quay):
    with pytest.raises(ForgeFailed):
        look(quay, "wrong-token")


@pytest.fixture
def box(box: Box, quay: Quay, monkeypatch) -> Box:
    root = make_project(box.top, name="demo", version="0.1.0")
    path = root / "pyproject.toml"
    path.write_text(
        path.read_text("utf-8") + '\n[tool.tagboat.index.testpypi]\nkind = "testpypi"\n'
        '[tool.tagboat.index.pypi]\nkind = "pypi"\n'
        '[tool.tagboat.index.corp]\nkind = "devpi"\nurl = "https://devpi.example/team/prod/"\n'
        f'[tool.tagboat.forge]\nkind = "{quay.kind}"\nurl = "{quay.server.url}"\nrepository = "crew/boat"\n'
        "[tool.tagboat.ci]\nnotify = true\n",
        encoding="utf-8",
    )
    box.commit("feat: the first one")
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.setenv(name, "write-token")
    monkeypatch.setenv("GITHUB_API_URL", quay.server.url)
    return box


def test_what_is_needed_is_what_is_generated(box, quay):
    needed = needed_of(Workspace(box.top))
    assert needed.environments == ("testpypi", "pypi", "corp")
    assert needed.guarded == {"pypi", "corp"}
    assert needed.tag == "v1.2.3"
    assert needed.secrets["notify"] == ("TAGBOAT_NOTIFY_URLS",)
    assert "DEVPI_TOKEN" in needed.secrets["corp"]
    values = [value for _, value in needed.publishers["pypi"]]
    file = "publish.yml" if quay.kind == "github" else ".gitlab-ci.yml"
    assert values == ["crew", "boat", file, "pypi"]
    assert needed.publishers.keys() == {"testpypi", "pypi"}


def test_the_command_tells_what_is_wrong_and_changes_nothing(box, quay, capsys):
    assert tagboat(["-C", str(box.top), "ci", "doctor", "--json"]) == 4
    problems = [each["what"] for each in json.loads(capsys.readouterr().out)["error"]["problems"]]
    assert "there is no environment pypi" in problems
    assert any("of tags like v1.2.3" in each for each in problems)
    assert {asked.method for asked in quay.server.asked} == {"GET"}


def test_the_command_shows_the_four_values_to_enter(box, quay, capsys):
    if quay.kind == "github":
        for name in ("testpypi", "pypi"):
            quay.server.environment(name, reviewers=1, refs=["tag v*"])
        quay.server.environment("corp", reviewers=1, refs=["tag v*"], secrets=["DEVPI_TOKEN"], variables=["DEVPI_USER"])
        quay.server.names["secrets"] = ["TAGBOAT_NOTIFY_URLS"]
        everything = {"ref_name": {"include": ["~ALL"], "exclude": []}}
        rules = [{"type": each} for each in ALL]
        quay.server.rulesets = [{"name": "r", "enforcement": "active", "conditions": everything, "rules": rules}]
    else:
        quay.server.environments = ["testpypi", "pypi", "corp"]
        level = [{"access_level_description": "Maintainers"}]
        quay.server.protected = [{"name": name, "deploy_access_levels": level} for name in ("pypi", "corp")]
        quay.server.protected_tags = ["v*"]
        scoped = [("DEVPI_TOKEN", "corp"), ("DEVPI_USER", "corp"), ("TAGBOAT_NOTIFY_URLS", "*")]
        quay.server.variables = [
            {"key": key, "environment_scope": scope, "protected": True, "masked": True} for key, scope in scoped
        ]
    names = needed_of(Workspace(box.top)).secrets["corp"]
    code = tagboat(["-C", str(box.top), "ci", "doctor"])
    out = capsys.readouterr()
    assert code == 0, (out.err, names)
    assert "pypi: enter on its page for trusted publishers" in out.out
    assert "  crew" in out.out
    assert "boat" in out.out
    assert "write-token" not in out.out + out.err
    assert {asked.method for asked in quay.server.asked} == {"GET"}


def test_without_a_forge_there_is_nobody_to_ask(box, capsys):
    path = box.top / "pyproject.toml"
    path.write_text(path.read_text("utf-8").partition("[tool.tagboat.forge]")[0], encoding="utf-8")
    assert tagboat(["-C", str(box.top), "ci", "doctor"]) == 4
    assert "no forge is configured" in capsys.readouterr().err
