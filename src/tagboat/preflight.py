"""Everything that can be known to go wrong, found before the first effect and told all at once."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tagboat.errors import CommandFailed, IndexFailed, Problem, TagboatError
from tagboat.git import points_at
from tagboat.index.interface import ProblemsUntried
from tagboat.planning import refs_of
from tagboat.steps.commit import release_commit
from tagboat.steps.files import has_text, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.config import IndexConfig
    from tagboat.forge.interface import Forge
    from tagboat.git import Git, WorkTree
    from tagboat.index.interface import Index
    from tagboat.plan import Plan


TEST_KINDS = frozenset({"testpypi"})
SHALLOW = Problem(
    "this is a shallow clone: history was cut off",
    "The changes since the last release, and versions derived from git, would be wrong.",
    "Run `git fetch --unshallow --tags` (in CI: fetch-depth 0).",
)


def problems(
    plan: Plan,
    git: Git,
    tree: WorkTree,
    indexes: Sequence[Index],
    allowed_branch: str | None,
    *,
    publishing: bool = True,
    asking: bool = True,
    needs_remote: bool = True,
    trying: bool = True,
) -> list[Problem]:
    """Everything that stands in the way of a plan that has not begun. Looks at git, the remote and the indexes.

    Without `publishing` nothing will be uploaded now, so a missing credential is no problem yet; without `asking`
    the indexes will not even be read; without `needs_remote` a remote that does not answer is no problem: the checkout
    of a CI job may have no credential for it; without `trying` nothing is left behind on the indexes to see whether
    they let us in.
    """
    # Begun before, and its ledger was lost: from there on the steps' own probes know more.
    begun = bool(plan.edits) and release_commit(git, plan) is not None
    found = [] if begun else list(_tree_problems(plan, git, tree))
    if not begun:
        found += _repository_problems(plan, git, allowed_branch)
    if not begun and plan.remote is not None and (plan.from_tag or tree.head == plan.base):
        found += _remote_problems(plan, git, plan.remote, needed=needs_remote)
    is_new = bool(plan.edits) and not begun
    for index in indexes if asking else ():
        found += _index_problems(plan, index, is_new=is_new, publishing=publishing, trying=trying)
    return found


def _tree_problems(plan: Plan, git: Git, tree: WorkTree) -> Iterator[Problem]:
    if plan.from_tag:
        return
    if tree.head != plan.base:
        yield Problem(
            f"the plan was made for {plan.base[:10]}, but HEAD is {str(tree.head)[:10]}",
            "What was reviewed is not what would be released.",
            "`tagboat undo` forgets the saved plan; then plan again.",
        )
    foreign = sorted(set(tree.changed) - {edit.path for edit in plan.edits if has_text(git, edit, edit.after)})
    if foreign:
        yield Problem(
            f"uncommitted changes: {listed(foreign)}",
            "A release is made from a commit, and these would not be in it.",
            "Commit them, or put them away with `git stash`.",
        )
    in_the_way = sorted(edit.path for edit in plan.edits if edit.before is not None and _is_below(edit.path, tree))
    if in_the_way:
        yield Problem(
            f"the release would write {listed(in_the_way)}, which git does not track yet",
            next="Commit these files first.",
        )
    if tree.branch is None:
        yield Problem(
            "HEAD is detached: no branch is checked out",
            "The release commit needs a branch to stand on.",
            "`git switch` to your branch; for an existing tag, use `tagboat release --tag`.",
        )


def _is_below(path: str, tree: WorkTree) -> bool:
    """Whether a file is untracked, itself or by a folder that git knows nothing of."""
    return any(path == each or (each.endswith("/") and path.startswith(each)) for each in tree.untracked)


def _repository_problems(plan: Plan, git: Git, allowed_branch: str | None) -> Iterator[Problem]:
    if git.is_shallow():
        yield SHALLOW
    if not plan.from_tag and git.identity() is None:
        yield Problem(
            "git does not know who you are",
            "The release commit and the tag need an author.",
            'Run `git config user.name "…"` and `git config user.email "…"`.',
        )
    if allowed_branch is not None and plan.branch is not None and plan.branch != allowed_branch:
        yield Problem(
            f"releases are made from {allowed_branch}, but {plan.branch} is checked out",
            "`branch` in [tool.tagboat] says so.",
            f"`git switch {allowed_branch}`.",
        )
    tag = git.tag(plan.tag)
    if tag is not None and (plan.edits or tag.commit != plan.base):
        yield Problem(
            f"the tag {plan.tag} is there already, on {tag.commit[:10]}",
            "A version that was tagged once is never used again.",
            "Release the next version; or, if the tag is a mistake, delete it.",
        )


def _remote_problems(plan: Plan, git: Git, remote: str, *, needed: bool) -> Iterator[Problem]:
    branch, tag = f"refs/heads/{plan.branch}", f"refs/tags/{plan.tag}"
    try:
        refs = git.seen_refs(remote, *refs_of(plan.branch, plan.tag))
    except CommandFailed as error:
        if needed:
            yield Problem(f"the remote {remote} cannot be reached", error.why, f"Check `git ls-remote {remote}`.")
        return
    local = git.tag(plan.tag)
    same = local is not None and (local.id == refs.get(tag) or (plan.from_tag and points_at(refs, tag) == local.commit))
    if tag in refs and not same:
        yield Problem(
            f"{remote} has a tag {plan.tag} already",
            "Somebody released this version first.",
            "`git pull --tags`, then release the next version.",
        )
    there = refs.get(branch)
    if plan.branch is None or (there is None and not plan.edits):
        return
    if there is None:
        yield Problem(
            f"{plan.branch} has no upstream: {remote} has no such branch",
            "The release commit could not be pushed.",
            f"`git push -u {remote} {plan.branch}`.",
        )
    elif not git.is_ancestor(there, plan.base) and (plan.edits or not git.is_ancestor(plan.base, there)):
        yield Problem(
            f"{plan.branch} on {remote} has moved: it holds commits that are not here",
            "The push would be refused, and the release would lack them.",
            "`git pull`, then release again.",
        )


def _index_problems(plan: Plan, index: Index, *, is_new: bool, publishing: bool, trying: bool) -> Iterator[Problem]:
    found = index_problems(index, trying=trying) if publishing else []
    yield from found
    try:
        files = index.files(plan.project, plan.version)
    except IndexFailed as error:
        if not found:  # which tell why
            yield Problem(error.what, error.why, error.next)
        return
    if files and is_new:
        yield Problem(
            f"{index.name} has {plan.project} {plan.version} already: {listed(sorted(files))}",
            "A version that was published once is never used again: people may have it.",
            "Release the next version.",
        )


def index_problems(index: Index, *, trying: bool = True) -> list[Problem]:
    """What would make an upload to an index fail; one that cannot be asked is a problem, too.

    Without `trying` nothing is left behind on the index to see that.
    """
    found: list[Problem] = []
    look = index.problems_untried if not trying and isinstance(index, ProblemsUntried) else index.problems
    try:
        with closing(index):
            found.extend(look())  # one by one: what came before a failure counts
    except TagboatError as error:
        found.append(Problem(error.what, error.why, error.next))
    return found


def forge_problems(plan: Plan, forge: Forge | None) -> list[Problem]:
    """What would make the announcement fail; none where nothing is announced."""
    if forge is None:
        return []
    if plan.remote is None:
        return [
            Problem(
                f"a release in {forge.summary} needs its tag there, and git has no remote to push to",
                next="`git remote add origin …`; or take [tool.tagboat.forge] out.",
            )
        ]
    with closing(forge):
        return list(forge.problems())


def order_problems(indexes: Sequence[IndexConfig]) -> Iterator[Problem]:
    """A test index that a release goes to after another one tests nothing."""
    for number, index in enumerate(indexes):
        before = [each.name for each in indexes[:number] if each.kind not in TEST_KINDS]
        if index.kind in TEST_KINDS and before:
            yield Problem(
                f"{index.name} is a test index, and comes after {listed(before)}",
                "What fails on it then has been published already.",
                f"Put [tool.tagboat.index.{index.name}] first, or order them by `indexes` in [tool.tagboat].",
            )
