"""A database that exists only in simulated time: accounts, login leases, histories.

What the real one promises is kept (design, section 4): one row an account, taken by one login;
renewals and releases that touch it only if login and `attach_seq` fit; a lease that ends by the
database's own clock; numbers without gaps, in the order of commits. What goes wrong is drawn:
answers that are late, overtake one another, or never say whether anything was done.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.testing.network import Schedule

LEASE = 30.0
"""Seconds for which a login has its account after its last renewal."""
QUICK, SLOW = (0.0005, 0.006), (0.05, 2.5)
"""Seconds that an answer takes."""
HANGING = (10.5, 20.0)

Answer = Callable[[n.Input], None]
Operation = Callable[[], n.Input | None]


@dataclass(slots=True)
class Row:
    """One login of an account, as it stands in the table."""

    login: str
    seq: int
    expires: float
    attached_at: float = 0.0


@dataclass(slots=True)
class Account:
    """One account, and the login that has it; under `allow` every one of them."""

    number: int
    name: str
    role: str
    rows: dict[str, Row] = field(default_factory=dict)
    valid: dict[str, None] = field(default_factory=dict)
    """The logins whose tokens are good still."""


class ChatDatabase:
    """All that is stored.

    Args:
        schedule: the virtual time, which is the database's clock too.
        rng: draws delays and faults.
        same_account: the policy, which logging in goes by.
    """

    def __init__(self, schedule: Schedule, rng: random.Random, same_account: str) -> None:
        self.schedule = schedule
        self.rng = rng
        self.policy = same_account
        self.slow_until = self.failing_until = 0.0
        self.accounts: dict[int, Account] = {}
        self.rooms: dict[str, list[n.StoredMessage]] = {}
        self.gone: dict[str, set[int]] = {}
        """Numbers of deleted messages by room."""
        self.last: Counter[str] = Counter()
        self.refs: dict[tuple[str, str, str], n.StoredMessage] = {}
        self.fired: Counter[str] = Counter()
        self.released: Callable[[int, str], None] = lambda *_: None
        """Called with account and login when a lease was given back."""
        self._seq = 0
        self._logins = 0
        self._committed = 0.0

    # --- what comes over HTTP ----------------------------------------------------------------

    @property
    def healthy(self) -> bool:
        """Whether answers come, and mean what they say."""
        return self.schedule.now >= max(self.failing_until, self.slow_until)

    def log_in(self, account: Account) -> tuple[str | None, list[str]]:
        """Return the login, or None if the account is in use; and the logins it has replaced."""
        now, replaced = self.schedule.now, []
        if self.policy != "allow":
            if self.policy == "reject" and any(r.expires > now for r in account.rows.values()):
                return None, []
            replaced = [row.login for row in account.rows.values() if row.expires > now]
            account.rows.clear()
        return self.take(account), replaced

    def take(self, account: Account) -> str:
        """Let a new login have an account, whoever has it."""
        self._logins += 1
        login = f"login{self._logins}"
        if self.policy != "allow":
            account.rows.clear()
        now = self.schedule.now
        account.rows[login] = Row(login, self._next_seq(), now + LEASE)
        account.valid[login] = None
        return login

    def log_out(self, account: Account, login: str) -> None:
        """End a login."""
        account.rows.pop(login, None)
        account.valid.pop(login, None)

    def owner(self, login: str) -> Account | None:
        """Return the account of a login whose token is good."""
        return next((a for a in self.accounts.values() if login in a.valid), None)

    def attachable(self, login: str) -> bool:
        """Tell whether a login may have its account: no other has taken it since."""
        account = self.owner(login)
        return account is not None and login in account.rows

    def live(self, login: str) -> bool:
        """Tell whether a login has its account now."""
        rows = [a.rows[login] for a in self.accounts.values() if login in a.rows]
        return any(row.expires > self.schedule.now for row in rows)

    # --- what the hub asks -------------------------------------------------------------------

    def ask(self, effect: x.Effect, answer: Answer) -> None:
        """Do what an effect asks for, and answer, sooner or later."""
        match effect:
            case x.Identify():
                no: n.Input = n.NotIdentified(effect.request, "unavailable")
                self._later(lambda: self._identify(effect), no, answer)
            case x.Attach():
                no = n.NotAttached(effect.request, "unavailable")
                self._later(lambda: self._attach(effect), no, answer)
            case x.Renew():
                self._later(lambda: self._renew(effect), n.NotRenewed(effect.request), answer)
            case x.Release():
                self._later(lambda: self._release(effect), None, answer)
            case x.CheckName():
                no = n.NameTaken(effect.request, "unavailable")
                self._later(lambda: self._check(effect), no, answer)
            case _:
                self._ask_history(effect, answer)

    def _ask_history(self, effect: x.Effect, answer: Answer) -> None:
        match effect:
            case x.Store():
                no: n.Input = n.NotStored(effect.request)
                self._later(lambda: self._store(effect), no, answer, ordered=True)
            case x.Fetch():
                self._later(lambda: self._fetch(effect), n.NotFetched(effect.request), answer)
            case x.LoadRoom():
                self._load(effect, answer)
            case x.Delete():
                self._later(lambda: self._delete(effect), n.NotDone(effect.request), answer)
            case x.Clear():
                self._later(lambda: self._clear(effect), n.NotDone(effect.request), answer)
            case _:
                raise TypeError(f"nothing to ask a database: {effect!r}")

    def _later(
        self, operation: Operation, no: n.Input | None, answer: Answer, ordered: bool = False
    ) -> None:
        """Do it after a while; when failing, do it or not, and answer no, soon or late."""
        now, rng = self.schedule.now, self.rng
        failing = now < self.failing_until
        done = now + rng.uniform(*(SLOW if now < self.slow_until else QUICK))
        if ordered:
            done = self._committed = max(done, self._committed)
        told = done + rng.uniform(0.0, QUICK[1])
        applied = not failing or rng.random() < 0.3
        if failing:
            self.fired["failed"] += 1
            if rng.random() < 0.15:
                self.fired["hung"] += 1
                told = now + rng.uniform(*HANGING)

        def commit() -> None:
            result = operation() if applied else no
            reply = no if failing else result
            if reply is not None:
                self.schedule.at(told, lambda: answer(reply))

        self.schedule.at(done, commit)

    # --- logins ------------------------------------------------------------------------------

    def _identify(self, effect: x.Identify) -> n.Input:
        login = effect.token.removeprefix("token-")
        account = self.owner(login)
        if account is None:
            return n.NotIdentified(effect.request, "invalid")
        return n.Identified(effect.request, account.number, account.name, account.role, login)

    def _attach(self, effect: x.Attach) -> n.Input:
        account = self.accounts[effect.account]
        if effect.login not in account.valid:
            return n.NotAttached(effect.request, "invalid")
        row = account.rows.get(effect.login)
        if row is None:
            return n.NotAttached(effect.request, "taken")
        row.seq, row.expires = self._next_seq(), self.schedule.now + LEASE
        row.attached_at = self.schedule.now
        return n.Attached(effect.request, account.number, effect.login, row.seq)

    def _renew(self, effect: x.Renew) -> n.Input:
        account = self.accounts[effect.account]
        row = account.rows.get(effect.login)
        if row is None or row.seq != effect.seq:
            replaced = effect.login in account.valid
            return n.LoginLost(effect.login, effect.seq, replaced=replaced)
        row.expires = self.schedule.now + LEASE
        return n.Renewed(effect.request)

    def _release(self, effect: x.Release) -> None:
        row = self.accounts[effect.account].rows.get(effect.login)
        if row is not None and row.seq == effect.seq:
            row.expires = 0.0
            self.released(effect.account, effect.login)

    def _check(self, effect: x.CheckName) -> n.Input:
        names = {account.name.casefold() for account in self.accounts.values()}
        taken = effect.name.casefold() in names
        return n.NameTaken(effect.request) if taken else n.NameFree(effect.request)

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    # --- histories ---------------------------------------------------------------------------

    def write(self, room: str, author: str, text: str, **more: str) -> n.StoredMessage:
        """Store a message; one with `sender` and `ref` is stored once."""
        key = (room, more.get("sender", ""), more.get("ref", ""))
        if key[2] and key in self.refs:
            return self.refs[key]
        self.last[room] += 1
        message = n.StoredMessage(self.last[room], author, text, f"{self.schedule.now:.3f}")
        self.rooms.setdefault(room, []).append(message)
        if key[2]:
            self.refs[key] = message
        return message

    def _store(self, effect: x.Store) -> n.Input:
        marked = {} if effect.ref is None else {"sender": effect.sender, "ref": effect.ref}
        message = self.write(effect.room, effect.author, effect.text, **marked)
        return n.Stored(effect.request, effect.room, message)

    def _fetch(self, effect: x.Fetch) -> n.Input:
        wanted = range(effect.after + 1, effect.up_to + 1)
        found = [m for m in self.rooms.get(effect.room, []) if m.number in wanted]
        return n.Fetched(effect.request, tuple(found))

    def _load(self, effect: x.LoadRoom, answer: Answer) -> None:
        """Answer for sure: the server asks until it knows."""
        delay = self.rng.uniform(*QUICK)
        if not self.healthy:
            delay += max(self.failing_until, self.slow_until) - self.schedule.now

        def load() -> None:
            answer(n.RoomLoaded(effect.room, self.last[effect.room]))

        self.schedule.at(self.schedule.now + delay, load)

    def _delete(self, effect: x.Delete) -> n.Input:
        self.rooms[effect.room] = [
            m for m in self.rooms.get(effect.room, []) if m.number != effect.number
        ]
        self.gone.setdefault(effect.room, set()).add(effect.number)
        return n.MessageDeleted(effect.room, effect.number, effect.request)

    def _clear(self, effect: x.Clear) -> n.Input:
        last = self.last[effect.room]
        self.rooms[effect.room] = []
        self.gone.setdefault(effect.room, set()).update(range(1, last + 1))
        return n.RoomCleared(effect.room, last, effect.by, "", effect.request)
