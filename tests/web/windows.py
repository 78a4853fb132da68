"""Windows of a real browser on the page, and what people do in them.

Nothing sleeps: what is looked for is waited for, with the patience of a busy machine.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

from playwright.async_api import Browser, BrowserContext, Locator, Page, WebSocket, expect

SECRET = "correct horse"
PATIENCE = 20_000
"""Milliseconds after which what was looked for will not come any more."""
AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"

expect.set_options(timeout=PATIENCE)


class Window:
    """One window on the page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.problems: list[str] = []
        """Errors of scripts, and what the Content-Security-Policy has stopped."""
        self.sockets: list[WebSocket] = []
        """Every WebSocket it has opened, in order."""
        self.requests: list[str] = []
        """The address of every request it has made."""
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._said)
        page.on("websocket", lambda socket: self.sockets.append(socket))
        page.on("request", lambda request: self.requests.append(request.url))

    def _said(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "violates" in message.text:
            self.problems.append(message.text)

    @classmethod
    async def open(cls, context: BrowserContext, url: str) -> Self:
        """Open a window on the page."""
        window = cls(await context.new_page(), url)
        await window.page.goto(url)
        await expect(window.page.locator("main")).to_be_visible()
        return window

    # --- who one is --------------------------------------------------------------------------

    async def fill(self, name: str, password: str | None = None) -> None:
        """Fill in the form and send it."""
        await self.page.locator("#entry-name").fill(name)
        if password is not None:
            await self.page.locator("#entry-password").fill(password)
        await self.page.locator(".entry-form [type=submit]").click()

    async def choose(self, way: str) -> None:
        """Choose a way in, by its word in the window's language."""
        await self.page.get_by_role("button", name=way, exact=True).first.click()

    async def register(self, name: str, password: str = SECRET) -> None:
        """Make an account and be in."""
        await self.choose("Register")
        await self.fill(name, password)
        await self.is_in()

    async def log_in(self, name: str, password: str = SECRET) -> None:
        """Log in and be in."""
        await self.fill(name, password)
        await self.is_in()

    async def enter(self, name: str) -> None:
        """Be in as a guest."""
        await self.choose("As a guest")
        await self.fill(name)
        await self.is_in()

    async def is_in(self) -> None:
        """Wait until one is in and connected."""
        await expect(self.page.locator(".top")).to_have_attribute("data-link", "up")
        await expect(self.composer).to_be_visible()

    # --- the chat ----------------------------------------------------------------------------

    @property
    def composer(self) -> Locator:
        """Where one writes."""
        return self.page.locator("#composer")

    @property
    def messages(self) -> Locator:
        """What stands in the room, without what is on its way."""
        return self.page.locator("[role=log] .message")

    @property
    def pending(self) -> Locator:
        """One's own messages that are on their way, or have failed."""
        return self.page.locator(".message.pending")

    async def say(self, *texts: str) -> None:
        """Write messages, one after the other."""
        for text in texts:
            await self.composer.fill(text)
            await self.composer.press("Enter")

    async def shows(self, *texts: str) -> None:
        """Wait until the room shows exactly these messages, each once, in this order."""
        await expect(self.messages.locator(".text")).to_have_text(list(texts))
        await expect(self.pending).to_have_count(0)

    async def burst(self, *texts: str) -> None:
        """Write messages as fast as the page takes them; `mostShown` is the most it showed."""
        await self.page.evaluate(
            """(texts) => {
                window.mostShown = 0;
                new MutationObserver(() => {
                    const shown = document.querySelectorAll(".text").length;
                    window.mostShown = Math.max(window.mostShown, shown);
                }).observe(document.querySelector(".log"), {childList: true, subtree: true});
                const box = document.querySelector("#composer");
                for (const text of texts) {
                    box.value = text;
                    box.dispatchEvent(new InputEvent("input", {bubbles: true}));
                    box.form.requestSubmit();
                }
            }""",
            list(texts),
        )

    def message(self, text: str) -> Locator:
        """Return a message by what it says."""
        has = self.page.locator(".text", has_text=text)
        return self.page.locator(".message").filter(has=has).last

    # --- numbers -----------------------------------------------------------------------------

    async def counts(self, number: int, *names: str) -> None:
        """Wait until every display of who is online shows the number, and these names."""
        people = self.page.locator(".people-view")
        await expect(people.locator(".big-number")).to_have_text(str(number))
        await expect(self.page.locator(".online-number")).to_have_text(str(number))
        await expect(self.page.locator(".place-count")).to_have_text(str(number))
        for name in names:
            await expect(people.locator(".person-name", has_text=name)).to_have_count(1)
        if names:
            await expect(people.locator(".person")).to_have_count(len(names))

    # --- the connection ----------------------------------------------------------------------

    @property
    def open_sockets(self) -> int:
        """How many of its WebSockets are open."""
        return sum(not socket.is_closed() for socket in self.sockets)

    async def link(self, status: str) -> None:
        """Wait until the connection is so."""
        await expect(self.page.locator(".top")).to_have_attribute("data-link", status)

    # --- for everybody -----------------------------------------------------------------------

    async def barriers(self) -> list[str]:
        """Return what keeps people out, by axe-core's rules for WCAG 2.2 A and AA."""
        await self.page.evaluate(AXE.read_text("utf-8"))
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = await self.page.evaluate(
            "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", tags
        )
        return [
            f"{each['id']}: {node['html'][:150]} {node['failureSummary'][:300]}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    async def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        width: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width


class Windows:
    """All windows of a test; each in a browser of its own, unless it is opened beside another."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.all: list[Window] = []
        self._contexts: list[BrowserContext] = []

    async def open(self, url: str | None = None, **options: Any) -> Window:
        """Open a window of a new browser, English unless told otherwise."""
        options.setdefault("locale", "en-GB")
        context = await self.browser.new_context(**options)
        self._contexts.append(context)
        return await self.beside(context, url)

    async def beside(self, context: BrowserContext | Window, url: str | None = None) -> Window:
        """Open one more window of the same browser."""
        if isinstance(context, Window):
            context = context.page.context
        window = await Window.open(context, url or self.url)
        self.all.append(window)
        return window

    async def guest(self, name: str, **options: Any) -> Window:
        """Open a window and enter as a guest."""
        window = await self.open(**options)
        await window.enter(name)
        return window

    async def close(self) -> None:
        """Close all; whatever went wrong in any of them fails the test."""
        for context in self._contexts:
            await context.close()
        assert [problem for window in self.all for problem in window.problems] == []


@contextlib.asynccontextmanager
async def windows_on(browser: Browser, url: str) -> AsyncIterator[Windows]:
    """Give windows on a server, and close them."""
    windows = Windows(browser, url)
    try:
        yield windows
    finally:
        await windows.close()
