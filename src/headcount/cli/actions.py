"""What `headcount user` can do."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What to do with an account."""

    ADD = "add"
    LIST = "list"
    PASSWD = "passwd"
    REVOKE = "revoke"
