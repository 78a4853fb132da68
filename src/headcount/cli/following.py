"""What an onlooker is told of a session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from headcount.cli.exits import Exit
from headcount.cli.facts import event_of
from headcount.cli.output import Output
from headcount.cli.running import Stop, StoppedError
from headcount.cli.seat import last_words
from headcount.core import events as e
from headcount.errors import RequestRefusedError, SessionEndedError
from headcount.session import Session


async def follow(stop: Stop, session: Session, output: Output) -> Exit:
    """Show the events of a session until it is over or nobody wants to see more."""
    telling = asyncio.create_task(_tell(session.events(), output))
    try:
        await stop.unless(session.__aenter__())
        await stop.unless(asyncio.shield(telling))
    except StoppedError:
        return Exit.ASKED
    except RequestRefusedError as error:
        message = str(error).removeprefix(f"{error.code}: ")
        output.event("refused", {"request": "watch", "code": error.code, "message": message})
    except SessionEndedError:
        pass  # the notices say so
    finally:
        await session.leave()
        await last_words(telling)
    return Exit.REFUSED


async def _tell(notices: AsyncIterator[e.Notice], output: Output) -> None:
    over = False
    async for notice in notices:
        at = time.monotonic()
        event = event_of(notice)
        if event is not None and not over:
            output.event(*event, at)
        over = over or isinstance(notice, e.SessionClosed)
