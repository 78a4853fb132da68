"""The window's one connection: who has gone is not counted, who comes back has missed nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.async_api import Browser, expect

from headcount.chat.server.server import ChatServer
from tests.proxy import Proxy
from tests.web.conftest import Serve
from tests.web.process import process
from tests.web.tab import tab
from tests.web.windows import PATIENCE, SECRET, Window, Windows, windows_on

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE / 1000):
        while not holds():
            await asyncio.sleep(0.05)


async def test_a_window_has_one_websocket(windows: Windows) -> None:
    """K6: whatever one does in it; leaving the page closes it at once."""
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    await ana.say("hello")
    await ana.page.get_by_role("button", name="Français").click()
    await ana.shows("hello")
    assert len(ana.sockets) == 1
    await ana.page.goto("about:blank")
    await ben.counts(1, "Ben")


async def test_going_back_to_the_page_connects_it_again(windows: Windows) -> None:
    """Closed on `pagehide`, opened on `pageshow`, as the same guest."""
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    await ana.page.goto("about:blank")
    await ben.counts(1, "Ben")
    await ben.say("meanwhile")
    await ana.page.go_back()
    await ana.is_in()
    await ben.counts(2, "Ana", "Ben")
    await ana.shows("meanwhile")
    assert len(ana.sockets) == 2


async def test_a_second_window_of_an_account_is_refused_and_stays_out(windows: Windows) -> None:
    """It is told once, does not come back by itself, and gets in when one asks it to."""
    first = await windows.open()
    await first.register("Ana")
    second = await windows.beside(first)
    dialog = second.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Already open elsewhere")
    again = dialog.get_by_role("button", name="Try again")
    await expect(again).to_be_focused()
    assert await second.barriers() == []
    await first.say("still here")
    await first.shows("still here")
    await first.counts(1, "Ana")
    tried = len(second.sockets)
    await again.click()
    await until(lambda: len(second.sockets) == tried + 1 and not second.open_sockets)
    await expect(again).to_be_focused()
    await expect(dialog).to_contain_text("Already open elsewhere")
    assert first.open_sockets == 1
    await first.page.close()
    await again.click()
    await second.is_in()
    await second.shows("still here")
    await second.counts(1, "Ana")


async def test_under_replace_the_older_window_is_told(browser: Browser, serve: Serve) -> None:
    """And does not fight for its place."""
    async with serve(same_account="replace") as server, windows_on(browser, server.url) as windows:
        first = await windows.open()
        await first.register("Ana")
        second = await windows.open()
        await second.log_in("Ana")
        await expect(first.page.get_by_role("dialog")).to_contain_text("Opened in another place")
        await second.counts(1, "Ana")
        assert first.open_sockets == 0


async def test_under_allow_both_windows_receive_everything(browser: Browser, serve: Serve) -> None:
    """K7: two windows of one account; the count says two, and the name stands once."""
    async with serve(same_account="allow") as server, windows_on(browser, server.url) as windows:
        first = await windows.open()
        await first.register("Ana")
        second = await windows.beside(first)
        await second.is_in()
        await first.say("one")
        await second.shows("one")
        await second.say("two")
        for window in (first, second):
            await window.shows("one", "two")
            await window.counts(2, "Ana")
            await expect(window.page.locator(".person-more")).to_have_text("you · 2 windows")


async def test_the_count_can_be_of_names(browser: Browser, serve: Serve) -> None:
    """K2: two windows of one account are one."""
    hub = {"count": "names", "same_account": "allow"}
    async with serve(**hub) as server, windows_on(browser, server.url) as windows:
        first, ben = await windows.open(), await windows.guest("Ben")
        await first.register("Ana")
        second = await windows.beside(first)
        await second.is_in()
        for window in (first, second, ben):
            await window.counts(2, "Ana", "Ben")


async def test_a_killed_window_is_gone_at_once(windows: Windows) -> None:
    """K8: its account can be used again, though nobody has logged out."""
    ana, ben = await windows.open(), await windows.guest("Ben")
    await ana.register("Ana")
    await ben.counts(2, "Ana", "Ben")
    crashed = asyncio.Event()
    ana.page.on("crash", lambda _: crashed.set())
    session = await ana.page.context.new_cdp_session(ana.page)
    crash = asyncio.ensure_future(session.send("Page.crash"))
    await asyncio.wait_for(crashed.wait(), 20)
    crash.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await crash
    await ben.counts(1, "Ben")
    again = await windows.open()
    await again.log_in("Ana")
    await ben.counts(2, "Ana", "Ben")


async def test_a_frozen_tab_is_gone_and_comes_back(
    windows: Windows, chromium: str, tmp_path: Path
) -> None:
    """A browser that puts a tab to sleep says so: it leaves, and is back when it wakes."""
    ben = await windows.guest("Ben")
    async with tab(chromium, tmp_path / "profile") as ana:
        await ana.enter(windows.url, "Ana")
        await ben.counts(2, "Ana", "Ben")
        await ana.lifecycle("frozen")
        await ben.counts(1, "Ben")
        await ben.say("while you slept")
        await ben.shows("while you slept")
        await ana.lifecycle("active")
        await ana.is_in()
        await ana.shows("while you slept")
        await ben.counts(2, "Ana", "Ben")


async def test_a_browser_that_stands_still_is_found_out(
    browser: Browser, serve: Serve, chromium: str, tmp_path: Path
) -> None:
    """A closed lid says nothing; the server asks, and does not count it; it comes back."""
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(serve(ping=1.0, timeout=1.0))
        windows = await stack.enter_async_context(windows_on(browser, server.url))
        ben = await windows.guest("Ben")
        ana = await stack.enter_async_context(tab(chromium, tmp_path / "profile"))
        await ana.enter(server.url, "Ana")
        await ben.counts(2, "Ana", "Ben")
        ana.stop()
        await ben.counts(1, "Ben")
        await ben.say("one", "two")
        await ben.shows("one", "two")
        ana.cont()
        await ben.counts(2, "Ana", "Ben")
        await ana.shows("one", "two")


async def test_a_cut_connection_comes_back_with_what_was_missed(
    windows: Windows, server: ChatServer
) -> None:
    """It says so meanwhile; what one writes then is sent when it is back; nothing comes twice."""
    with Proxy(server.port) as proxy:
        ana = await windows.open(f"http://127.0.0.1:{proxy.port}")
        await ana.register("Ana")
        ben = await windows.guest("Ben")
        await ben.say("one")
        await ana.shows("one")
        proxy.silence()
        proxy.reset()
        await expect(ana.page.locator(".banner")).to_contain_text("The connection is lost.")
        await ben.say("two", "three")
        await ana.say("from the dark")
        await expect(ana.pending.locator(".delivery")).to_have_text("sending…")
        proxy.heal()
        await ana.link("up")
        await expect(ana.page.locator(".banner")).to_be_hidden()
        for window in (ana, ben):
            await window.shows("one", "two", "three", "from the dark")
            await window.counts(2, "Ana", "Ben")


async def test_what_is_deleted_meanwhile_is_gone(
    windows: Windows, server: ChatServer, admin: str
) -> None:
    """Who comes back sees what stands there now, not what stood there."""
    with Proxy(server.port) as proxy:
        ben = await windows.open(f"http://127.0.0.1:{proxy.port}")
        await ben.enter("Ben")
        boss = await windows.open()
        await boss.log_in(admin)
        await boss.say("one", "two", "three")
        await ben.shows("one", "two", "three")
        proxy.silence()
        proxy.reset()
        await expect(ben.page.locator(".banner")).to_be_visible()
        await boss.message("two").hover()
        await boss.message("two").get_by_role("button", name="Delete").click()
        await boss.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await boss.shows("one", "three")
        await boss.say("four")
        proxy.heal()
        await ben.shows("one", "three", "four")


async def test_a_silent_network_is_noticed(windows: Windows, server: ChatServer) -> None:
    """No end of the connection is told; the window asks, hears nothing, and says so."""
    with Proxy(server.port) as proxy:
        ana = await windows.open(f"http://127.0.0.1:{proxy.port}")
        await ana.register("Ana")
        ben = await windows.guest("Ben")
        await ben.say("one")
        await ana.shows("one")
        proxy.silence()
        banner = ana.page.locator(".banner")
        await expect(banner).to_be_visible(timeout=40_000)
        await ben.say("two")
        await ana.say("three")
        proxy.heal()
        await ana.link("up")
        for window in (ana, ben):
            await window.shows("one", "two", "three")


async def test_a_quiet_connection_stays(browser: Browser, serve: Serve) -> None:
    """Asking whether the server is there costs a frame, and changes nothing that is seen."""
    async with serve() as server, windows_on(browser, server.url) as windows:
        ana = await windows.guest("Ana")
        sent: list[str] = []
        ana.sockets[0].on("framesent", lambda frame: sent.append(str(frame)))
        await ana.page.evaluate("dispatchEvent(new Event('online'))")
        await until(lambda: bool(sent))
        await ana.say("hello")
        await ana.shows("hello")
        await expect(ana.page.locator(".notice")).to_be_hidden()
        assert len(ana.sockets) == 1


async def everything_again(windows: list[Window], *texts: str) -> None:
    """Wait until all are connected and show the same."""
    for window in windows:
        await window.link("up")
        await window.shows(*texts)
        await window.counts(len(windows))


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_a_server_that_restarts_is_found_again(
    browser: Browser, tmp_path: Path, how: str
) -> None:
    """By every window, without a reload; nobody is locked out, no message lost or shown twice."""
    data = tmp_path / "data"
    async with contextlib.AsyncExitStack() as stack:
        async with process(data) as served:
            first, url = served.instance, served.url
            windows = await stack.enter_async_context(windows_on(browser, url))
            ana = await windows.open()
            await ana.register("Ana")
            ben = await windows.guest("Ben")
            await ana.say("one")
            await ben.shows("one")
            first.kill() if how == "killed" else first.terminate()
            await asyncio.to_thread(first.wait)
            for window in (ana, ben):
                await expect(window.page.locator(".banner")).to_be_visible()
            await ana.say("two", "and a half", "more")
        async with process(data, int(url.rsplit(":", 1)[1])):
            said = ["one", "two", "and a half", "more"]
            await everything_again([ana, ben], *said)
            await ben.say("three")
            await everything_again([ana, ben], *said, "three")
            with urlopen(f"{url}/api/messages") as answer:
                told = json.load(answer)["messages"]
            assert [each["message"] for each in told] == ["three", *reversed(said)]


async def test_logging_out_needs_no_server(windows: Windows, server: ChatServer) -> None:
    """Who logs out is out, also while the server cannot be reached."""
    with Proxy(server.port) as proxy:
        ana = await windows.open(f"http://127.0.0.1:{proxy.port}")
        await ana.register("Ana")
        proxy.silence()
        proxy.reset()
        await expect(ana.page.locator(".banner")).to_be_visible()
        await ana.page.get_by_role("button", name="Log out").click()
        await expect(ana.page.get_by_role("heading", name="Who is here?")).to_be_visible()
        proxy.heal()
        await ana.log_in("Ana", SECRET)
