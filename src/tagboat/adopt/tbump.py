"""Settings of tbump: tbump.toml or `[tool.tbump]`."""

from __future__ import annotations

from tagboat import tomlfile
from tagboat.adopt.carried import Carried, Look

TOOL = "tbump"
KNOWN = frozenset({"file", "git", "github_url", "version"})
KNOWN_OF_A_FILE = frozenset({"search", "src"})


def tbump(look: Look) -> Carried | None:
    """Read the settings; None when there are none."""
    source, table = "[tool.tbump] in pyproject.toml", look.sources.tool("tbump")
    if not table:
        file = tomlfile.load(look.root / "tbump.toml")
        if file is None:
            return None
        source, table = "tbump.toml", file.values
    carried = Carried(TOOL, source)
    carried.set_template("tag-format", "tag_template", tomlfile.lookup(table, "git", "tag_template"), "new_version")
    message = tomlfile.lookup(table, "git", "message_template")
    carried.set_template("commit-message", "message_template", message, "new_version")
    carried.set("remote", tomlfile.lookup(table, "git", "push_remote"))
    files = table.get("file")
    for entry in files if isinstance(files, list) else ():
        search = tomlfile.string(entry, "search") or "{current_version}"
        carried.want(look, tomlfile.string(entry, "src"), search.replace("{current_version}", "{version}"))
        carried.rest(entry, KNOWN_OF_A_FILE)
    carried.rest(table, KNOWN)
    return carried
