"""Real server processes: killed, stopped, started again, and clients that come back in a crowd."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.chat.clients import G1, G2, Client
from tests.chat.http import SECRET, Http
from tests.cli.instance import Instance, headcount

CROWD = 200


@contextlib.asynccontextmanager
async def serving(
    data: Path, *options: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Instance, str]]:
    """Run a server; give its process and its address."""
    arguments = ["serve", "--mqtt-port", "0", "--data", str(data), *options]
    if "--http-port" not in options:
        arguments += ["--http-port", "0"]
    server = await asyncio.to_thread(Instance, *arguments, environment=environment)
    with server:
        event = await asyncio.to_thread(server.wait_for, "listening")
        yield server, event["http"]


async def test_no_acknowledged_message_is_lost_when_it_is_killed(tmp_path: Path) -> None:
    """By SIGKILL in the middle of a burst; the token is good for the next process at once."""
    async with serving(tmp_path, "--message-burst", "5000") as (server, url):
        token = await Http(url).token("alice")
        alice = await G2.connect(url)
        await alice.authenticate(token)
        sending = asyncio.create_task(_burst(alice))
        await alice.until(lambda each: len(each.messages) > 300)
        server.kill()
        await alice.gone()
        await sending
        told = {message["id"]: message["text"] for message in alice.messages}
    async with serving(tmp_path) as (_, url):
        kept: dict[int, str] = {}
        http = Http(url)
        while True:
            page = (await http.get(f"/api/messages?limit=200&after={len(kept)}")).body
            kept |= {each["id"]: each["message"] for each in page["messages"]}
            if not page["more"]:
                break
        assert {number: kept.get(number) for number in told} == told
        assert sorted(kept) == list(range(1, len(kept) + 1))
        async with G2.logged_in(url, token) as alice:
            await alice.shows(1)


async def test_everybody_comes_back_after_a_restart(tmp_path: Path) -> None:
    """All at once, with the tokens they have; none is deaf, none is not counted."""
    async with serving(tmp_path) as (server, url):
        port = url.rsplit(":", 1)[1]
        http = Http(url)
        token = await http.token("alice")
        alice = await G2.connect(url)
        await alice.authenticate(token)
        await alice.say("before")
        await alice.until(lambda each: each.texts == ["before"])
        server.terminate()
        assert (await alice.gone())[0] == 1012
        assert await asyncio.to_thread(server.wait) == 0
    async with serving(tmp_path, "--http-port", port) as (_, url):
        clients = await _crowd(url, CROWD)
        async with G2.logged_in(url, token) as alice:
            await alice.send("resume", after=0)
            resumed = await alice.next("resumed")
            assert [message["text"] for message in resumed["messages"]] == ["before"]
            await alice.say("after")
            for client in (alice, *clients):
                await client.shows(CROWD + 1)
                await client.until(lambda each: each.texts == ["after"])
        await asyncio.gather(*(client.close() for client in clients))


async def test_a_crowd_is_counted_to_the_last(tmp_path: Path) -> None:
    """Those who connect in one instant, and those who die in one instant."""
    async with serving(tmp_path) as (_, url):
        clients = await _crowd(url, CROWD)
        ids = {client.of_type("connected")[0]["userId"] for client in clients}
        assert len(ids) == CROWD
        for client in clients:
            await client.shows(CROWD)
        dead, alive = clients[: CROWD // 2], clients[CROWD // 2 :]
        for client in dead:
            client.kill()
        for client in alive:
            await client.shows(CROWD // 2, 3.0)
        await asyncio.gather(*(client.close() for client in alive))


async def test_a_storm_of_logins_holds_up_nobody(tmp_path: Path) -> None:
    """With real hashing: one of twenty succeeds, and other requests are answered meanwhile."""
    async with serving(tmp_path) as (_, url):
        http = Http(url)
        await http.register("alice")
        storm = asyncio.gather(*(http.login("alice") for _ in range(20)))
        waits = []
        clock = asyncio.get_running_loop().time
        while not storm.done():
            began = clock()
            assert (await http.get("/api/health")).status == 200
            waits.append(clock() - began)
        answers = await storm
        assert sum(answer["success"] for answer in answers) == 1
        assert sorted(waits)[len(waits) // 2] < 0.5


async def test_its_rooms_are_the_sessions_of_its_broker(tmp_path: Path) -> None:
    """Created by other processes; the number is the session's, whoever looks."""
    async with serving(tmp_path) as (server, url):
        broker = server.events[0]["mqtt"]
        create = ("Sea", "--id", "sea", "--name", "Ana")
        host = await asyncio.to_thread(Instance.create, broker, *create)
        with host:
            await asyncio.to_thread(host.wait_for, "accepted")
            async with G1.open(url) as looker, G1.open(url):
                while not (await Http(url).get("/api/sessions")).body["sessions"]:
                    await asyncio.sleep(0.05)
                await looker.send("join", room="sea")
                await looker.next("joined")
                count = await looker.next("userCount")
                assert (count["room"], count["count"], count["users"]) == ("sea", 1, ["Ana"])
                member = await asyncio.to_thread(Instance.join, broker, "sea", "--name", "Ben")
                with member:
                    count = await looker.next("userCount")
                    assert (count["count"], count["users"]) == (2, ["Ana", "Ben"])
                    member.kill()
                    count = await looker.next("userCount")
                    assert (count["count"], count["users"]) == (1, ["Ana"])
                host.kill()
                assert (await looker.next("joined"))["closed"] == "sea"


