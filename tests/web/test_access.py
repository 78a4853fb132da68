"""For everybody: by keyboard alone, with a screen reader, on a phone, in the light and the dark."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from headcount.chat.server.server import ChatServer
from headcount.connection import connect
from headcount.links.memory import MemoryBroker
from tests.proxy import Proxy
from tests.web.conftest import Serve
from tests.web.windows import SECRET, Window, Windows, windows_on

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
}
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}


async def checked(window: Window) -> None:
    """Look at what the window shows now, once it has drawn all that is under way."""
    await expect(window.page.locator("[aria-busy]")).to_have_count(0)
    await window.page.evaluate(
        "Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {})))"
    )
    assert await window.barriers() == []
    assert await window.overflow() == 0


async def entrance(window: Window) -> None:
    """Look at the three ways in, and at an error."""
    page = window.page
    ways = page.locator(".segment")
    for number in range(await ways.count()):
        await ways.nth(number).click()
        await checked(window)
    await ways.first.click()
    await window.fill("Boss", "wrong password")
    await expect(page.locator(".form-error")).not_to_be_empty()
    await checked(window)


async def pane(page: Page, number: int) -> None:
    """Show a part of the page, where only one is seen at a time."""
    tab = page.locator(".tab").nth(number)
    if await tab.is_visible():
        await tab.click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_nothing_keeps_anybody_out(
    browser: Browser, serve: Serve, locale: str, size: dict[str, Any], scheme: str
) -> None:
    """axe-core finds nothing in any view, and nothing is wider than the window."""
    wire = MemoryBroker()
    async with (
        connect(connector=wire.connector(), client_id="server") as broker,
        serve(broker=broker) as server,
        broker.create("Sea Zones", id="sea", seats=(2, 4), roles=["Mayor", "Fisher"]) as session,
        windows_on(browser, server.url) as windows,
    ):
        await session.claim_role("Mayor")
        await server.place.store.accounts.register("Boss", SECRET, role="admin")
        window = await windows.open(locale=locale, color_scheme=scheme, **size)
        page = window.page
        await entrance(window)
        await window.log_in("Boss")
        await checked(window)
        await window.say("one", "a word that is long" * 12, "three")
        await expect(window.messages).to_have_count(3)
        await page.locator(".message").first.hover()
        await page.locator(
            ".message [aria-label=Reply], .message [aria-label='Répondre']"
        ).first.click()
        await window.say("two")
        await window.shows("one", "a word that is long" * 12, "three", "two")
        await page.locator(".me").click()
        await checked(window)
        await page.keyboard.press("Escape")
        for number in (0, 2):
            await pane(page, number)
            await checked(window)
        await pane(page, 0)
        await page.locator(".session-card").click()
        await checked(window)
        await pane(page, 2)
        await page.locator(".roster summary").click()
        await checked(window)
        await page.goto(f"{server.url}/#/admin")
        await expect(page.locator(".tiles dd").first).not_to_be_empty()
        await checked(window)
        await page.locator(".governed .danger").first.click()
        await checked(window)


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
async def test_long_names_have_room(browser: Browser, serve: Serve, size: dict[str, Any]) -> None:
    """Of sessions, members and roles, however many: nothing pushes anything out of its place."""
    wire, long = MemoryBroker(), "x" * 60
    async with contextlib.AsyncExitStack() as stack:
        broker = await stack.enter_async_context(connect(connector=wire.connector(), name=long))
        server = await stack.enter_async_context(serve(broker=broker))
        await stack.enter_async_context(broker.create(long, id="__proto__", roles=[long, "b"]))
        for number in range(20):
            other = connect(
                connector=wire.connector(), client_id=f"c{number}", name=f"{number}" * 30
            )
            joined = (await stack.enter_async_context(other)).join("__proto__")
            await stack.enter_async_context(joined)
        await server.place.store.accounts.register("Boss", SECRET, role="admin")
        windows = await stack.enter_async_context(windows_on(browser, server.url))
        window = await windows.open(**size)
        page = window.page
        await window.log_in("Boss")
        await pane(page, 0)
        await expect(page.locator(".rail .state")).to_be_in_viewport(ratio=1)
        assert await spill(window) == []
        await page.locator(".session-card").click()
        await window.say("hello")
        await window.shows("hello")
        await pane(page, 2)
        await expect(page.locator(".session-body .person")).to_have_count(21)
        assert await spill(window) == []
        await page.goto(f"{server.url}/#/admin")
        await expect(page.locator(".kicks li")).to_have_count(20)
        assert await spill(window) == []


async def spill(window: Window) -> list[str]:
    """Return the parts of the page whose content is wider than they are."""
    found: list[str] = await window.page.evaluate(
        """() => [...document.querySelectorAll(".rail, .aside, .scroller, .admin-body")]
            .filter((each) => each.scrollWidth > each.clientWidth)
            .map((each) => each.className)"""
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_messages_on_their_way_can_be_read(
    windows: Windows, server: ChatServer, scheme: str
) -> None:
    """And so can those that were not sent: quotes, links and all."""
    with Proxy(server.port) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        ana = await windows.open(url, color_scheme=scheme)
        await ana.register("Ana")
        guest = await windows.open(url, color_scheme=scheme)
        await guest.enter("Ben")
        await ana.say("one")
        for window in (ana, guest):
            await window.shows("one")
        proxy.silence()
        for window in (ana, guest):
            await window.message("one").hover()
            await window.message("one").get_by_role("button", name="Reply").click()
            await window.say("see https://example.org/")
            await expect(window.pending.locator("a")).to_be_visible()
            await checked(window)
        proxy.reset()
        await expect(guest.page.locator(".failed")).to_be_visible()
        await checked(guest)


async def reach(page: Page, wanted: str) -> None:
    """Press Tab until something has the focus, as seen by its name."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        name = await page.evaluate(
            """() => {
                const at = document.activeElement;
                const label = at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent;
                const copy = at.cloneNode(true);
                copy.querySelectorAll("[aria-hidden]").forEach((each) => each.remove());
                return label ?? copy.textContent;
            }"""
        )
        if str(name).strip() == wanted:
            return
    raise AssertionError(f"{wanted} cannot be reached with Tab")


