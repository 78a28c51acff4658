"""Python files, read as syntax and never run: what literals they assign, and where each is written."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tagboat import textfile
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LINE_END = re.compile(r"\r\n|\r|\n")
QUOTED = re.compile(r"(?P<prefix>[uUrR]?)(?P<quote>'''|\"\"\"|'|\")(?P<text>.*)(?P=quote)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal: what it says, and the offset of its first character in the source."""

    written: str
    start: int
    source: textfile.Text = field(repr=False)


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file's text and syntax tree."""

    path: Path
    source: textfile.Text = field(repr=False)
    tree: ast.Module = field(repr=False)

    def assigned(self, name: str) -> ast.expr | None:
        """Return the expression that the module's top level assigns to `name` last."""
        found = None
        for node in self.tree.body:
            if isinstance(node, ast.AnnAssign):
                targets: Sequence[ast.expr] = [node.target]
            else:
                targets = node.targets if isinstance(node, ast.Assign) else []
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                found = node.value  # type: ignore[attr-defined]
        return found

    def literal(self, name: str) -> Literal | None:
        """Return the string literal that `name` is assigned, also by way of another name."""
        node = self.assigned(name)
        seen = {name}
        while isinstance(node, ast.Name) and node.id not in seen:
            seen.add(node.id)
            node = self.assigned(node.id)
        return self.literal_of(node)

    def literal_of(self, node: ast.expr | None) -> Literal | None:
        """Return a node's place in the text, when it is one plain string written without escapes."""
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return None
        start = self._offset(node.lineno, node.col_offset)
        end = self._offset(node.end_lineno or 0, node.end_col_offset or 0)
        match = QUOTED.fullmatch(self.source.text, start, end)
        if match is None or match["text"] != node.value:
            return None
        return Literal(node.value, match.start("text"), self.source)

    def imported(self, name: str) -> tuple[str, str] | None:
        """Return the module (with leading dots when relative) and name that `name` is imported from."""
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return "." * node.level + (node.module or ""), alias.name
        return None

    def _offset(self, line: int, column: int) -> int:
        """Turn a line and a column counted in UTF-8 bytes into an offset of the text."""
        starts = [0, *(match.end() for match in LINE_END.finditer(self.source.text))]
        start = starts[line - 1]
        if line == 1 and self.source.text.startswith(textfile.BOM):
            start += 1
        following = starts[line] if line < len(starts) else None
        return start + len(self.source.text[start:following].encode()[:column].decode())


@dataclass(frozen=True, slots=True)
class SetupPy:
    """A setup.py: the module, the call of `setup()`, and the arguments of it that are written out."""

    module: Module
    call: ast.Call | None = field(repr=False)
    keywords: dict[str, Any] = field(repr=False)

    def argument(self, name: str) -> ast.expr | None:
        """Return the expression given for a keyword of `setup()`."""
        given = self.call.keywords if self.call else []
        return next((keyword.value for keyword in given if keyword.arg == name), None)

    def literal(self, name: str) -> Literal | None:
        """Return the string literal given for a keyword, directly or by a name of the module."""
        node = self.argument(name)
        return self.module.literal(node.id) if isinstance(node, ast.Name) else self.module.literal_of(node)


def read_module(path: Path) -> Module | None:
    """Read a Python file; None when it is not there or is not Python of this interpreter."""
    try:
        source = textfile.read(path)
        return Module(path, source, ast.parse(source.text.removeprefix(textfile.BOM)))
    except (OSError, SyntaxError, ValueError):
        return None


def read_setup_py(path: Path) -> SetupPy:
    """Read a setup.py. Raises `ConfigError` when it is not Python."""
    module = read_module(path)
    if module is None:
        raise ConfigError(f"{path.name} cannot be read as Python", why=f"It was read from {path}.")
    call = next(_setup_calls(module.tree), None)
    keywords = {
        keyword.arg: _value(module, keyword.value) for keyword in (call.keywords if call else []) if keyword.arg
    }
    return SetupPy(module, call, {key: value for key, value in keywords.items() if value is not None})


def find_module(root: Path, folders: Sequence[str], name: str) -> Path | None:
    """Find the file of a dotted module name in any of the project's folders, without importing it."""
    for folder in folders:
        base = root.joinpath(folder, *name.split("."))
        for candidate in (base / "__init__.py", base.with_name(f"{base.name}.py")):
            if candidate.is_file():
                return candidate
    return None


def follow(root: Path, folders: Sequence[str], name: str, attribute: str) -> tuple[Path, Literal] | None:
    """Find the literal behind `module.attribute`, through imports between the project's own modules."""
    seen: set[tuple[str, str]] = set()
    while (name, attribute) not in seen:
        seen.add((name, attribute))
        path = find_module(root, folders, name)
        module = read_module(path) if path else None
        if path is None or module is None:
            return None
        literal = module.literal(attribute)
        if literal is not None:
            return path, literal
        origin = module.imported(attribute)
        if origin is None:
            return None
        name, attribute = _absolute(name, origin[0], is_package=path.name == "__init__.py"), origin[1]
    return None


def _absolute(importer: str, name: str, *, is_package: bool) -> str:
    """Turn the module name of a `from … import` into an absolute one."""
    bare = name.lstrip(".")
    level = len(name) - len(bare)
    if not level:
        return bare
    parts = importer.split(".")
    keep = len(parts) - level + (1 if is_package else 0)
    return ".".join([*parts[: max(keep, 0)], *([bare] if bare else [])])


def _setup_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "setup":
                yield node


def _value(module: Module, node: ast.expr) -> object:
    """Return what an argument says, when it is a literal, a name for one, or find_packages(where)."""
    if isinstance(node, ast.Name):
        node = module.assigned(node.id) or node
    if isinstance(node, ast.Call):
        return _find_packages(node)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def _find_packages(call: ast.Call) -> object:
    """Return {"where": folder} for a call such as `find_packages("src")`."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name not in {"find_packages", "find_namespace_packages"}:
        return None
    given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "where")]
    folder = given[0].value if given and isinstance(given[0], ast.Constant) else "."
    return {"where": folder}
