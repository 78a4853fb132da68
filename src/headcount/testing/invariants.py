"""What must always hold, by name: looked at after every step of a simulated run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from headcount.core import events as e
from headcount.core.lifecycle import Phase
from headcount.core.messages import Body, Heartbeat
from headcount.core.state import SessionState
from headcount.core.topics import Topic
from headcount.testing.instance import Instance

OLD_MESSAGE = 12.0
"""Seconds after which no word of a dead process can be on its way any more."""

LISTED_LATE = 2.0
"""Seconds beyond a lease for which a list may show a session whose host is dead."""
STILL_HOST = 7.0
"""Seconds for which a host that was judged lost may not know it yet."""
ON_ITS_WAY = 0.5
"""Seconds for which the host of a session may not know that the last other one has gone."""

Key = tuple[str, int, str, int]


class ViolatedError(AssertionError):
    """An invariant does not hold; `name` is the one in the list."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


def later(one: SessionState, other: SessionState) -> bool:
    """Tell whether `one` comes after `other`, by the rule and not by the code under test."""
    if one.epoch != other.epoch or one.host_client_id == other.host_client_id:
        return (one.epoch, one.version) > (other.epoch, other.version)
    return one.host_client_id < other.host_client_id


def key(state: SessionState) -> Key:
    """Return what tells one published state from every other."""
    return state.session_uid, state.epoch, state.host_client_id, state.version


def agree(shown: dict[str, SessionState], listed: tuple[SessionState, ...]) -> None:
    """See that all who are in a session, and the list, show one state, and that it is true.

    Args:
        shown: what everyone shows who is alive and in the session, by client id.
        listed: what an onlooker lists.

    Raises:
        ViolatedError: they do not.
    """
    keys = {name: key(state) for name, state in shown.items()}
    in_list = [key(state) for state in listed]
    if not shown:
        if in_list:
            raise ViolatedError("truth", f"{in_list} is listed, and nobody is there")
        return
    if len(set(keys.values())) > 1:
        raise ViolatedError("truth", f"displays differ at the end: {keys}")
    state = next(iter(shown.values()))
    if set(state.connected_instances) != shown.keys():
        counted = state.connected_instances
        raise ViolatedError("truth", f"{key(state)} counts {counted}, there are {sorted(shown)}")
    if in_list != [key(state)]:
        raise ViolatedError("truth", f"{in_list} is listed, there is {key(state)}")
    if state.host_client_id not in shown:
        raise ViolatedError("no orphan", f"{key(state)} has a host that is not there")
    if state.phase is Phase.STARTING:
        raise ViolatedError("truth", f"{key(state)} still counts down")


