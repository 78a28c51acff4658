"""`tagboat index`: which indexes there are, how people install from one, and whether it would let us in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import NotReady, Problem, TagboatError, UsageError

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output
    from tagboat.config import IndexConfig
    from tagboat.index import Index
    from tagboat.index.kinds import Kind
    from tagboat.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "action",
        choices=("list", "show", "check"),
        help="list: the configured indexes and every kind there is; show: an index in full, with what people write "
        "who install from it; check: find the credential and try it, without uploading anything",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which indexes (default: those of a release)")


def run(args: argparse.Namespace, output: Output) -> int:
    """List, show or check."""
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder, ask=output.ask)
    if args.action == "list":
        return _list(workspace, output)
    names = tuple(args.names) or workspace.index_names
    if not names:
        raise UsageError(
            "no index is configured", next="Add [tool.tagboat.index.NAME]; `tagboat index list` shows the kinds."
        )
    return _show(workspace, names, output) if args.action == "show" else _check(workspace, names, output)


def _list(workspace: Workspace, output: Output) -> int:
    from tagboat.index.kinds import KINDS

    configured, kinds = workspace.config.index, KINDS.values()
    order = workspace.index_names
    if configured:
        output.say("Configured", "bold")
        rows = []
        for config in configured:
            place = f"{order.index(config.name) + 1}." if config.name in order else "-"
            rows.append((place, config.name, config.kind, workspace.index(config.name).simple_url, config.file))
        output.rows(rows)
    else:
        output.say("No index is configured.", "bold")
    output.say()
    output.say("Kinds of index: the keys that each needs, who brings a token, what it was tested against", "bold")
    output.rows([(kind.name, kind.title, ", ".join(kind.needed) or "–", kind.user, kind.tested) for kind in kinds])
    output.say()
    output.say("What each answers to a duplicate, shows of hashes, can take back, and when it shows a new file", "bold")
    output.rows([(kind.name, kind.duplicate, kind.hashes, kind.withdraw, kind.lag) for kind in kinds])
    output.document(
        "indexes",
        indexes=[_facts(workspace.index(config.name), config) for config in configured],
        kinds=[_kind_facts(kind) for kind in kinds],
    )
    return 0


def _show(workspace: Workspace, names: tuple[str, ...], output: Output) -> int:
    from tagboat.index.guide import snippets
    from tagboat.index.kinds import KINDS

    shown: list[dict[str, object]] = []
    for name in names:
        if shown:
            output.say()
        config = workspace.index_config(name)
        index, kind = workspace.index(name), KINDS[config.kind]
        found = snippets(index, kind, workspace.project.name)
        facts = _facts(index, config)
        output.say(f"{name}: {kind.title}", "bold")
        rows = [
            ("uploads go to", str(facts["upload_url"])),
            ("installs come from", index.simple_url),
            ("configured in", config.file),
            ("user", config.username or kind.user),
            ("credential", _sources(name, kind)),
            ("answers to a duplicate", kind.duplicate),
            ("hashes it shows", kind.hashes),
            ("withdraw", kind.withdraw),
            ("shows a new file after", kind.lag),
            ("tested against", kind.tested),
        ]
        output.rows(rows)
        for snippet in found:
            output.say()
            output.say(f"  {snippet.title}", "bold")
            for line in snippet.text.splitlines():
                output.say(f"    {line}")
        shown.append({**facts, "snippets": {each.title: each.text for each in found}})
    output.document("indexes", indexes=shown)
    return 0


def _check(workspace: Workspace, names: tuple[str, ...], output: Output) -> int:
    """All problems of all indexes, told at once."""
    from tagboat.index import Authenticates

    rows, checked, problems = [], [], []
    for name in names:
        words = "needs no credential"
        try:
            index = workspace.index(name)
            found = list(index.problems())
            if isinstance(index, Authenticates):
                words = index.login_words()
            index.close()
        except TagboatError as error:
            found = [*error.problems, Problem(error.what, error.why, error.next)]
            words = "could not be looked at"
        problems += found
        rows.append(("✗" if found else "✓", name, words))
        checked.append({"name": name, "login": words, "problems": [each.what for each in found]})
    output.rows(rows)
    if problems:
        raise NotReady("not every index would take a release", problems=problems)
    output.say("Nothing was uploaded.")
    output.document("checked", indexes=checked)
    return 0


def _facts(index: Index, config: IndexConfig) -> dict[str, object]:
    return {
        "name": index.name,
        "kind": config.kind,
        "upload_url": getattr(index, "upload_url", index.simple_url),
        "simple_url": index.simple_url,
        "file": config.file,
    }


def _kind_facts(kind: Kind) -> dict[str, object]:
    names = ("name", "title", "needed", "user", "tested", "duplicate", "hashes", "withdraw", "lag")
    return {name: getattr(kind, name) for name in names}


def _sources(name: str, kind: Kind) -> str:
    """Where a credential is looked for, in order."""
    from tagboat.index.credentials import variable

    if not kind.on_a_server:
        return f"as boto3 finds it (extra {kind.extra})" if kind.extra else "none"
    cloud = f"the cloud's own token (extra {kind.extra})" if kind.extra else ""
    own = f"{variable(name, 'PASSWORD')} or _TOKEN"
    trusted = "trusted publishing" if kind.trusted else ""
    known = (own, *kind.token_variables, "TWINE_* and UV_PUBLISH_* meant for it", trusted, "keyring", cloud)
    return ", ".join(filter(None, (*known, "~/.netrc", "~/.pypirc", "a prompt")))
