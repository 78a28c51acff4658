"""Every generated file, over all pairs of options, is faultless to everybody who judges workflows. Warnings count."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.ci import node
from tests.ci.variants import EVERYTHING, GITLAB, NAMED, OPTIONS, Variant, pairwise, workflows

from tagboat.ci.audit import audit, known_versions, read_pipeline
from tagboat.ci.generate.pins import load_pins

BIN = Path(sys.executable).parent
MODERN = pytest.mark.skipif(sys.version_info < (3, 11), reason="zizmor and check-jsonschema need Python 3.11")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every different workflow, by a name."""
    variants = [*NAMED.values(), EVERYTHING, *pairwise()]
    return dict(workflows(variants, tmp_path_factory.mktemp("made")))


@pytest.fixture(scope="module")
def folder(made: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that has them all."""
    top = tmp_path_factory.mktemp("repository")
    where = top / ".github" / "workflows"
    where.mkdir(parents=True)
    for name, text in made.items():
        (where / name).write_text(text)
    for updates, path in (("dependabot", ".github/dependabot.yml"), ("renovate", "renovate.json")):
        variant = Variant(ci=(f'updates = "{updates}"',))
        (top / path).write_text(variant.files(tmp_path_factory.mktemp(updates))[path])
    return top


def test_the_variants_hold_every_pair_of_options(made):
    assert 32 <= len(pairwise()) < 50
    assert len(made) > 80
    assert {index for variant in pairwise() for index in [variant.indexes]} == set(OPTIONS["indexes"])


def test_githubs_own_language_service_finds_nothing(made):
    broken = (
        made["00-publish.yml"].replace("fetch-depth", "fetch-dept").replace("steps.pack.outputs", "steps.pakc.outputs")
    )
    found = language_service({**made, "broken.yml": broken})
    assert [each for each in found if each["file"] != "broken.yml"] == []
    messages = " ".join(str(each["message"]) for each in found)
    assert "fetch-dept" in messages, "it knows what each action takes"
    assert "pakc" in messages


@MODERN
def test_zizmor_as_an_auditor_finds_nothing(folder):
    done = run("zizmor", "--offline", "--no-progress", "--persona=auditor", "--format=json", str(folder))
    assert json.loads(done.stdout) == []
    assert done.returncode == 0


@MODERN
def test_schemas_admit_everything(folder):
    # The named variants hold every part. The language service goes by GitHub's own schema for all pairs.
    files = sorted(map(str, (folder / ".github" / "workflows").glob("0*.yml")))
    others = (("vendor.dependabot", ".github/dependabot.yml"), ("vendor.renovate", "renovate.json"))
    for schema, paths in (("vendor.github-workflows", files), *((name, [str(folder / path)]) for name, path in others)):
        done = run("check-jsonschema", "--builtin-schema", schema, *paths)
        assert done.returncode == 0, done.stdout


def test_every_job_has_an_end(made):
    assert all("timeout-minutes" in job for text in made.values() for job in jobs(text))


@MODERN
def test_actionlint_finds_nothing(folder):
    files = sorted(map(str, (folder / ".github" / "workflows").glob("*.yml")))
    done = run("actionlint", "-no-color", "-shellcheck=", "-pyflakes=", *files)
    assert done.stdout == ""
    assert done.returncode == 0


def test_shellcheck_finds_nothing_in_any_script(made, tmp_path):
    scripts = {step["run"] for text in made.values() for step in steps(text) if "run" in step}
    assert len(scripts) > 10
    assert not any("${{" in script for script in scripts), "GitHub would put a value into the text of a script"
    for number, script in enumerate(sorted(scripts)):
        (tmp_path / f"{number}.sh").write_text(f"#!/usr/bin/env bash\n{script}\n")
    # Variables come from the step's env, so the script sets none of them.
    done = run("shellcheck", "--severity=style", "--exclude=SC2154", *sorted(map(str, tmp_path.glob("*.sh"))))
    assert done.stdout == ""


def test_every_action_is_one_of_the_pins_with_the_version_it_has(made):
    pins = load_pins()
    used = {line.partition("uses: ")[2] for text in made.values() for line in text.splitlines() if "uses: " in line}
    assert used == {str(pin) for pin in pins.values()}
    assert all(len(pin.sha) == 40 and pin.date for pin in pins.values())


def language_service(files: dict[str, str]) -> list[dict[str, object]]:
    actions = {
        pin.action: {
            "name": pin.action,
            "inputs": {name: {"required": name in pin.required} for name in pin.inputs},
            "outputs": {name: {} for name in pin.outputs},
        }
        for pin in load_pins().values()
    }
    lines = node.run("validate.mjs", text=json.dumps({"files": files, "actions": actions})).splitlines()
    return [json.loads(line) for line in lines]


def steps(text: str) -> list[dict[str, str]]:
    return [step for job in jobs(text) for step in job["steps"]]


def jobs(text: str) -> list[dict[str, Any]]:
    return list(yaml.load(text, yaml.CSafeLoader)["jobs"].values())


def run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / program, *words], capture_output=True, text=True, check=False)


def test_our_own_audit_finds_nothing_at_its_strictest(made):
    known = known_versions()
    pipelines = [read_pipeline(name, text.encode(), known) for name, text in made.items()]
    assert [finding for pipeline in pipelines for finding in audit(pipeline, strict=True)] == []
    releasing = {re.split("[-.]", pipeline.name)[1] for pipeline in pipelines if pipeline.concerns_release}
    assert releasing == {"publish", "rollback", "release"}


@pytest.mark.parametrize("variant", GITLAB.values(), ids=GITLAB)
def test_our_own_audit_finds_in_a_pipeline_of_gitlab_only_that_no_image_can_be_pinned_from_here(variant, tmp_path):
    (text,) = [text for path, text in variant.files(tmp_path, "gitlab").items() if path.endswith("tagboat.yml")]
    pipeline = read_pipeline(".gitlab/tagboat.yml", text.encode())
    assert pipeline.publishing
    assert {finding.rule for finding in audit(pipeline, strict=True)} <= {"image-unpinned"}
