"""One instance's part in one session, from the first word to the last."""

from __future__ import annotations

from typing import ClassVar

from headcount.core import events as e
from headcount.core.closing import Closing
from headcount.core.context import Context
from headcount.core.founding import Founding
from headcount.core.host import Host
from headcount.core.joining import Joining
from headcount.core.member import Member
from headcount.core.observer import Observer
from headcount.core.seat import Entry, Seat, Stage, StageName
from headcount.core.successor import Successor


class Participant(Seat):
    """A seat that begins with what the application wants of the session."""

    stages: ClassVar[dict[StageName, type[Stage]]] = {
        StageName.JOINING: Joining,
        StageName.FOUNDING: Founding,
        StageName.MEMBER: Member,
        StageName.SUCCESSOR: Successor,
        StageName.HOST: Host,
        StageName.CLOSING: Closing,
        StageName.OBSERVER: Observer,
    }

    def __init__(self, context: Context, wanted: e.Enter | e.Found | e.Observe) -> None:
        super().__init__(context, wanted.session_id)
        match wanted:
            case e.Enter():
                self.name, self.secret, self.role = wanted.name, wanted.secret, wanted.role
                self.become(StageName.JOINING)
            case e.Found():
                self.name, self.secret = wanted.name, wanted.secret
                self.become(StageName.FOUNDING, Entry(wanted=wanted))
            case e.Observe():
                self.become(StageName.OBSERVER)
