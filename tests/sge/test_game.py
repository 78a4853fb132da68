"""A distributed game as plain calls, on a real broker."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from headcount.errors import BadInputError, NoBrokerError, RequestRefusedError
from headcount.sge.config import SGDistributedGameConfig
from headcount.sge.game import DistributedGame
from tests.engines import Engine


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 10.0
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def game(engine: Engine, client_id: str, **settings: object) -> DistributedGame:
    """Return a game on a broker."""
    config = SGDistributedGameConfig((2, 3), broker_port=engine.port, **settings)  # type: ignore[arg-type]
    return DistributedGame(config, "Sea", client_id)


def test_two_models_share_a_session(nats: Engine) -> None:
    """They find each other, count each other, share the seed, start, and leave nothing open."""
    with game(nats, "ana", shared_seed=77) as ana, game(nats, "ben") as ben:
        assert ana.sessions() == []
        assert not ana.is_distributed
        assert ana.connected_instances_count(default=7) == 7
        ana.create("sea")
        assert [session.session_id for session in ben.sessions()] == ["sea"]
        ben.join("sea")
        until(lambda: ana.connected_instances_count() == ben.connected_instances_count() == 2)
        assert ana.seed == ben.seed == 77
        with pytest.raises(RequestRefusedError):
            ben.start()
        with pytest.raises(BadInputError, match="leave"):
            ben.join("other")
        ana.start()
        until(lambda: ben.room.started)
        assert ana.is_distributed
        ana.leave()
        until(lambda: ben.room.closed_reason is not None)
        assert not ben.is_distributed


def test_a_change_is_told(nats: Engine) -> None:
    """In the game's own thread."""
    with game(nats, "ana") as ana, game(nats, "ben") as ben:
        counts: list[int] = []
        room = ana.create("sea")
        ana.changed = lambda: counts.append(room.session.get_num_connected())
        assert 1 <= (ana.seed or 0) <= 1_000_000
        ben.join("sea")
        until(lambda: 2 in counts)
        ben.leave()
        until(lambda: counts[-1] == 1)


def test_wrong_use_is_told() -> None:
    """Before a connection, and with settings that do not fit."""
    with pytest.raises(BadInputError, match="num_players"):
        DistributedGame(SGDistributedGameConfig(0), "Sea")
    alone = DistributedGame(SGDistributedGameConfig(2, broker_port=1), "Sea")
    for wrong in (alone.sessions, alone.create, lambda: alone.join("x"), lambda: alone.room):
        with pytest.raises(BadInputError, match="first"):
            wrong()
    with pytest.raises(NoBrokerError):
        alone.connect()
    alone.disconnect()


def test_after_the_host_has_ended_it(nats: Engine) -> None:
    """Nobody is counted any more, and one may go on to another session."""
    with game(nats, "ana") as ana, game(nats, "ben") as ben:
        ana.create("sea")
        ben.join("sea")
        ana.leave()
        until(lambda: not ben.is_distributed)
        assert ben.connected_instances_count(default=0) == 0
        ben.create("sea")
        assert ben.is_distributed


def test_a_callback_that_fails_or_would_wait_for_itself(nats: Engine) -> None:
    """It is told so, and what happens goes on to be told."""
    with game(nats, "ana") as ana, game(nats, "ben") as ben:
        told: list[str] = []

        def changed() -> None:
            with pytest.raises(BadInputError, match="another thread"):
                ana.disconnect()
            with pytest.raises(BadInputError, match="another thread"):
                ana.start()
            told.append("tried")
            raise ValueError("a modeller's mistake")

        ana.create("sea")
        ana.changed = changed
        ben.join("sea")
        until(lambda: told)
        ben.leave()
        until(lambda: len(told) >= 2)
        until(lambda: ana.connected_instances_count() == 1)
