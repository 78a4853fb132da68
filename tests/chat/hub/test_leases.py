"""Leases as a node has them."""

from __future__ import annotations

import random

from headcount.chat.hub.context import Context
from headcount.chat.hub.effects import Effect, Release, Renew
from headcount.chat.hub.leases import AGAIN, Lease, Leases
from headcount.chat.hub.settings import Settings
from tests.chat.hub.bench import only


class Node:
    """Leases, and a clock."""

    def __init__(self) -> None:
        self.context = Context(Settings(), random.Random(1))
        self.leases = Leases(self.context)

    def at(self, now: float) -> list[Effect]:
        """Let a time come, and what is due then be done."""
        self.context.now = now
        self.leases.tick()
        return self.context.take_effects()

    def held(self, asked: float = 0.0) -> Lease:
        """Take over a lease."""
        lease = Lease(1, "L", 5)
        assert self.leases.attached(lease, asked)
        return lease


def test_a_lease_is_renewed_every_ten_seconds() -> None:
    """The first time a little sooner, so that a crowd's renewals are spread."""
    node = Node()
    node.held()
    assert node.at(6.9) == []
    assert only(node.at(10.0), Renew) == Renew(1, 1, "L", 5)
    assert only(node.at(20.0), Renew).request == 2


def test_it_is_not_used_25_seconds_after_its_renewal_was_asked_for() -> None:
    """Asked for, not answered: the database's clock began before the answer came."""
    node = Node()
    node.held()
    asked = only(node.at(10.0), Renew)
    node.context.now = 12.0
    node.leases.renewed(asked.request)
    node.at(34.9)
    assert node.leases.fenced() == []
    node.at(35.0)
    assert node.leases.fenced() == ["L"]


def test_a_lease_that_came_too_late_is_given_back() -> None:
    """It may be somebody else's by now."""
    node = Node()
    node.context.now = 25.0
    assert not node.leases.attached(Lease(1, "L", 5), 0.0)
    assert node.context.take_effects() == [Release(1, "L", 5)]


def test_a_failed_renewal_is_tried_again_soon() -> None:
    """Not after another ten seconds."""
    node = Node()
    node.held()
    asked = only(node.at(10.0), Renew)
    node.leases.not_renewed(asked.request)
    assert only(node.at(10.0 + AGAIN), Renew).seq == 5


def test_a_renewal_that_overtakes_a_release_does_not_hold_the_account() -> None:
    """What the database may have done last is a renewal: it is released once more."""
    node = Node()
    node.held()
    asked = only(node.at(10.0), Renew)
    node.leases.release("L")
    assert node.at(10.0) == [Release(1, "L", 5)]
    node.leases.renewed(asked.request)
    assert node.at(10.0) == [Release(1, "L", 5)]


def test_an_old_renewal_says_nothing_of_a_new_attachment() -> None:
    """Only one with the `seq` of now tells that a login is lost."""
    node = Node()
    node.held()
    assert not node.leases.is_lost("L", 4)
    assert node.leases.is_lost("L", 5)
    assert node.leases.is_lost("L", None)
    node.leases.overtaken("L", 7)
    assert not node.leases.is_lost("L", 5)
    assert not node.leases.is_lost("M", None)


def test_who_was_confirmed_since_may_have_the_account_still() -> None:
    """Then the database is asked; who was not has lost it."""
    node = Node()
    node.context.now = 5.0
    node.held(4.0)
    assert node.leases.superseded("L", 5.0)
    assert not node.leases.superseded("L", 4.5)
    assert only(node.context.take_effects(), Renew).login == "L"
    assert not node.leases.superseded("M", 5.0)


def test_releasing_twice_is_releasing_once() -> None:
    """And nothing is renewed any more."""
    node = Node()
    node.held()
    node.leases.release("L")
    node.leases.release("L")
    assert len(node.at(0.0)) == 1
    assert node.at(60.0) == []
    assert node.leases.next_deadline() is None
    assert len(node.leases) == 0
