"""Publishing the state: at a bounded pace, the newest always, and heard back before it counts."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from msgspec.structs import replace

from headcount.core.context import Context
from headcount.core.messages import Card, Request
from headcount.core.requests import Wish
from headcount.core.state import SessionState
from headcount.core.topics import Topic

STATE_EXPIRY = 3600
"""Seconds after which a broker that can forgets a state; it is published again at half."""
TOMBSTONE_EXPIRY = 60
CARD_EXPIRES = 4
"""Heartbeats after which a broker that can forgets a card."""
CARD_REFRESHED = 2
"""Heartbeats after which a card is published again there."""
FASTEST, SLOWEST = 0.05, 1.0
BYTES_PER_SECOND = 20_000_000
ECHO_PATIENCE = 0.5
REPAIRS_APART = 0.25
"""The least time between publishing and publishing again over somebody's older state."""
_MEMBER_BYTES, _STATE_BYTES = 330, 900


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that counts once the state that holds it has been heard back.

    `wish` is the host's own; a member's request has none.
    """

    version: int
    request: Request
    wish: Wish | None


def pace(state: SessionState) -> float:
    """Return the least time between two states, in seconds, from their size and readers."""
    members = len(state.members)
    size = _STATE_BYTES + _MEMBER_BYTES * members + 64 * len(state.properties)
    return max(FASTEST, min(SLOWEST, size * members / BYTES_PER_SECOND))


class Publisher:
    """What one host has applied, published, and heard back.

    `latest` is the newest state applied; `seen` the last state that came on the topic,
    whoever wrote it, or None when it was last seen empty.
    """

    def __init__(self, context: Context, topics: tuple[Topic, Topic], state: SessionState) -> None:
        self._context = context
        self._state_topic, self._card_topic = topics
        self.latest = state
        self.published = state
        self.seen: SessionState | None = state
        self.waiting: deque[Waiting] = deque()
        self._free_at = context.now
        self._echo_by: float | None = None
        self._repair_at: float | None = None
        self._published_at = context.now
        self._card: Card | None = None

    def change(self, state: SessionState) -> SessionState:
        """Make `state` the newest: one version above it and above the newest so far."""
        text = self._context.utc_text
        version = max(self.latest.version, state.version) + 1
        self.latest = replace(state, version=version, last_updated=text, last_heartbeat=text)
        return self.latest

    def flush(self) -> None:
        """Publish the newest state if it is not published yet and the pace allows it."""
        if self.latest is not self.published and self._context.now >= self._free_at:
            self.publish()

    def publish(self) -> None:
        """Publish the newest state now."""
        now = self._context.now
        self.published = self.latest
        self._published_at = now
        self._free_at = now + pace(self.latest)
        self._echo_by = now + ECHO_PATIENCE
        self._context.send(self._state_topic, self.latest, retain=True, expiry=STATE_EXPIRY)

    def card(self) -> None:
        """Publish the card."""
        self._card = _card(self.latest)
        expiry = max(1, round(CARD_EXPIRES * self.latest.timers.heartbeat))
        self._context.send(self._card_topic, self._card, retain=True, expiry=expiry)

    @property
    def card_is_old(self) -> bool:
        """Whether the card published last says something else than the newest state."""
        return self._card != _card(self.latest)

    def saw(self, state: SessionState | None, retained: bool) -> list[Waiting]:
        """Take what came on the topic; return the changes that count from now on.

        Only a live copy counts: what is retained may have been written again over a state
        that superseded it.
        """
        self.seen = state
        if state is None or retained:
            return []
        if not self._is_ours(state):
            if state.session_uid == self.latest.session_uid and self.latest.supersedes(state):
                self._repair_at = max(self._context.now, self._published_at + REPAIRS_APART)
            return []
        if state.version >= self.published.version:
            self._echo_by = None
        done = []
        while self.waiting and self.waiting[0].version <= state.version:
            done.append(self.waiting.popleft())
        return done

    def repair(self) -> None:
        """Publish again if something else stands on the topic, or it will expire (rule R9)."""
        self._repair_at = None
        stale = self._context.now >= self._published_at + STATE_EXPIRY / 2
        if stale or self.seen is None or not self.seen.same_as(self.published):
            self.publish()

    def tick(self) -> None:
        """Publish what waits for its turn, and again what was not heard back."""
        now = self._context.now
        self.flush()
        if self._echo_by is not None and now >= self._echo_by:
            self.publish()
        if self._repair_at is not None and now >= self._repair_at:
            self.repair()

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        wanted = [self._echo_by, self._repair_at]
        if self.latest is not self.published:
            wanted.append(self._free_at)
        return min((d for d in wanted if d is not None), default=None)

    def _is_ours(self, state: SessionState) -> bool:
        mine = self.published
        return (
            state.session_uid == mine.session_uid
            and state.epoch == mine.epoch
            and state.host_client_id == mine.host_client_id
            and state.incarnation.nonce == mine.incarnation.nonce
        )


def _card(state: SessionState) -> Card:
    return Card(
        state.session_id,
        state.session_uid,
        state.model_name,
        state.host_client_id,
        state.num_players_min,
        state.num_players_max,
    )
