"""Sessions in the page: the list, a session's own count, seats, roles, who came and who left."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from headcount.chat.server.server import serving
from headcount.chat.server.settings import ServerSettings
from headcount.connection import Broker, connect
from headcount.links.memory import MemoryBroker
from tests.cli.instance import Instance
from tests.web.conftest import Serve
from tests.web.process import process
from tests.web.windows import SECRET, Window, Windows, windows_on

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def wire() -> MemoryBroker:
    """Give a broker."""
    return MemoryBroker()


def client(wire: MemoryBroker, name: str) -> contextlib.AbstractAsyncContextManager[Broker]:
    """Return somebody's connection to it."""
    return connect(connector=wire.connector(), client_id=name.lower(), name=name)


@pytest_asyncio.fixture(loop_scope="session")
async def own(wire: MemoryBroker) -> AsyncIterator[Broker]:
    """Give the server's connection to it."""
    async with client(wire, "Server") as broker:
        yield broker


@pytest_asyncio.fixture(loop_scope="session")
async def ana(wire: MemoryBroker) -> AsyncIterator[Broker]:
    """Give a host's connection to it."""
    async with client(wire, "Ana") as broker:
        yield broker


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser, serve: Serve, own: Broker) -> AsyncIterator[Windows]:
    """Give windows on a server that knows the broker."""
    async with serve(broker=own) as server, windows_on(browser, server.url) as opened:
        await server.place.store.accounts.register("Boss", SECRET, role="admin")
        yield opened


def card(window: Window, name: str) -> Locator:
    """Return a session in the list."""
    return window.page.locator(".session-card", has_text=name)


async def goes(window: Window, name: str) -> None:
    """Go to a session."""
    await card(window, name).click()
    await expect(window.page.get_by_role("heading", name=name, level=2)).to_be_focused()
    await expect(window.page.locator(".session-body")).to_be_visible()


async def shows(window: Window, count: int, seats: str) -> None:
    """Wait until every display of the session shows the same number."""
    page = window.page
    await expect(page.locator(".session-view .big-number")).to_have_text(str(count))
    await expect(page.locator(".session-view .seat-text")).to_have_text(seats)
    await expect(page.locator(".room-name .quiet")).to_have_text(seats)
    await expect(page.locator("[aria-current=page] .seat-text")).to_have_text(seats)
    await expect(page.locator("[aria-current=page] .pips .here")).to_have_count(count)


async def test_the_lobby_lists_live_sessions(windows: Windows, ana: Broker) -> None:
    """With count, state and people, as they come and go; ones that have ended are not there."""
    window = await windows.guest("Zed")
    await expect(window.page.get_by_text("No session is running.")).to_be_visible()
    async with ana.create("Sea Zones", id="sea", seats=(2, 4)) as session:
        await expect(card(window, "Sea Zones")).to_contain_text("1 of 4 · 2 needed")
        await expect(card(window, "Sea Zones")).to_contain_text("open")
        await expect(card(window, "Sea Zones")).to_contain_text("Ana")
        async with ana.create("Village", seats=(1, None)):
            await expect(card(window, "Village")).to_contain_text("1, no limit")
            await expect(window.page.locator(".session-card")).to_have_count(2)
        await expect(window.page.locator(".session-card")).to_have_count(1)
        await session.close()
    await expect(window.page.get_by_text("No session is running.")).to_be_visible()


async def test_a_session_shows_its_own_count(
    windows: Windows, wire: MemoryBroker, ana: Broker
) -> None:
    """Seats, roles, who is away; who only looks is not counted, however many they are."""
    async with ana.create("Sea Zones", id="sea", seats=(1, 3), roles=["Mayor", "Fisher"]) as host:
        await host.claim_role("Mayor")
        window, other = await windows.guest("Zed"), await windows.guest("Yan")
        await goes(window, "Sea Zones")
        await goes(other, "Sea Zones")
        for looker in (window, other):
            await shows(looker, 1, "1 of 3")
        await expect(window.page.get_by_text("You are looking on")).to_be_visible()
        roles = window.page.locator(".session-body .facts").first
        await expect(roles.locator("div")).to_have_text(["MayorAna", "Fisherfree"])
        person = window.page.locator(".session-body .person", has_text="Ana")
        await expect(person.locator(".person-more")).to_have_text("Mayor · host")
        async with client(wire, "Ben") as broker, broker.join("sea") as ben:
            await ben.claim_role("Fisher")
            await ben.set_ready()
            for looker in (window, other):
                await shows(looker, 2, "2 of 3")
            person = window.page.locator(".session-body .person", has_text="Ben")
            await expect(person.locator(".person-more")).to_have_text("Fisher · ready")
            await expect(window.page.get_by_text("1 free seat")).to_be_visible()
        for looker in (window, other):
            await shows(looker, 1, "1 of 3")


