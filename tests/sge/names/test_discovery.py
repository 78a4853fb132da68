"""The discovery manager as SGE's code uses it."""

from __future__ import annotations

from headcount.sge.names.discovery import SGSessionDiscoveryManager
from tests.qt.windows import until
from tests.sge.names.conftest import Managers


def test_sessions_come_change_and_go(managers: Managers) -> None:
    """Each is told with its card and its state, until one listens no longer."""
    ana, ben = managers(), managers()
    discovery = SGSessionDiscoveryManager(None, ben)
    lists: list[list[str]] = []
    states: list[tuple[str, str]] = []
    discovery.on_sessions_updated(lambda sessions: lists.append(sorted(sessions)))
    discovery.on_session_state_updated(lambda id, session: states.append((id, session.state)))
    discovery.start_discovery()
    ana.publishSession("sea", 1, 4)
    until(lambda: "sea" in discovery.available_sessions)
    card = discovery.available_sessions["sea"]
    assert (card["clientId"], card["num_players_max"]) == (ana.client_id, 4)
    assert discovery.session_states_cache["sea"].get_num_connected() == 1
    ana.updateSessionState("sea", lambda session: session.start())
    until(lambda: ("sea", "started") in states)
    ana.disconnect()
    until(lambda: lists[-1] == [])
    discovery.stop_discovery()
    told = len(lists)
    ana.publishSession("pond", 1, 4)
    until(lambda: ben.readSessionState("pond"))
    assert len(lists) == told
    discovery.start_discovery("pond")
    assert "pond" in discovery.available_sessions
