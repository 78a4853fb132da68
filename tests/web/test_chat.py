"""Talking: each message once and in order, in every window; replies, history, what failed."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Route, expect

from headcount.chat.server.server import ChatServer
from headcount.chat.store import Draft
from tests.web.conftest import Serve
from tests.web.windows import SECRET, Window, Windows, windows_on

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def said_before(server: ChatServer, number: int) -> list[str]:
    """Put messages into the lobby's history."""
    texts = [f"message {each}" for each in range(1, number + 1)]
    for text in texts:
        await server.place.store.history.add(Draft("lobby", "Old", text))
    return texts


async def top_message(window: Window) -> tuple[str, float]:
    """Return the first message that is seen whole, and how far below the top it stands."""
    found: list[object] = await window.page.evaluate(
        """() => {
            const log = document.querySelector(".scroller").getBoundingClientRect();
            const row = [...document.querySelectorAll("[role=log] .message")]
                .find((each) => each.getBoundingClientRect().top >= log.top);
            const text = row.querySelector(".text");
            return [text.textContent, text.getBoundingClientRect().top - log.top];
        }"""
    )
    return str(found[0]), float(str(found[1]))


async def test_three_windows_count_and_hear_each_other(windows: Windows) -> None:
    """K1, K5: the first sees the second arrive, and everybody hears everything once, in order."""
    ana = await windows.open()
    await ana.register("Ana")
    await ana.counts(1, "Ana")
    ben = await windows.guest("Ben")
    await ana.counts(2, "Ana", "Ben")
    chloe = await windows.guest("Chloé")
    for window in (ana, ben, chloe):
        await window.counts(3, "Ana", "Ben", "Chloé")
    texts = []
    for round_ in range(5):
        for who, window in (("a", ana), ("b", ben), ("c", chloe)):
            texts.append(f"{who}{round_}")
            await window.say(texts[-1])
            await expect(window.message(texts[-1])).to_be_visible()
            await expect(window.pending).to_have_count(0)
    for window in (ana, ben, chloe):
        await window.shows(*texts)
    await chloe.page.close()
    for window in (ana, ben):
        await window.counts(2, "Ana", "Ben")


async def test_a_burst_is_shown_once_and_in_order(windows: Windows) -> None:
    """What is written faster than it is acknowledged is not shown twice meanwhile."""
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    texts = [f"{number}" if number % 3 else "same" for number in range(30)]
    await ana.burst(*texts)
    await ana.shows(*texts)
    await ben.shows(*texts)
    assert await ana.page.evaluate("window.mostShown") == len(texts)


async def test_text_never_becomes_markup(windows: Windows) -> None:
    """Neither in messages nor in names, wherever they stand."""
    evil = "<img src=x onerror='document.title=1'>"
    ana = await windows.guest("<b>Ana</b>")
    ben = await windows.guest("Ben")
    await ana.say(evil, "javascript:alert(1)\n<script>alert(2)</script>")
    await ben.shows(evil, "javascript:alert(1)\n<script>alert(2)</script>")
    await ben.counts(2, "<b>Ana</b>", "Ben")
    assert await ben.page.locator(".log img, .log script, .log b, .people b").count() == 0


async def test_addresses_in_messages_are_links(windows: Windows) -> None:
    """They open in a window of their own that learns nothing of this one; reached by keyboard."""
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    await ana.say("see https://example.org/a, please")
    await ben.shows("see https://example.org/a, please")
    link = ben.messages.locator("a")
    await expect(link).to_have_attribute("href", "https://example.org/a")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await ben.composer.press("ArrowUp")
    await ben.page.keyboard.press("Tab")
    await expect(link).to_be_focused()


async def test_a_reply_quotes_and_leads_to_what_it_answers(windows: Windows) -> None:
    """The quote is a button: it goes to the message."""
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    await ana.say("who takes the farm?")
    await ben.message("farm").hover()
    await ben.message("farm").get_by_role("button", name="Reply").click()
    await expect(ben.composer).to_be_focused()
    await expect(ben.page.locator(".reply-bar")).to_contain_text("Replying to Ana")
    await ben.say("I do")
    for window in (ana, ben):
        quote = window.message("I do").locator(".quote")
        await expect(quote).to_contain_text("Ana")
        await expect(quote).to_contain_text("who takes the farm?")
        await quote.click()
        await expect(window.page.locator(".message").first).to_be_focused()
    await expect(ben.page.locator(".reply-bar")).to_be_hidden()


