"""Tools for tests of releases: an index in memory, a project in git, and a process that dies where you say.

As a program it runs tagboat's command line and counts its effects, or kills it before one of them:

    python -m tagboat.testing --count FILE -- release --yes
    python -m tagboat.testing --die-before 7 -- release --yes
"""

from tagboat.testing.effects import Effects, count_effects, crash_at
from tagboat.testing.index import FakeIndex
from tagboat.testing.project import make_project

__all__ = ["Effects", "FakeIndex", "count_effects", "crash_at", "make_project"]
