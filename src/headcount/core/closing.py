"""Ending a session, or handing it over: one last state, heard back before one goes (rule R6)."""

from __future__ import annotations

from headcount.core import events as e
from headcount.core.publisher import TOMBSTONE_EXPIRY
from headcount.core.requests import Wish
from headcount.core.seat import Entry, Stage
from headcount.core.state import SessionState

REPEAT = 0.5
TRIES = 4


class Closing(Stage):
    """A host that has nothing more to say than this."""

    _state: SessionState
    _reason = ""
    _wish: Wish | None = None
    _again_at = 0.0
    _tries = 0

    def enter(self, entry: Entry) -> None:
        """Publish the last state, handed on with the reason and the command that asked for it."""
        assert entry.state is not None
        self._state, self._reason, self._wish = entry.state, entry.reason, entry.wish
        self._publish()

    def link_down(self) -> None:
        """Go: whoever is left judges by the leases."""
        self.seat.end(self._reason)

    def wish(self, wish: Wish) -> None:
        """Take no more commands; leaving is under way."""

    def saw(self, state: SessionState, retained: bool) -> None:
        """Go once the last state, or one above it, has come back; clear what is retained."""
        if state.same_as(self._state):
            self.seat.reader.accept(state)
            if self.seat.showing:
                self.seat.show()
            self._go(clear=state.is_closed)
        elif state.session_uid == self._state.session_uid and state.supersedes(self._state):
            self._go(clear=False)

    def tick(self) -> None:
        """Say it again, or go without having heard it."""
        if self.context.now < self._again_at:
            return
        if self._tries >= TRIES:
            self._go(clear=self._state.is_closed)
        else:
            self._publish()

    def next_deadline(self) -> float | None:
        """Return when to say it again."""
        return self._again_at

    def _publish(self) -> None:
        self._tries += 1
        self._again_at = self.context.now + REPEAT
        self.context.send(self.seat.state_topic, self._state, retain=True, expiry=TOMBSTONE_EXPIRY)

    def _go(self, *, clear: bool) -> None:
        if clear:
            self.context.send(self.seat.state_topic, None, retain=True)
            self.context.send(self.seat.card_topic, None, retain=True)
        if self._wish is not None:
            title, ref = self._wish.title, self._wish.ref
            self.context.notify(e.Accepted(self.seat.session_id, title, self._state.version, ref))
        self.seat.end(self._reason)
