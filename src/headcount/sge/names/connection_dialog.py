"""`SGDistributedConnectionDialog`: the connection dialog as SGE opens it."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

from qtpy.QtWidgets import QWidget

from headcount.options import CreateOptions
from headcount.qt.connection_dialog import ConnectionDialog
from headcount.sge.broker import connect
from headcount.sge.config import SGDistributedGameConfig, checked, players
from headcount.sge.names.manager import SGDistributedSessionManager
from headcount.sge.names.model import name_of, players_of
from headcount.sge.stages import ConnectionState, SGConnectionStateManager
from headcount.sge.visiting.visitor import MAX_SEED


class SGDistributedConnectionDialog(ConnectionDialog):
    """Accepted when the game starts; the session manager is in the session then.

    Args:
        parent: the window it belongs to.
        config: the settings; its session, seed and numbers are those of the session at the end.
        model: the model.
        session_manager: goes on with the connection and the session.

    Raises:
        BadInputError: the settings do not fit together; the message says which.
    """

    def __init__(
        self,
        parent: QWidget | None,
        config: SGDistributedGameConfig,
        model: Any,
        session_manager: SGDistributedSessionManager,
    ) -> None:
        self.config = checked(config)
        self.model = model
        self.session_manager = session_manager
        self.state_manager = SGConnectionStateManager()
        """Follows the dialog's stage."""
        # One client id has one connection: the dialog's, and after it the manager's.
        session_manager.disconnect()
        roles = players_of(model)
        options: CreateOptions = {
            "seats": players(config.num_players),
            "seed": config.shared_seed or random.SystemRandom().randint(1, MAX_SEED),
            "roles": roles,
        }
        if config.session_id:
            options["id"] = config.session_id
        super().__init__(
            name_of(model),
            servers=config.urls,
            client_id=session_manager.client_id,
            connect=partial(connect, roles=roles, fresh=True),
            parent=parent,
            **options,
        )

    def accept(self) -> None:
        """Hand the session to the manager, and tell the settings what it is."""
        broker, session = self.broker, self.session
        super().accept()
        if broker is None or session is None or session.state is None:
            return
        self.config.session_id = session.id
        self.config.shared_seed = session.seed
        self.session_manager.adopt(broker, session)

    def _learn(self, **changes: Any) -> None:
        super()._learn(**changes)
        if self.display is not None:
            self.state_manager.transition_to(ConnectionState(self.display.stage.value), force=True)

    # --- the names that SGE's plans give its parts (S12) -------------------------------------
    #
    # What each of them asks for happens by itself: the session's state is subscribed to, the
    # host's machine beats, and everybody judges the host by his own hearing. So they bring the
    # window up to date, and no more.

    def _initializeSessionState(self) -> None:
        """Bring about what the connection begins with."""
        self._subscribeToSessionStateUpdates()

    def _subscribeToSessionStateUpdates(self) -> None:
        """Have the list of sessions confirmed anew."""
        self._refresh()

    def _startSessionStatePolling(self) -> None:
        """Have the list of sessions confirmed anew: what changes in it comes by itself."""
        self._refresh()

    def _startSessionStateHeartbeat(self) -> None:
        """Show what is: a host beats by itself."""
        self._learn()

    def _startCreatorCheckTimer(self) -> None:
        """Show what is: a silent host is noticed by itself."""
        self._learn()

    def _checkCreatorDisconnection(self) -> bool:
        """Tell whether the session's creator is lost."""
        return self._facts.closed_reason in ("host_lost", "host_left", "closed")

    def _updateSessionsList(self) -> None:
        """Show the list of sessions as it is known."""
        self._learn()

    def _updateConnectedInstances(self) -> None:
        """Show the number of instances as it is known."""
        self._learn()

    def _cancelConnection(self) -> None:
        """Leave cleanly, and close the window."""
        self.reject()

    def _publishInstanceReady(self) -> None:
        """Say that one is ready to start."""
        if self.session is not None:
            self.session.set_ready()

    def _subscribeToInstanceReady(self) -> None:
        """Show what is: who is ready is part of the session's state."""
        self._learn()

    def _subscribeToPlayerRegistrationForTracking(self) -> None:
        """Show what is: who has a role is part of the session's state."""
        self._learn()