async def test_changes_come_without_being_asked_for(
    windows: Windows, wire: MemoryBroker, ana: Broker
) -> None:
    """The server tells; the list is read once, and now and then in case something was missed."""
    async with ana.create("Sea Zones", id="sea", seats=(1, 3)):
        window = await windows.guest("Zed")
        await goes(window, "Sea Zones")
        await shows(window, 1, "1 of 3")
        asked = [url for url in window.requests if url.endswith("api/sessions")]
        for _ in range(3):
            async with client(wire, "Ben") as broker, broker.join("sea"):
                await shows(window, 2, "2 of 3")
            await shows(window, 1, "1 of 3")
        assert [url for url in window.requests if url.endswith("api/sessions")] == asked


async def test_who_is_away_keeps_a_seat(windows: Windows, wire: MemoryBroker, ana: Broker) -> None:
    """A started session holds it; the count is without them."""
    async with (
        ana.create("Sea Zones", id="sea", seats=(1, 3), grace_started=600.0) as host,
        client(wire, "Ben") as broker,
    ):
        await broker.join("sea").__aenter__()
        await host.start()
        window = await windows.guest("Zed")
        await goes(window, "Sea Zones")
        await shows(window, 2, "2 of 3")
        await expect(card(window, "Sea Zones")).to_contain_text("started")
        away = window.page.locator(".person[data-status=away]")
        wire.refuse = True
        wire.drop(next(each for each in wire.client_ids if each.startswith("ben")))
        await expect(away).to_contain_text("away")
        await shows(window, 1, "1 of 3")
        await expect(window.page.locator(".pips.large .away")).to_have_count(1)
        await expect(window.page.locator(".stretch.away")).to_have_count(1)
        wire.refuse = False
        await shows(window, 2, "2 of 3")
        await expect(away).to_have_count(0)


async def test_a_session_has_a_chat_of_its_own(windows: Windows, ana: Broker) -> None:
    """What is said there stays there; drafts and messages of each room are kept."""
    async with ana.create("Sea Zones", id="sea"):
        zed, yan, lou = [await windows.guest(name) for name in ("Zed", "Yan", "Lou")]
        await zed.say("to all")
        await goes(zed, "Sea Zones")
        await goes(yan, "Sea Zones")
        await zed.say("only here")
        for window in (zed, yan):
            await window.shows("only here")
        await lou.say("in the lobby")
        await lou.shows("to all", "in the lobby")
        await yan.composer.fill("half a thought")
        await yan.page.get_by_role("link", name="Lobby").click()
        await yan.shows("to all", "in the lobby")
        await expect(yan.composer).to_have_value("")
        await yan.counts(3, "Zed", "Yan", "Lou")
        await yan.page.go_back()
        await yan.shows("only here")
        await expect(yan.composer).to_have_value("half a thought")
        await yan.page.reload()
        await yan.is_in()
        await yan.shows("only here")


async def test_the_seconds_to_a_start_are_shown(windows: Windows, ana: Broker) -> None:
    """Wherever its state stands; who comes in the middle of it sees no number that may be wrong."""
    async with ana.create("Sea Zones", id="sea") as host:
        window = await windows.guest("Zed")
        await goes(window, "Sea Zones")
        badges = window.page.locator(".state:visible")
        await host.start(countdown=8.0)
        await expect(badges).to_have_text(["starts in 8 s"] * 2)
        late = await windows.guest("Yan")
        await expect(late.page.locator(".state:visible")).to_have_text(["starting"])
        await expect(badges).to_have_text(["starts in 1 s"] * 2)
        await expect(badges).to_have_text(["started"] * 2)


async def test_when_a_session_ends_one_is_in_the_lobby(windows: Windows, ana: Broker) -> None:
    """And told why, which is no error and covers nothing."""
    window = await windows.guest("Zed")
    async with ana.create("Sea Zones", id="sea") as session:
        await goes(window, "Sea Zones")
        await session.close()
    notice = window.page.locator(".notice")
    await expect(notice).to_contain_text("The session has ended")
    await expect(notice).to_have_attribute("data-kind", "news")
    await expect(window.page.get_by_role("heading", name="Lobby", level=2)).to_be_visible()
    await window.counts(1, "Zed")
    box, below = await notice.bounding_box(), await window.page.locator("#main").bounding_box()
    assert box and below and box["y"] + box["height"] <= below["y"]  # noqa: PT018