async def test_own_messages_say_that_they_are_sent(windows: Windows) -> None:
    """And only the last of them, in one's own window only."""
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    await ana.say("one", "two")
    await ana.shows("one", "two")
    await expect(ana.page.locator(".delivery:visible")).to_have_text(["✓ sent"])
    await ben.shows("one", "two")
    await expect(ben.page.locator(".delivery:visible")).to_have_count(0)


async def test_what_is_refused_can_be_sent_again_once(browser: Browser, serve: Serve) -> None:
    """A message that failed says why, and a second try does not make it two."""
    async with serve(burst=2, rate=0.5) as server, windows_on(browser, server.url) as windows:
        ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
        await ana.burst("one", "two", "three")
        failed = ana.page.locator(".failed")
        await expect(failed).to_have_count(1)
        await expect(failed).to_contain_text("Not sent · Too much at once; wait a moment.")
        await ben.shows("one", "two")
        await asyncio.sleep(2.5)  # what the server allows grows with time, and with nothing else
        await failed.get_by_role("button", name="Try again").click()
        for window in (ana, ben):
            await window.shows("one", "two", "three")


async def test_a_message_that_is_too_long_is_not_sent(windows: Windows) -> None:
    """5,000 characters as people count them; what is too much is said while writing."""
    ana = await windows.guest("Ana")
    await ana.composer.fill("😀" * 5001)
    await expect(ana.page.locator(".left-over")).to_have_text("1 character too many")
    await expect(ana.page.get_by_role("button", name="Send")).to_be_disabled()
    await ana.composer.press("Enter")
    await expect(ana.composer).to_have_value("😀" * 5001)
    await ana.composer.fill("😀" * 5000)
    await ana.composer.press("Enter")
    await ana.shows("😀" * 5000)


async def test_history_is_read_as_one_scrolls_up(windows: Windows, server: ChatServer) -> None:
    """Earlier messages appear above what one reads, which stays where it is."""
    texts = await said_before(server, 130)
    ana = await windows.guest("Ana")
    await ana.shows(*texts[-50:])
    scroller = ana.page.locator(".scroller")
    assert await scroller.evaluate(
        "log => Math.abs(log.scrollHeight - log.scrollTop - log.clientHeight) < 2"
    )
    await scroller.evaluate("log => log.scrollTop = 900")
    text, below = await top_message(ana)
    await scroller.evaluate("log => log.scrollTop = 100")
    await expect(ana.messages).to_have_count(100)
    now = (
        await ana.message(text)
        .locator(".text")
        .evaluate(
            """(text) => text.getBoundingClientRect().top
            - document.querySelector(".scroller").getBoundingClientRect().top"""
        )
    )
    assert abs(now - below - 800) < 3
    await scroller.evaluate("log => log.scrollTop = 0")
    await ana.shows(*texts)
    await expect(ana.page.get_by_text("The beginning of the conversation")).to_be_visible()
    await expect(ana.page.get_by_role("button", name="Earlier messages")).to_be_hidden()


async def test_who_reads_above_is_told_of_news_and_not_moved(
    windows: Windows, server: ChatServer
) -> None:
    """A button says how many new messages there are, and leads to them."""
    await said_before(server, 50)
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    await expect(ana.messages).to_have_count(50)
    scroller = ana.page.locator(".scroller")
    await scroller.evaluate("log => log.scrollTop = 400")
    before = await top_message(ana)
    await ben.say("news", "more news")
    down = ana.page.get_by_role("button", name="2 new messages")
    await expect(down).to_be_visible()
    assert await top_message(ana) == before
    await down.click()
    await expect(ana.message("more news")).to_be_in_viewport()
    await expect(down).to_be_hidden()


async def test_what_is_drawn_is_bounded(browser: Browser, serve: Serve) -> None:
    """Who reads above while very many messages come still has a page that answers."""
    async with serve(burst=2000) as server, windows_on(browser, server.url) as windows:
        await said_before(server, 50)
        ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
        await expect(ana.messages).to_have_count(50)
        await ana.page.locator(".scroller").evaluate("log => log.scrollTop = 400")
        before = await top_message(ana)
        await ben.burst(*(f"news {number}" for number in range(1, 901)))
        down = ana.page.get_by_role("button", name="900 new messages")
        await expect(down).to_be_visible()
        await expect(ana.messages).to_have_count(800)
        assert await top_message(ana) == before
        await ana.page.locator(".scroller").evaluate("log => log.scrollTop = log.scrollHeight")
        await expect(ana.messages).to_have_count(950)
        await ana.page.locator(".down").click()
        await expect(ana.message("news 900")).to_be_in_viewport()
        await expect(ana.messages).to_have_count(400)


