"""The page's modules that only calculate, each with what goes in and what comes out."""

from __future__ import annotations

from typing import Any

import pytest

from headcount.chat.hub import texts
from headcount.chat.server.texts import CREDENTIALS_REQUIRED, TEXT_REQUIRED
from tests.web.windows import Windows

pytestmark = pytest.mark.asyncio(loop_scope="session")

AT = "2026-01-02T10:00:00Z"


def member(id: str, status: str = "connected", role: str | None = None) -> dict[str, Any]:
    """Return a member as the server tells it."""
    return {"id": id, "name": id.title(), "role": role, "status": status, "joinedAt": AT}


async def run(windows: Windows, module: str, script: str, *arguments: Any) -> Any:
    """Run a function of a module: `m` is the module, `a` the arguments."""
    window = await windows.open()
    return await window.page.evaluate(
        f"async (a) => {{ const m = await import('./js/{module}.js'); return {script}; }}",
        list(arguments),
    )


async def test_cells_are_quoted_and_formulas_are_not_run(windows: Windows) -> None:
    """RFC 4180; what a spreadsheet would take for a formula is text."""
    rows = [["a", 'say "hi"', "x,y"], [1, None, "=1+1"], ["two\nlines", "@x", -3]]
    assert await run(windows, "csv", "m.csv(a[0])", rows) == (
        '\ufeffa,"say ""hi""","x,y"\r\n1,,\'=1+1\r\n"two\nlines",\'@x,-3\r\n'
    )


async def test_no_formula_is_left_to_spreadsheets_of_other_countries(windows: Windows) -> None:
    """Where cells end at a semicolon or a tab, and where wide signs are read as narrow ones."""
    rows = [["a;=1", 'b;"=1', "c\t@x", "\uff1d1", "\n=1", "a=1;b"]]
    found = await run(windows, "csv", "m.csv(a[0])", rows)
    assert found == ('\ufeff"a;\'=1","b;""\'=1","c\t\'@x",\'\uff1d1,"\n\'=1","a=1;b"\r\n')


async def test_a_key_that_comes_twice_is_two_children(windows: Windows) -> None:
    """And none is left over when it goes: what a broker says may be anything."""
    script = """a[0].map((items) => {
        window.box ??= document.createElement("ul");
        m.list(window.box, items, (each) => each, () => document.createElement("li"),
            (child, each) => m.say(child, each));
        return [...window.box.children].map((each) => each.textContent);
    })"""
    turns = [["a", "a", "b"], ["a", "a", "b"], ["b", "a"], []]
    assert await run(windows, "dom", script, turns) == turns


async def test_a_crowd_is_not_read_aloud_one_by_one(windows: Windows) -> None:
    """The first number at once, then the latest, and in the end the right one."""
    script = """await (async () => {
        const box = document.createElement("p");
        const told = [];
        const tell = m.calmly(box);
        const done = new Promise((settle) => new MutationObserver(() => {
            told.push(box.textContent);
            if (box.textContent === "100") settle();
        }).observe(box, {childList: true}));
        for (let number = 1; number <= 100; number += 1) {
            tell(number);
            await Promise.resolve();
        }
        await done;
        return told;
    })()"""
    assert await run(windows, "dom", script) == ["1", "100"]


async def test_the_servers_time_counts_where_the_clock_is_off(windows: Windows) -> None:
    """By more than what an answer takes; a time that cannot be read changes nothing."""
    script = """[3_600_000, 2000, -86_400_000, null].map((off) => {
        m.heard(off === null ? "?" : new Date(Date.now() + off).toUTCString());
        return Math.round((m.now() - Date.now()) / 60_000);
    })"""
    assert await run(windows, "clock", script) == [60, 0, -1440, -1440]


async def test_no_name_turns_a_sentence_round(windows: Windows) -> None:
    """Signs that change the direction of what follows are left out of it."""
    script = "m.t('writing_one', { name: a[0] })"
    assert await run(windows, "texts", script, "Ana\u202e\u2067") == "Ana is writing…"


async def test_pauses_grow_and_differ(windows: Windows) -> None:
    """The first try comes at once; later ones within bounds, spread over half of them."""
    found = await run(
        windows, "backoff", "[0, 1, 3, 20].map((n) => [m.pause(n, 0), m.pause(n, 1)])"
    )
    assert found == [[0, 0.3], [0.5, 1], [2, 4], [5, 10]]


