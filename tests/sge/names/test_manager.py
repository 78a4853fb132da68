"""The session manager, as SGE's code and modellers' scripts call it (S10, S18)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from headcount.core.messages import Code
from headcount.errors import BadInputError, ConflictError, HeadcountError, RequestRefusedError
from headcount.sge.names import place
from headcount.sge.names.manager import SGDistributedSessionManager
from headcount.sge.names.mqtt import SGMQTTManager
from headcount.sge.protocol.session import SGDistributedSession
from tests.engines import Engine
from tests.qt.windows import until
from tests.sge.names.conftest import Managers, Model


def together(
    managers: Managers, seats: tuple[int, int] = (1, 4)
) -> tuple[SGDistributedSessionManager, SGDistributedSessionManager]:
    """Return a host's manager and a member's, in one session."""
    ana, ben = managers(), managers()
    ana.publishSession("sea", *seats)
    until(lambda: ben.readSessionState("sea"))
    ben.updateSessionState("sea", lambda session: session.add_instance(ben.client_id))
    until(lambda: ana.readSessionState("sea").get_num_connected() == 2)  # type: ignore[union-attr]
    return ana, ben


def test_a_session_is_published_read_and_joined(managers: Managers) -> None:
    """By updating its state, as the plans ask for (S18)."""
    ana, ben = managers(), managers()
    assert ana.readSessionState("sea", timeout=0.1) is None
    ana.publishSession("sea", 2, 3)
    ana.publishSession("sea", 2, 3)
    read = ben.readSessionState("sea")
    assert read is not None
    assert (read.model_name, read.num_players_min, read.num_players_max) == ("Sea Zones", 2, 3)
    assert read.connected_instances == [ana.client_id]
    joined = ben.updateSessionState("sea", lambda session: session.add_instance(ben.client_id))
    assert joined.connected_instances == [ana.client_id, ben.client_id]
    left = ben.updateSessionState("sea", lambda session: session.remove_instance(ben.client_id))
    assert ben.client_id not in left.connected_instances
    until(lambda: ana.readSessionState("sea").get_num_connected() == 1)  # type: ignore[union-attr]


def test_updates_lose_nothing(managers: Managers) -> None:
    """Both change the same session; each change is there."""
    ana, ben = together(managers)

    def more(session: SGDistributedSession) -> None:
        session.properties["turns"] = session.properties.get("turns", 0) + 1

    for _ in range(5):
        ana.updateSessionState("sea", more)
        ben.updateSessionState("sea", more)
    until(lambda: ana.readSessionState("sea").properties == {"turns": 10})  # type: ignore[union-attr]


def test_a_conflict_says_what_moved(managers: Managers) -> None:
    """After the third refusal (S18): somebody else was first each time."""
    ana, ben = together(managers)
    tries: list[int] = []

    def too_late(session: SGDistributedSession) -> None:
        tries.append(session.num_players_max)
        ana.updateSessionState(
            "sea", lambda first: setattr(first, "num_players_max", 10 + len(tries))
        )
        session.num_players_max = 99

    with pytest.raises(ConflictError, match="num_players_max") as conflict:
        ben.updateSessionState("sea", too_late, max_retries=3)
    assert len(tries) == 4
    until(lambda: ben.readSessionState("sea").num_players_max == 14)  # type: ignore[union-attr]
    assert set(conflict.value.current) <= {"num_players_max"}
    changed = ben.updateSessionState("sea", lambda session: setattr(session, "num_players_max", 5))
    assert changed.num_players_max == 5


def test_what_an_updater_may_return(managers: Managers) -> None:
    """Another session to become, or False for no change."""
    ana, _ = together(managers)

    def no(session: SGDistributedSession) -> bool:
        session.num_players_max = 9
        return False

    def another(session: SGDistributedSession) -> SGDistributedSession:
        fresh = SGDistributedSession.from_dict(session.to_dict())
        fresh.num_players_max = 7
        return fresh

    assert ana.updateSessionState("sea", no).num_players_max == 4
    assert ana.updateSessionState("sea", another).num_players_max == 7
    with pytest.raises(BadInputError, match="creator"):
        ana.updateSessionState("sea", lambda session: setattr(session, "creator_client_id", "x"))
    with pytest.raises(RequestRefusedError, match="nowhere"):
        ana.updateSessionState("nowhere", no)


def test_a_session_is_published_as_it_is_given(managers: Managers) -> None:
    """SGE's code changes its own copy and publishes that."""
    ana, ben = managers(), managers()
    session = SGDistributedSession("sea", ana.client_id, "Sea", 1, 4)
    ana.publishSessionState(session)
    seen: list[tuple[str, int]] = []
    ben.subscribeToSessionState("sea", lambda s: seen.append((s.state, s.get_num_connected())))
    until(lambda: seen)
    theirs = ben.readSessionState("sea")
    assert theirs is not None
    theirs.add_instance(ben.client_id)
    ben.publishSessionState(theirs)
    until(lambda: ("open", 2) in seen)
    # Its own copy does not know who has joined since: nobody is lost by that.
    session.start()
    ana.publishSessionState(session)
    until(lambda: ("started", 2) in seen)
    session.close()
    ana.publishSessionState(session)
    until(lambda: seen[-1][0] == "closed")
    with pytest.raises(RequestRefusedError) as refused:
        ben.publishSessionState(SGDistributedSession("pond", ana.client_id))
    assert refused.value.code is Code.NOT_FOUND


