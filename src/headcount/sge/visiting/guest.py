"""Being in a session that an existing SGE instance created: one of ours among theirs.

It does what their own joiners do, but for what fails them: it compares versions, writes itself
in again when somebody overwrote it, puts right who else is there, and judges the creator by its
own hearing, not by clocks.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Heard, Publish, Word
from headcount.sge.visiting.census import Census
from headcount.sge.visiting.claiming import Claiming
from headcount.sge.visiting.claiming import Effect as RoleEffect
from headcount.sge.visiting.creator import Creator

READS = 2.0
"""Seconds to read the state; after them there is none, or no session."""
LIFE = 6.0
"""Seconds in which a creator that lives is heard: it tells the discovery every 5 s."""
AGAIN = 0.3
"""The most to wait before one writes the state again, in seconds."""
REREADS = 1.0
"""Seconds in which the state is read once more after a loss of the connection."""
LOOKS = 1.0
"""Seconds between two looks at who is there."""
LINK_TIMEOUT = 60.0
"""Seconds without a connection after which it is over."""
NEVER = float("inf")

Reason = Literal["NOT_FOUND", "STARTED", "FULL", "closed", "host_lost", "link_lost", "left"]


@dataclass(frozen=True, slots=True)
class Changed:
    """The session as it is now, with oneself in it."""

    session: SGDistributedSession


@dataclass(frozen=True, slots=True)
class Seeded:
    """The seed that everybody shares."""

    seed: int


@dataclass(frozen=True, slots=True)
class Started:
    """The game is on."""


@dataclass(frozen=True, slots=True)
class Ended:
    """One is not in it, or no longer, and why."""

    reason: Reason


Effect = Changed | Seeded | Started | Ended | RoleEffect


class Guest:
    """One's own part in such a session. Times are seconds on one monotonic clock.

    Args:
        session_id: the session's id.
        client_id: who one is.
        now: the present moment.
        rng: draws the jitter by which two that were overwritten do not overwrite each other.
    """

    def __init__(self, session_id: str, client_id: str, now: float, rng: random.Random) -> None:
        self.session: SGDistributedSession | None = None
        self.seed: int | None = None
        self.over = False
        self.inside = False
        self.claiming = Claiming(session_id, client_id)
        """Who plays whom."""
        self._session_id, self._client_id, self._rng = session_id, client_id, rng
        self._census = Census()
        self._card: SGDistributedSession | None = None
        self._led = False
        self._reads_until = now + READS
        self._waits_until = now + LIFE
        self._creator = Creator(now)
        self._writes_at = NEVER
        self._looks_at = NEVER
        self._seed_at = now + wire.SEED_EVERY
        self._gives_up_at = NEVER
        self._told: set[str] = set()
        self._started = False

    # --- the connection ----------------------------------------------------------------------

    def connected(self, now: float, utc: float) -> list[Effect]:
        """Begin to hear, once more perhaps: whoever was not heard meanwhile is not silent."""
        self._gives_up_at = NEVER
        self._creator.restart(now)
        self._census.restart(now)
        if self.over:
            return []
        if not self.inside:
            self._reads_until, self._waits_until = now + READS, now + LIFE
            return []
        self._seed_at = now
        self._told = set()
        if not self._started:
            self._writes_at = now + REREADS + self._rng.uniform(0.0, AGAIN)
        return [wire.ready(self._session_id, self._client_id, utc)]

    def lost(self, now: float) -> None:
        """Hear nothing for now: nobody is judged (design, R1)."""
        self._gives_up_at = now + LINK_TIMEOUT

    @property
    def _deaf(self) -> bool:
        return self._gives_up_at < NEVER

    # --- what is heard -----------------------------------------------------------------------

    def heard(self, message: Heard, now: float, utc: float) -> list[Effect]:
        """Take a message of theirs."""
        if self.over or message.session_id != self._session_id:
            return []
        self._census.heard(message, now)
        if "session_uid" not in (message.fields or {}):
            self._creator.heard(message, self.session, now, utc)
        out = self._take(message, now, utc)
        if self.session is not None:
            out += self.claiming.heard(message, self.session, now, utc)
        return out if self.inside or self.over else [*out, *self._enter(now, utc)]

    def _take(self, message: Heard, now: float, utc: float) -> list[Effect]:
        match message.word:
            case Word.STATE:
                return self._state(message, now, utc)
            case Word.SEED:
                return self._adopt(wire.seed_of(message), message.client_id)
            case Word.START if not message.retained and self.inside:
                return self._start(now)
            case Word.READY | Word.DISCONNECT if self.inside:
                self._look(now)
            case Word.DISCOVERY if message.fields is None and self._creator.is_doubted:
                return self._end("closed", utc)
            case Word.DISCOVERY if "session_uid" not in (message.fields or {}):
                self._card = wire.card_of(message)
        return []

    def tick(self, now: float, utc: float) -> list[Effect]:
        """Do what is due."""
        if self.over:
            return []
        if now >= self._gives_up_at:
            return self._end("link_lost", utc)
        if self._deaf:
            return []
        if not self.inside:
            return self._read_in_vain(now, utc)
        if now >= self._creator.doubted_until:
            return self._end("closed", utc)
        if not self._started and now >= self._creator.silent_at:
            return self._close(utc)
        return self._go_on(now, utc)

    def _go_on(self, now: float, utc: float) -> list[Effect]:
        out: list[Effect] = []
        if now >= self._looks_at:
            self._look(now)
        if now >= self._writes_at:
            out += self._write(now, utc)
        if now >= self._seed_at:
            self._seed_at = now + wire.SEED_EVERY
            out.append(self._sign_of_life(utc))
        assert self.session is not None
        return out + self.claiming.tick(self.session, now, utc)

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        if self.over:
            return None
        if self._deaf:
            return self._gives_up_at
        if not self.inside:
            return self._waits_until if self._is_known else self._reads_until
        wanted = [self._writes_at, self._creator.doubted_until, self._seed_at, self._looks_at]
        if not self._started:
            wanted.append(self._creator.silent_at)
        return min(*wanted, self.claiming.next_deadline())

    def leave(self, utc: float) -> list[Effect]:
        """Take oneself out, and what one has left on the broker."""
        if self.over:
            return []
        self.over = True
        out: list[Effect] = []
        session = self.session
        if self.inside and session is not None and not session.is_closed():
            if session.remove_instance(self._client_id):
                session.last_updated = datetime.fromtimestamp(utc)
                out.append(wire.state(session))
            own = self.claiming.own
            out.append(wire.disconnect(self._session_id, self._client_id, own, utc))
        return [*out, *self.claiming.release(utc), self._unready(), Ended("left")]

    # --- getting in --------------------------------------------------------------------------

    @property
    def _is_known(self) -> bool:
        """Whether something tells of such a session, which may be long gone."""
        return self.session is not None or (self._card is not None and not self._creator.is_alive)

    def _enter(self, now: float, utc: float) -> list[Effect]:
        """Write oneself into the state that was read, once it is known to be of now."""
        session = self.session
        if session is None or not self._creator.is_alive:
            return []
        if self._client_id not in session.connected_instances:
            if session.is_started():
                return self._end("STARTED", utc)
            if not session.can_accept_more_instances():
                return self._end("FULL", utc)
        return self._write_first(now, utc)

    def _read_in_vain(self, now: float, utc: float) -> list[Effect]:
        """Give up, or write the state of a session that has none (S21)."""
        if now < (self._waits_until if self._is_known else self._reads_until):
            return []
        card = self._card
        if self.session is not None or card is None or not self._creator.is_alive:
            return self._end("NOT_FOUND", utc)
        card.connected_instances = list(
            dict.fromkeys([card.creator_client_id, *self._census.ready])
        )
        card.created_at = card.last_updated = card.last_heartbeat = datetime.fromtimestamp(utc)
        self.session = card
        return self._enter(now, utc)

    def _write_first(self, now: float, utc: float) -> list[Effect]:
        self.inside, self._looks_at = True, now + LOOKS
        assert self.session is not None
        ready = wire.ready(self._session_id, self._client_id, utc)
        out: list[Effect] = [ready] if self.seed is None else [self._sign_of_life(utc), ready]
        instances = [*self.session.connected_instances, self._client_id]
        return out + self._publish(list(dict.fromkeys(instances)), utc)

    # --- inside ------------------------------------------------------------------------------

    def _state(self, message: Heard, now: float, utc: float) -> list[Effect]:
        session = wire.state_of(message)
        if session is None:
            return []
        if session.is_closed():
            return self._closed(message, now, utc)
        known = self.session
        self._told = set(session.connected_instances)
        if not message.retained and known is not None and session.version < known.version:
            # Somebody wrote over what he had not read: say it again, with all in it.
            session.connected_instances = _together(session, known)
            session.version = known.version
        if known is not None and session.last_heartbeat < known.last_heartbeat:
            if known.last_heartbeat - session.last_heartbeat >= timedelta(seconds=wire.STATE_EVERY):
                # Others would take the creator for dead, so this is to be said again.
                self._told = set()
            session.last_heartbeat = known.last_heartbeat
        self.session = session
        if not self.inside:
            return []
        self._look(now)
        if self._client_id not in session.connected_instances:
            return []
        shown: list[Effect] = [Changed(session)]
        return shown + (self._start(now) if session.is_started() else [])

    def _look(self, now: float) -> None:
        """See whether the state tells who is there."""
        session = self.session
        assert session is not None
        self._looks_at = now + LOOKS
        if self._started or self._creator.is_doubted:
            self._writes_at = NEVER
            return
        right = set(self._census.corrected(session, self._client_id, now)) == self._told
        if right:
            self._writes_at = NEVER
        elif self._writes_at == NEVER:
            self._writes_at = now + self._rng.uniform(0.0, AGAIN)

    def _write(self, now: float, utc: float) -> list[Effect]:
        """Write who is there, if somebody else has not done so meanwhile."""
        session = self.session
        assert session is not None
        self._writes_at = NEVER
        return self._publish(self._census.corrected(session, self._client_id, now), utc)

    def _publish(self, instances: list[str], utc: float) -> list[Effect]:
        session = self.session
        assert session is not None
        if set(instances) != self._told:
            self._told = set(instances)
            session.connected_instances = instances
            session.version += 1
            session.last_updated = datetime.fromtimestamp(utc)
        return [wire.state(session), Changed(session)]

    def _adopt(self, seed: int | None, sender: str) -> list[Effect]:
        """Take the first seed that is told, but believe the creator more than others."""
        if seed is None or sender == self._client_id or self._led or self._started:
            return []
        session = self.session
        self._led = session is not None and sender == session.creator_client_id
        if seed == self.seed or not (self._led or self.seed is None):
            return []
        self.seed = seed
        return [Seeded(seed)]

    def _start(self, now: float) -> list[Effect]:
        if self._started:
            return []
        self._started = True
        self._writes_at = self._looks_at = NEVER
        self.claiming.start(now)
        return [Started()]

    def _closed(self, message: Heard, now: float, utc: float) -> list[Effect]:
        """Believe a closing that its creator does not contradict."""
        if not self.inside:
            return [] if not message.retained else self._end("NOT_FOUND", utc)
        self._creator.doubt(now)
        self._writes_at = NEVER
        return []

    def _close(self, utc: float) -> list[Effect]:
        """Declare the session of a lost creator closed, as their survivors do."""
        session = self.session
        assert session is not None
        session.close()
        session.last_updated = datetime.fromtimestamp(utc)
        discovery = wire.clear(wire.topic(Word.DISCOVERY, self._session_id))
        return [wire.state(session), discovery, *self._end("host_lost", utc)]

    def _end(self, reason: Reason, utc: float) -> list[Effect]:
        self.over = True
        if not self.inside:
            return [Ended(reason)]
        return [*self.claiming.release(utc), self._unready(), Ended(reason)]

    def _unready(self) -> Publish:
        return wire.clear(wire.topic(Word.READY, self._session_id, self._client_id))

    def _sign_of_life(self, utc: float) -> Publish:
        """Return the seed, which others hear that one is there by."""
        if self.seed is None:
            return wire.ready(self._session_id, self._client_id, utc)
        return wire.seed(self._session_id, self._client_id, self.seed, False, utc)


def _together(one: SGDistributedSession, other: SGDistributedSession) -> list[str]:
    """Return the instances of both."""
    return list(dict.fromkeys([*other.connected_instances, *one.connected_instances]))