async def test_another_session_with_the_same_id_is_another_room(
    windows: Windows, ana: Broker
) -> None:
    """What was said in the first is not shown in it."""
    window = await windows.guest("Zed")
    async with ana.create("Sea Zones", id="sea"):
        await goes(window, "Sea Zones")
        await window.say("old")
        await window.shows("old")
    await window.counts(1, "Zed")
    async with ana.create("Sea Zones", id="sea"):
        await goes(window, "Sea Zones")
        await window.shows()
        await window.say("new")
        await window.shows("new")


async def tells(window: Window, *changes: str) -> None:
    """Wait until a window draws and lists what happened, the newest first."""
    chart = window.page.get_by_role("img", name="Connected instances over time: 1 now, 2 at")
    await expect(chart).to_be_visible()
    await expect(chart.locator(".lane-name")).to_have_text(["Ana", "Ben"])
    await expect(window.page.locator(".note")).to_contain_text("Recorded by the server since")
    await window.page.get_by_text("Roster history").click()
    listed = window.page.locator(".roster tbody tr td:nth-child(3)")
    await expect(listed).to_have_text(list(changes))


async def test_joins_and_leaves_are_drawn_and_kept(
    windows: Windows, wire: MemoryBroker, ana: Broker, tmp_path: Path
) -> None:
    """A chart that says in words what it shows, a table, and a file for spreadsheets.

    The server keeps the history: a window that was opened late shows it all.
    """
    async with ana.create("Sea Zones", id="sea", roles=["=Mayor"]) as host:
        window = await windows.guest("Zed")
        await goes(window, "Sea Zones")
        async with client(wire, "Ben") as broker, broker.join("sea"):
            await shows(window, 2, "2, no limit")
        await shows(window, 1, "1, no limit")
        await host.claim_role("=Mayor")
        late = await windows.guest("Yan")
        await goes(late, "Sea Zones")
        for each in (window, late):
            await tells(each, "role =Mayor", "left", "joined", "joined")
        async with late.page.expect_download() as download:
            await late.page.get_by_role("button", name="Download CSV").click()
        file = await download.value
        assert file.suggested_filename == "sea-roster.csv"
        await file.save_as(tmp_path / "roster.csv")
    text = (tmp_path / "roster.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(each["event"], each["name"], each["count"]) for each in rows] == [
        ("joined", "Ana", "1"),
        ("joined", "Ben", "2"),
        ("left", "Ben", "1"),
        ("role", "Ana", "1"),
    ]
    assert rows[-1]["role"] == "'=Mayor"


async def test_a_server_that_was_restarted_tells_its_own_history(
    browser: Browser, wire: MemoryBroker, own: Broker, ana: Broker, tmp_path: Path
) -> None:
    """What an earlier one had seen is not mixed into it."""
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(ana.create("Sea Zones", id="sea"))
        async with serving(ServerSettings(port=0, data=tmp_path), own) as server:
            windows = await stack.enter_async_context(windows_on(browser, server.url))
            window = await windows.guest("Zed")
            await goes(window, "Sea Zones")
            async with client(wire, "Ben") as broker, broker.join("sea"):
                await shows(window, 2, "2, no limit")
            await tells(window, "left", "joined", "joined")
        again = ServerSettings(port=server.port, data=tmp_path)
        await stack.enter_async_context(serving(again, own))
        listed = window.page.locator(".roster tbody tr td:nth-child(2)")
        await expect(listed).to_have_text(["Ana"])
        async with client(wire, "Eve") as broker, broker.join("sea"):
            await expect(listed).to_have_text(["Eve", "Ana"])


