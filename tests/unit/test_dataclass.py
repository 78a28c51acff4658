"""Our quick dataclasses against the real ones."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from tagboat import dataclass as quick
from tagboat.changes import Change, Commit
from tagboat.errors import UsageError
from tagboat.versions import Request


def made(decorate: Any) -> Any:
    @decorate(frozen=True, slots=True)
    class Ship:
        """A ship."""

        name: str
        masts: int = 2
        cargo: tuple[str, ...] = ()

        def __post_init__(self) -> None:
            if self.masts < 0:
                raise ValueError("a ship has masts or none")

        @property
        def is_laden(self) -> bool:
            return bool(self.cargo)

    return Ship


REAL, QUICK = made(dataclasses.dataclass), made(quick.dataclass)
GIVEN: list[tuple[tuple[object, ...], dict[str, object]]] = [
    (("Ada",), {}),
    (("Ada", 3), {}),
    (("Ada",), {"cargo": ("tea",)}),
    ((), {"masts": 1, "name": "Ada"}),
]


@pytest.mark.parametrize(("args", "values"), GIVEN)
def test_an_object_has_the_same_fields_text_and_hash(args, values):
    real, ours = REAL(*args, **values), QUICK(*args, **values)
    assert repr(ours) == repr(real)
    assert hash(ours) == hash(real)
    assert ours.is_laden == real.is_laden
    assert dataclasses.asdict(ours) == dataclasses.asdict(real)
    assert repr(dataclasses.replace(ours, masts=7)) == repr(dataclasses.replace(real, masts=7))


@pytest.mark.parametrize(("args", "values"), GIVEN)
def test_the_first_object_of_a_class_is_like_all_that_follow(args, values):
    kind = made(quick.dataclass)
    first, second, third = (kind(*args, **values) for _ in range(3))
    assert repr(first) == repr(REAL(*args, **values))
    assert first == second == third
    with pytest.raises(ValueError, match="masts"):
        made(quick.dataclass)("Ada", -1)


def test_the_classes_tell_the_same_of_themselves():
    for name in ("__slots__", "__match_args__", "__doc__", "__qualname__", "__module__"):
        assert getattr(QUICK, name) == getattr(REAL, name)
    told = [[(each.name, each.type, each.default) for each in dataclasses.fields(kind)] for kind in (REAL, QUICK)]
    assert told[0] == told[1]
    assert not hasattr(QUICK("Ada"), "__dict__")


@pytest.mark.parametrize(
    ("args", "values"),
    [((), {}), (("Ada", 1, (), 4), {}), (("Ada",), {"sails": 3}), (("Ada",), {"name": "Bea"}), ((), {"masts": 1})],
)
@pytest.mark.parametrize("ours", [QUICK, made(quick.dataclass)], ids=["later", "first"])
def test_wrong_arguments_are_refused_in_the_same_words(args, values, ours):
    said = []
    for kind in (REAL, ours):
        with pytest.raises(TypeError) as caught:
            kind(*args, **values)
        said.append(str(caught.value).rpartition(".")[2])
    assert said[0] == said[1]


def test_what_is_checked_after_the_start_is_checked():
    with pytest.raises(ValueError, match="masts"):
        QUICK("Ada", -1)
    with pytest.raises(UsageError):
        Request("final", pre="rc")


def test_equal_are_objects_of_one_class_with_the_same_values():
    assert QUICK("Ada") == QUICK("Ada", 2)
    assert QUICK("Ada") != QUICK("Bea")
    assert QUICK("Ada") != REAL("Ada")
    assert Commit("1", "one") != ("1", "one", "")


def test_nothing_can_be_changed():
    for kind in (REAL, QUICK):
        ship = kind("Ada")
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'name'"):
            ship.name = "Bea"
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'name'"):
            del ship.name


def test_objects_go_through_pickle_and_copies():
    change = Change("Added", "say hello", "minor", scope="api")
    assert pickle.loads(pickle.dumps(change)) == change
    assert copy.deepcopy(change) == change


def test_objects_match_by_position():
    match QUICK("Ada", 3):
        case QUICK(name, masts):
            assert (name, masts) == ("Ada", 3)
