"""Play the Commons: one window for each of three players, on one computer or on several.

python examples/commons                          looks for a broker, or starts one here
python examples/commons mqtt://192.168.1.20      uses this one

A player whose program died starts it again, and is back on the same seat.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from comeback import ComebackDialog
from pasture import REACH
from qtpy.QtWidgets import QApplication
from window import GameWindow

from headcount import identity
from headcount.qt import ConnectionDialog, QtBroker, QtSession, RoleDialog

HELD = 3600.0
"""How long the seat of somebody who drops out is held, in seconds."""
Entered = tuple[QtBroker, QtSession]


def main(servers: Sequence[str] = ()) -> int:
    """Bring one player into a game, and play it; return the exit code."""
    application = QApplication.instance() or QApplication(["commons"])
    with identity.claim("commons") as claim:
        entered = come_back(claim, servers) or meet(claim, servers)
        if entered is None:
            return 1
        broker, session = entered
        if session.role or RoleDialog(session, language="en").exec():
            window = GameWindow(session)
            window.show()
            application.exec()
        claim.settle(session.closed_reason or "left")
        broker.close()
    return 0


def come_back(claim: identity.Claim, servers: Sequence[str]) -> Entered | None:
    """Take the seat again that one had before the program died, if there is one."""
    if not claim.session_uid:
        return None
    dialog = ComebackDialog(claim, servers)
    if not dialog.exec() or dialog.session is None:
        return None
    return dialog.broker, dialog.session


def meet(claim: identity.Claim, servers: Sequence[str]) -> Entered | None:
    """Create a game or join one, and wait for its start; None if one does not want to."""
    dialog = ConnectionDialog(
        "The Commons",
        servers=servers or None,
        language="en",
        client_id=claim.client_id,
        secret=claim.secret,
        seats=(2, len(REACH)),
        roles=list(REACH),
        on_host_loss="migrate",  # the game goes on without the one who created it
        grace_started=HELD,
    )
    if not dialog.exec() or dialog.session is None or dialog.broker is None:
        return None
    assert dialog.session.state is not None
    claim.keep(dialog.session.state.session_uid)
    return dialog.broker, dialog.session


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
