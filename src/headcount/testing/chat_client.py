"""Clients of the chat as they exist, and the wires between them and the server.

What existing clients do by themselves is kept (`CHAT_PROTOCOL.md`, section 3): `auth` on open
and every 2 s until it is accepted, back 3 s after every close, for ever. A client of G1 takes
a name instead; one that knows our additions follows differences, resumes and marks messages.
"""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from headcount.testing.network import Schedule

BACK = 3.0
"""Seconds after which a closed connection is opened again."""
AUTH_AGAIN, AUTH_TRIES = 2.0, 15
FASTEST, SLOWEST = 0.001, 0.015

Kind = Literal["G1", "G2", "new", "nameless"]
Json = dict[str, Any]


@dataclass(eq=False, slots=True)
class Wire:
    """One WebSocket, seen from both of its ends."""

    id: str
    client: ChatClient
    opened: float
    at_server: bool = True
    at_client: bool = True
    silent: bool = False
    up_free: float = 0.0
    down_free: float = 0.0
    down: deque[bytes | None] = field(default_factory=deque)
    """What is on its way to the client."""
    claimed: str | None = None
    """The login last shown on it."""
    login: str | None = None
    """The login that the server has accepted on it, as far as the client knows."""
    wavers: bool = False
    """Whether more than one login was shown on it."""
    seated: bool = False
    """Whether the server has accepted any."""
    told: tuple[int, list[str]] | None = None
    people: dict[str, str] = field(default_factory=dict)
    room: str = "lobby"
    newest: int = 0
    """The newest message of the lobby that its client showed before."""
    resumes_later: bool = False
    """Whether it may resume only once it has an account."""
    heard: list[int] = field(default_factory=list)
    """The numbers of the messages that came live, since the room was entered."""