class Invariants:
    """The safety of one run, seen from outside all machines."""

    def __init__(self) -> None:
        self.now = 0.0
        self.names: dict[str, Instance] = {}
        self.disturbed: dict[str, float] = defaultdict(float)
        self.inhabited: Callable[[str, Instance], bool] = lambda *_: False
        """Whether anybody but this instance is in a session of this uid still."""
        self._shown: dict[tuple[str, str, str], SessionState] = {}
        self._content: dict[Key, tuple[tuple[str, ...], str]] = {}
        self._closed_shown: set[tuple[str, str, str]] = set()
        self._closed: dict[str, SessionState] = {}
        self._closed_at: dict[str, float] = {}
        self._bases: dict[tuple[str, object], int] = {}
        self._ledger: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        self._gone: dict[tuple[str, str], SessionState] = {}
        self._dead_since: dict[str, float] = {}
        self._beats: dict[tuple[str, str, int], float] = {}
        self._authority: dict[tuple[str, str], float] = {}
        self._inside: dict[str, str] = {}
        self._acted: set[tuple[str, int, str]] = set()
        self._company: dict[str, float] = {}
        self._forgetful = False
        self._newest = ""
        self._latest: dict[str, SessionState] = {}

    # --- what happens ------------------------------------------------------------------------

    def broker_forgot(self) -> None:
        """Note that the broker has lost states: who has shown one is all that is left of it."""
        self._forgetful = True

    def disturb(self, name: str, until: float) -> None:
        """Note that `name` is not sound up to a time: others may judge it, and it them."""
        self.disturbed[name] = max(self.disturbed[name], until)

    def sound(self, name: str) -> bool:
        """Tell whether nothing has gone wrong with an instance lately."""
        return self.now >= self.disturbed[name]

    def died(self, name: str) -> None:
        """Note that there is no process of this name any more."""
        self._dead_since[name] = self.now

    def born(self, name: str) -> None:
        """Note that there is one again, in no session yet."""
        self._dead_since.pop(name, None)
        self._inside.pop(name, None)
        self._gone = {k: v for k, v in self._gone.items() if k[1] != name}

    def shown(self, instance: Instance, state: SessionState) -> None:
        """See what one display shows."""
        who = (instance.name, instance.client.context.nonce, state.session_uid)
        before = self._shown.get(who)
        if before is not None and not later(state, before) and key(state) != key(before):
            raise ViolatedError(
                "monotone", f"{instance.name} shows {key(state)} after {key(before)}"
            )
        self._shown[who] = state
        if state.is_closed:
            self._closed_shown.add(who)
            self._closed.setdefault(state.session_uid, state)
            self._closed_at.setdefault(state.session_uid, self.now)
        elif who in self._closed_shown:
            raise ViolatedError("terminal", f"{instance.name} shows {key(state)} open again")
        self._same_everywhere(instance, state)
        self._nothing_lost(before, state)

    def ended(self, instance: Instance, reason: str, state: SessionState | None) -> None:
        """See an instance told that its session is over: never by a host lost that is not."""
        self._inside.pop(instance.name, None)
        if reason == "host_lost" and state is not None and not state.is_closed:
            host = state.host_client_id
            if self._present(host, state) and self._newest == state.session_uid:
                raise ViolatedError("no false verdict", f"{instance.name} loses a sound {host}")

    def listed(self, sessions: tuple[SessionState, ...]) -> None:
        """See a list: no session stands there whose host is long dead."""
        for state in sessions:
            since = self._dead_since.get(state.host_client_id)
            if since is not None and self.now > since + state.timers.lease + LISTED_LATE:
                raise ViolatedError("truth", f"{key(state)} is listed, its host dead")

    def entered(self, instance: Instance, uid: str) -> None:
        """See an instance told that it is in a session."""
        self._inside[instance.name] = uid

    def _present(self, name: str, state: SessionState) -> bool:
        """Tell whether an instance is in the session of a state, and sound."""
        return self._inside.get(name) == state.session_uid and self.sound(name)

    def accepted_update(self, uid: str, name: str, value: int, version: int) -> None:
        """See an update that an instance was told is accepted."""
        known = self._ledger[uid].get(name, (0, 0))
        self._ledger[uid][name] = max(known, (value, version))

    def accepted_swap(self, uid: str, base: object, value: int) -> None:
        """See an accepted change of what all write, and the value that it was made on."""
        if self._bases.setdefault((uid, base), value) != value:
            raise ViolatedError(
                "nothing accepted is lost", f"two changes were made on {base}: one of them is lost"
            )

    def published(self, sender: str, topic: Topic, body: Body | None) -> None:
        """See what the broker is told."""
        if isinstance(body, SessionState):
            self._seats(body)
            self._terminal(sender, body)
            self._newest = body.session_uid
            before = self._latest.get(body.session_uid)
            if before is None or later(body, before):
                self._latest[body.session_uid] = body
                self._no_ghost(body)
                if before is not None:
                    self._no_false_verdict(before, body)

    def sent(self, instance: Instance, send: e.Send) -> None:
        """See what an instance says: never, that a session is open that all others saw closed."""
        body, nonce = send.body, instance.client.context.nonce
        if isinstance(body, SessionState) and not body.is_closed:
            closed = self._closed_at.get(body.session_uid)
            late = closed is not None and self.now > closed + STILL_HOST
            if self.inhabited(body.session_uid, instance):
                self._company[body.session_uid] = self.now
            elif late and self.now > self._company.get(body.session_uid, 0.0) + ON_ITS_WAY:
                raise ViolatedError("terminal", f"{instance.name} fills in {key(body)}, closed")
        if isinstance(body, Heartbeat):
            self._beats[(instance.name, nonce, body.seq)] = self.now
            self._acted.add((body.uid, body.epoch, body.host))

    def heard_own_heartbeat(self, instance: Instance, heartbeat: Heartbeat) -> None:
        """See a host hear itself."""
        nonce = instance.client.context.nonce
        sent = self._beats.get((instance.name, nonce, heartbeat.seq))
        if sent is not None:
            who = (instance.name, nonce)
            self._authority[who] = max(sent, self._authority.get(who, 0.0))

    def applied(self, instance: Instance, state: SessionState) -> None:
        """See a host publish a change of its own session."""
        who = (instance.name, instance.client.context.nonce)
        heard = self._authority.get(who)
        limit = state.timers.lease - 1.0 + 0.01
        if heard is None or self.now > heard + limit:
            silent = "never" if heard is None else f"{self.now - heard:.2f} s ago"
            raise ViolatedError(
                "fence",
                f"{instance.name} publishes {key(state)}, having said what it heard {silent}",
            )

    # --- the invariants ----------------------------------------------------------------------

    def _same_everywhere(self, instance: Instance, state: SessionState) -> None:
        if state.count != len(set(state.connected_instances)):
            raise ViolatedError("one number", f"{key(state)} counts {state.connected_instances}")
        content = (tuple(state.connected_instances), str(sorted(state.properties.items())))
        known = self._content.setdefault(key(state), content)
        if known != content:
            raise ViolatedError(
                "one number", f"{instance.name} shows {content} for {key(state)}, others {known}"
            )

    def _nothing_lost(self, before: SessionState | None, state: SessionState) -> None:
        latest = self._latest.get(state.session_uid)
        overtaken = latest is not None and latest.epoch > state.epoch
        if state.is_closed or overtaken:
            return
        for name, (value, version) in self._ledger[state.session_uid].items():
            if state.version < version or state.properties.get(name, 0) >= value:
                continue
            if self._forgetful and not self._stands(state):
                continue  # whoever knows more than the claimant shows it now
            had = before is not None and before.properties.get(name, 0) >= value
            if had or self._kept(state.session_uid, name, value):
                raise ViolatedError(
                    "nothing accepted is lost",
                    f"{name}={value} was accepted at {version}; {key(state)} has "
                    f"{state.properties.get(name)}",
                )

    def _stands(self, state: SessionState) -> bool:
        """Tell whether the host of a state has said a word as one."""
        return (state.session_uid, state.epoch, state.host_client_id) in self._acted

    def _kept(self, uid: str, author: str, value: int) -> bool:
        """Tell whether an update must be there still: on the broker, or with somebody there."""
        return not self._forgetful or any(
            in_uid == uid == self._inside.get(name) and name not in self._dead_since
            for (name, _, in_uid), shown in self._shown.items()
            if shown.properties.get(author, 0) >= value
        )

    def _seats(self, state: SessionState) -> None:
        roles = [m.role for m in state.members.values() if m.role is not None]
        if len(state.members) > state.seats:
            raise ViolatedError("seats and roles", f"{key(state)}: {len(state.members)} members")
        if len(roles) != len(set(roles)):
            raise ViolatedError("seats and roles", f"{key(state)}: one role, two holders")

    def _terminal(self, sender: str, state: SessionState) -> None:
        closed = self._closed.get(state.session_uid)
        if closed is not None and not state.is_closed and later(state, closed):
            raise ViolatedError("terminal", f"{sender} opens {key(state)} again")

    def _no_ghost(self, state: SessionState) -> None:
        if state.is_closed:
            return
        for name, since in self._dead_since.items():
            if self.now < since + OLD_MESSAGE:
                continue
            where = (state.session_uid, name)
            gone = self._gone.get(where)
            if name not in state.connected_instances:
                if gone is None or later(gone, state):
                    self._gone[where] = state
            elif gone is not None and later(state, gone):
                raise ViolatedError("no ghost", f"{name} is back in {key(state)}, and dead")

    def _no_false_verdict(self, before: SessionState, state: SessionState) -> None:
        if before.is_closed:
            return
        if state.is_closed and state.closed_reason == "host_lost":
            host = before.host_client_id
            if self._present(host, before):
                raise ViolatedError("no false verdict", f"{key(state)} closes a sound {host}")
            return
        judge = state.host_client_id
        for name in before.connected_instances:
            if name in state.connected_instances:
                continue
            removal = state.removed.get(name)
            if removal is not None and removal.why != "silent":
                continue
            if name == before.host_client_id and not self._stands(before):
                continue  # it may never have been told that it was made host
            if self._present(name, before) and self.sound(judge):
                raise ViolatedError("no false verdict", f"{key(state)} drops a sound {name}")
