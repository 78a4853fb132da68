"""One hub on a bench: a clock, and short words for what happens to it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any, TypeVar

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.hub import Hub
from headcount.chat.hub.settings import Settings
from headcount.chat.wire.codec import decode
from headcount.chat.wire.outgoing import Error, Frame, UserCount

T = TypeVar("T")
COUNTS, TALK = x.Channel("lobby", x.Kind.COUNTS), x.Channel("lobby", x.Kind.TALK)


class Bench:
    """A hub whose lobby is loaded.

    Args:
        last: the number of the lobby's last message.
        settings: those that are not the defaults.
    """

    def __init__(self, last: int = 0, **settings: Any) -> None:
        self.hub = Hub(Settings(**settings), random.Random(1))
        self.now = 100.0
        self.renews = True
        """Whether the database renews leases while time passes."""
        self.do(n.RoomLoaded("lobby", last))

    def do(self, event: n.Input) -> list[x.Effect]:
        """Let something happen now."""
        return self.hub.handle(event, self.now)

    def wait(self, seconds: float) -> list[x.Effect]:
        """Let time pass, with a tick at each deadline."""
        end, out = self.now + seconds, []
        while (at := self.hub.next_deadline()) is not None and at <= end:
            self.now = max(self.now, at)
            out += self._tick()
        self.now = end
        return out + self._tick()

    def _tick(self) -> list[x.Effect]:
        effects = self.do(n.Tick())
        for asked in kept(effects, x.Renew) if self.renews else ():
            effects += self.do(n.Renewed(asked.request))
        return effects

    def open(self, *names: str, address: str = "10.0.0.1") -> list[x.Effect]:
        """Open connections."""
        return [
            effect for name in names for effect in self.do(n.Opened(name, address, "en", "now"))
        ]

    def says(self, name: str, **frame: Any) -> list[x.Effect]:
        """Let a client send a frame."""
        return self.do(n.Received(name, decode(json.dumps(frame))))

    def auth(
        self, name: str, account: int = 1, login: str = "L", who: str = "alice", role: str = "user"
    ) -> list[x.Effect]:
        """Let a client show the token of a login, which the database knows."""
        asked = only(self.says(name, type="auth", token=f"token of {login}"), x.Identify)
        return self.do(n.Identified(asked.request, account, who, role, login))

    def seat(
        self, name: str, account: int = 1, login: str = "L", who: str = "alice", role: str = "user"
    ) -> list[x.Effect]:
        """Open a connection that has an account, and a lease with `seq` 1."""
        self.open(name)
        asked = only(self.auth(name, account, login, who, role), x.Attach)
        return self.do(n.Attached(asked.request, account, login, 1))

    def name(self, name: str, pseudo: str) -> list[x.Effect]:
        """Let a guest take a name that no account has."""
        asked = only(self.says(name, type="setPseudo", pseudo=pseudo), x.CheckName)
        return self.do(n.NameFree(asked.request))

    def store(self, effects: Iterable[x.Effect], number: int) -> list[x.Effect]:
        """Let the database store the one message that is asked for."""
        asked = only(effects, x.Store)
        return self.do(n.Stored(asked.request, asked.room, message(number, asked.text)))


def message(number: int, text: str = "hi", author: str = "alice") -> n.StoredMessage:
    """Return a stored message."""
    return n.StoredMessage(number, author, text, "now")


def kept(effects: Iterable[x.Effect], kind: type[T]) -> list[T]:
    """Return the effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


def only(effects: Iterable[x.Effect], kind: type[T]) -> T:
    """Return the one effect of a kind."""
    (effect,) = kept(effects, kind)
    return effect


def sent(effects: Iterable[x.Effect], name: str) -> list[Frame]:
    """Return the frames sent to one connection alone."""
    return [effect.frame for effect in kept(effects, x.Send) if effect.connection == name]


def told(effects: Iterable[x.Effect], channel: x.Channel = TALK) -> list[Frame]:
    """Return the frames sent to a channel."""
    return [effect.frame for effect in kept(effects, x.Broadcast) if effect.channel == channel]


def counts(effects: Iterable[x.Effect]) -> list[tuple[int, list[str]]]:
    """Return the numbers and names that the lobby is told."""
    frames = [frame for frame in told(effects, COUNTS) if isinstance(frame, UserCount)]
    return [(frame.count, frame.users) for frame in frames]


def codes(effects: Iterable[x.Effect], name: str) -> list[object]:
    """Return the codes of the errors sent to one connection, or their texts without one."""
    errors = [frame for frame in sent(effects, name) if isinstance(frame, Error)]
    return [error.code or error.message for error in errors]


def closed(effects: Iterable[x.Effect]) -> dict[str, int]:
    """Return who is disconnected, and with which code."""
    return {effect.connection: effect.code for effect in kept(effects, x.Disconnect)}
