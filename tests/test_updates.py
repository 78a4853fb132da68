"""What a change of properties becomes, and how it is tried again."""

from __future__ import annotations

from typing import Any

import pytest

from headcount.core.messages import Change, Patch
from headcount.errors import BadInputError, ConflictError
from headcount.updates import Update, difference

NOW = 0.0


def increment(properties: dict[str, Any]) -> None:
    """Add one to `n`."""
    properties["n"] = (properties.get("n") or 0) + 1


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({}, {}, []),
        ({"a": 1}, {"a": 1}, []),
        ({"a": [1, 2]}, {"a": (1, 2)}, []),
        ({"a": 1}, {"a": 2}, [Change("properties.a", 1, 2)]),
        ({"a": 1}, {"a": True}, [Change("properties.a", 1, True)]),
        ({}, {"a": None}, [Change("properties.a", None, None, old_absent=True)]),
        ({"a": None}, {}, [Change("properties.a", None, None, new_absent=True)]),
        (
            {"a": 1, "b": 2},
            {"b": 3, "c": 4},
            [
                Change("properties.a", 1, None, new_absent=True),
                Change("properties.b", 2, 3),
                Change("properties.c", None, 4, old_absent=True),
            ],
        ),
    ],
)
def test_only_what_differs_is_sent(
    before: dict[str, Any], after: dict[str, Any], changes: list[Change]
) -> None:
    """A change names the old value and the new, and tells absent from null."""
    assert difference(before, after) == changes


@pytest.mark.parametrize(
    ("after", "match"),
    [
        ({"a": object()}, "JSON"),
        ({1: 2}, "name"),
        ({"": 2}, "name"),
        ({"x" * 300: 2}, "name"),
        ({f"k{n}": n for n in range(257)}, "at most"),
        ([1, 2], "dict"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(after: Any, match: str) -> None:
    """The message says what to write instead."""
    with pytest.raises(BadInputError, match=match):
        difference({}, after)


def test_the_function_gets_a_copy_and_may_return_another() -> None:
    """What the session shows never changes under somebody's hands."""
    shown = {"list": [1]}

    def add(properties: dict[str, Any]) -> None:
        properties["list"].append(2)

    patch = Update(add, 0, NOW).patch(shown)
    assert shown == {"list": [1]}
    assert patch == Patch([Change("properties.list", [1], [1, 2])])
    replaced = Update(lambda _: {"other": 1}, 0, NOW).patch({})
    assert replaced == Patch([Change("properties.other", None, 1, old_absent=True)])


def test_nothing_changed_is_nothing_to_ask() -> None:
    """An update without an effect sends nothing."""
    assert Update(lambda properties: None, 3, NOW).patch({"n": 1}) is None


def test_after_a_conflict_it_is_tried_on_the_values_that_moved() -> None:
    """The host tells them with its refusal, so no newer state is needed."""
    update = Update(increment, 3, NOW)
    update.patch({"n": 1})
    update.conflicted(ConflictError("", {"properties.n": 5}), 1.0)
    assert update.patch({"n": 1}) == Patch([Change("properties.n", 5, 6)])


def test_no_value_may_mean_no_key_or_null() -> None:
    """The first try after a conflict takes it for the one, the second for the other."""
    update = Update(increment, 3, NOW)
    update.conflicted(ConflictError("", {"properties.n": None}), 1.0)
    assert update.patch({"n": 1}) == Patch([Change("properties.n", None, 1, old_absent=True)])
    update.conflicted(ConflictError("", {"properties.n": None}), 1.0)
    assert update.patch({"n": 1}) == Patch([Change("properties.n", None, 1)])


def test_it_ends_after_its_retries_and_its_time() -> None:
    """Three retries at least, and until the deadline in any case."""
    conflict = ConflictError("busy", {})
    update = Update(increment, 2, until=5.0)
    for now in (1.0, 2.0, 3.0, 4.9):
        update.conflicted(conflict, now)
    with pytest.raises(ConflictError):
        update.conflicted(conflict, 5.0)
    late = Update(increment, 2, until=0.0)
    late.conflicted(conflict, 9.0)
    late.conflicted(conflict, 9.0)
    with pytest.raises(ConflictError):
        late.conflicted(conflict, 9.0)


@pytest.mark.parametrize("retries", [-1, True, 1.5])
def test_retries_are_a_whole_number(retries: Any) -> None:
    """Anything else is a mistake of the caller."""
    with pytest.raises(BadInputError):
        Update(increment, retries, NOW)


def test_an_update_is_a_function() -> None:
    """Anything else is told at once."""
    with pytest.raises(BadInputError, match="function"):
        Update(None, 3, NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1}, b"x"])
def test_values_that_json_would_change(value: object) -> None:
    """They are refused, also where JSON has something near to them."""
    with pytest.raises(BadInputError, match="cannot be written as JSON"):
        difference({}, {"a": value})
