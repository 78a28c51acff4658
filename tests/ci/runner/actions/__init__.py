"""Stand-ins for the actions that workflows use: name -> what it does, in the job's own environment.

An action is a function of an `Acting`. It returns its outputs and raises `ActionFailed`. An input that the real
action does not have is a mistake of the workflow, and fails it here.
"""

from __future__ import annotations

from tests.ci.runner.actions.artifacts import download, upload
from tests.ci.runner.actions.checkout import checkout
from tests.ci.runner.actions.publish import publish
from tests.ci.runner.actions.python import setup_python

ACTIONS = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/upload-artifact": upload,
    "actions/download-artifact": download,
    "pypa/gh-action-pypi-publish": publish,
}

__all__ = ["ACTIONS"]
