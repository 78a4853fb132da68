"""Looking on: following a session without a seat in it."""

from __future__ import annotations

from headcount.core import events as e
from headcount.core.leases import Leases
from headcount.core.messages import Code, Heartbeat, Leave, Look
from headcount.core.reader import NOBODY, PROBE_AGAIN, READ_SOON
from headcount.core.requests import Wish
from headcount.core.seat import Entry, Stage
from headcount.core.state import SessionState


class Observer(Stage):
    """A reader whose state counts once its host has been heard (rule R10)."""

    def enter(self, entry: Entry) -> None:
        """Ask whether anybody hosts the session."""
        self._leases = Leases()
        self._read_at: float | None = None
        self._probe_at: float | None = None
        self._gives_up: float | None = None
        if self.context.hearing.up:
            self.link_up()

    def link_up(self) -> None:
        """Ask again on a new connection."""
        now = self.context.now
        self._leases.link_up(now)
        self.seat.requests.send_once(Look())
        self._probe_at = now + PROBE_AGAIN
        self._gives_up = now + NOBODY if not self.seat.showing else None

    def link_down(self) -> None:
        """Judge nobody."""
        self._gives_up = self._probe_at = None

    def stalled(self, seconds: float) -> None:
        """Hold no silence against the host while one was not listening."""
        self._leases.stalled(seconds)

    def wish(self, wish: Wish) -> None:
        """Stop looking on; an onlooker can do nothing else."""
        if isinstance(wish.ask, Leave):
            self.seat.end("left")
        else:
            refused = e.Refused(
                self.seat.session_id,
                wish.title,
                Code.NOT_MEMBER,
                "join the session first",
                wish.ref,
            )
            self.context.notify(refused)

    def later(self, state: SessionState, retained: bool) -> None:
        """Show what a live host has published; end with the session."""
        if not retained and not state.is_closed:
            self._confirm(state)
        elif state.is_closed and self.seat.showing:
            self.seat.end(state.closed_reason or "closed")

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        """Show the state whose host this is, and read what it has published since."""
        state = self.seat.reader.state
        if state is None or not self.seat.reader.matches(heartbeat):
            self._gives_up = self.context.now + NOBODY if not self.seat.showing else None
            self._read_at = self.context.now + self.context.random_delay(READ_SOON)
            return
        self._confirm(state)
        if heartbeat.version > state.version and self._read_at is None:
            self._read_at = self.context.now + self.context.random_delay(READ_SOON)

    def tick(self) -> None:
        """Probe again, give up, read, or notice that the host is gone."""
        now = self.context.now
        if not self.context.hearing.up:
            return
        if self._probe_at is not None and now >= self._probe_at:
            self._probe_at = None
            self.seat.requests.send_once(Look())
        if self._read_at is not None and now >= self._read_at:
            self._read_at = None
            self.context.ask_again(self.seat.state_topic)
        if self._gives_up is not None and now >= self._gives_up:
            message = f"there is no live session {self.seat.session_id!r}"
            self.context.notify(e.Refused(self.seat.session_id, "watch", Code.NOT_FOUND, message))
            self.seat.forget()
        elif self.context.may_judge and self._leases.expired(now):
            self.seat.end("host_lost")

    def next_deadline(self) -> float | None:
        """Return when the next of these is due."""
        if not self.context.hearing.up:
            return None
        wanted = [self._probe_at, self._read_at, self._gives_up]
        if self.context.may_judge:
            wanted.append(self._leases.next_deadline())
        return min((d for d in wanted if d is not None), default=None)

    def _confirm(self, state: SessionState) -> None:
        self._gives_up = self._probe_at = None
        self._leases.renew("host", self.context.now, state.timers.lease)
        self.seat.host_heard()
        self.seat.show()