async def test_an_admin_governs_what_is_hosted_here(
    windows: Windows, wire: MemoryBroker, own: Broker, ana: Broker
) -> None:
    """Kick, start and close, in sessions of this server only; and sees who is connected."""
    boss = await windows.open()
    await boss.log_in("Boss")
    zed = await windows.guest("Zed")
    await zed.say("one", "two")
    page = boss.page
    async with (
        own.create("Ours", id="ours", seats=(1, 3)) as session,
        ana.create("Abroad", id="abroad"),
        client(wire, "Ben") as broker,
        broker.join("ours") as ben,
    ):
        await page.locator(".me").click()
        await page.get_by_role("link", name="Administration").click()
        await expect(page.get_by_role("heading", name="Administration")).to_be_focused()
        await expect(page.locator(".health")).to_have_text("Database and broker answer")
        tile = page.locator(".tiles > div", has_text="Connections").locator("dd")
        await expect(tile).to_have_text("2")
        rate = page.locator(".tiles > div", has_text="Messages a minute").locator("dd")
        await expect(rate).to_have_text("2")
        await expect(page.locator(".admin tbody th")).to_have_text(["Boss", "Zed"])
        here = page.locator(".governed-card", has_text="Ours")
        there = page.locator(".governed-card", has_text="Abroad")
        await expect(there).to_contain_text("Only its host can start, close or kick.")
        await here.get_by_role("button", name="Kick Ben").click()
        await page.get_by_role("dialog").get_by_role("button", name="Kick").click()
        await expect(here).to_contain_text("1 of 3")
        assert ben.closed_reason == "kicked"
        await here.get_by_role("button", name="Start").click()
        await expect(here).to_contain_text("started")
        await here.get_by_role("button", name="Close session").click()
        await page.get_by_role("dialog").get_by_role("button", name="Close session").click()
        await expect(here).to_have_count(0)
        assert not session.is_open


async def test_an_admin_has_the_server_host_a_session(windows: Windows, wire: MemoryBroker) -> None:
    """By a form, with keys alone; what cannot be is told beside the field it is about."""
    boss = await windows.open()
    await boss.log_in("Boss")
    page = boss.page
    await page.goto(f"{windows.url}/#/admin")
    await page.locator(".hosting summary").focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Name of the session").fill("Sea Zones")
    await page.get_by_label("Most seats").fill("1")
    await page.keyboard.press("Enter")
    await expect(page.locator("#create-max-error")).to_contain_text("Give 2 to 250 seats at most")
    await expect(page.get_by_label("Most seats")).to_be_focused()
    await page.get_by_label("Most seats").fill("3")
    await page.get_by_label("Roles").fill("Mayor, Fisher,")
    await page.get_by_label("Seed").fill("7")
    await page.get_by_label("Id", exact=True).fill("sea")
    assert await boss.barriers() == []
    await page.keyboard.press("Enter")
    await expect(page.locator(".notice")).to_contain_text("The session is created.")
    here = page.locator(".governed-card", has_text="Sea Zones")
    await expect(here).to_contain_text("1 of 3 · 2 needed")
    await expect(here.get_by_role("button", name="Start")).to_be_disabled()
    async with client(wire, "Ben") as broker, broker.join("sea", role="Fisher") as ben:
        assert (ben.state.seed, ben.state.roles) == (7, ["Mayor", "Fisher"])
        await here.get_by_role("button", name="Start").click()
        await expect(here).to_contain_text("started")
        await here.get_by_role("button", name="Close session").click()
        await page.get_by_role("dialog").get_by_role("button", name="Close session").click()
        await expect(here).to_have_count(0)
        assert not ben.is_open


async def test_a_game_of_real_processes(browser: Browser, tmp_path: Path) -> None:
    """`headcount serve`, `create` and `join`; one is killed, and the page shows it."""
    async with process(tmp_path) as served, windows_on(browser, served.url) as windows:
        window = await windows.guest("Zed")
        with (
            Instance.create(served.broker, "Sea Zones", "--id", "sea", "--name", "Ana") as host,
            Instance.join(served.broker, "sea", "--name", "Ben") as ben,
        ):
            await asyncio.to_thread(host.wait_count, 2, 60)
            await goes(window, "Sea Zones")
            await shows(window, 2, "2, no limit")
            ben.kill()
            await shows(window, 1, "1, no limit")
            host.send("close")
            await expect(window.page.locator(".notice")).to_contain_text("The session has ended")


async def test_others_see_nothing_of_it(windows: Windows) -> None:
    """Whoever knows the address sees a sentence, and the server is not asked."""
    window = await windows.guest("Zed")
    await window.page.goto(f"{windows.url}/#/admin")
    await expect(window.page.get_by_text("Only an administrator sees this.")).to_be_visible()
    assert await window.page.locator(".tiles:visible").count() == 0
    assert not [url for url in window.requests if "monitoring" in url]
