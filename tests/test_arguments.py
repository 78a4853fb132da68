"""What callers may give, and what they are told when they may not."""

from __future__ import annotations

from typing import Any

import pytest

from headcount import arguments
from headcount.core.state import Timers
from headcount.errors import BadInputError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (4, (4, 4)),
        ((2, 4), (2, 4)),
        ((2,), (2, None)),
        ((2, None), (2, None)),
        ([1, 250], (1, 250)),
    ],
)
def test_seats(given: Any, expected: tuple[int, int | None]) -> None:
    """A number is exact, a pair a range, no upper end no limit."""
    assert arguments.seats(given) == expected


@pytest.mark.parametrize("given", [0, -1, 251, (4, 2), (0, 4), (), (1, 2, 3), "4", True, 2.0, None])
def test_seats_that_are_none(given: Any) -> None:
    """The message shows the ways to write it."""
    with pytest.raises(BadInputError, match=r"\(2, 4\)"):
        arguments.seats(given)


@pytest.mark.parametrize("given", ["", "a b", "ü", "a" * 65, "a/b", "a\n", None, 5])
def test_ids_that_are_none(given: Any) -> None:
    """An id stands in a topic."""
    with pytest.raises(BadInputError, match="session id"):
        arguments.identifier(given, "session id")


@pytest.mark.parametrize("given", ["", "a" * 65, "a\nb", "\x00", None])
def test_names_that_are_none(given: Any) -> None:
    """A name is for people: anything they can read."""
    with pytest.raises(BadInputError, match="printable"):
        arguments.name(given)
    assert arguments.name("Élise 李") == "Élise 李"


@pytest.mark.parametrize("given", ["/", "a/", "/a", "a//b", "a b", "a+", "#"])
def test_roots_that_are_none(given: str) -> None:
    """A root is made of ids."""
    with pytest.raises(BadInputError, match="lab/room2"):
        arguments.root(given)


def test_roots() -> None:
    """No root is the default."""
    assert [arguments.root(given) for given in ("", "lab", "lab/room2")] == ["", "lab", "lab/room2"]


@pytest.mark.parametrize("given", [-1, 2**31, 1.0, True, "1", None])
def test_seeds_that_are_none(given: Any) -> None:
    """A seed fits everywhere a seed can go."""
    with pytest.raises(BadInputError, match="2147483647"):
        arguments.seed(given)
    assert arguments.seed(2**31 - 1) == 2**31 - 1


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (["a", "a"], "once"),
        ([f"r{n}" for n in range(65)], "64"),
        ("ab", "list"),
        ([""], "role"),
    ],
)
def test_roles_that_are_none(given: Any, match: str) -> None:
    """Each role once, and not too many."""
    with pytest.raises(BadInputError, match=match):
        arguments.roles(given)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"heartbeat": 0}, "more than 0"),
        ({"heartbeat": 4}, "at least 8 s"),
        ({"lease": -1}, "lease"),
        ({"grace_lobby": float("nan")}, "grace_lobby"),
        ({"grace_started": "3"}, "grace_started"),
        ({"link_timeout": 0}, "more than 0"),
        ({"link_timeout": 100_000}, "86400"),
    ],
)
def test_timers_that_do_not_work(given: dict[str, Any], match: str) -> None:
    """A lease that one lost heartbeat ends would judge the living."""
    with pytest.raises(BadInputError, match=match):
        arguments.timers(**given)


def test_timers_are_those_of_the_protocol_by_default() -> None:
    """Nobody has to give any."""
    assert arguments.timers() == Timers()


def test_a_payload_is_json_of_at_most_64_kb() -> None:
    """The limit is told in bytes."""
    assert arguments.payload({"a": [1, None, "é"]}) == {"a": [1, None, "é"]}
    arguments.payload("x" * 63_998)
    with pytest.raises(BadInputError, match="64000 bytes"):
        arguments.payload("x" * 63_999)
    with pytest.raises(BadInputError, match="JSON"):
        arguments.payload({"a": object()})


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        {1, 2},
        b"x",
        {1: "x"},
        {"a": [{"b": (-float("inf"),)}]},
        [b"x"],
        "\ud800",
    ],
)
def test_what_json_would_change_is_refused(value: object) -> None:
    """Others must read what was given, so nothing is turned into something else."""
    with pytest.raises(BadInputError, match="cannot be written as JSON"):
        arguments.json_bytes(value, "it")


def test_what_holds_itself_is_refused() -> None:
    """It has no end."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(BadInputError, match="cannot be written as JSON"):
        arguments.json_bytes(endless, "it")


def test_all_that_json_has_may_be_given() -> None:
    """Nested as one likes."""
    value: dict[str, Any] = {"a": [1, 1.5, True, None, "é", (2, {"b": []})]}
    assert arguments.json_bytes(value, "it").decode() == (
        '{"a":[1,1.5,true,null,"é",[2,{"b":[]}]]}'
    )


def test_yes_or_no() -> None:
    """A text is neither."""
    assert arguments.yes_or_no(False, "ready") is False
    for wrong in ("no", 1, None):
        with pytest.raises(BadInputError, match="ready is True or False"):
            arguments.yes_or_no(wrong, "ready")  # type: ignore[arg-type]


def test_equal_json_is_equal_value() -> None:
    """Python holds True and 1 equal; JSON does not."""
    assert arguments.json_bytes({"b": 1, "a": 2}, "it") == arguments.json_bytes(
        {"a": 2, "b": 1}, "it"
    )
    assert arguments.json_bytes(True, "it") != arguments.json_bytes(1, "it")


def test_broker_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given ones first, then the environment, then this machine."""
    monkeypatch.delenv("HEADCOUNT_BROKER", raising=False)
    assert arguments.broker_urls(None) == ("mqtt://127.0.0.1:1883",)
    monkeypatch.setenv("HEADCOUNT_BROKER", "mqtt://b")
    assert arguments.broker_urls(None) == ("mqtt://b",)
    assert arguments.broker_urls("mqtt://a") == ("mqtt://a",)
    assert arguments.broker_urls(["mqtt://a", "mqtt://c"]) == ("mqtt://a", "mqtt://c")
    unusable: tuple[Any, ...] = ([], 5, b"mqtt://a")
    for wrong in unusable:
        with pytest.raises(BadInputError, match="broker address"):
            arguments.broker_urls(wrong)


def test_what_becomes_of_a_session_without_its_host() -> None:
    """There are two answers."""
    assert arguments.on_host_loss("migrate") == "migrate"
    with pytest.raises(BadInputError, match="'close' or 'migrate'"):
        arguments.on_host_loss("stay")  # type: ignore[arg-type]


def test_secrets_are_short_texts() -> None:
    """As the protocol's: 1 to 128 characters."""
    assert arguments.secret("s" * 128) == "s" * 128
    for wrong in ("", "s" * 129, None):
        with pytest.raises(BadInputError, match="secret"):
            arguments.secret(wrong)  # type: ignore[arg-type]