async def test_addresses_lead_to_places(windows: Windows) -> None:
    """What is no place is the lobby."""
    hashes = ["", "#/", "#/session/sea", "#/session/%E9", "#/session/a%2Fb", "#/admin", "#/x/y"]
    found = await run(windows, "route", "a[0].map((each) => m.parse(each))", hashes)
    assert [(each["name"], each["id"]) for each in found] == [
        ("lobby", None),
        ("lobby", None),
        ("session", "sea"),
        ("lobby", None),
        ("session", "a/b"),
        ("admin", None),
        ("lobby", None),
    ]


def answer(first: int, *events: tuple[int, str, str, int], uid: str = "u1") -> dict[str, Any]:
    """Return a part of a session's history as the server tells it."""
    told = [
        {"number": number, "at": AT, "event": what, "id": who, "name": who.title(), "count": count}
        for number, what, who, count in events
    ]
    last = events[-1][0] if events else 0
    return {"uid": uid, "since": AT, "first": first, "last": last, "events": told}


async def merged(windows: Windows, *answers: dict[str, Any]) -> Any:
    """Return the roster after some answers of the server."""
    script = "a[0].reduce((roster, answer) => m.merged(roster, answer), undefined)"
    return await run(windows, "roster", script, list(answers))


async def test_a_roster_grows_by_what_the_server_tells(windows: Windows) -> None:
    """Each event once, whatever was told before; stretches of being here and away."""
    first = answer(1, (1, "joined", "ana", 1), (2, "joined", "ben", 2), (3, "away", "ben", 1))
    more = answer(1, (3, "away", "ben", 1), (4, "back", "ben", 2), (5, "left", "ana", 1))
    found = await merged(windows, first, more)
    assert [each["number"] for each in found["events"]] == [1, 2, 3, 4, 5]
    lanes = {lane["name"]: lane["stretches"] for lane in found["lanes"].values()}
    assert [each["kind"] for each in lanes["Ben"]] == ["here", "away", "here"]
    assert [each["to"] is None for each in lanes["Ben"]] == [False, False, True]
    assert [each["to"] is None for each in lanes["Ana"]] == [False]


async def test_a_roster_begins_anew_where_it_is_another(windows: Windows) -> None:
    """Another session's, or one of whose middle nothing is known any more."""
    first = answer(1, (1, "joined", "ana", 1))
    other = await merged(windows, first, answer(1, (1, "joined", "zoe", 1), uid="u2"))
    assert [each["name"] for each in other["events"]] == ["Zoe"]
    torn = await merged(windows, first, answer(7, (7, "back", "ben", 1), (8, "left", "eve", 1)))
    assert [each["number"] for each in torn["events"]] == [7, 8]
    lanes = {lane["name"]: lane["stretches"] for lane in torn["lanes"].values()}
    assert [each["kind"] for each in lanes["Ben"]] == ["away", "here"]
    assert [each["kind"] for each in lanes["Eve"]] == ["here"]


async def test_messages_are_kept_once_and_in_order(windows: Windows) -> None:
    """Whatever way they come: live, from the history, after a pause; twice changes nothing."""
    found = await run(
        windows,
        "frames",
        """await (async () => {
            const { initial, roomOf } = await import("./js/store.js");
            const state = initial("en");
            const post = (id) => ({ id, pseudo: "Ana", text: String(id), created_at: "" });
            const live = (id) => m.receive(state, { type: "message:new", data: post(id) });
            [5, 6].forEach(live);
            m.take(state, "lobby", [1, 3, 4, 5].map(post).map(m.posted));
            m.receive(state, { type: "resumed", room: "lobby", messages: [6, 7].map(post) });
            [7, 8].forEach(live);
            m.receive(state, { type: "message:deleted", id: 4 });
            m.receive(state, { type: "constructor" });
            return [...roomOf(state, "lobby").messages.keys()];
        })()""",
    )
    assert found == [1, 3, 5, 6, 7, 8]


async def test_a_server_that_has_just_started_closes_no_session(windows: Windows) -> None:
    """Sessions are gone when they are still missing some seconds after one is connected."""
    session = {"id": "sea", "uid": "u1", "createdAt": AT, "members": [member("ana")]}
    again = {**session, "uid": "u2"}
    told = [[9.0, [session]], [11.0, []], [13.0, [session]], [14.0, [again]], [15.0, []]]
    found = await run(
        windows,
        "live",
        """await (async () => {
            const { initial, roomOf } = await import("./js/store.js");
            const state = initial("en");
            state.me = { kind: "guest", name: "Ana" };
            roomOf(state, "lobby");
            state.link.since = 10_000;
            Object.assign(state.rosters, { u1: {}, u2: {} });
            return a[0].map(([at, sessions]) => {
                m.taken(state, { ready: true, sessions }, at * 1000);
                const shown = state.sessions.map((each) => each.uid);
                const rooms = Object.keys(state.rooms).length;
                if (shown[0]) roomOf(state, "sea");
                return [shown, state.stale, rooms, Object.keys(state.rosters)];
            });
        })()""",
        told,
    )
    assert found == [
        [["u1"], False, 1, ["u1"]],
        [["u1"], True, 2, ["u1"]],
        [["u1"], False, 2, ["u1"]],
        [["u2"], False, 1, []],
        [[], False, 1, []],
    ]


