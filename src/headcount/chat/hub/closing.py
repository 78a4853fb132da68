"""Why the server closes a connection: the codes of its close frames.

1000 to 1013 are those of RFC 6455, section 7.4.1, and of its registry; the 4000s are ours.
"""

from __future__ import annotations

from typing import Final

GOING_DOWN: Final = 1012
"""The server restarts; come back."""
TRY_LATER: Final = 1013
"""The server cannot have one now; come back later."""
POLICY: Final = 1008
"""One sends too much."""
LOGGED_OUT: Final = 4001
"""One's login was ended."""
ALREADY_LOGGED_IN: Final = 4003
"""The account is connected elsewhere, and that one stays."""
REPLACED: Final = 4004
"""The account is connected elsewhere, and that one has replaced this."""
SILENT: Final = 4008
"""Nothing was heard for too long."""
