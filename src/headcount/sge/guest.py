"""Being in a session that an existing SGE instance created: one of ours among theirs.

It does what their own joiners do, but for what fails them: it compares versions, writes itself
in again when somebody overwrote it, and judges the creator by its own hearing, not by clocks.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from headcount.sge import wire
from headcount.sge.session import SGDistributedSession
from headcount.sge.wire import Heard, Publish, Word

READS = 2.0
"""Seconds after which there is no such session."""
AGAIN = 0.5
"""The most to wait before one writes oneself in again, in seconds."""
DOUBTS = 6.0
"""Seconds for which a creator that lives may contradict who declared its session closed."""

Reason = Literal["NOT_FOUND", "STARTED", "FULL", "closed", "host_lost", "left"]


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


Effect = Publish | Changed | Seeded | Started | Ended


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
        self._session_id, self._client_id, self._rng = session_id, client_id, rng
        self._reads_until = now + READS
        self._creator_at = now
        self._writes_at: float | None = None
        self._seed_at = now + wire.SEED_EVERY
        self._doubts_until: float | None = None
        self._started = False

    # --- what is heard -----------------------------------------------------------------------

    def heard(self, message: Heard, now: float, utc: float) -> list[Effect]:
        """Take a message of theirs."""
        if self.over or message.session_id != self._session_id:
            return []
        if not message.retained and self._from_creator(message):
            self._creator_at = now
        match message.word:
            case Word.STATE:
                return self._state(message, now, utc)
            case Word.SEED:
                return self._adopt(wire.seed_of(message), message.client_id)
            case Word.START if not message.retained and self.inside:
                return self._start()
            case Word.DISCOVERY if message.fields is None and self._doubts_until is not None:
                return self._end("closed")
            case _:
                return []

    def tick(self, now: float, utc: float) -> list[Effect]:
        """Do what is due."""
        if self.over:
            return []
        if not self.inside and self._writes_at is None and now >= self._reads_until:
            return self._end("NOT_FOUND")
        if self._doubts_until is not None and now >= self._doubts_until:
            return self._end("closed")
        if self._creator_is_lost(now):
            return self._close(utc)
        out: list[Effect] = []
        if self._writes_at is not None and now >= self._writes_at:
            out += self._write(utc)
        if self.inside and now >= self._seed_at:
            self._seed_at = now + wire.SEED_EVERY
            if self.seed is not None:
                out.append(self._own_seed(utc))
        return out

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        if self.over:
            return None
        wanted = [self._writes_at, self._doubts_until]
        if not self.inside:
            wanted.append(self._reads_until)
        else:
            wanted.append(self._seed_at)
            if not self._started:
                wanted.append(self._creator_at + wire.SILENT)
        return min(at for at in wanted if at is not None)

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
            out.append(wire.disconnect(self._session_id, self._client_id, None, utc))
        return [*out, self._unready(), Ended("left")]

    # --- inside ------------------------------------------------------------------------------

    def _from_creator(self, message: Heard) -> bool:
        if self.session is None:
            return True
        if message.word is Word.STATE:
            # Anybody may have written it; only a heartbeat is its creator's for sure.
            told = wire.state_of(message)
            return told is not None and told.last_heartbeat > self.session.last_heartbeat
        return message.client_id == self.session.creator_client_id

    def _state(self, message: Heard, now: float, utc: float) -> list[Effect]:
        session = wire.state_of(message)
        if session is None:
            return []
        if session.is_closed():
            return self._closed(message, now)
        if not message.retained:
            self._doubts_until = None
        known = self.session
        if known is not None and session.version < known.version and not message.retained:
            # Somebody wrote over what he had not read: say it again, with all in it.
            session.connected_instances = _together(session, known)
            session.version = known.version
        self.session = session
        if not self.inside:
            refusal = self._refusal(session)
            if refusal is not None:
                return self._end(refusal)
            return self._write(utc)
        if self._client_id not in session.connected_instances:
            if self._writes_at is None:
                self._writes_at = now + self._rng.uniform(0.0, AGAIN)
            return []
        self._writes_at = None
        shown: list[Effect] = [Changed(session)]
        return shown + (self._start() if session.is_started() else [])

    def _refusal(self, session: SGDistributedSession) -> Reason | None:
        if self._client_id in session.connected_instances:
            return None
        if session.is_started():
            return "STARTED"
        return None if session.can_accept_more_instances() else "FULL"

    def _write(self, utc: float) -> list[Effect]:
        """Write oneself into the newest state."""
        session = self.session
        assert session is not None
        self._writes_at = None
        first, self.inside = not self.inside, True
        if self._client_id not in session.connected_instances:
            session.connected_instances.append(self._client_id)
            session.version += 1
            session.last_updated = datetime.fromtimestamp(utc)
        out: list[Effect] = [wire.state(session), Changed(session)]
        if first:
            out.insert(0, wire.ready(self._session_id, self._client_id, utc))
            if self.seed is not None:
                out.insert(0, self._own_seed(utc))
        return out

    def _adopt(self, seed: int | None, sender: str) -> list[Effect]:
        if self.seed is not None or seed is None or sender == self._client_id:
            return []
        self.seed = seed
        return [Seeded(seed)]

    def _start(self) -> list[Effect]:
        if self._started:
            return []
        self._started = True
        return [Started()]

    def _closed(self, message: Heard, now: float) -> list[Effect]:
        """Believe a closing that its creator does not contradict."""
        if not self.inside:
            return [] if not message.retained else self._end("NOT_FOUND")
        if self._doubts_until is None:
            self._doubts_until = now + DOUBTS
        return []

    def _creator_is_lost(self, now: float) -> bool:
        if not self.inside or self._started or self.session is None:
            return False
        return now >= self._creator_at + wire.SILENT

    def _close(self, utc: float) -> list[Effect]:
        """Declare the session of a lost creator closed, as their survivors do."""
        session = self.session
        assert session is not None
        session.close()
        session.last_updated = datetime.fromtimestamp(utc)
        discovery = wire.clear(wire.topic(Word.DISCOVERY, self._session_id))
        return [wire.state(session), discovery, *self._end("host_lost")]

    def _end(self, reason: Reason) -> list[Effect]:
        was_inside, self.over = self.inside, True
        return [self._unready(), Ended(reason)] if was_inside else [Ended(reason)]

    def _unready(self) -> Publish:
        return wire.clear(wire.topic(Word.READY, self._session_id, self._client_id))

    def _own_seed(self, utc: float) -> Publish:
        assert self.seed is not None
        return wire.seed(self._session_id, self._client_id, self.seed, False, utc)


def _together(one: SGDistributedSession, other: SGDistributedSession) -> list[str]:
    """Return the instances of both."""
    return list(dict.fromkeys([*other.connected_instances, *one.connected_instances]))
