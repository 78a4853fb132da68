"""A distributed game as plain calls: for models that have no event loop.

::

    game = DistributedGame(SGDistributedGameConfig((2, 4)), "Sea")
    game.connect()
    game.create("sea")          # or game.join("sea")
    print(game.session.get_num_connected(), game.seed)
    game.leave()

Everything runs in a thread of its own, so a model that computes for a while keeps its seat.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

from headcount.background import Background
from headcount.errors import BadInputError
from headcount.sge.broker import SGBroker, connect
from headcount.sge.config import SGDistributedGameConfig, checked, players
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.translation import session_of
from headcount.sge.room import Room
from headcount.sge.visiting.visitor import MAX_SEED

T = TypeVar("T")


class DistributedGame:
    """One instance's part in one game.

    Args:
        config: the settings.
        model_name: what it is a session of, to people.
        client_id: who this instance is; drawn by default.

    Raises:
        BadInputError: the settings do not fit together; the message says which.
    """

    def __init__(
        self, config: SGDistributedGameConfig, model_name: str, client_id: str | None = None
    ) -> None:
        self.config = checked(config)
        self.model_name = model_name
        self.client_id = client_id or uuid4().hex
        self._fresh = not client_id
        self.changed: Callable[[], None] = lambda: None
        """Called, in the game's own thread, whenever anything has changed.

        It must not create, join, start, leave or disconnect: these wait for that thread.
        """
        self._background: Background | None = None
        self._broker: SGBroker | None = None
        self._room: Room | None = None

    # --- the broker --------------------------------------------------------------------------

    def connect(self) -> None:
        """Connect to the broker.

        Raises:
            NoBrokerError: no address could be used; the message says why and what to do.
        """
        if self._background is not None:
            return
        self._background = Background()
        try:
            self._broker = self._run(self._made().__aenter__())
        except BaseException:
            self._background.stop()
            self._background = None
            raise

    def disconnect(self) -> None:
        """Leave the session, if one is in one, and disconnect. Twice changes nothing."""
        if self._background is None:
            return
        try:
            self._run(self._connected.close())
        finally:
            self._background.stop()
            self._background = self._broker = self._room = None

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.disconnect()

    # --- sessions ----------------------------------------------------------------------------

    def sessions(self) -> list[SGDistributedSession]:
        """Return the live sessions of both protocols, within a second."""
        return self._run(self._list())

    def create(self, session_id: str | None = None) -> Room:
        """Create a session and host it; with the shared seed, or a drawn one.

        Raises:
            RequestRefusedError: a session of this id is alive.
        """
        self._alone()
        seed = self.config.shared_seed or random.SystemRandom().randint(1, MAX_SEED)
        return self._enter(
            self._connected.create(
                self.model_name,
                id=session_id or self.config.session_id or str(uuid4()),
                seats=players(self.config.num_players),
                seed=seed,
            )
        )

    def join(self, session_id: str) -> Room:
        """Join a session of either protocol.

        Raises:
            RequestRefusedError: there is none, it is full, or it has started.
        """
        self._alone()
        return self._enter(self._connected.join(session_id))

    def start(self) -> None:
        """Start the game; only its host may."""
        self._run(self.room.start())

    def leave(self) -> None:
        """Leave the session; a host closes it for all."""
        room, self._room = self._room, None
        if room is not None:
            self._run(room.leave())

    # --- what it is --------------------------------------------------------------------------

    @property
    def room(self) -> Room:
        """One's place in the session.

        Raises:
            BadInputError: one is in none.
        """
        if self._room is None:
            raise BadInputError("create or join a session first")
        return self._room

    @property
    def is_distributed(self) -> bool:
        """Whether one is in a session that is not over."""
        return self._room is not None and self._room.closed_reason is None

    @property
    def session(self) -> SGDistributedSession:
        """The session as it is now."""
        return self.room.session

    @property
    def seed(self) -> int:
        """The seed that all share."""
        return self.room.seed

    def connected_instances_count(self, default: int = 0) -> int:
        """Return how many are connected, or `default` where one is in no session."""
        if self._room is None or not self._room.is_open:
            return default
        return self._room.session.get_num_connected()

    # --- inside ------------------------------------------------------------------------------

    @property
    def _connected(self) -> SGBroker:
        if self._broker is None:
            raise BadInputError("connect first")
        return self._broker

    def _made(self) -> SGBroker:
        return connect(self.config.urls, client_id=self.client_id, fresh=self._fresh)

    def _alone(self) -> None:
        if self._room is not None and self._room.closed_reason is not None:
            self.leave()
        if self._room is not None:
            raise BadInputError(f"leave session {self._room.id!r} first")

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._background is None:
            work.close()
            raise BadInputError("connect first")
        return self._background.run(work)

    def _enter(self, room: Room) -> Room:
        room.changed = self._tell
        self._room = self._run(room.__aenter__())
        return room

    def _tell(self) -> None:
        self.changed()

    async def _list(self) -> list[SGDistributedSession]:
        return [session_of(state) for state in await self._connected.sessions()]
