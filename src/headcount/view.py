"""What can be read of a session: all of it from the one state that its host has published."""

from __future__ import annotations

import copy
import random
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from headcount import streams
from headcount.core.state import Member, SessionState

if TYPE_CHECKING:
    import numpy as np


class View(ABC):
    """A session, read. Before it was entered there is nothing to read: `BadInputError`."""

    @property
    @abstractmethod
    def id(self) -> str:
        """The session's id."""

    @property
    @abstractmethod
    def client_id(self) -> str:
        """One's own client id."""

    @property
    @abstractmethod
    def state(self) -> SessionState:
        """The newest state, whole; after the end the last one."""

    @property
    @abstractmethod
    def closed_reason(self) -> str | None:
        """Why it is over for us, or None while it is not."""

    @property
    def uid(self) -> str:
        """What tells this session from others that had or will have the same id."""
        return self.state.session_uid

    @property
    def count(self) -> int:
        """How many instances are connected."""
        return self.state.count

    @property
    def members(self) -> dict[str, Member]:
        """The members by client id, those who are away included."""
        return dict(self.state.members)

    @property
    def roles(self) -> list[str]:
        """The roles that can be claimed."""
        return list(self.state.roles)

    @property
    def role(self) -> str | None:
        """One's own role, or None."""
        member = self.state.members.get(self.client_id)
        return None if member is None else member.role

    @property
    def properties(self) -> dict[str, Any]:
        """A copy of what all share; `update` changes it."""
        return copy.deepcopy(self.state.properties)

    @property
    def seed(self) -> int:
        """The random seed that all share."""
        return self.state.seed

    @property
    def is_host(self) -> bool:
        """Whether this instance hosts the session."""
        return self.state.host_client_id == self.client_id

    def rng(self, name: str = "") -> random.Random:
        """Return a generator that gives every instance the same numbers; see `streams.rng`."""
        return streams.rng(self.seed, name)

    def numpy_rng(self, name: str = "") -> np.random.Generator:
        """Return a NumPy generator that does; see `streams.numpy_rng`."""
        return streams.numpy_rng(self.seed, name)
