"""YAML as the forges read it: every value with its lines, words such as `on` and `yes` left as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError, Problem
from tagboat.index.credentials.extras import install

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import yaml

    Kind = Literal["text", "number", "flag", "nothing", "list", "table", "absent"]

LARGEST = 512 * 1024
"""Bytes of a file that is still read: no pipeline that people wrote is larger."""

MOST_VALUES = 100_000
"""Values of a file that are still read: aliases within aliases can make any number of them of a few lines."""

# YAML 1.2, as the forges read it. `on`, `yes` and `off` are words there; to PyYAML they are booleans.
FLAG = re.compile(r"true|True|TRUE|false|False|FALSE")
NOTHING = re.compile(r"|~|null|Null|NULL")
NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|0o[0-7]+|0x[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Value:
    """One value. What is not there is an absent one, at the line of what it is not in.

    Attributes:
        line: where it begins, from 1: that of its key, where it has one.
        end: its last line.
        text: a scalar as it is written, without quotes; "" for others.
        pairs: the values of a table.
        entries: the values of a list.
    """

    kind: Kind
    line: int
    end: int
    text: str = ""
    pairs: Mapping[str, Value] = {}
    entries: tuple[Value, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return self.kind not in ("absent", "nothing")

    def __getitem__(self, key: str) -> Value:
        """The value of a key, absent where there is none."""
        return self.pairs.get(key) or Value("absent", self.line, self.line)

    def __contains__(self, key: str) -> bool:
        """Whether the key is there, be it without a value."""
        return key in self.pairs

    @property
    def is_true(self) -> bool:
        """Whether it says true, as a flag or as a word: inputs of actions are words."""
        return self.text.lower() == "true"

    @property
    def is_false(self) -> bool:
        """Whether it says false."""
        return self.text.lower() == "false"

    def texts(self) -> tuple[str, ...]:
        """One text, or those of a list."""
        return tuple(each.text for each in (self.entries or (self,)) if each.text)

    def scalars(self, key: str = "") -> Iterator[tuple[str, Value]]:
        """Every scalar in it, with the nearest key above."""
        if self.text:
            yield key, self
        for name, value in self.pairs.items():
            yield from value.scalars(name)
        for value in self.entries:
            yield from value.scalars(key)


def read_yaml(name: str, data: bytes) -> Value:
    """The root table of a file. Raises `ConfigError` with the file's `name` and the line when it is no such thing."""
    try:
        import yaml
    except ImportError:
        raise ConfigError(
            "pipelines are read with PyYAML, which is not installed",
            next=f"Install tagboat with its extra: `{install('ci')}`.",
        ) from None
    text = _text(name, data)
    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # ten times as quick
        root = None if node is None else _Reader(name).value(node)
    except yaml.YAMLError as error:
        raise _damaged(name, text, error) from error
    except RecursionError:  # PyYAML without libyaml; that one says so itself
        raise ConfigError(f"{name}: is no YAML: its values are too deep in one another") from None
    if root is None or not root:
        raise ConfigError(f"{name}: is empty", next="Remove the file, or write what it should do.")
    if root.kind != "table":
        raise ConfigError(f"{name}: is no table of keys and values", next="Look whether this is the right file.")
    return root


def lines_of(data: bytes) -> tuple[str, ...]:
    """The lines of a file that was read, as YAML counts them."""
    return tuple(data.decode("utf-8-sig").splitlines())


def _text(name: str, data: bytes) -> str:
    if len(data) > LARGEST:
        raise ConfigError(f"{name}: is larger than {LARGEST // 1024} KiB, which no pipeline is")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: is not UTF-8: {error.reason} at byte {error.start}") from error


def _damaged(name: str, text: str, error: yaml.YAMLError) -> ConfigError:
    """What PyYAML says, in one line, with the line of the file."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None)
    line = mark.line + 1 if mark else 0
    lines = text.splitlines()
    has_tab = 0 < line <= len(lines) and re.match(r"\s*\t", lines[line - 1])
    return ConfigError(
        f"{name}{f':{line}' if line else ''}: is no YAML: {f'{context}: ' if context else ''}{said}",
        next="YAML is indented with blanks; replace the tab." if has_tab else "Mend it, then look again.",
    )


class _Reader:
    """Makes values of PyYAML's nodes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._count = 0
        self._inside: set[int] = set()

    def value(self, node: yaml.Node, line: int = 0) -> Value:
        """The value of a node whose key, if it has one, is at that line."""
        self._count += 1
        if self._count > MOST_VALUES or id(node) in self._inside:
            raise ConfigError(f"{self.name}: its aliases make more of it than can be read")
        first = line or node.start_mark.line + 1
        # The mark of an end is where the next value begins, unless the value stands on one line.
        end = max(first, node.end_mark.line + (1 if node.end_mark.column else 0))
        if isinstance(node.value, str):
            return Value(_kind(node), first, end, node.value)
        self._inside.add(id(node))
        try:
            if getattr(node, "id", "") == "sequence":
                return Value("list", first, end, entries=tuple(self.value(each) for each in node.value))
            return Value("table", first, end, pairs=self._pairs(node))
        finally:
            self._inside.discard(id(node))

    def _pairs(self, node: yaml.Node) -> dict[str, Value]:
        pairs: dict[str, Value] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key.value, str):
                raise ConfigError(f"{self.name}:{line}: has a key that is no word")
            if key.value in pairs:
                raise ConfigError(
                    f"{self.name}:{line}: has the key {key.value} twice",
                    why="Forges refuse such a file, and others take the last one.",
                    next="Keep one of them.",
                )
            pairs[key.value] = self.value(value, line)
        return pairs


def _kind(node: yaml.Node) -> Kind:
    if getattr(node, "style", None):  # quoted, or a block
        return "text"
    for pattern, kind in ((FLAG, "flag"), (NOTHING, "nothing"), (NUMBER, "number")):
        if pattern.fullmatch(node.value):
            return kind  # type: ignore[return-value]
    return "text"


def problem_of(error: ConfigError) -> Problem:
    """An error as one problem among others."""
    return Problem(error.what, error.why, error.next)