async def test_what_it_hosts_is_closed_when_it_stops(tmp_path: Path) -> None:
    """Whoever is in it is told at once that the host has left, and waits for nobody."""
    user = ("user", "add", "root", "--admin", "--data", str(tmp_path))
    await asyncio.to_thread(headcount, *user, typed=SECRET)
    async with serving(tmp_path) as (server, url):
        http = Http(url)
        root = (await http.login("root"))["token"]
        wish = {"name": "Sea", "id": "sea", "max": 3}
        assert (await http.post("/api/sessions", wish, token=root)).status == 200
        broker = server.wait_for("listening")["mqtt"]
        with await asyncio.to_thread(Instance.join, broker, "sea", "--name", "Ben") as ben:
            await asyncio.to_thread(ben.wait_count, 2)
            server.terminate()
            assert (await asyncio.to_thread(ben.wait_for, "closed"))["reason"] == "host_left"
            await asyncio.to_thread(server.wait)


async def test_settings_come_from_flags_the_environment_and_a_file(tmp_path: Path) -> None:
    """In this order of precedence."""
    file = tmp_path / "headcount.toml"
    file.write_text('guests = false\norigin = ["https://desk.example"]\nsame-account = "replace"\n')
    environment = {"HEADCOUNT_SAME_ACCOUNT": "allow"}
    data = tmp_path / "data"
    async with serving(data, "--config", str(file), environment=environment) as (_, url):
        http = Http(url)
        assert (await http.get("/api/messages")).status == 401
        await http.token("alice")
        assert (await http.login("alice"))["success"], "the environment says allow"
        async with G1.open(url, origin="https://desk.example") as client:
            await client.shows(1)
    async with serving(data, "--guests", "--config", str(file)) as (_, url):
        assert (await Http(url).get("/api/messages")).status == 200


async def test_what_becomes_of_accounts_is_logged(tmp_path: Path) -> None:
    """As JSON lines, with account and address; no password, token or name that was typed."""
    options = ("--log-level", "info", "--log-json")
    async with serving(tmp_path, *options) as (server, url):
        http = Http(url)
        token = await http.token("alice")
        await http.login("alice", "a secret typo")
        await http.login("my-password-by-mistake")
        await http.login("alice")
        await http.post("/api/auth/logout", token=token)
        server.interrupt()
        assert await asyncio.to_thread(server.wait) == 0
    lines = [json.loads(line) for line in server.errors if line.startswith("{")]
    told = [(line["event"], line.get("account")) for line in lines]
    assert told == [
        ("serving", None),
        ("registered", 1),
        ("logged in", 1),
        ("login failed", None),
        ("login failed", None),
        ("login refused: in use elsewhere", 1),
        ("logged out", 1),
        ("stopping", None),
    ]
    assert lines[2]["address"] == "127.0.0.1"
    text = "\n".join(server.errors)
    for secret in (token, SECRET, "typo", "mistake", "alice"):
        assert secret not in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--http-port", "70000"], "not a port"),
        (["--origin", "desk.example"], "origin"),
        (["--trusted-proxy", "nobody"], "proxy"),
        (["--tls-cert", "cert.pem"], "both"),
        (["--tls-cert", "no.pem", "--tls-key", "no.key"], "certificate"),
        (["--retention", "long"], "days"),
        (["--session-lease", "0.5"], "lease"),
        (["--ping", "0"], "--ping"),
        (["--count", "heads"], "heads"),
        (["--config", "/no/such/file"], "file"),
        (["--database", "mysql://x/y"], "postgresql"),
    ],
)
def test_settings_that_cannot_be_used(tmp_path: Path, options: list[str], said: str) -> None:
    """End with 2 and say why."""
    ended = headcount("serve", "--mqtt-port", "0", "--data", str(tmp_path), *options)
    assert ended.returncode == 2, ended.stderr
    assert said in ended.stderr


async def test_a_server_whose_port_is_taken_ends_with_4(tmp_path: Path) -> None:
    """Before its broker has been started."""
    async with serving(tmp_path / "one") as (_, url):
        port = url.rsplit(":", 1)[1]
        arguments = ["serve", "--mqtt-port", "0", "--http-port", port]
        arguments += ["--data", str(tmp_path / "two")]
        ended = await asyncio.to_thread(headcount, *arguments)
        assert ended.returncode == 4
        assert "--http-port" in ended.stderr
        assert not (tmp_path / "two").exists()


async def test_without_a_directory_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accounts and messages are gone at the end; without a page there is none."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    server = await asyncio.to_thread(Instance, "serve", "--mqtt-port", "0", "--http-port", "0")
    with server:
        url = (await asyncio.to_thread(server.wait_for, "listening"))["http"]
        await Http(url).register("alice", SECRET)
        server.interrupt()
        assert await asyncio.to_thread(server.wait) == 0
    assert os.listdir(tmp_path) == []
    server = Instance("serve", "--mqtt-port", "0", "--http-port", "none")
    with server:
        assert (await asyncio.to_thread(server.wait_for, "listening"))["http"] is None


async def _burst(client: G2) -> None:
    with contextlib.suppress(Exception):
        for number in range(5000):
            await client.say(str(number))
            if number % 50 == 0:
                await asyncio.sleep(0)


async def _crowd(url: str, number: int) -> list[Client]:
    """Return clients that connected in one instant."""
    clients: list[Client] = await asyncio.gather(*(G1.connect(url) for _ in range(number)))
    for client in clients:
        await client.next("connected")
    return clients
