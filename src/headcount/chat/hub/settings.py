"""What an operator may choose, with the defaults; times in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """Policies and limits of one hub.

    Args:
        count: what the lobby's number is: open connections, or unique names (K1, K2).
        same_account: what becomes of a second place of one account (K3, K7).
        guests: whether who has no account may read, and write under a name.
        ping: silence after which a connection is pinged.
        timeout: silence after that ping, after which it is dead.
        probe: how long an older connection of a login has to answer when a newer one comes.
        renew: how often a lease is renewed.
        fence: how long after its last renewal a lease may be acted upon.
        coalesce: how long changes of presence are gathered before they are told.
        burst: frames of one kind that one connection may send at once; a tenth or less of kinds
            that are answered with lists.
        rate: frames of that kind a second after that.
        unstored: messages of one connection that may wait to be stored.
        abuse: frames that may be refused at once before a connection is cut off; `rate` of them
            a second are forgiven.
        longest_message: characters of a message.
        longest_pseudo: characters of a guest's name.
        per_address: connections from one address.
        questions: questions to the database under way at once, for those who come.
        resumed: messages that are given again at most.
    """

    count: Literal["connections", "names"] = "connections"
    same_account: Literal["reject", "replace", "allow"] = "reject"
    guests: bool = True
    ping: float = 10.0
    timeout: float = 10.0
    probe: float = 1.0
    renew: float = 10.0
    fence: float = 25.0
    coalesce: float = 0.03
    burst: int = 200
    rate: float = 100.0
    unstored: int = 1000
    abuse: int = 2000
    longest_message: int = 5000
    longest_pseudo: int = 32
    per_address: int = 1500
    questions: int = 64
    resumed: int = 500
