"""Real traffic of existing instances, replayed with its own times to those of ours who hear it.

The captures lie beside the project; without them these tests are skipped, but never on CI.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from headcount.sge.finding.looking import Looking
from headcount.sge.protocol import wire
from tests.interop.old_wire import Clock, Effect, Publish
from tests.interop.world import matches
from tests.sge.players import Host, Visitor

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
GAME_FILE, CRASHES_FILE = "sge-game.jsonl", "sge-crashes.jsonl"
CREATOR = "b59e804cb5834c45960f7d77daca25d8"


class Line(NamedTuple):
    """One message as it was captured."""

    at: float
    message: Publish


class Capture:
    """One captured session, and what its broker kept at each moment."""

    def __init__(self, name: str) -> None:
        file = CAPTURES / name
        if not file.exists():
            if os.environ.get("CI") == "true":
                pytest.fail(f"{file} is missing")
            pytest.skip(f"{file} is not there")
        read = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        self.lines = [
            Line(m["t"], Publish(m["topic"], m["payload"].encode(), m["retain"], m["qos"]))
            for m in read
            if "topic" in m
        ]
        self.marks = {m["mark"]: float(m["t"]) for m in read if "mark" in m}
        first = self.lines[0]
        told = datetime.fromisoformat(json.loads(first.message.payload)["timestamp"])
        self._began = told.timestamp() - first.at
        self.now = 0.0

    @property
    def utc(self) -> float:
        """The wall clock of those who were captured."""
        return self._began + self.now

    @property
    def clock(self) -> Clock:
        """The same, for players."""
        return lambda: datetime.fromtimestamp(self.utc)

    @property
    def session_id(self) -> str:
        """Which session it is."""
        return self.lines[0].message.topic.partition("/")[0]

    def kept(self) -> list[Line]:
        """Return what the broker keeps now."""
        kept: dict[str, Line] = {}
        for line in self.between(float("-inf"), self.now):
            if line.message.retain:
                kept.pop(line.message.topic, None)
                if line.message.payload:
                    kept[line.message.topic] = line
        return list(kept.values())

    def between(self, after: float, until: float) -> list[Line]:
        """Return what was said after one moment and until another."""
        return [line for line in self.lines if after < line.at <= until]

    def is_said_by(self, line: Line, creator: str) -> bool:
        """Tell whether the creator published a line: by its id, its beat, or the list's."""
        fields = json.loads(line.message.payload) if line.message.payload else {}
        if line.message.topic.endswith("/session_state"):
            beat = datetime.fromisoformat(fields["last_heartbeat"]).timestamp()
            return fields["state"] == "started" or beat > self._began + line.at - 0.1
        named = line.message.topic.endswith(creator) or "discovery" in line.message.topic
        return named or fields.get("clientId") == creator


class Played:
    """A capture with one of ours in it, who hears what was said and is not heard.

    Args:
        capture: the capture, at the moment at which ours connects.
        player: ours.
        hears: tells whether it hears a line.
    """

    def __init__(
        self,
        capture: Capture,
        player: Host | Visitor,
        hears: Callable[[Line], bool] = lambda line: True,
    ) -> None:
        self.capture, self.player = capture, player
        self.said: list[tuple[float, Publish]] = []
        self.hears = hears
        filters = [e.topic for e in self.did(player.connected(capture.now)) if _is_filter(e)]
        for line in capture.kept():
            if hears(line) and any(matches(each, line.message.topic) for each in filters):
                message = line.message
                self.did(player.receive(capture.now, message.topic, message.payload, True))

    def to(self, at: float) -> None:
        """Go on to a moment."""
        for line in self.capture.between(self.capture.now, at):
            self._wait(line.at)
            if self.hears(line):
                message = line.message
                self.did(self.player.receive(line.at, message.topic, message.payload))
        self._wait(at)

    def states(self) -> list[dict[str, Any]]:
        """Return the states that ours has written."""
        return [
            json.loads(message.payload)
            for _, message in self.said
            if message.topic.endswith("/session_state") and message.payload
        ]

    def instances(self) -> list[list[str]]:
        """Return who is connected in each of them."""
        return [state["connected_instances"] for state in self.states()]

    def _wait(self, at: float) -> None:
        while (due := self.player.deadline) is not None and due <= at:
            self.capture.now = max(self.capture.now, due)
            self.did(self.player.step(self.capture.now))
        self.capture.now = at

    def did(self, effects: list[Effect]) -> list[Effect]:
        """Note what ours publishes."""
        self.said += [(self.capture.now, e) for e in effects if isinstance(e, Publish)]
        return effects


