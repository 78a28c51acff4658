"""pypa/gh-action-pypi-publish: the real `id` for who the job is, the real twine for the upload.

Source: pypa/gh-action-pypi-publish, action.yml, twine-upload.sh and oidc-exchange.py. The real one runs in a
container of its own. Nothing is signed here: attestations need Sigstore's servers.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ci.runner.actions.acting import is_true
from tests.ci.runner.job import ActionFailed
from twine.utils import DEFAULT_REPOSITORY

if TYPE_CHECKING:
    from tests.ci.runner.actions.acting import Acting

EXCHANGE = Path(__file__).with_name("exchange.py")


def publish(acting: Acting) -> dict[str, str]:
    """Upload every file of a folder."""
    given = acting.inputs(
        user="__token__",
        password="",
        repository_url=DEFAULT_REPOSITORY,
        packages_dir="dist",
        verify_metadata="true",
        skip_existing="false",
        verbose="false",
        print_hash="false",
        attestations="true",
    )
    files = sorted((acting.workspace / given["packages_dir"]).glob("*"))
    if not files:
        raise ActionFailed(f"It looks like there are no Python distribution packages in {given['packages_dir']}")
    if strange := [each.name for each in files if not each.name.endswith((".whl", ".tar.gz", ".zip"))]:
        raise ActionFailed(f"Unknown distribution format: {', '.join(strange)}")
    names = [str(each) for each in files]
    twine = ("-m", "twine")
    if is_true("verify-metadata", given["verify_metadata"]):
        acting.say(acting.run(sys.executable, *twine, "check", *names))
    words = [*twine, "upload", "--non-interactive", "--disable-progress-bar"]
    words += ["--skip-existing"] if is_true("skip-existing", given["skip_existing"]) else []
    words += ["--verbose"] if is_true("verbose", given["verbose"]) else []
    credential = {"TWINE_USERNAME": given["user"], "TWINE_PASSWORD": _password(acting, given)}
    environ = {**credential, "TWINE_REPOSITORY_URL": given["repository_url"]}
    acting.say(acting.run(sys.executable, *words, *names, environ=environ))
    return {}


def _password(acting: Acting, given: dict[str, str]) -> str:
    """The password that was given, else a token for the identity of the job."""
    signs = is_true("attestations", given["attestations"])
    if given["password"]:
        if signs:
            acting.say("##[warning]attestations are ignored: they need Trusted Publishing")
        return given["password"]
    token = acting.run(sys.executable, str(EXCHANGE), given["repository_url"])
    acting.job.run.log.hide(token)
    if signs:
        acting.say("attestations are not made here")
    return token
