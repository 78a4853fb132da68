"""`SGSeedSyncManager`: the seed that all share.

It is a part of the session's state, so there is nothing to republish, and two instances cannot
start with different ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headcount.errors import HeadcountError
from headcount.sge.names.followers import tell_all
from headcount.sge.names.manager import SGDistributedSessionManager
from headcount.sge.protocol.session import SGDistributedSession


class SGSeedSyncManager:
    """Tells the seed of a session, and who shares it.

    Args:
        mqtt_client: the client of the game's connection; not needed here.
        session_manager: is in the session, or enters it.
        mqtt_handler_manager: not needed here: one subscription serves all (S3).
        model: the model.
    """

    def __init__(
        self,
        mqtt_client: Any,
        session_manager: SGDistributedSessionManager,
        mqtt_handler_manager: Any = None,
        model: Any = None,
    ) -> None:
        self.mqtt_client = mqtt_client
        self.session_manager = session_manager
        self.model = model
        self.seed_synced = False
        """Whether the seed is known."""
        self.synced_seed_value: int | None = None
        """The seed, or None."""
        self.connected_instances: set[str] = set()
        """The client ids of all who share it."""
        self._synced: list[Callable[[int], object]] = []
        self._connected: list[Callable[[str], object]] = []
        self._failed: list[Callable[[str], object]] = []
        self._tracked: str | None = None
        self._followed: set[str] = set()

    def on_seed_synced(self, callback: Callable[[int], object]) -> None:
        """Call `callback(seed)` when the seed is known."""
        self._synced.append(callback)

    def on_instance_connected(self, callback: Callable[[str], object]) -> None:
        """Call `callback(client_id)` for everybody who comes to share it."""
        self._connected.append(callback)

    def on_sync_failed(self, callback: Callable[[str], object]) -> None:
        """Call `callback(reason)` when the seed could not be learned."""
        self._failed.append(callback)

    def sync_seed(
        self,
        session_id: str,
        shared_seed: int | None = None,
        timeout: float = 2.0,
        initial_wait: float = 1.0,
        client_id_callback: Callable[[str], object] | None = None,
    ) -> int | None:
        """Return the seed of a session, or None where it could not be learned.

        Args:
            session_id: the session's id.
            shared_seed: the seed, where one creates the session.
            timeout: how long to look for the session, in seconds.
            initial_wait: not needed here.
            client_id_callback: gets the ids of all who are connected.
        """
        self.reset()
        try:
            seed = self.session_manager.syncSeed(
                session_id, shared_seed, timeout, initial_wait, client_id_callback
            )
        except HeadcountError as error:
            tell_all(self._failed, str(error))
            return None
        self.seed_synced, self.synced_seed_value = True, seed
        tell_all(self._synced, seed)
        self._follow(session_id)
        return seed

    def _follow(self, session_id: str) -> None:
        self._tracked = session_id
        known = self.session_manager.discoverSessions().get(session_id)
        if session_id not in self._followed:
            self._followed.add(session_id)
            self.session_manager.subscribeToSessionState(session_id, self._track)
        elif known is not None:
            self._track(known)

    def stop_republishing(self) -> None:
        """Do nothing: a seed that is in the state is told once."""

    def stop_tracking(self) -> None:
        """Follow no longer who shares it."""
        self._tracked = None

    def reset(self) -> None:
        """Forget the seed and who shares it, to learn another."""
        self.stop_tracking()
        self.seed_synced, self.synced_seed_value = False, None
        self.connected_instances = set()

    def _track(self, session: SGDistributedSession) -> None:
        if session.session_id != self._tracked:
            return
        before, self.connected_instances = (
            self.connected_instances,
            set(session.connected_instances),
        )
        for client_id in session.connected_instances:
            if client_id not in before:
                tell_all(self._connected, client_id)
