"""A simulated chat: people, their windows, one node, a database, and the invariants watching."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from headcount.chat.hub import inputs as n
from headcount.chat.hub.settings import Settings
from headcount.testing import chat_faults as f
from headcount.testing.chat_client import ChatClient, Kind, Wire
from headcount.testing.chat_convergence import converged
from headcount.testing.chat_database import Account, ChatDatabase
from headcount.testing.chat_invariants import ChatInvariants
from headcount.testing.chat_server import ChatServer
from headcount.testing.network import Schedule

CALM = 45.0
"""Seconds after the last fault by which everything must be as it should."""
GONE = 4.0
"""Seconds after which those that were refused again and again have gone."""
SWEEP = 0.5
"""Seconds between two looks at what must not last."""
KINDS: tuple[Kind, ...] = ("G2", "G1", "new")


@dataclass(eq=False, slots=True)
class Person:
    """Somebody, with or without an account, and all the windows they ever opened."""

    name: str
    kind: Kind
    account: Account | None
    main: ChatClient
    others: list[ChatClient] = field(default_factory=list)


def drawn_settings(rng: random.Random) -> Settings:
    """Return settings as operators choose them."""
    ping = rng.choice((10.0, 4.0))
    return Settings(
        count=rng.choice(("connections", "connections", "connections", "names")),
        same_account=rng.choice(("reject", "reject", "reject", "replace", "allow")),
        guests=rng.random() < 0.85,
        ping=ping,
        timeout=ping,
        questions=rng.choice((4, 64)),
        resumed=rng.choice((20, 500)),
    )


class ChatWorld:
    """One run of one script.

    Args:
        seed: of everything that is drawn.
        people: how many persons there are.
        settings: the hub's; drawn where None.
        trace: keep a readable line for everything that happens.
    """

    def __init__(
        self, seed: int, people: int, settings: Settings | None = None, *, trace: bool = False
    ) -> None:
        self.rng = random.Random(seed)
        self.schedule = Schedule()
        self.settings = settings or drawn_settings(self.rng)
        self.database = ChatDatabase(self.schedule, self.rng, self.settings.same_account)
        self.server = ChatServer(self.schedule, self.rng, self.database, self.settings)
        self.invariants = ChatInvariants(self.server, self.database)
        self.trace: list[str] | None = [] if trace else None
        self.totals: Counter[str] = Counter()
        self.crowd: list[ChatClient] = []
        self._marks = 0
        self.people = [self._person(who) for who in range(people)]
        self.server.start()
        self._sweep()
        self._advance(0.05)

    # --- running -----------------------------------------------------------------------------

    def run(self, steps: Iterable[f.Step]) -> None:
        """Do the steps, let everything calm down, and see that everything is as it should be.

        Raises:
            ViolatedError: an invariant does not hold.
        """
        self.play(steps)
        self.calm_down()
        self.last_word()
        converged(self.server, self.database, self.clients())

    def play(self, steps: Iterable[f.Step]) -> None:
        """Do the steps, and no more."""
        for step in steps:
            self._note(repr(step))
            self._do(step)
            if not isinstance(step, f.Wait):
                self._advance(0.001)

    def calm_down(self) -> None:
        """Let all faults end, and what they caused."""
        frozen = max(client.frozen_until for client in self.clients())
        until = max(self.schedule.now, frozen, self.invariants.troubled_until)
        self._advance(until - self.schedule.now + CALM)
        for client in self.clients():
            if client.open and client.refusals and (client.wire is None or not client.wire.seated):
                client.stop()
        self._advance(GONE)

    def last_word(self) -> None:
        """Let something be said that everybody must hear."""
        message = self.database.write("lobby", "somebody", "the end")
        self.server.feed(n.Stored(None, "lobby", message))
        self._advance(1.0)

    def clients(self) -> list[ChatClient]:
        """Return all windows that ever were."""
        mine = [client for person in self.people for client in (person.main, *person.others)]
        return [*mine, *self.crowd]

    def fired(self) -> Counter[str]:
        """Return how often each fault, and each answer to one, has happened."""
        return self.totals + self.server.fired + self.database.fired

    def _advance(self, seconds: float) -> None:
        self.schedule.run_until(self.schedule.now + seconds)

    def _sweep(self) -> None:
        self.invariants.sweep()
        self.schedule.at(self.schedule.now + SWEEP, self._sweep)

    def _person(self, who: int) -> Person:
        kind, name, account = KINDS[who % len(KINDS)], f"p{who}", None
        if kind != "G1":
            role = "admin" if who == 0 else "user"
            account = self.database.accounts[who] = Account(who, name, role)
        return Person(name, kind, account, self._client(name, kind))

    def _client(self, name: str, kind: Kind) -> ChatClient:
        client = ChatClient(name, kind, self.schedule, self.rng, self.server.connect)
        client.upwards = self._up
        client.seen = self._seen
        return client

    # --- the script --------------------------------------------------------------------------

    def _do(self, step: f.Step) -> None:
        name = type(step).__name__.lower()
        if getattr(self, f"_{name}")(step) is not False:
            self.totals[name] += 1

    def _wait(self, step: f.Wait) -> None:
        self._advance(step.seconds)

    def _open(self, step: f.Open) -> None:
        person = self.people[step.who]
        if person.account is not None and not self._has_login(person.main):
            person.main.login = self._log_in(person.account)
        person.main.start()

    def _close(self, step: f.Close) -> None:
        self.people[step.who].main.stop()

    def _vanish(self, step: f.Vanish) -> bool:
        return self._with_wire(step.who, lambda client: client.vanish())

    def _drop(self, step: f.Drop) -> bool:
        return self._with_wire(step.who, lambda client: client.drop(step.seconds))

    def _freeze(self, step: f.Freeze) -> bool:
        return self._with_wire(step.who, lambda client: client.freeze(step.seconds))

    def _tab(self, step: f.Tab) -> bool:
        person = self.people[step.who]
        return self._window(person, "tab", person.main.login)

    def _elsewhere(self, step: f.Elsewhere) -> bool:
        person = self.people[step.who]
        if person.account is None:
            return False
        login = self._log_in(person.account)
        self.totals["logins refused"] += login is None
        return login is not None and self._window(person, "elsewhere", login)

    def _logout(self, step: f.LogOut) -> bool:
        person, login = self.people[step.who], self.people[step.who].main.login
        if person.account is None or login is None:
            return False
        self.database.log_out(person.account, login)
        self._end(login, replaced=False)
        return True

    def _revoke(self, step: f.Revoke) -> bool:
        account = self.people[step.who].account
        if account is None:
            return False
        for login in list(account.valid):
            self.database.log_out(account, login)
            self.invariants.ended.add(login)
        self.server.feed(n.Revoked(account.number))
        return True

    def _usurp(self, step: f.Usurp) -> bool:
        account = self.people[step.who].account
        if account is None or self.settings.same_account == "allow":
            return False
        self.invariants.ended.update(account.rows)
        self.invariants.ended.add(self.database.take(account))
        return True

    def _reauth(self, step: f.Reauth) -> bool:
        client, other = self.people[step.who].main, self.people[step.other]
        if client.wire is None or other.account is None or client is other.main:
            return False
        login = other.main.login if self._has_login(other.main) else self._log_in(other.account)
        if login is None:
            return False
        client.wire.claimed, client.wire.wavers = login, True
        client.say({"type": "auth", "token": f"token-{login}"})
        return True

    def _badtoken(self, step: f.BadToken) -> None:
        client = self.people[step.who].main
        if client.wire is not None and client.wire.login is None:
            client.wire.claimed = None  # the last token shown is the one that counts
        client.say({"type": "auth", "token": "token-none"})
        client.say({"type": 1})

    def _crowd(self, step: f.Crowd) -> None:
        for number in range(step.size):
            self.crowd.append(self._client(f"c{len(self.crowd)}-{number}", "nameless"))
            self.crowd[-1].start()

    def _disperse(self, step: f.Disperse) -> None:
        for client in self.crowd:
            if client.open:
                (client.stop if self.rng.random() < 0.5 else client.vanish)()

    def _say(self, step: f.Say) -> None:
        client, text = self.people[step.who].main, f"m{self._marks}"
        self._marks += 1
        frame = {"type": "message", "text": text}
        if client.kind == "new":
            frame["ref"] = f"r{self._marks}"
        client.say(frame)
        if step.again and client.kind == "new":
            client.say(frame)

    def _flood(self, step: f.Flood) -> None:
        for _ in range(step.size):
            self.people[step.who].main.say({"type": "message:send", "data": {"text": "flood"}})

    def _elsewise(self, step: f.Elsewise) -> None:
        message = self.database.write("lobby", "somebody", "hello")
        if step.told:
            self.server.feed(n.Stored(None, "lobby", message))

    def _pseudo(self, step: f.Pseudo) -> None:
        name = f"g{step.who}" if step.other is None else self.people[step.other].name.upper()
        self.people[step.who].main.say({"type": "setPseudo", "pseudo": name})

    def _sessions(self, step: f.Sessions) -> None:
        live = [
            n.LiveSession(f"s{number}", tuple((f"i{one}", f"I{one}") for one in range(count)))
            for number, count in enumerate(step.counts)
        ]
        self.server.feed(n.SessionsChanged(tuple(live)))

    def _join(self, step: f.Join) -> None:
        room = "lobby" if step.session is None else f"s{step.session}"
        self.people[step.who].main.say({"type": "join", "room": room})

    def _delete(self, step: f.Delete) -> None:
        number = self.database.last["lobby"]
        self.people[0].main.say({"type": "message:delete", "id": str(number)})

    def _clear(self, step: f.Clear) -> None:
        self.people[0].main.say({"type": "clearChat"})

    def _slow(self, step: f.Slow) -> None:
        self.database.slow_until = self.schedule.now + step.seconds
        self._trouble(step.seconds)

    def _fail(self, step: f.Fail) -> None:
        self.database.failing_until = self.schedule.now + step.seconds
        self._trouble(step.seconds)

    def _restart(self, step: f.Restart) -> bool:
        if not self.server.running or self.server.stopping:
            return False
        self.totals["stops" if step.graceful else "kills"] += 1
        if step.graceful:
            self.server.stop()
        else:
            self.server.kill()
        self._come_back(step.seconds)
        return True

    def _stall(self, step: f.Stall) -> None:
        self.server.stall(step.seconds)
        self._trouble(step.seconds)

    # --- means -------------------------------------------------------------------------------

    def _come_back(self, seconds: float) -> None:
        """Start the server again when it has been down for so long."""

        def again() -> None:
            if self.server.running:
                self._come_back(seconds)
            else:
                self.server.start()

        self.schedule.at(self.schedule.now + seconds, again)

    def _trouble(self, seconds: float) -> None:
        until = self.schedule.now + seconds
        self.invariants.troubled_until = max(self.invariants.troubled_until, until)
        self.invariants.unsound_until = max(self.invariants.unsound_until, until + CALM)

    def _with_wire(self, who: int, act: Callable[[ChatClient], None]) -> bool:
        client = self.people[who].main
        if client.wire is None:
            return False
        act(client)
        return True

    def _window(self, person: Person, what: str, login: str | None) -> bool:
        if login is None:
            return False
        client = self._client(f"{person.name} {what} {len(person.others)}", person.kind)
        client.login = login
        person.others.append(client)
        client.start()
        return True

    def _has_login(self, client: ChatClient) -> bool:
        return client.login is not None and self.database.owner(client.login) is not None

    def _log_in(self, account: Account) -> str | None:
        if self.schedule.now < self.database.failing_until:
            return None
        login, replaced = self.database.log_in(account)
        for old in replaced:
            self._end(old, replaced=True)
        return login

    def _end(self, login: str, *, replaced: bool) -> None:
        self.invariants.ended.add(login)
        self.server.feed(n.LoggedOut(login, replaced))

    def _up(self, wire: Wire, payload: str | None) -> None:
        self._note(f"{wire.client.name} says {payload}")
        self.server.arrive(wire, payload)

    def _seen(self, wire: Wire, frame: dict[str, object]) -> None:
        self._note(f"{wire.client.name} sees {frame}")
        self.invariants.seen(wire, frame)

    def _note(self, line: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.schedule.now:9.3f} {line}")
