"""Configurations that pipelines are generated from: named ones, and every pair of options that can meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, product
from typing import TYPE_CHECKING

from tests.projects import make_project

from tagboat.ci.generate import GENERATORS
from tagboat.ci.generate.pipeline import Pipeline, make_pipeline
from tagboat.config import load_config
from tagboat.project import read_project
from tagboat.project.sources import read_sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEXES = {
    "pypi": '[tool.tagboat.index.pypi]\nkind = "pypi"\n',
    "testpypi": '[tool.tagboat.index.testpypi]\nkind = "testpypi"\n',
    "pypi-token": '[tool.tagboat.index.pypi]\nkind = "pypi"\ntrusted-publishing = false\n',
    "testpypi-token": '[tool.tagboat.index.testpypi]\nkind = "testpypi"\ntrusted-publishing = false\n',
    "warehouse": (
        '[tool.tagboat.index.own]\nkind = "pypi"\nupload-url = "https://warehouse.example.com/legacy/"\n'
        'simple-url = "https://warehouse.example.com/simple/"\n'
    ),
    "devpi": '[tool.tagboat.index.internal]\nkind = "devpi"\nurl = "https://devpi.example.com/root/prod"\n',
    "stage": '[tool.tagboat.index.stage-1]\nkind = "devpi"\nurl = "https://devpi.example.com/root/stage"\n',
    "artifactory": (
        '[tool.tagboat.index.internal]\nkind = "artifactory"\n'
        'url = "https://example.jfrog.io/artifactory/api/pypi/pypi-local"\n'
    ),
    "codeartifact": (
        '[tool.tagboat.index.internal]\nkind = "codeartifact"\ndomain = "harbour"\nrepository = "releases"\n'
        'owner = "123456789012"\nregion = "eu-west-1"\n'
    ),
    "gitlab": ('[tool.tagboat.index.internal]\nkind = "gitlab"\nurl = "https://gitlab.example.com"\nproject = "a/b"\n'),
    "azure": (
        '[tool.tagboat.index.internal]\nkind = "azure"\norganization = "harbour"\nproject = "boats"\n'
        'feed = "releases"\n'
    ),
    "google": (
        '[tool.tagboat.index.internal]\nkind = "google"\nlocation = "europe-west1"\nproject = "harbour"\n'
        'repository = "boats"\n'
    ),
    "s3": '[tool.tagboat.index.internal]\nkind = "s3"\nbucket = "boats"\n',
    "legacy": (
        '[tool.tagboat.index.on]\nkind = "legacy"\nupload-url = "https://index.example.com/up"\n'
        'simple-url = "https://index.example.com/simple/"\n'
    ),
}


@dataclass(frozen=True)
class Variant:
    """One configuration: indexes by the names above, and what `[tool.tagboat.ci]` and its like say."""

    indexes: tuple[str, ...] = ("pypi",)
    forge: str = ""
    ci: tuple[str, ...] = ()
    top: tuple[str, ...] = ()
    folder: str = ""
    name: str = field(default="harbour-light")

    @property
    def config(self) -> str:
        """The text of its tables."""
        tables = "".join(INDEXES[index] for index in self.indexes)
        forge = f'[tool.tagboat.forge]\nkind = "{self.forge}"\n' if self.forge else ""
        lines = "".join(f"{line}\n" for line in self.top)
        return f"[tool.tagboat]\n{lines}{tables}{forge}[tool.tagboat.ci]\n" + "".join(f"{line}\n" for line in self.ci)

    def project(self, top: Path) -> Path:
        """Write the project below `top`, and return its folder."""
        root = make_project(top / self.folder, name=self.name)
        tests = root / "tests"
        tests.mkdir()
        (tests / "test_it.py").write_text("def test_it():\n    assert True\n")
        file = root / "pyproject.toml"
        file.write_text(f"{file.read_text()}\n{self.config}")
        return root

    def pipeline(self, top: Path) -> Pipeline:
        """Write the project, and read it."""
        root = self.project(top)
        config = load_config(root, {})
        return make_pipeline(config, read_project(root, config), read_sources(root), self.folder)

    def files(self, top: Path, system: str = "github") -> dict[str, str]:
        """What is generated for it in an empty repository, by path."""
        return {edit.path: edit.after for edit in GENERATORS[system](self.pipeline(top), top).edits}


DOCS = 'documentation = "docs.yml"'

EVERYTHING = Variant(
    ("testpypi", "pypi", "devpi"),
    "github",
    (
        'wheels = ["ubuntu-latest", "windows-latest"]',
        'licences = ["MIT"]',
        "notify = true",
        DOCS,
        'release = "pull-request"',
    ),
    ('branch = "main"',),
)

NAMED = {
    "pypi": Variant(("pypi",), "github"),
    "testpypi-and-pypi": Variant(("testpypi", "pypi"), "github"),
    "pypi-by-token": Variant(("testpypi-token", "pypi-token")),
    "devpi": Variant(("devpi",)),
    "artifactory": Variant(("artifactory",)),
    "codeartifact": Variant(("codeartifact",)),
    "gitlab-index": Variant(("gitlab",)),
    "azure": Variant(("azure",)),
    "pypi-and-devpi": Variant(("pypi", "devpi"), "github"),
    "wheels": Variant(("pypi",), "github", ('wheels = ["ubuntu-latest", "macos-latest", "windows-latest"]',)),
    "pull-request": Variant(("pypi",), "github", ('release = "pull-request"',), ('branch = "main"',)),
    "notify": Variant(("pypi",), "github", ("notify = true",)),
    "licences": Variant(("pypi",), "", ('licences = ["MIT", "Apache-2.0"]', 'updates = "renovate"')),
    "tag-only": Variant(()),
    "below-the-top": Variant(("pypi",), "github", (), (), "packages/light"),
}
"""The ones whose files are kept in tests/ci/golden."""

GITLAB = {
    "gitlab": Variant(("gitlab",), "gitlab"),
    "gitlab-everything": Variant(
        EVERYTHING.indexes, "gitlab", tuple(line for line in EVERYTHING.ci[1:] if line != DOCS), EVERYTHING.top
    ),
}
"""Those of them for GitLab CI."""

TOP = (
    'tag-format = "{project}+v{version}-x"',
    'dependency-index = ["https://a.example.com/simple", "https://b.example.com/x"]',
)
TEST = r"""test = ["pip install -e .", "for each in a b; do", "  python -m pytest -k \"$each\"", "done"]"""

OPTIONS: dict[str, tuple[object, ...]] = {
    "indexes": (
        ("pypi",),
        ("testpypi", "pypi"),
        ("pypi-token",),
        ("testpypi-token", "pypi-token"),
        ("warehouse",),
        ("devpi",),
        ("stage", "devpi"),
        ("testpypi", "pypi", "devpi"),
        ("artifactory",),
        ("codeartifact",),
        ("gitlab", "pypi"),
        ("azure",),
        ("google",),
        ("s3",),
        ("legacy",),
        (),
    ),
    "forge": ("", "github"),
    "wheels": ("", 'wheels = ["ubuntu-latest", "windows-latest"]'),
    "licences": ("", 'licences = ["MIT"]'),
    "notify": ("", "notify = true"),
    "release": ("", 'release = "pull-request"'),
    "text": ("", TEST),
    "folder": ("", "packages/light"),
}


def pairwise() -> list[Variant]:
    """Configurations that together hold every pair of values of two options: greedily, always the same ones."""
    names = list(OPTIONS)
    missing = {
        (a, i, b, j)
        for a, b in combinations(names, 2)
        for i, j in product(range(len(OPTIONS[a])), range(len(OPTIONS[b])))
        if _can_meet(a, i, b, j)
    }
    variants = []
    while missing:
        chosen: dict[str, int] = {}
        for name in names:
            values = [
                i for i in range(len(OPTIONS[name])) if all(_can_meet(*_pair(name, i, *it)) for it in chosen.items())
            ]
            chosen[name] = max(values, key=lambda i, name=name: (_gain(name, i, chosen, missing), -i))
        covered = {(a, chosen[a], b, chosen[b]) for a, b in combinations(names, 2)}
        if not covered & missing:  # the greedy choice went past the rest: begin with one of them
            a, i, b, j = min(missing)
            chosen = _around(a, i, b, j)
            covered = {(a, chosen[a], b, chosen[b]) for a, b in combinations(names, 2)}
        missing -= covered
        variants.append(_variant({name: OPTIONS[name][i] for name, i in chosen.items()}))
    return variants


def _pair(name: str, i: int, other: str, j: int) -> tuple[str, int, str, int]:
    return (other, j, name, i) if list(OPTIONS).index(other) < list(OPTIONS).index(name) else (name, i, other, j)


def _gain(name: str, i: int, chosen: dict[str, int], missing: set[tuple[str, int, str, int]]) -> int:
    new = sum(_pair(name, i, *it) in missing for it in chosen.items())
    later = sum((a, x) == (name, i) or (b, y) == (name, i) for a, x, b, y in missing)
    return new * 1000 + later


def _can_meet(a: str, i: int, b: str, j: int) -> bool:
    """A release by pull request needs a forge."""
    values = {a: OPTIONS[a][i], b: OPTIONS[b][j]}
    return values.get("forge", "github") == "github" or not values.get("release")


def _around(a: str, i: int, b: str, j: int) -> dict[str, int]:
    """A configuration with that pair, plain in everything else."""
    needs = dict.fromkeys(OPTIONS, 0) | {"forge": 1}
    return needs | {a: i, b: j}


def _variant(values: dict[str, object]) -> Variant:
    ci = tuple(str(values[name]) for name in ("wheels", "licences", "notify", "release", "text") if values[name])
    top = (TOP if values["text"] else ()) + (('branch = "main"',) if values["release"] else ())
    indexes = values["indexes"]
    assert isinstance(indexes, tuple)
    return Variant(indexes, str(values["forge"]), ci, top, str(values["folder"]))


def workflows(variants: list[Variant], top: Path) -> Iterator[tuple[str, str]]:
    """Every different workflow of these configurations, with a name of its own."""
    seen: dict[str, str] = {}
    for number, variant in enumerate(variants):
        for path, text in variant.files(top / f"variant-{number}").items():
            if path.startswith(".github/workflows/") and text not in seen:
                seen[text] = f"{number:02}-{path.rpartition('/')[2]}"
                yield seen[text], text
