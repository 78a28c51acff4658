"""What programs read of tagboat: the documents of `--json` against their schema, and the Python API as documented."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import jsonschema
import pytest
from tests.e2e.sandbox import REPOSITORY

if TYPE_CHECKING:
    from tests.e2e.sandbox import Sandbox

REFERENCE = REPOSITORY / "docs" / "reference"
SCHEMA = json.loads((REFERENCE / "output.schema.json").read_text(encoding="utf-8"))
KINDS = [each["$ref"].rpartition("/")[2] for each in SCHEMA["oneOf"]]


@pytest.fixture
def quick(databricks: Sandbox) -> Sandbox:
    """Verified with uv alone; there is a next index to promote to."""
    databricks.configure(
        'pip = false\n[tool.tagboat]\nindexes = ["local"]\n'
        '[tool.tagboat.index.next]\nkind = "directory"\npath = "../next"\n'
    )
    return databricks


def kind_of(document: dict[str, object]) -> str:
    """The one kind of document that it is. Fails with what is wrong when it is none."""
    jsonschema.validate(document, SCHEMA)
    found = [
        kind
        for kind in KINDS
        if jsonschema.Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": f"#/$defs/{kind}"}]}).is_valid(document)
    ]
    assert len(found) == 1
    return found[0]


def test_every_document_is_as_its_schema_says(quick: Sandbox) -> None:
    def tell(*words: str) -> tuple[str, object]:
        document = quick.json(*words, check=False)
        return kind_of(document), document["result"]

    assert tell("init") == ("init", "unchanged")
    assert tell("status") == ("status", "changes-to-release")
    assert tell("plan") == ("planned", "plan")
    (quick.project / "README.md").write_text("changed, not committed\n", encoding="utf-8")
    assert tell("release", "--yes") == ("error", "error")
    quick.git("checkout", "--", "README.md")
    assert tell("rehearse") == ("rehearsed", "rehearsed")
    assert tell("plan", "--save") == ("planned", "plan")
    assert tell("status") == ("status", "planned")
    assert tell("undo", "--yes") == ("undone", "undone")
    assert tell("bump", "--yes") == ("released", "stopped")
    assert tell("status") == ("status", "half-finished")
    assert tell("undo", "--yes") == ("undone", "undone")
    assert tell("undo", "--yes") == ("error", "error")
    assert tell("release", "--yes") == ("released", "released")
    assert tell("release", "--yes") == ("nothing", "nothing-to-release")
    assert tell("plan") == ("nothing", "nothing-to-release")
    assert tell("verify") == ("verified", "verified")
    assert tell("promote", "0.3.0", "--to", "next", "--yes") == ("promoted", "promoted")
    assert tell("rollback", "0.3.0", "--yes") == ("rolled_back", "rolled-back")
    assert tell("status") == ("status", "nothing-to-do")
    assert tell("undo", "--yes") == ("undone", "undone")
    assert tell("build") == ("built", "built")
    assert tell("check") == ("good", "good")
    assert tell("publish") == ("published", "published")
    assert tell("index", "list") == ("indexes", "indexes")
    assert tell("index", "show") == ("indexes", "indexes")
    assert tell("index", "check") == ("checked", "checked")
    assert tell("completion", "bash") == ("completion", "completion")
    assert tell("release", "nonsense") == ("error", "error")


def test_init_tells_what_it_wrote(quick: Sandbox) -> None:
    pyproject = quick.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8").partition("\n[tool.tagboat")[0]
    pyproject.write_text(text, encoding="utf-8")
    quick.git("tag", "release-0.2.0", "v0.2.0")
    quick.git("tag", "--delete", "v0.2.0")
    document = quick.json("init")
    assert (kind_of(document), document["result"]) == ("init", "written")
    assert 'tag-format = "release-{version}"' in str(document["config"])


def test_the_example_of_the_python_api_does_what_its_page_says(quick: Sandbox) -> None:
    page = (REFERENCE / "api.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    told = re.findall(r"```text\n(.*?)```", page, re.DOTALL)[0]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=quick.project, env=quick.environ, capture_output=True, text=True, check=False
    )
    assert done.stdout == told, done.stderr


def test_every_call_of_the_api_page_is_public() -> None:
    import tagboat

    page = (REFERENCE / "api.md").read_text(encoding="utf-8")
    for module, name in re.findall(r"`(release|promotion|rollback|rehearsal|status)\.(\w+)\(", page):
        assert callable(getattr(getattr(tagboat, module), name))
    for name in re.findall(r"^\| `(\w+)\(", page, re.MULTILINE):
        assert name in tagboat.__all__
