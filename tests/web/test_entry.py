"""Getting in and out: accounts, guests, what is wrong said where it belongs, two languages."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Route, expect

from headcount.chat.server.server import ChatServer
from tests.web.conftest import Serve
from tests.web.windows import SECRET, Window, Windows, windows_on

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def complaint(window: Window, field: str, text: str) -> None:
    """Wait until a field says what is wrong with it, and has the focus."""
    await expect(window.page.locator(f"#entry-{field}-error")).to_have_text(text)
    await expect(window.page.locator(f"#entry-{field}")).to_have_attribute("aria-invalid", "true")
    await expect(window.page.locator(f"#entry-{field}")).to_be_focused()


async def test_who_registers_is_in_and_can_log_in_again(windows: Windows) -> None:
    """Registering lets one in at once; logging out frees the account at once (K9)."""
    window = await windows.open()
    await window.register("Ana")
    await window.counts(1, "Ana")
    await window.page.get_by_role("button", name="Log out").click()
    await expect(window.page.get_by_role("heading", name="Who is here?")).to_be_focused()
    other = await windows.open()
    await other.log_in("ana")
    await other.counts(1, "Ana")


async def test_what_is_wrong_stands_at_its_field(windows: Windows) -> None:
    """Errors of the server are said in the window's language, at the field they are about."""
    window = await windows.open()
    await window.choose("Register")
    await window.fill("", SECRET)
    await complaint(window, "name", "Give a name.")
    await window.fill("Al", SECRET)
    await complaint(window, "name", "A name has 3 to 20 characters.")
    await window.fill("Alma", "short")
    await complaint(window, "password", "A password has at least 6 characters.")
    await window.fill("Alma", SECRET)
    await window.is_in()
    other = await windows.open()
    await other.choose("Register")
    await other.fill("ALMA", SECRET)
    await complaint(other, "name", "This name is taken.")


async def test_a_wrong_password_is_told_above_the_button(windows: Windows) -> None:
    """And tells nothing about whether there is such an account."""
    window = await windows.open()
    await window.fill("nobody", "wrong password")
    await expect(window.page.locator(".form-error")).to_have_text("Wrong name or password.")
    await expect(window.page.locator("#entry-password")).to_be_focused()


async def test_a_slow_answer_is_waited_for(windows: Windows) -> None:
    """Whatever happens meanwhile, nothing is sent twice."""
    window = await windows.open()
    page, held = window.page, asyncio.Event()

    async def slow(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/api/auth/register", slow)
    await window.choose("Register")
    await window.fill("Ana", SECRET)
    submit = page.locator(".entry-form [type=submit]")
    await expect(submit).to_be_disabled()
    await page.locator("#entry-name").press("Enter")
    await page.locator(".entry-form").evaluate("(form) => form.requestSubmit()")
    await expect(submit).to_be_disabled()
    held.set()
    await window.is_in()
    assert len([url for url in window.requests if url.endswith("register")]) == 1


async def test_an_account_in_use_is_refused_elsewhere(windows: Windows) -> None:
    """K3: one account on two workstations at once is refused, and told why."""
    first = await windows.open()
    await first.register("Ana")
    second = await windows.open(locale="fr-FR")
    await second.fill("Ana", SECRET)
    told = second.page.locator(".form-error")
    await expect(told).to_have_text("Compte déjà connecté sur un autre poste.")
    advice = second.page.get_by_text("Fermez-le ou déconnectez-vous là-bas, puis réessayez.")
    await expect(advice).to_be_visible()
    await second.choose("En invité")
    await expect(advice).to_be_hidden()
    await first.counts(1, "Ana")


async def test_a_forgotten_password_has_a_remedy(windows: Windows) -> None:
    """It is said where one logs in, and nowhere else."""
    window = await windows.open()
    remedy = window.page.get_by_text("Ask whoever runs this server.")
    await expect(remedy).to_be_visible()
    await window.choose("Register")
    await expect(remedy).to_be_hidden()


async def test_a_guest_needs_a_name_only(windows: Windows) -> None:
    """A guest talks; the name of an account is refused to guests."""
    member = await windows.open()
    await member.register("Ana")
    guest = await windows.open()
    await guest.choose("As a guest")
    await guest.fill("ana")
    await complaint(guest, "name", "This name is taken.")
    await guest.fill("Ben")
    await guest.is_in()
    await guest.say("hello")
    await member.shows("hello")
    await member.counts(2, "Ana", "Ben")
    await guest.page.get_by_role("button", name="Leave").click()
    await member.counts(1, "Ana")


async def test_where_guests_are_not_allowed_there_is_no_such_way_in(
    browser: Browser, serve: Serve
) -> None:
    """The setting is the server's, and known before anybody is in."""
    async with serve(guests=False) as server, windows_on(browser, server.url) as windows:
        window = await windows.open()
        await expect(window.page.get_by_role("button", name="Register")).to_be_visible()
        await expect(window.page.get_by_role("button", name="As a guest")).to_be_hidden()
        await window.register("Ana")
        await window.say("hello")
        await window.shows("hello")


async def test_guests_who_are_not_allowed_are_told(browser: Browser, serve: Serve) -> None:
    """Where the page could not know it: the server says so in the end."""
    async with serve(guests=False) as server, windows_on(browser, server.url) as windows:
        window = await windows.open()
        await window.page.route("**/api/settings", lambda route: route.abort())
        await window.page.reload()
        await window.choose("As a guest")
        await window.fill("Ben")
        told = "Guests are not admitted here: log in or register."
        await expect(window.page.locator(".form-error")).to_have_text(told)
        await window.register("Ana")


async def test_a_reload_changes_nothing(windows: Windows) -> None:
    """Who reloads is who they were, in the same room, with the same messages and count."""
    ana = await windows.open()
    await ana.register("Ana")
    ben = await windows.guest("Ben")
    await ana.say("one", "two")
    for window in (ana, ben):
        await window.page.reload()
        await window.is_in()
        await window.shows("one", "two")
    for window in (ana, ben):
        await window.counts(2, "Ana", "Ben")


async def test_the_page_speaks_the_browsers_language_and_another(windows: Windows) -> None:
    """French and English; what is chosen is kept, and what was being written too."""
    window = await windows.open(locale="fr-FR")
    page = window.page
    await expect(page.get_by_role("heading", name="Qui est là ?")).to_be_visible()
    assert await page.locator("html").get_attribute("lang") == "fr"
    await page.get_by_role("button", name="S’inscrire").click()
    await page.locator("#entry-name").fill("Alma")
    for language in ("English", "Français"):
        await page.get_by_role("button", name=language).click()
        await expect(page.locator("#entry-name")).to_have_value("Alma")
    await expect(page.get_by_role("button", name="Créer le compte")).to_be_visible()
    await window.fill("Al", SECRET)
    await complaint(window, "name", "Le nom doit contenir entre 3 et 20 caractères.")
    await window.fill("Alma", SECRET)
    await window.is_in()
    await expect(page.get_by_role("button", name="Déconnexion")).to_be_visible()
    await window.composer.fill("pas encore")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()
    await expect(page.get_by_role("button", name="Français")).to_be_focused()
    await expect(window.composer).to_have_value("pas encore")
    await page.reload()
    await window.is_in()
    assert await page.locator("html").get_attribute("lang") == "en"


async def test_a_password_can_be_changed(windows: Windows) -> None:
    """The old one is asked for; then only the new one is right."""
    window = await windows.open()
    await window.register("Ana")
    page = window.page
    await page.locator(".me").click()
    await page.get_by_role("button", name="Change password").click()
    await page.locator("#old-password").fill("not this one")
    await page.locator("#new-password").fill("battery staple")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#old-password-error")).to_have_text("This is not your password.")
    await page.locator("#old-password").fill(SECRET)
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".notice")).to_contain_text("The password is changed.")
    await page.get_by_role("button", name="Log out").click()
    await window.fill("Ana", SECRET)
    await expect(page.locator(".form-error")).to_have_text("Wrong name or password.")
    await window.log_in("Ana", "battery staple")


