"""Draws the pictures of the page in docs/images, from a real run in a real browser.

python docs/web_pictures.py             (needs playwright, and chromium on the PATH)
python docs/web_pictures.py DIRECTORY   to another place
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from headcount.chat.server.server import ChatServer, serving
from headcount.chat.server.settings import ServerSettings
from headcount.connection import Broker, connect
from headcount.testing import MemoryBroker

IMAGES = Path(__file__).parent / "images"
SECRET = "correct horse"
PROGRAM = shutil.which("chromium") or "chromium"
WIDE: dict[str, Any] = {"viewport": {"width": 1180, "height": 860}, "device_scale_factor": 1.5}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 780},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
STEP = 3.0
"""Seconds between what happens in the session, so that its chart shows something."""


class Scene:
    """A workshop: a server, its broker, and those who take part."""

    def __init__(self, browser: Browser, server: ChatServer, wire: MemoryBroker) -> None:
        self.browser = browser
        self.server = server
        self.wire = wire
        self.stack = contextlib.AsyncExitStack()

    async def window(self, name: str, **options: Any) -> Page:
        """Open a window on the page and log in, as an account of that name."""
        context = await self.browser.new_context(**options)
        page = await context.new_page()
        await page.goto(self.server.url)
        await page.locator("#entry-name").fill(name)
        await page.locator("#entry-password").fill(SECRET)
        await page.locator(".entry-form [type=submit]").click()
        await expect(page.locator(".top")).to_have_attribute("data-link", "up")
        return page

    def client(self, name: str) -> Broker:
        """Return somebody's connection to the broker."""
        own = name.encode("ascii", "ignore").decode().lower()
        return connect(connector=self.wire.connector(), client_id=own, name=name)

    async def player(self, name: str, session: str, role: str | None = None) -> Any:
        """Let somebody join a session; what is given ends that."""
        stack = contextlib.AsyncExitStack()
        broker = await stack.enter_async_context(self.client(name))
        joined = await stack.enter_async_context(broker.join(session))
        if role is not None:
            await joined.claim_role(role)
        await self.stack.enter_async_context(stack)
        return stack


async def say(page: Page, *texts: str) -> None:
    """Write messages."""
    for text in texts:
        await page.locator("#composer").fill(text)
        await page.locator("#composer").press("Enter")
        last = page.locator("[role=log] .message").last.locator(".text")
        await expect(last).to_have_text(text)


async def answer(page: Page, to: str, text: str) -> None:
    """Answer a message."""
    row = page.locator(".message", has_text=to).last
    await row.hover()
    await row.locator(".actions button").first.click()
    await say(page, text)


async def take(page: Page, path: Path) -> None:
    """Take a picture, with nothing pointed at."""
    await page.mouse.move(0, 0)
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=path)
    print(path)


async def draw(scene: Scene, images: Path) -> None:
    """Play the workshop, and take the pictures."""
    ana = await scene.window("Ana", locale="en-GB", **WIDE)
    ben = await scene.window("Ben", locale="fr-FR", color_scheme="dark", **PHONE)
    chloe = await scene.window("Chloé", locale="en-GB", **WIDE)
    await say(ana, "Good morning! The first round starts at ten.")
    await say(chloe, "Two of us share a laptop, is that all right?")
    await answer(ana, "share a laptop", "Of course. Take one role each, and decide together.")
    await say(chloe, "Perfect, thank you!")
    broker = await scene.stack.enter_async_context(scene.client("Ana"))
    sea = await scene.stack.enter_async_context(
        broker.create("Sea Zones", id="sea", seats=(2, 5), roles=["Mayor", "Fisher", "Diver"])
    )
    await scene.stack.enter_async_context(broker.create("Forest Fire", id="forest", seats=(1, 6)))
    await sea.claim_role("Mayor")
    for page in (ana, ben, chloe):
        await expect(page.locator(".session-card")).to_have_count(2)
    await take(ana, images / "chat-lobby.png")
    await asyncio.sleep(STEP)
    await scene.player("Ben", "sea", "Fisher")
    await asyncio.sleep(STEP)
    emile = await scene.player("Emile", "sea")
    await asyncio.sleep(STEP)
    await scene.player("Chloé", "sea")
    for page in (ana, chloe):
        await page.locator(".session-card", has_text="Sea Zones").click()
    await ben.locator(".tab").first.click()
    await ben.locator(".session-card", has_text="Sea Zones").click()
    await say(ana, "Round one: the bay is open. Who wants to dive?")
    await emile.aclose()
    await answer(chloe, "Who wants to dive", "I do, as soon as Emile is back.")
    await asyncio.sleep(STEP)
    await scene.player("Emile", "sea")
    await say(ben, "Le port est prêt.")
    await asyncio.sleep(STEP)
    await expect(ana.locator(".session-view .big-number")).to_have_text("4")
    await expect(ana.locator(".text")).to_have_count(3)
    await asyncio.sleep(STEP)
    await take(ana, images / "chat-session.png")
    await expect(ben.locator(".text")).to_have_count(3)
    await take(ben, images / "chat-phone.png")


async def main(images: Path) -> None:
    """Set everything up, and take it down again."""
    images.mkdir(parents=True, exist_ok=True)
    wire = MemoryBroker()
    async with contextlib.AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = await stack.enter_async_context(connect(connector=wire.connector()))
        server = await stack.enter_async_context(serving(ServerSettings(port=0, data=data), own))
        for name in ("Ana", "Ben", "Chloé"):
            await server.place.store.accounts.register(name, SECRET)
        scene = Scene(browser, server, wire)
        async with scene.stack:
            await draw(scene, images)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES))