def _is_filter(effect: Effect) -> bool:
    return not isinstance(effect, Publish)


# --- who looks on ------------------------------------------------------------------------------


class Look:
    """One of ours that looks at the list from a moment on."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self._list = Looking()
        for line in capture.kept():
            self._hear(line, retained=True)

    def to(self, at: float) -> list[tuple[str, str, int]]:
        """Go on to a moment; return what is listed then: id, state and count."""
        for line in self.capture.between(self.capture.now, at):
            self.capture.now = line.at
            self._hear(line, retained=False)
        self.capture.now = at
        live = self._list.live(at)
        return [(s.session_id, s.state, s.get_num_connected()) for s in live]

    def _hear(self, line: Line, *, retained: bool) -> None:
        read = wire.read(line.message.topic, line.message.payload, retained)
        if read is not None:
            self._list.heard(read, self.capture.now, self.capture.utc)


GAME = [
    (6.0, []),
    (6.2, [("S1", "open", 1)]),
    (12.2, [("S1", "open", 1)]),
    (12.4, [("S1", "open", 2)]),
    (20.9, [("S1", "open", 3)]),
    (24.8, [("S1", "open", 3)]),
    (25.0, [("S1", "open", 2)]),
    (28.8, [("S1", "open", 2)]),
    (28.9, [("S1", "started", 2)]),
    (44.1, [("S1", "started", 2)]),
    (44.2, []),
]
CRASHES = [
    (6.1, [("S2", "open", 1)]),
    (12.7, [("S2", "open", 3)]),
    (28.6, [("S2", "open", 3)]),
    (40.8, [("S2", "open", 3)]),
    (43.9, []),
    (52.0, []),
]


@pytest.mark.parametrize(("name", "moments"), [(GAME_FILE, GAME), (CRASHES_FILE, CRASHES)])
def test_the_list_shows_each_moment(name: str, moments: list[tuple[float, Any]]) -> None:
    """S25: one number after another, the started one told so, and gone when it is over (S17)."""
    look = Look(Capture(name))
    for at, listed in moments:
        assert look.to(at) == listed, at


@pytest.mark.parametrize(("name", "moments"), [(GAME_FILE, GAME), (CRASHES_FILE, CRASHES)])
def test_whoever_looks_late_sees_the_same(name: str, moments: list[tuple[float, Any]]) -> None:
    """S2: by what is retained, at once, and no leftover of the dead afterwards."""
    for at, listed in moments:
        capture = Capture(name)
        capture.now = at
        assert Look(capture).to(at) == listed, at


# --- who visits --------------------------------------------------------------------------------


def visiting(name: str, at: float) -> tuple[Played, Visitor]:
    """Return one of ours that joins a captured session at a moment."""
    capture = Capture(name)
    capture.now = at
    visitor = Visitor("ours", capture.clock, at, random.Random(1), capture.session_id)
    return Played(capture, visitor), visitor


@pytest.mark.parametrize(("at", "count"), [(6.5, 1), (10.0, 1), (13.0, 2), (21.5, 3), (26.0, 2)])
def test_we_are_in_at_once_with_everybody_who_is(at: float, count: int) -> None:
    """By the retained state; the seed is theirs, and the start is ours too (S21)."""
    played, visitor = visiting(GAME_FILE, at)
    assert visitor.count == count + 1
    assert visitor.seeds == [19380]
    played.to(28.8)
    assert (visitor.count, visitor.started) == (3, False)
    played.to(28.9)
    assert visitor.started
    played.to(60.0)
    assert visitor.ended is None


def test_we_count_as_they_come_and_go() -> None:
    """Each of their writes loses us, and we say so within half a second: never one too few."""
    played, visitor = visiting(GAME_FILE, 6.5)
    for at, count in ((12.2, 2), (13.0, 3), (20.7, 3), (21.4, 4), (24.8, 4), (25.6, 3)):
        played.to(at)
        assert visitor.count == count, at
    assert all("ours" in instances for instances in played.instances())


def test_we_know_who_has_which_role() -> None:
    """Under the ids they have in the game, until they quit."""
    played, visitor = visiting(GAME_FILE, 13.0)
    claiming = visitor.guest.claiming
    played.to(28.9)
    assert claiming.roles == {}
    played.to(28.95)
    second = claiming.roles["Player 2"]
    assert second.startswith("e4004b63")
    played.to(29.5)
    assert claiming.roles == {"Player 2": second, "Player 1": CREATOR}
    assert not claiming.all_selected
    played.to(30.4)
    assert claiming.all_selected
    played.to(45.0)
    assert claiming.roles == {}


def test_a_session_that_has_started_takes_nobody() -> None:
    """Its discovery goes on, so it is known to live."""
    played, visitor = visiting(GAME_FILE, 29.0)
    played.to(40.0)
    assert visitor.ended == "STARTED"


def test_the_killed_are_missed() -> None:
    """The member within 16 s, which they never do; then the creator (S16, S24)."""
    played, visitor = visiting(CRASHES_FILE, 13.0)
    played.to(24.6)
    assert visitor.count == 4
    played.to(24.7 + 16.0)
    assert len(played.instances()[-1]) == 3
    assert visitor.ended is None
    played.to(28.7 + 15.0)
    assert visitor.ended == "host_lost"
    assert played.states()[-1]["state"] == "closed"
    assert played.said[-1][1] == Publish("S2/session_instance_ready/ours", b"", True)


@pytest.mark.parametrize("at", [30.0, 44.0, 52.0])
def test_an_orphan_is_not_joined_for_long(at: float) -> None:
    """S5: nobody who hosts it is heard, whatever is retained."""
    played, visitor = visiting(CRASHES_FILE, at)
    played.to(at + 20.0)
    assert visitor.ended in ("NOT_FOUND", "host_lost")
    assert visitor.count == 0


# --- who hosts ---------------------------------------------------------------------------------


def hosting(name: str, creator: str) -> tuple[Played, Host]:
    """Return one of ours in the place of the captured creator, when its session opens."""
    capture = Capture(name)
    capture.now = 6.2
    host = Host(creator, capture.clock, random.Random(1), session_id=capture.session_id)
    played = Played(capture, host, lambda line: not capture.is_said_by(line, creator))
    played.did(host.open(capture.now))
    return played, host


def present(host: Host) -> list[str]:
    """Return the beginnings of the ids of who is connected, without the host."""
    return [each[:4] for each in host.state.connected_instances[1:]]


def test_those_who_joined_the_old_creator_join_ours() -> None:
    """Counted at each moment, gone when they go, and started with us."""
    played, host = hosting(GAME_FILE, CREATOR)
    for at, ids in (
        (12.2, []),
        (12.4, ["16a4"]),
        (20.7, ["16a4"]),
        (20.9, ["16a4", "f3a1"]),
        (24.8, ["16a4", "f3a1"]),
        (25.1, ["16a4"]),
        (28.84, ["16a4"]),
    ):
        played.to(at)
        assert present(host) == ids, at
    played.did(host.start(played.capture.now))
    played.to(29.2)
    second = next(c for c in host.state.members if c.startswith("16a4"))
    assert host.state.role_holder("Player 2") == second
    played.did(host.member_claims(played.capture.now, CREATOR, "Player 1"))
    played.to(32.0)
    said = [message.topic for _, message in played.said]
    assert "S1/session_player_registration/Player 1" in said
    assert said.count("S1/session_all_players_selected") == 1
    played.to(43.9)
    assert present(host) == ["16a4"]
    played.to(44.2)
    assert present(host) == []


def test_a_captured_game_leaves_nothing_behind() -> None:
    """S6, S22: all that they had the broker keep is cleared by the host at the end."""
    played, host = hosting(GAME_FILE, CREATOR)
    played.to(28.84)
    played.did(host.start(played.capture.now))
    played.to(45.0)
    played.did(host.close(played.capture.now))
    heard = [line for line in played.capture.lines if line.at > 6.2 and played.hears(line)]
    messages = [(line.at, line.message) for line in heard] + played.said
    kept: set[str] = set()
    for _, message in sorted(messages, key=lambda each: each[0]):
        if message.retain:
            (kept.add if message.payload else kept.discard)(message.topic)
    assert kept == set()


def test_a_killed_member_is_missed_and_a_closing_contradicted() -> None:
    """Within 16 s; the survivor that declares the session closed is told that it is open."""
    played, host = hosting(CRASHES_FILE, "a047c7d062334664b9db82ed00220578")
    played.to(12.8)
    assert sorted(present(host)) == ["06a8", "bbac"]
    played.to(24.7 + 16.0)
    assert present(host) == ["06a8"]
    played.to(43.84)
    before = len(played.states())
    played.to(44.5)
    (told,) = played.states()[before:]
    assert told["state"] == "open"
    assert told["version"] > 4
    played.to(50.0 + 16.0)
    assert present(host) == []