async def test_a_login_that_was_ended_is_told(windows: Windows, server: ChatServer) -> None:
    """A token that is not accepted any more leads to the entrance, which says why."""
    window = await windows.open()
    await window.register("Ana")
    accounts = server.place.store.accounts
    await accounts.revoke("Ana")
    await window.page.reload()
    await expect(window.page.locator(".form-error")).to_have_text(
        "Your login has ended; log in again."
    )


async def test_a_login_that_is_ended_while_it_is_used_is_told(
    browser: Browser, serve: Serve
) -> None:
    """By the operator: nobody else has taken over, and one may log in again at once."""
    async with serve(renew=0.2) as server, windows_on(browser, server.url) as windows:
        window = await windows.open()
        await window.register("Ana")
        await server.place.store.accounts.set_password("Ana", "battery staple")
        told = "Your login was ended: log in again, or ask whoever runs this server."
        await expect(window.page.locator(".form-error")).to_have_text(told)
        await expect(window.page.get_by_role("dialog")).to_have_count(0)
        await expect(window.page.get_by_text("online")).to_have_count(0)
        await window.log_in("Ana", "battery staple")


async def test_who_logs_in_beside_is_not_logged_out_with_another(windows: Windows) -> None:
    """Two accounts in two windows of one browser: each leaves alone."""
    first = await windows.open()
    await first.register("Ana")
    await first.page.evaluate("localStorage.removeItem('headcount.account')")
    second = await windows.beside(first)
    await second.register("Ben")
    await first.page.get_by_role("button", name="Log out").click()
    await second.counts(1, "Ben")
    await second.page.reload()
    await second.is_in()


@pytest.mark.parametrize("how", ["refused", "full", "garbage"])
async def test_a_browser_that_keeps_nothing_will_do(windows: Windows, how: str) -> None:
    """Storage that is refused, full, or holds what nobody has put there."""
    script = {
        "refused": """for (const each of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, each, {get() { throw new DOMException("no"); }});""",
        "full": "Storage.prototype.setItem = () => { throw new DOMException('full'); };",
        "garbage": """for (const [key, value] of [["account", '{"token": {}, "name": 5}'],
            ["guest", '{"name": [1]}'], ["language", "{"]])
            for (const storage of [localStorage, sessionStorage])
                storage[`headcount.${key}`] ??= value;""",
    }[how]
    window = await windows.open()
    await window.page.add_init_script(script)
    await window.page.reload()
    await window.register("Ana")
    await window.page.get_by_role("button", name="Log out").click()
    await window.enter("Ben")
    await window.page.get_by_role("button", name="Français").click()
    await window.counts(1, "Ben")


async def test_two_windows_of_a_browser_leave_together(windows: Windows) -> None:
    """Logging out in one window logs out the others of this browser."""
    first = await windows.open()
    await first.register("Ana")
    second = await windows.beside(first)
    await expect(second.page.get_by_role("dialog")).to_contain_text("Already open elsewhere")
    await first.page.get_by_role("button", name="Log out").click()
    await expect(second.page.get_by_role("heading", name="Who is here?")).to_be_visible()
