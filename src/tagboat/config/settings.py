"""A TOML table read key by key: what is wrong is collected, what nobody asked for is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")
V = TypeVar("V")


class Settings:
    """One table of the configuration. `problems` is shared with every table below it."""

    def __init__(self, name: str, values: Mapping[str, object], problems: list[Problem]) -> None:
        self.name = name
        self.problems = problems
        self._values = values
        self._asked: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, default: T) -> str | T:
        """Read a string that is not empty."""
        return self._read(key, default, "a string that is not empty", _text)

    def flag(self, key: str, *, default: bool) -> bool:
        """Read a truth value."""
        return self._read(key, default, "true or false", _flag)

    def wish(self, key: str) -> bool | None:
        """Read a truth value; None when nobody gave one."""
        return self._read(key, None, "true or false", _flag)

    def number(self, key: str, default: float) -> float:
        """Read a number of seconds."""
        return self._read(key, default, "a number of seconds, 0 or more", _number)

    def texts(self, key: str, default: T) -> tuple[str, ...] | T:
        """Read an array of strings."""
        return self._read(key, default, "an array of strings", _texts)

    def choice(self, key: str, default: str, choices: Sequence[str]) -> str:
        """Read one of a few words."""
        return self._read(
            key, default, f"one of {', '.join(choices)}", lambda value: str(value) if value in choices else None
        )

    def raw(self, key: str) -> object:
        """Return the value as TOML gave it, None when the key is absent."""
        self._asked.append(key)
        return self._values.get(key)

    def table(self, key: str) -> Settings:
        """Read the table under a key; an absent one is empty."""
        value = self.raw(key)
        if value is not None and not isinstance(value, dict):
            self.problem(key, "must be a table", f"Write it as [{self.name}.{key}].")
            value = None
        return Settings(f"{self.name}.{key}", value or {}, self.problems)

    def tables(self) -> list[tuple[str, Settings]]:
        """Read every key of this table as a table of its own, in the order of the file."""
        read = [(key, self.table(key)) for key in self._values]
        return [(key, table) for key, table in read if isinstance(self._values[key], dict)]

    def problem(self, key: str, what: str, next: str = "") -> None:  # noqa: A002 - the word of Problem
        """Note what is wrong with a key."""
        self.problems.append(Problem(f"{key} in [{self.name}] {what}", next=next))

    def close(self) -> None:
        """Note every key that nobody asked for, with the one that was probably meant."""
        for key in self._values:
            if key not in self._asked:
                self.problem(key, "is not known", self._guess(key))

    def _guess(self, key: str) -> str:
        from difflib import get_close_matches

        match = get_close_matches(key.replace("_", "-").lower(), self._asked, n=1)
        return f"Did you mean {match[0]}?" if match else f"Known are: {', '.join(sorted(self._asked))}."

    def _read(self, key: str, default: T, shape: str, read: Callable[[object], V | None]) -> V | T:
        value = self.raw(key)
        if value is None:
            return default
        good = read(value)
        if good is None:
            self.problem(key, f"must be {shape}")
            return default
        return good


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 else None


def _texts(value: object) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(_text(item) for item in value):
        return tuple(value)
    return None
