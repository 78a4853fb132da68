"""The demonstration, act by act."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from headcount.broker.embedded import EmbeddedBroker
from headcount.cli.cast import Actor
from headcount.cli.exits import Exit
from headcount.cli.output import Output
from headcount.cli.stage import Stage

SESSION: Final = "island"
PATIENCE: Final = 15.0
"""Seconds that the processes have to agree."""
_PAUSE: Final = 1.2
_SHORT_PAUSE: Final = 0.3


class Play:
    """The demonstration, act by act; every number that is shown is checked.

    Args:
        broker: a running broker.
        directory: where the processes may keep things.
        output: where events go.
        quiet: whether nothing is shown but events.
    """

    def __init__(
        self, broker: EmbeddedBroker, directory: str, output: Output, *, quiet: bool
    ) -> None:
        self.wrong: list[str] = []
        self._broker = broker
        self._output = output
        self._environment = {"HEADCOUNT_STATE_DIR": directory, "HEADCOUNT_BROKER": broker.url}
        self._news = asyncio.Event()
        self._allowed = {0}
        self.ana, self.ben, self.chloe = (
            Actor(name, self._changed) for name in ("Ana", "Ben", "Chloe")
        )
        self._actors = (self.ana, self.ben, self.chloe)
        self._present: set[Actor] = set()
        self._stage = Stage(self._actors, quiet=quiet)
        self._pause = _PAUSE if self._stage.live else _SHORT_PAUSE

    async def perform(self, began: float) -> Exit:
        """Perform all acts; return 0, or 5 if a number was ever wrong."""
        ready = (time.monotonic() - began) * 1000
        with self._stage:
            self._stage.say(f"A broker of our own runs at {self._broker.url} ({ready:.0f} ms).\n")
            ana, ben, chloe = self._actors
            create = ["create", "Island game", "--id", SESSION, "--seats", "2-4"]
            join = ["join", SESSION]
            await self._act("Ana creates a session", {ana}, self._starts(ana, create), ana)
            await self._act("Ben joins", {ana, ben}, self._starts(ben, join), ben)
            await self._act("Chloe joins", {ana, ben, chloe}, self._starts(chloe, join), chloe)
            await self._act("Ben leaves", {ana, chloe}, self._leaves(ben))
            await self._act("Ben comes back", {ana, ben, chloe}, self._starts(ben, join), ben)
            await self._act("Chloe's process is killed", {ana, ben}, self._dies(chloe))
            await self._host_dies(ana, ben)
            await self._nothing_is_left()
        return self._sum_up(time.monotonic() - began)

    async def end(self) -> None:
        """Leave no process behind."""
        await asyncio.gather(*(actor.dismiss() for actor in self._actors), return_exceptions=True)

    # --- acts --------------------------------------------------------------------------------

    async def _act(
        self,
        title: str,
        present: set[Actor],
        action: Callable[[], Awaitable[None]],
        newcomer: Actor | None = None,
    ) -> None:
        """Do something, and wait until everybody who is there shows how many are there."""
        act = self._stage.begin(title)
        number = len(present)
        self._allowed = {len(self._present), number}
        began = time.monotonic()
        await action()
        self._present, self._stage.truth = present, number
        self._stage.refresh()
        ok = await self._until(lambda: all(actor.count == number for actor in present))
        if newcomer is not None:
            began = newcomer.connected_at
        took = max(actor.count_at for actor in present) - began
        who = "shows" if number == 1 else "all show"
        result = f"{who} {number} after {_duration(took)}" if ok else self._disagreement(number)
        self._allowed = {number}
        await asyncio.sleep(self._pause)  # a number that comes back would come back now
        ok = ok and all(actor.count == number for actor in present)
        self._finish(act.title, result, took, number, ok=ok)
        self._stage.finish(act, result, ok=ok)

    async def _host_dies(self, host: Actor, survivor: Actor) -> None:
        act = self._stage.begin("Ana's process, the host, is killed")
        self._allowed = {1, 2}
        began = time.monotonic()
        host.kill()
        self._present, self._stage.truth = {survivor}, 1
        self._stage.refresh()
        ok = await self._until(lambda: survivor.closed is not None)
        ok = ok and survivor.closed == "host_lost"
        took = survivor.closed_at - began
        result = f"Ben is told after {_duration(took)}" if ok else "Ben was not told"
        self._finish(act.title, result, took, None, ok=ok)
        self._stage.finish(act, result, ok=ok)
        await survivor.ended()
        self._present, self._stage.truth = set(), 0

    async def _nothing_is_left(self) -> None:
        from headcount.connection import connect

        act = self._stage.begin("A newcomer looks at the list")
        began = time.monotonic()
        async with connect(self._broker.url) as newcomer:
            sessions = await newcomer.sessions()
        took = time.monotonic() - began
        ok = not sessions
        result = f"it is empty, confirmed in {_duration(took)}" if ok else "a dead session is in it"
        self._finish(act.title, result, took, None, ok=ok)
        self._stage.finish(act, result, ok=ok)

    def _starts(self, actor: Actor, arguments: list[str]) -> Callable[[], Awaitable[None]]:
        return lambda: actor.start(arguments, self._environment)

    @staticmethod
    def _leaves(actor: Actor) -> Callable[[], Awaitable[None]]:
        async def leave() -> None:
            actor.type("leave")

        return leave

    @staticmethod
    def _dies(actor: Actor) -> Callable[[], Awaitable[None]]:
        async def die() -> None:
            actor.kill()

        return die

    # --- what is seen ------------------------------------------------------------------------

    def _changed(self, actor: Actor) -> None:
        """Check every number the moment it is shown."""
        state = actor.state
        if state is not None and actor.closed is None and actor.running:
            count = state["count"]
            if count not in self._allowed or count != len(state["connected_instances"]):
                now = " or ".join(map(str, sorted(self._allowed)))
                self.wrong.append(f"{actor.name} showed {count} instead of {now}")
        self._news.set()
        self._stage.refresh()

    async def _until(self, holds: Callable[[], bool]) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _disagreement(self, number: int) -> str:
        shown = ", ".join(f"{actor.name} {actor.count}" for actor in self._present)
        return f"not all show {number} after {PATIENCE:g} s: {shown}"

    def _finish(self, title: str, result: str, took: float, count: int | None, *, ok: bool) -> None:
        if not ok:
            self.wrong.append(f"{title}: {result}")
        act = {"title": title, "ok": ok, "seconds": round(took, 4), "count": count}
        self._output.event("act", act)

    def _sum_up(self, took: float) -> Exit:
        self._output.event("summary", {"ok": not self.wrong, "wrong": self.wrong, "seconds": took})
        say = self._stage.say
        say("")
        if self.wrong:
            say("A number was wrong:")
            for each in self.wrong:
                say(f"  {each}")
            return Exit.CHECK_FAILED
        say(f"Every number shown in these {took:.0f} s was the true one.")
        say("")
        say("Now with others: headcount serve --host 0.0.0.0")
        say("then:            headcount create 'My game'   and   headcount join")
        return Exit.ASKED


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
