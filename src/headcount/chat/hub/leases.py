"""The leases of logins as this node has them: renewed in time, and never acted upon too late.

The database judges a lease by its own clock, 30 s after the last renewal reached it. This node
judges by its own clock from when the renewal was *asked for*, and stops 5 s sooner: whatever
the two clocks say, it never acts for a login that may be somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass

from headcount.chat.hub.context import Context
from headcount.chat.hub.deadlines import Deadlines
from headcount.chat.hub.effects import Release, Renew

AGAIN = 1.0
"""Seconds after which a renewal that failed is tried again."""
EARLIEST = 0.7
"""The part of the interval after which renewals begin, so that a crowd's are spread."""


@dataclass(eq=False, slots=True)
class Lease:
    """One login's right to be acted for."""

    account: int
    login: str
    seq: int
    released: bool = False
    confirmed: float = 0.0
    """When the database last said that it stands."""


class Leases:
    """All leases of one hub, by login."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._held: dict[str, Lease] = {}
        self._renewals: Deadlines[str] = Deadlines()
        self._fences: Deadlines[str] = Deadlines()
        self._asked: dict[int, tuple[Lease, float]] = {}

    def __contains__(self, login: str) -> bool:
        return login in self._held

    def __len__(self) -> int:
        return len(self._held)

    def attached(self, lease: Lease, asked: float) -> bool:
        """Take over a lease that was asked for at a time; return whether it may be used."""
        if self._context.now >= asked + self._context.settings.fence:
            self._release(lease)
            return False
        lease.confirmed = self._context.now
        self._held[lease.login] = lease
        self._fences.set(lease.login, asked + self._context.settings.fence)
        early = self._context.rng.uniform(EARLIEST, 1.0)
        self._renewals.set(lease.login, asked + early * self._context.settings.renew)
        return True

    def renewed(self, request: int) -> None:
        """Note that a lease runs on from when its renewal was asked for."""
        lease, asked = self._asked.pop(request, (None, 0.0))
        if lease is None:
            return
        if self._held.get(lease.login) is lease:
            lease.confirmed = self._context.now
            self._fences.set(lease.login, asked + self._context.settings.fence)
        elif lease.released:
            self._release(lease)  # the renewal may have been done after the release

    def not_renewed(self, request: int) -> None:
        """Try again soon."""
        lease, _ = self._asked.pop(request, (None, 0.0))
        if lease is not None and self._held.get(lease.login) is lease:
            self._renewals.soonest(lease.login, self._context.now + AGAIN)

    def superseded(self, login: str, asked: float) -> bool:
        """Tell whether a login has lost its account to one that was attached.

        It has, if it was last confirmed before that other one was asked for, at `asked`. Else
        nobody can tell from the order of answers, and the database is asked at once.
        """
        lease = self._held.get(login)
        if lease is not None and lease.confirmed > asked:
            self._renew(lease)
        return lease is not None and lease.confirmed <= asked

    def overtaken(self, login: str, seq: int) -> None:
        """Take over a greater `seq`, which an attachment that nobody waited for has given."""
        lease = self._held.get(login)
        if lease is not None:
            lease.seq = max(lease.seq, seq)

    def is_lost(self, login: str, seq: int | None) -> bool:
        """Tell whether a renewal that touched no row means that a login is lost."""
        lease = self._held.get(login)
        return lease is not None and seq in (None, lease.seq)

    def release(self, login: str) -> None:
        """Give a lease back, so that one may log in elsewhere (K4)."""
        lease = self._held.get(login)
        if lease is not None:
            self.forget(login)
            self._release(lease)

    def forget(self, login: str) -> None:
        """Have it no more: the database has ended it, or is asked to."""
        self._held.pop(login, None)
        self._fences.cancel(login)
        self._renewals.cancel(login)

    def fenced(self) -> list[str]:
        """Return the logins that could not be renewed for too long; they may not be used."""
        return [login for login in self._fences.take(self._context.now) if login in self._held]

    def tick(self) -> None:
        """Renew what is due."""
        for login in self._renewals.take(self._context.now):
            self._renew(self._held[login])

    def next_deadline(self) -> float | None:
        """Return when a lease is to be renewed, or must not be used any more."""
        times = [at for at in (self._renewals.next(), self._fences.next()) if at is not None]
        return min(times, default=None)

    def _renew(self, lease: Lease) -> None:
        now, request = self._context.now, self._context.number()
        self._asked = {r: asked for r, asked in self._asked.items() if self._is_awaited(asked)}
        self._asked[request] = (lease, now)
        self._renewals.set(lease.login, now + self._context.settings.renew)
        self._context.emit(Renew(request, lease.account, lease.login, lease.seq))

    def _is_awaited(self, asked: tuple[Lease, float]) -> bool:
        """Tell whether an answer to a renewal would matter still."""
        lease, at = asked
        fresh = self._context.now < at + self._context.settings.fence
        return fresh and (lease.released or self._held.get(lease.login) is lease)

    def _release(self, lease: Lease) -> None:
        lease.released = True
        self._context.emit(Release(lease.account, lease.login, lease.seq))