async def test_what_is_told_of_sessions_is_taken_over(windows: Windows) -> None:
    """New, otherwise or gone, in the server's order; what is read meanwhile may be older."""

    def shown(id: str, count: int, **more: Any) -> dict[str, Any]:
        return {"id": id, "uid": id, "count": count, "createdAt": AT, "ready": True} | more

    def frame(*sessions: dict[str, Any], gone: tuple[str, ...] = ()) -> dict[str, Any]:
        return {"type": "sessions", "sessions": list(sessions), "gone": list(gone)}

    script = """await (async () => {
        const { initial } = await import("./js/store.js");
        const state = { ...initial("en"), me: {} };
        const told = [];
        const tell = () => told.push(state.sessions?.map(({ id, count }) => id + count) ?? null);
        const [first, read, second, third, dark, much] = a;
        m.pushed(state, first); tell();
        m.reading(state);
        m.pushed(state, second);
        m.taken(state, { ready: true, sessions: read }, 1e6); tell();
        m.read(state); tell();
        m.pushed(state, third); tell();
        m.pushed(state, much);
        const before = [state.stale, state.unread];
        m.pushed(state, dark);
        return [told, before, state.stale];
    })()"""
    found = await run(
        windows,
        "live",
        script,
        frame(shown("b", 1)),
        [shown("b", 1), shown("c", 1)],
        frame(shown("b", 2), shown("a", 1)),
        frame(shown("c", 3), gone=("b", "x")),
        frame(shown("c", 3, ready=False)),
        frame() | {"more": True},
    )
    assert found == [
        [None, ["b1", "c1"], ["a1", "b2", "c1"], ["a1", "c3"]],
        [False, 1],
        True,
    ]


async def test_differences_make_up_who_is_there(windows: Windows) -> None:
    """From the whole list on; one to what was never told says nothing."""
    ana, ben, eve = ({"id": id, "name": id.title()} for id in ("ana", "ben", "eve"))
    script = """await (async () => {
        const { initial } = await import("./js/store.js");
        const state = initial("en");
        return a[0].map((frame) => {
            m.receive(state, { type: "presence", joined: [], left: [], ...frame });
            return [state.presence.room, state.presence.count, state.presence.users];
        });
    })()"""
    frames = [
        {"count": 1, "joined": [eve]},
        {"count": 2, "joined": [ana, ben], "whole": True},
        {"count": 2, "joined": [eve, {"id": "ben", "name": "Benoît"}], "left": ["ana"]},
        {"count": 1, "room": "sea", "left": ["eve"]},
        {"count": 1, "room": "sea", "joined": [ana], "whole": True},
    ]
    assert await run(windows, "frames", script, frames) == [
        ["lobby", None, []],
        ["lobby", 2, ["Ana", "Ben"]],
        ["lobby", 2, ["Benoît", "Eve"]],
        ["lobby", 2, ["Benoît", "Eve"]],
        ["sea", 1, ["Ana"]],
    ]


async def test_old_messages_can_be_forgotten(windows: Windows) -> None:
    """The newest stay, and what is forgotten can be read again."""
    found = await run(
        windows,
        "frames",
        """(() => {
            const room = { messages: new Map([1, 2, 3, 4].map((id) => [id, {}])), more: false };
            m.trim(room, 5);
            const before = [room.messages.size, room.more];
            m.trim(room, 3);
            return [before, [...room.messages.keys()], room.more];
        })()""",
    )
    assert found == [[4, False], [2, 3, 4], True]


async def test_both_languages_say_everything(windows: Windows) -> None:
    """Every text exists twice, with the same places to fill in."""
    words = await run(windows, "words", "m.WORDS")
    errors = await run(windows, "errors", "m.ERRORS")

    def forms(text: Any) -> list[str]:
        return text if isinstance(text, list) else [text]

    def places(text: str) -> set[str]:
        return {part.partition("}")[0] for part in text.split("{")[1:]}

    for key, (english, french) in words.items():
        assert len(forms(english)) == len(forms(french)), key
        for one, other in zip(forms(english), forms(french), strict=True):
            assert one, key
            assert other, key
            assert places(one) == places(other), key
    for key, error in errors.items():
        assert places(error["en"]) == places(error["fr"]), key


