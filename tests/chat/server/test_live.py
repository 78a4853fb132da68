"""Live sessions as the page is shown them, of either protocol."""

from __future__ import annotations

from headcount.chat.server.live import ours, theirs
from headcount.core.lifecycle import Phase
from headcount.sge.protocol.session import SGDistributedSession
from tests.core import builders as b


def test_a_session_that_counts_down_tells_for_how_long() -> None:
    """So that a page can show the seconds; and others tell that they do not."""
    assert ours(b.state("ana")).shown["countdown"] is None
    counting = b.state("ana", phase=Phase.STARTING, countdown=3.0)
    assert ours(counting).shown["countdown"] == 3.0
    assert theirs(SGDistributedSession("old", "ana", "Old sea")).shown["countdown"] is None