async def test_everything_can_be_done_by_keyboard(windows: Windows) -> None:
    """Register, write, answer, look around, log out: without a pointer."""
    window, other = await windows.open(), await windows.guest("Ben")
    page = window.page
    await reach(page, "Register")
    await page.keyboard.press("Enter")
    await expect(page.locator("#entry-name")).to_be_focused()
    await page.keyboard.type("Ana")
    await reach(page, "Password")
    await page.keyboard.type(SECRET)
    await page.keyboard.press("Enter")
    await window.is_in()
    await expect(window.composer).to_be_focused()
    await page.keyboard.type("one")
    await page.keyboard.press("Enter")
    await page.keyboard.type("two")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("lines")
    await page.keyboard.press("Enter")
    await other.say("three")
    await window.shows("one", "two\nlines", "three")
    await page.keyboard.press("ArrowUp")
    await expect(window.message("three")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Home")
    await expect(window.message("one")).to_be_focused()
    await reach(page, "Reply")
    await page.keyboard.press("Enter")
    await expect(window.composer).to_be_focused()
    await page.keyboard.type("four")
    await page.keyboard.press("Enter")
    await expect(other.message("four").locator(".quote")).to_contain_text("one")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Escape")
    await expect(window.composer).to_be_focused()
    await page.keyboard.type("draft")
    await page.evaluate("document.activeElement.blur(); document.body.focus()")
    await reach(page, "Skip to the messages")
    await page.keyboard.press("Enter")
    await expect(window.composer).to_be_focused()
    await page.evaluate("document.activeElement.blur()")
    await reach(page, "AccountAna")
    await page.keyboard.press("Enter")
    await reach(page, "Change password")
    await page.keyboard.press("Escape")
    await expect(page.locator("#account-panel")).to_be_hidden()
    await expect(page.locator(".me")).to_be_focused()
    await page.keyboard.press("Enter")
    await reach(page, "Change password")
    await page.keyboard.press("Enter")
    await expect(page.locator("#old-password")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".me")).to_be_focused()
    await reach(page, "Log out")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Who is here?")).to_be_focused()
    await other.counts(1, "Ben")


async def test_counts_and_messages_are_spoken(windows: Windows) -> None:
    """Live regions: the number as a status, messages as a log; history read later is not news."""
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    page = ana.page
    await expect(page.get_by_role("status").filter(has_text="2 online")).to_have_count(1)
    log = page.get_by_role("log", name="Messages")
    await expect(log).to_have_attribute("aria-live", "polite")
    await ben.say("hello")
    await expect(log).to_contain_text("Ben")
    await expect(log).to_contain_text("hello")
    await expect(page.locator(".link[role=status]")).to_have_text("Connected")


async def test_a_phone_shows_one_part_at_a_time(windows: Windows) -> None:
    """Three tabs; the chat comes first, and nothing is cut off at 360 pixels."""
    window = await windows.guest("Ana", locale="en-GB", **PHONE)
    page = window.page
    tabs = page.get_by_role("navigation", name="Sections")
    await expect(tabs.get_by_role("button", name="Chat")).to_have_attribute("aria-current", "true")
    await expect(page.locator(".rail")).to_be_hidden()
    await tabs.get_by_role("button", name="Sessions").click()
    await expect(page.get_by_text("No session is running.")).to_be_visible()
    await expect(window.composer).to_be_hidden()
    await page.get_by_role("button", name="Français").click()
    await page.get_by_role("button", name="English").click()
    await tabs.get_by_role("button", name="People").click()
    await window.counts(1, "Ana")
    other = await windows.guest("Ben")
    await other.say("news", "more")
    chat = tabs.get_by_role("button", name="Chat 2 new messages")
    await expect(chat.locator(".badge")).to_have_text("2")
    assert await window.barriers() == []
    await chat.click()
    assert await window.composer.evaluate("(box) => box.clientHeight >= box.scrollHeight")
    await expect(tabs.locator(".badge")).to_be_hidden()
    await expect(tabs.get_by_role("button", name="Chat", exact=True)).to_be_visible()
    await other.page.close()
    await window.say("a" * 300)
    await window.shows("news", "more", "a" * 300)
    assert await window.overflow() == 0
    send = await page.get_by_role("button", name="Send").bounding_box()
    assert send is not None
    assert send["x"] + send["width"] <= 360
    assert send["height"] >= 40
