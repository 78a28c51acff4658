"""Whether files that an index had already are what the tagged source builds.

They are adopted for their bytes, since a rebuild need not give the same ones. Whoever may upload could have put
something else there under the same name, and a pipeline would vouch for it; so their contents are held against a build.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.archive import Archive
from tagboat.errors import Blocked, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.distribution import Distribution
    from tagboat.observer import Observer
    from tagboat.plan import Plan
    from tagboat.workspace import Workspace

MADE_BY_THE_TOOL = ("RECORD", "WHEEL")
"""Of a wheel: hashes of the rest, and which version of a back end made it."""
SHOWN = 5


def check_adopted(
    workspace: Workspace, plan: Plan, distributions: Sequence[Distribution], elsewhere: set[str], observer: Observer
) -> None:
    """Build again what an index had, and compare. Wheels named in `elsewhere` only their own machines can build.

    Raises `Blocked` with every file that has other contents.
    """
    listed = {name for index in workspace.indexes(plan.indexes) for name in index.files(plan.project, plan.version)}
    adopted = [each for each in distributions if each.filename in listed - elsewhere]
    if not adopted:
        return
    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        built = {each.filename: each for each in workspace.build_revision(plan.base, Path(folder), observer)}
        problems = [problem for each in adopted for problem in _differences(each, built.get(each.filename))]
    if problems:
        raise Blocked(
            f"an index has files of {plan.project} {plan.version} that {plan.tag} does not build",
            problems=problems,
            next="Find out who uploaded them. If nobody of yours did: withdraw the version, and release the next one.",
        )


def _differences(there: Distribution, ours: Distribution | None) -> Iterator[Problem]:
    if ours is None:
        yield Problem(f"{there.filename} is no file that this source builds")
        return
    if there.sha256 == ours.sha256:
        return
    one, other = _contents(there), _contents(ours)
    paths = sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))
    if paths:
        more = f", and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
        yield Problem(f"{there.filename} differs in {', '.join(paths[:SHOWN])}{more}")


def _contents(distribution: Distribution) -> dict[str, str]:
    """Hashes of files and targets of links, by path."""
    with Archive.open(distribution) as archive:
        left_out = {f"{archive.dist_info}/{name}" for name in MADE_BY_THE_TOOL} if archive.is_wheel else set()
        return {path: each.sha256 or each.target for path, each in archive.files.items() if path not in left_out}