def test_a_member_may_not_do_what_the_host_may(managers: Managers) -> None:
    """It is said, and nothing changes."""
    _, ben = together(managers)
    with pytest.raises(RequestRefusedError, match="host"):
        ben.updateSessionState("sea", lambda session: session.start())
    with pytest.raises(RequestRefusedError, match="leave"):
        ben.publishSession("pond", 1, 2)


def test_sessions_are_discovered(managers: Managers) -> None:
    """Those that are there, and every change."""
    ana, ben = managers(), managers()
    told: list[list[str]] = []
    assert ben.discoverSessions(lambda sessions: told.append(sorted(sessions))) == {}
    ana.publishSession("sea", 1, 2)
    until(lambda: ["sea"] in told)
    ana.disconnect()
    until(lambda: told[-1] == [])


def test_the_seed_is_shared(managers: Managers) -> None:
    """Who is first creates the session, whoever comes later joins it."""
    ana, ben = managers(), managers()
    received: list[int] = []
    ben.seedReceived.connect(received.append)
    assert ana.syncSeed("sea", shared_seed=77) == 77
    ids: list[str] = []
    assert ben.syncSeed("sea", client_id_callback=ids.append) == 77
    assert ben.syncSeed("sea") == 77
    assert received == [77]
    assert sorted(ids) == sorted([ana.client_id, ben.client_id])


def test_players(managers: Managers) -> None:
    """One gets a role that two want; everybody is told who has which."""
    ana, ben = together(managers)
    told: list[Any] = []
    ana.playerConnected.connect(lambda player: told.append(("came", player)))
    ana.playerDisconnected.connect(lambda player: told.append(("gone", player)))
    reservations: list[tuple[str, str, str]] = []
    ana.subscribeToPlayerReservations("sea", lambda *each: reservations.append(each))
    assert ana.isPlayerNameAvailable("sea", "Mayor")
    assert not ana.isPlayerNameAvailable("sea", "Admin")
    assert ben.reservePlayer("sea", "Mayor")
    assert ben.registerPlayer("sea", "Mayor", 1, 4)
    until(lambda: ana.getConnectedPlayers("sea") == ["Mayor"])
    assert not ana.isPlayerNameAvailable("sea", "Mayor")
    assert not ana.reservePlayer("sea", "Mayor")
    assert not ana.releasePlayer("sea", "Mayor")
    assert ana.reservePlayer("sea", "Fisher")
    assert ana.waitForPlayers("sea", 2, 4)
    assert not ana.waitForPlayers("sea", 3, 4, timeout=0.05)
    assert ben.releasePlayer("sea", "Mayor")
    until(lambda: ("gone", "Mayor") in told)
    assert told == [("came", "Mayor"), ("came", "Fisher"), ("gone", "Mayor")]
    assert (ben.client_id, "Mayor", "reserve") in reservations
    assert (ben.client_id, "Mayor", "release") in reservations
    assert not ben.reservePlayer("pond", "Mayor")


def test_topics(managers: Managers) -> None:
    """By their places, and what belongs to them."""
    ana = managers()
    assert ana.getSessionTopics("sea")[6] == "sea/session_all_players_selected"
    assert ana.isSessionTopic("sea/session_instance_ready/x", "sea")
    assert not ana.isSessionTopic("sea/game_nextTurn", "sea")


def test_without_a_broker_it_is_said(app: object) -> None:
    """And it can be tried again."""
    mqtt = SGMQTTManager(Model())
    mqtt.broker_port = 1
    lonely = SGDistributedSessionManager(mqtt.model, mqtt)
    for _ in range(2):
        with pytest.raises(HeadcountError, match="nobody listens"):
            lonely.discoverSessions()
    lonely.disconnect()
    assert place.ANSWERS > 5


def test_a_closed_session_is_not_brought_back(managers: Managers) -> None:
    """By publishing once more that it is closed, after everybody has forgotten it."""
    ana = managers()
    session = SGDistributedSession("sea", ana.client_id, "Sea Zones")
    session.close()
    ana.publishSessionState(session)
    assert ana.discoverSessions() == {}


def test_a_session_is_published_with_all_that_it_has(managers: Managers) -> None:
    """Its properties, and that it has started."""
    ana = managers()
    session = SGDistributedSession("sea", ana.client_id, "Sea Zones")
    session.properties["round"] = 1
    session.start()
    ana.publishSessionState(session)
    read = ana.readSessionState("sea")
    assert read is not None
    assert read.properties == {"round": 1}
    assert read.is_started()


@pytest.mark.parametrize("player", [None, 5, "", "x" * 65, ["Mayor"]])
def test_what_is_no_player(managers: Managers, player: Any) -> None:
    """Nobody has it, and one is told at once."""
    ana = managers()
    ana.publishSession("sea", 1, 4)
    begun = time.monotonic()
    assert not ana.reservePlayer("sea", player)
    assert not ana.releasePlayer("sea", player)
    assert time.monotonic() - begun < 1.0


def test_who_leaves_while_the_broker_is_gone(managers: Managers, nats: Engine) -> None:
    """Is told the session without himself."""
    ana, ben = together(managers)
    nats.kill()
    try:
        left = ben.updateSessionState("sea", lambda each: each.remove_instance(ben.client_id))
        assert left.connected_instances == [ana.client_id]
    finally:
        nats.start()