class ChatClient:
    """One window of one person.

    Args:
        name: for traces, and what a guest is called.
        kind: what it knows.
        schedule: the virtual time.
        rng: draws delays.
        connect: opens a wire to the server, or returns None while there is none.
    """

    def __init__(
        self,
        name: str,
        kind: Kind,
        schedule: Schedule,
        rng: random.Random,
        connect: Callable[[ChatClient], Wire | None],
    ) -> None:
        self.name = name
        self.kind = kind
        self.schedule = schedule
        self.rng = rng
        self.connect = connect
        self.upwards: Callable[[Wire, str | None], None] = lambda *_: None
        """Called at the server with every frame, and with None when the socket is closed."""
        self.login: str | None = None
        self.wire: Wire | None = None
        self.open = False
        """Whether the window is."""
        self.frozen_until = 0.0
        self.refusals = 0
        self.last = 0
        """The newest message of the lobby that is shown."""
        self.shown: dict[int, int] = {}
        """How often each message of the lobby is shown, since it was last read as a whole."""
        self.acks: dict[str, int] = {}
        self.seen: Callable[[Wire, Json], None] = lambda *_: None
        self._attempt = 0
        self._resuming = False

    # --- the window --------------------------------------------------------------------------

    def start(self) -> None:
        """Open the window."""
        if not self.open:
            self.open = True
            self._connect()

    def stop(self) -> None:
        """Close it, and its socket."""
        self.open = False
        self._attempt += 1
        if self.wire is not None:
            self._hang_up(self.wire)

    def vanish(self) -> None:
        """Die without a word."""
        self.open = False
        self._attempt += 1
        if self.wire is not None:
            self.wire.silent, self.wire.at_client = True, False
            self.wire = None

    def drop(self, seconds: float) -> None:
        """Lose the network in silence, notice after a while, and open a new connection."""
        if self.wire is not None:
            self.wire.silent, self.wire.at_client = True, False
            self.wire = None
            self._later(seconds, self._connect)

    def freeze(self, seconds: float) -> None:
        """Stand still, answering nothing."""
        self.frozen_until = max(self.frozen_until, self.schedule.now + seconds)

    def say(self, frame: Json) -> None:
        """Send a frame, if there is a connection."""
        if self.wire is not None:
            self._send(self.wire, frame)

    # --- the connection ----------------------------------------------------------------------

    def _connect(self) -> None:
        if not self.open or self.wire is not None:
            return
        if self.schedule.now < self.frozen_until:
            self._later(self.frozen_until - self.schedule.now, self._connect)
            return
        self.wire = wire = self.connect(self)
        if wire is None:
            self._later(BACK, self._connect)
            return
        self._greet(wire)

    def _greet(self, wire: Wire) -> None:
        wire.newest = self.last
        if self.kind == "new":
            self._send(wire, {"type": "presence", "diff": True})
            self._resuming = False
            self._resume(wire, wire.newest)
        if self.kind == "G1":
            self._send(wire, {"type": "setPseudo", "pseudo": self.name})
        elif self.kind != "nameless":
            self._authenticate(wire, AUTH_TRIES)

    def _resume(self, wire: Wire, after: int) -> None:
        """Ask for what was missed; who is asking already will show no gapless list.

        The number is the newest one shown before anything came live.
        """
        if self._resuming:
            self.shown.clear()
        elif after:
            self._resuming = True
            self._send(wire, {"type": "resume", "after": after})

    def _authenticate(self, wire: Wire, tries: int) -> None:
        if wire is not self.wire or wire.login is not None or self.login is None or not tries:
            return
        wire.claimed = self.login
        self._send(wire, {"type": "auth", "token": f"token-{self.login}"})
        self._later(AUTH_AGAIN, lambda: self._authenticate(wire, tries - 1))

    def _hang_up(self, wire: Wire) -> None:
        wire.at_client, self.wire = False, None
        self._up(wire, None)

    def _send(self, wire: Wire, frame: Json) -> None:
        self._up(wire, json.dumps(frame))

    def _up(self, wire: Wire, payload: str | None) -> None:
        if wire.silent:
            return
        wire.up_free = max(wire.up_free, self.schedule.now + self._delay(), self.frozen_until)
        self.schedule.at(wire.up_free, lambda: self._arrive(wire, payload))

    def _arrive(self, wire: Wire, payload: str | None) -> None:
        if not wire.silent:
            self.upwards(wire, payload)

    # --- what comes --------------------------------------------------------------------------

    def deliver(self, wire: Wire, payload: bytes | None) -> None:
        """Take what the server sends, a while later; None is its closing of the connection."""
        at = wire.down_free = max(wire.down_free, self.schedule.now + self._delay())
        wire.down.append(payload)
        self.schedule.at(at, lambda: self._take(wire))

    def answer_ping(self, wire: Wire, answer: Callable[[], None]) -> None:
        """Answer a ping, unless the machine stands still or the network is silent."""
        at = max(self.schedule.now + 2 * self._delay(), self.frozen_until)

        def pong() -> None:
            if not wire.silent and wire.at_client:
                answer()

        self.schedule.at(at, pong)

    def _take(self, wire: Wire) -> None:
        if self.schedule.now < self.frozen_until:
            self.schedule.at(self.frozen_until, lambda: self._take(wire))
            return
        payload = wire.down.popleft()
        if wire.silent or not wire.at_client:
            return
        if payload is None:
            wire.at_client = False
            if wire is self.wire:
                self.wire = None
                self._later(BACK, self._connect)
            return
        frame = json.loads(payload)
        self._read(wire, frame)
        self.seen(wire, frame)

    def _read(self, wire: Wire, frame: Json) -> None:
        match frame["type"]:
            case "auth:ack":
                if wire.login not in (None, wire.claimed):
                    wire.heard = []  # somebody else's now: the history is read anew
                wire.login = wire.claimed
                if wire.resumes_later:
                    wire.resumes_later = False
                    self._resume(wire, wire.newest)
            case "userCount":
                wire.told = (frame["count"], frame["users"])
            case "presence":
                self._fold(wire, frame)
            case "message:new":
                self._show(wire, frame["data"])
            case "resumed":
                self._recover(frame)
            case "message:ack":
                self.acks[frame["ref"]] = frame["id"]
            case "joined":
                wire.room, wire.heard = frame["room"], []
                if self.kind == "new" and wire.room == "lobby":
                    self._resume(wire, self.last)
            case "error" if frame.get("code") == "ALREADY_LOGGED_IN":
                self.refusals += 1
            case "error" if frame["message"] == "Authentification requise":
                if self._resuming and "ref" not in frame:
                    self._resuming, wire.resumes_later = False, True
            case _:
                pass

    def _fold(self, wire: Wire, frame: Json) -> None:
        if frame["whole"]:
            wire.people = {}
        for name in frame["left"]:
            wire.people.pop(name, None)
        for here in frame["joined"]:
            wire.people[here["id"]] = here["name"]
        wire.told = (frame["count"], list(wire.people.values()))

    def _show(self, wire: Wire, post: Json) -> None:
        wire.heard.append(post["id"])
        if "room" not in post:
            self.shown[post["id"]] = self.shown.get(post["id"], 0) + 1
            self.last = max(self.last, post["id"])

    def _recover(self, frame: Json) -> None:
        if frame["room"] != "lobby":
            return
        self._resuming = False
        if not frame["recovered"]:
            self.shown.clear()
        for post in frame["messages"]:
            self.shown[post["id"]] = self.shown.get(post["id"], 0) + 1
            self.last = max(self.last, post["id"])

    # --- inside ------------------------------------------------------------------------------

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        attempt = self._attempt

        def then() -> None:
            if self.open and attempt == self._attempt:
                action()

        self.schedule.at(self.schedule.now + seconds, then)

    def _delay(self) -> float:
        return self.rng.uniform(FASTEST, SLOWEST)