async def test_a_text_of_very_many_lines_is_folded(windows: Windows) -> None:
    """It does not push all others away; whoever wants to sees all of it."""
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    text = "\n".join(str(number) for number in range(200))
    await ana.say(text)
    await ben.shows(text)
    words = ben.messages.locator(".text")
    assert await words.evaluate("(each) => each.clientHeight < 700")
    await ben.page.get_by_role("button", name="Show everything").click()
    assert await words.evaluate("(each) => each.clientHeight > 2000")
    await ben.page.get_by_role("button", name="Show less").click()
    assert await words.evaluate("(each) => each.clientHeight < 700")


async def test_somebody_who_writes_is_seen(windows: Windows) -> None:
    """Until the message comes, or the text is taken back."""
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    await ben.composer.press_sequentially("he")
    await expect(ana.page.locator(".writing")).to_have_text("Ben is writing…")
    await ben.composer.fill("")
    await expect(ana.page.locator(".writing")).to_have_text("")


async def test_news_are_marked_while_nobody_looks(windows: Windows) -> None:
    """In the window's title, beside the count; until somebody looks."""
    ana, ben = await windows.guest("Ana"), await windows.guest("Ben")
    await expect(ana.page).to_have_title("(2) Lobby")
    looks = """(state) => {
        Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    await ana.page.evaluate(looks, "hidden")
    await ben.say("hello")
    await expect(ana.page).to_have_title("● (2) Lobby")
    await ana.page.evaluate(looks, "visible")
    await expect(ana.page).to_have_title("(2) Lobby")


async def test_what_is_cleared_while_it_is_read_does_not_come_back(
    windows: Windows, server: ChatServer, admin: str
) -> None:
    """An answer that was on its way from before the room was cleared is not shown."""
    await said_before(server, 60)
    boss, ben = await windows.open(), await windows.guest("Ben")
    await boss.log_in(admin, SECRET)
    await expect(ben.messages).to_have_count(50)
    asked, held = asyncio.Event(), asyncio.Event()

    async def slow(route: Route) -> None:
        answer = await route.fetch()
        asked.set()
        await held.wait()
        await route.fulfill(response=answer)

    await ben.page.route("**/api/messages?*before=*", slow)
    await ben.page.locator(".scroller").evaluate("log => log.scrollTop = 0")
    await asked.wait()
    await boss.page.get_by_role("button", name="Clear the room").click()
    await boss.page.get_by_role("dialog").get_by_role("button", name="Clear the room").click()
    await boss.say("anew")
    await ben.shows("anew")
    held.set()
    await expect(ben.page.get_by_text("The beginning of the conversation")).to_be_visible()
    await ben.shows("anew")


async def test_what_is_deleted_is_quoted_no_more(windows: Windows, admin: str) -> None:
    """An answer to it stays, without its words; who was just answering it can go on."""
    boss, ben = await windows.open(), await windows.guest("Ben")
    await boss.log_in(admin, SECRET)
    await ben.say("bad words")
    for text in ("one", "two"):
        await boss.message("bad words").hover()
        await boss.message("bad words").get_by_role("button", name="Reply").click()
        if text == "one":
            await boss.say(text)
            await ben.shows("bad words", "one")
    await ben.page.locator(".quote").wait_for()
    await boss.messages.first.hover()
    await boss.messages.first.get_by_role("button", name="Delete").click()
    await boss.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await ben.shows("one")
    await expect(ben.page.locator(".quote")).to_have_text("an earlier message")
    await boss.say("two")
    for window in (boss, ben):
        await window.shows("one", "two")
        await expect(window.page.get_by_text("bad words")).to_have_count(0)


async def test_an_admin_deletes_and_clears(windows: Windows, admin: str) -> None:
    """Others cannot; what is deleted goes from every window, and does not come back."""
    boss, ben = await windows.open(), await windows.guest("Ben")
    await boss.log_in(admin, SECRET)
    await ben.say("one", "two", "three")
    await boss.shows("one", "two", "three")
    assert await ben.page.get_by_role("button", name="Delete").count() == 0
    await boss.message("two").hover()
    await boss.message("two").get_by_role("button", name="Delete").click()
    dialog = boss.page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    await dialog.get_by_role("button", name="Delete").click()
    for window in (boss, ben):
        await window.shows("one", "three")
    await expect(boss.composer).to_be_focused()
    await boss.page.get_by_role("button", name="Clear the room").click()
    await boss.page.get_by_role("dialog").get_by_role("button", name="Clear the room").click()
    for window in (boss, ben):
        await window.shows()
        await expect(window.page.get_by_text("No message yet.")).to_be_visible()
    await ben.say("four")
    await ben.page.reload()
    await ben.is_in()
    await ben.shows("four")
