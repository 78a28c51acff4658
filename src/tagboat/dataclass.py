"""`dataclass(frozen=True, slots=True)` for what a next version is made of, without importing `dataclasses`.

The classes behave the same. But that module imports `inspect` and writes eight functions for each class: together
two fifths of the time in which the next version is decided.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in tagboat/__init__.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field, dataclass
    from typing import Any, NoReturn

    __all__ = ["dataclass"]
else:

    def dataclass(*, frozen, slots):
        """What `dataclasses.dataclass` does with these two, for classes that have no parent and no `field`."""
        assert frozen and slots, "this module is for no others"  # noqa: S101, PT018
        return _made


class _Frozen:
    """What all these classes can do."""

    __slots__ = ()
    __match_args__: tuple[str, ...]
    __dataclass_fields__: _Fields | dict[str, Field[Any]]
    _defaults: dict[str, object]
    _is_first = True

    def __init__(self, *args: object, **values: object) -> None:
        """Fill the first object of its class; write a constructor for all that follow, and for what does not fit.

        Most classes have one object or none in a short run, and commits can be a hundred thousand.
        """
        cls = type(self)
        names = cls.__match_args__
        given = {**dict(zip(names, args)), **values}  # noqa: B905 - too many are for the constructor to refuse
        if cls._is_first and len(given) == len(args) + len(values) and {*given, *cls._defaults} == {*names}:
            cls._is_first = False
            for name in names:
                object.__setattr__(self, name, given[name] if name in given else cls._defaults[name])
            getattr(self, "__post_init__", _nothing)()
            return
        cls.__init__ = _constructor(cls)  # type: ignore[method-assign]
        cls.__init__(self, *args, **values)

    def _values(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self.__match_args__])

    def __repr__(self) -> str:
        pairs = zip(self.__match_args__, self._values(), strict=True)
        return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._values())

    def __setattr__(self, name: str, value: object) -> NoReturn:
        self._refuse(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        self._refuse(f"cannot delete field {name!r}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self._values()

    @staticmethod
    def _refuse(what: str) -> NoReturn:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(what)


def _nothing() -> None:
    """What a class without one does after the start."""


class _Fields:
    """What `dataclasses.replace` and its kin look for in a class: made when they come."""

    def __get__(self, _: object, cls: type[_Frozen]) -> dict[str, Field[Any]]:
        import dataclasses

        like: Any = type(cls.__name__, (), {"__annotations__": cls.__annotations__, **cls._defaults})
        made = {field.name: field for field in dataclasses.fields(dataclasses.dataclass(like))}
        cls.__dataclass_fields__ = made
        return made


def _made(cls: type) -> type:
    names = tuple(cls.__annotations__)
    body = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    defaults = {name: body.pop(name) for name in names if name in body}
    body |= {"__slots__": names, "__match_args__": names, "__dataclass_fields__": _Fields(), "_defaults": defaults}
    return type(cls.__name__, (_Frozen,), body | {"__qualname__": cls.__qualname__})


def _constructor(cls: type[_Frozen]) -> Callable[..., None]:
    defaults = cls._defaults
    given = [f"{name}=defaults[{name!r}]" if name in defaults else name for name in cls.__match_args__]
    lines = [f"set_{name}(self, {name})" for name in cls.__match_args__]
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    known: dict[str, Any] = {"defaults": defaults}
    known |= {f"set_{name}": vars(cls)[name].__set__ for name in cls.__match_args__}  # a slot itself is not frozen
    exec(f"def __init__(self, {', '.join(given)}): {'; '.join(lines)}", known)  # noqa: S102
    init: Callable[..., None] = known["__init__"]
    return init