async def test_what_the_server_says_is_said_in_the_windows_language(windows: Windows) -> None:
    """Over the WebSocket it speaks the browser's, or one only, as existing clients know it."""
    errors = await run(windows, "errors", "m.ERRORS")
    fixed = {texts.MALFORMED.message, texts.TEXT_REQUIRED, texts.AUTH_REQUIRED, texts.NOT_STORED}
    fixed |= {texts.TOKEN_INVALID.message, CREDENTIALS_REQUIRED, TEXT_REQUIRED}
    assert fixed <= {text for error in errors.values() for text in error.get("texts", ())}
    assert set(vars(texts)["_TEXTS"]) <= set(errors)


ADDRESSES: dict[str, list[str]] = {
    "see http://a.org and https://b.org/?y=1#z": [
        *("see ", "http://a.org", " and ", "https://b.org/?y=1#z"),
    ],
    "(https://a.org/wiki/Sea_(zones)).": ["(", "https://a.org/wiki/Sea_(zones)", ")."],
    "« https://a.org/x », https://a.org!?": [
        *("« ", "https://a.org/x", " », ", "https://a.org", "!?"),
    ],
    "HTTPS://A.ORG/x": ["https://a.org/x"],
    "https://fr.org/été": ["https://fr.org/%C3%A9t%C3%A9"],
    "https://\u0430pple.com/": ["https://xn--pple-43d.com/"],
    "https://a.org/\u202egnp.exe": ["https://a.org/", "\u202egnp.exe"],
    "https://a.org\u200b.evil.org": ["https://a.org", "\u200b.evil.org"],
    "https://2130706433/": ["https://127.0.0.1/"],
    'https://a.org/"onclick=x': ["https://a.org/", '"onclick=x'],
    "https://a.org\\@evil.org": ["https://a.org", "\\@evil.org"],
    "xhttps://a.org javascript:alert(1) ftp://a.org //a.org": [],
    "https://bank.org@evil.org/ https://u:p@a.org https://": [],
    "https://a.org/" + "x" * 2000: [],
}
"""Texts and their parts; none where there is no link."""


async def test_addresses_can_be_followed(windows: Windows) -> None:
    """Only http and https; each is shown as what is opened, without the sentence around it."""
    found = await run(windows, "links", "a[0].map(m.linked)", list(ADDRESSES))
    for (text, wanted), parts in zip(ADDRESSES.items(), found, strict=True):
        assert [each["text"] for each in parts] == (wanted or [text])
        links = [each for each in parts if "href" in each]
        assert bool(links) is bool(wanted)
        assert all(each["href"] in (each["text"], each["text"] + "/") for each in links)


async def test_the_seconds_to_a_start_are_counted_from_what_was_seen(windows: Windows) -> None:
    """A number from the beginning of a countdown on; none for who came in the middle of one."""
    script = """await (async () => {
        const { initial } = await import("./js/store.js");
        const state = initial("en");
        const told = (phase, now, more = {}) => {
            const session = { uid: "u1", state: phase, countdown: phase === "starting" ? 3 : null };
            m.counted(state, { sessions: [session], ...more }, now);
            state.sessions = [session];
            const left = (after) => m.secondsLeft(state.starts, session, now + after);
            return [0, 2999, 3000].map(left);
        };
        const found = [told("starting", 0)];
        state.watched = true;
        found.push(told("starting", 0), told("open", 0), told("starting", 5000));
        const [session] = state.sessions;
        told("starting", 6000);
        found.push([6000, 7001].map((now) => m.secondsLeft(state.starts, session, now)));
        m.unwatched(state);
        found.push(told("starting", 9000));
        return found;
    })()"""
    none = [None, None, None]
    assert await run(windows, "countdown", script) == [none, none, none, [3, 1, None], [2, 1], none]


async def test_names_that_objects_have_are_names_like_others(windows: Windows) -> None:
    """A session may be called "constructor" or "__proto__"."""
    script = """["__proto__", "constructor", "__proto__"].map((name) => {
        const state = m.initial("en");
        m.roomOf(state, name).newest = 5;
        return [Object.keys(state.rooms), m.roomOf(state, name).newest, state.uids[name] ?? null];
    })"""
    found = await run(windows, "store", script)
    assert found == [[[each], 5, None] for each in ("__proto__", "constructor", "__proto__")]
