"""What a modeller says of a distributed game."""

from __future__ import annotations

from typing import Any

import pytest

from headcount.errors import BadInputError
from headcount.sge.config import SGDistributedGameConfig, players


@pytest.mark.parametrize(
    ("given", "means"),
    [(4, (4, 4)), ((2, 4), (2, 4)), ([2, 4], (2, 4)), ((2,), (2, None)), (1, (1, 1))],
)
def test_how_many_players(given: Any, means: tuple[int, int | None]) -> None:
    """`4`, `(2, 4)`, and `(2,)` for two and more, which is documented and raised before."""
    assert players(given) == means


@pytest.mark.parametrize("given", [0, -1, True, 2.0, "4", (), (4, 2), (1, 2, 3), (0,), 251, None])
def test_what_is_no_number_of_players(given: Any) -> None:
    """The message says what to write."""
    with pytest.raises(BadInputError, match=r"\(2, 4\)"):
        players(given)


def test_settings_that_fit() -> None:
    """All addresses of the broker, the main one first, each once."""
    config = SGDistributedGameConfig((2,), broker_servers=[("b", 1884), ("localhost", 1883)])
    assert config.validate() == (True, "")
    assert (config.num_players_min, config.num_players_max) == (2, 250)
    assert config.urls == ["mqtt://localhost:1883", "mqtt://b:1884"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"num_players": "many"}, "num_players"),
        ({"mqtt_update_type": "Sometimes"}, "mqtt_update_type"),
        ({"shared_seed": 0}, "shared_seed"),
        ({"shared_seed": True}, "shared_seed"),
        ({"broker_port": 0}, "address"),
        ({"broker_host": ""}, "address"),
        ({"broker_servers": [("b", "1883")]}, "address"),
        ({"seed_sync_timeout": 0}, "seed_sync_timeout"),
    ],
)
def test_settings_that_do_not(wrong: dict[str, Any], said: str) -> None:
    """`validate` says which."""
    fits, message = SGDistributedGameConfig(**wrong).validate()
    assert not fits
    assert said in message


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_addresses_of_ipv6(host: str) -> None:
    """With their brackets or without."""
    config = SGDistributedGameConfig(2, broker_host=host)
    assert config.validate() == (True, "")
    assert config.urls == ["mqtt://[::1]:1883"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"session_id": 5},
        {"broker_host": 5},
        {"broker_host": "a b"},
        {"broker_host": "mqtt://a"},
        {"broker_servers": 5},
        {"broker_servers": ["b"]},
        {"broker_servers": [("b",)]},
        {"seed_sync_timeout": "soon"},
        {"seed_sync_timeout": None},
    ],
)
def test_wrong_types_are_told(wrong: dict[str, Any]) -> None:
    """In words, and never as an error of Python's."""
    fits, why = SGDistributedGameConfig(2, **wrong).validate()
    assert not fits
    assert why
