"""The HTTP side as a whole: paths, methods, headers, pages of other servers, bad input."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import ssl
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from headcount.chat.server import app, listening, texts
from headcount.chat.server.app import ROUTES
from headcount.chat.server.listening import bound
from headcount.chat.server.origins import Origins
from headcount.chat.server.pages import WEB
from headcount.chat.server.server import ChatServer, serving
from headcount.chat.server.settings import ServerSettings
from headcount.errors import BadInputError, PortInUseError
from tests.chat.clients import G1
from tests.chat.http import SECRET, Answer, Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place


async def test_a_path_that_there_is_not(http: Http) -> None:
    """It is said as existing clients know it."""
    answer = await http.get("/nope")
    message = "Route GET:/nope not found"
    assert answer.both == (404, {"message": message, "error": "Not Found", "statusCode": 404})
    assert (await http.get("/api/nope")).status == 404
    assert (await http.post("/nope")).status == 404


async def test_there_is_always_a_page(http: Http) -> None:
    """And nothing of it may run what is not ours, or be kept for long."""
    answer = await http.get("/")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/%2e%2e/_version.py",
        "/..%2f_version.py",
        "/__init__.py",
        "/.hidden",
        "//etc/passwd",
        "/..%5c..%5c_version.py",
        "/%00",
    ],
)
async def test_nothing_but_the_page_is_served(http: Http, path: str) -> None:
    """No file outside of it, and no Python."""
    assert (await http.get(path)).status in (400, 404)


async def test_what_lies_in_the_directory_is_served(server: ChatServer, http: Http) -> None:
    """Whatever it is, to be asked for again each time."""
    for file in WEB.glob("*.js"):
        answer = await http.get(f"/{file.name}")
        assert answer.status == 200
        assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(("methods", "path"), [(m, p) for m, p, _ in ROUTES if "{" not in p])
async def test_other_methods_are_refused(http: Http, methods: str, path: str) -> None:
    """With 405 and what is allowed."""
    answer = await http.ask("PATCH", path)
    assert answer.status == 405
    assert set(methods.split()) <= set(answer.headers["allow"].split(", "))


BAD = [b"{", b"[]", b"7", b"null", b'{"username":' + b"[" * 50_000, b"\xff", b'"x"']
POSTS = ["/api/auth/login", "/api/auth/register"]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
async def test_a_bad_body_is_refused(http: Http, path: str, body: bytes) -> None:
    """In words, with 400."""
    answer = await http.post(path, body)
    assert answer.status == 400
    assert answer.body["error"]


async def test_a_body_that_is_too_large_is_refused(http: Http) -> None:
    """Long before it is whole."""
    answer = await http.post("/api/auth/login", b"x" * 70_000)
    assert answer.status == 413


async def test_a_database_that_does_not_answer_is_not_waited_for(
    local: Place, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may hold it; who asks is told, and the next one is not kept waiting."""
    await http.register("alice")
    monkeypatch.setattr(app, "PATIENCE", 0.5)
    body = {"username": "alice", "password": SECRET}
    held = sqlite3.connect(local.data / "chat.db", isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        answer = await http.post("/api/auth/login", body)
        assert (answer.status, answer.body["code"]) == (503, "UNAVAILABLE")
    held.execute("ROLLBACK")
    held.close()
    monkeypatch.undo()
    answer = await http.post("/api/auth/login", body)
    assert answer.status == 200


async def test_who_asks_while_the_server_ends_is_told_so(
    local: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What takes too long then is no fault, and fills no log."""
    monkeypatch.setattr(listening, "_GRACE", 1)
    async with started(local) as server:
        http = Http(server.url)
        await http.register("alice")
        held = sqlite3.connect(local.data / "chat.db", isolation_level=None)
        held.execute("BEGIN IMMEDIATE")

        async def ask() -> Answer:
            answer = await http.post("/api/auth/login", {"username": "alice", "password": SECRET})
            held.execute("ROLLBACK")
            held.close()
            return answer

        asking = asyncio.create_task(ask())
        while not server.place.logging_in.taken:
            await asyncio.sleep(0)
    answer = await asking
    assert (answer.status, answer.body["code"]) == (503, "STOPPING")
    assert [each for each in caplog.records if each.exc_info] == []


async def test_pages_of_other_servers_are_closed_out(http: Http) -> None:
    """By default nothing allows them."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for method in ("GET", "OPTIONS"):
        answer = await http.ask(method, "/api/health", headers=headers)
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_pages_that_are_named_may_ask(local: Place) -> None:
    """With the headers that existing clients send; no other page may."""
    async with started(local, origins=Origins.parse(["https://desk.example"])) as server:
        http = Http(server.url)
        headers = {
            "Origin": "https://desk.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        answer = await http.ask("OPTIONS", "/api/auth/login", headers=headers)
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "https://desk.example"
        assert "authorization" in answer.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in answer.headers
        other = {**headers, "Origin": "https://evil.example"}
        answer = await http.ask("OPTIONS", "/api/auth/login", headers=other)
        assert "access-control-allow-origin" not in answer.headers


def test_every_text_exists_in_both_languages() -> None:
    """And none is empty."""
    for code in texts.CODES:
        assert texts.text(code, "fr") != texts.text(code, "en")


async def test_a_port_that_is_taken_is_told() -> None:
    """With what to do about it."""
    with bound("127.0.0.1", 0) as sock, pytest.raises(PortInUseError, match="--http-port"):
        bound("127.0.0.1", sock.getsockname()[1])


def test_tls_needs_both_files() -> None:
    """A certificate alone is nothing."""
    with pytest.raises(BadInputError, match="both"):
        ServerSettings(tls_cert=Path("cert.pem"))


async def test_a_certificate_that_is_none_is_told(tmp_path: Path, local: Place) -> None:
    """Before anything is served."""
    files: dict[str, Any] = {"tls_cert": tmp_path / "no.pem", "tls_key": tmp_path / "no.key"}
    async with local.open() as store:
        with pytest.raises(BadInputError, match="TLS"):
            async with serving(ServerSettings(port=0, **files), store=store):
                pass


@pytest.fixture
def certified(tmp_path: Path) -> dict[str, Path]:
    """Give the settings for TLS, with a certificate for this machine."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", str(key)]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return {"tls_cert": cert, "tls_key": key}


async def test_tls_is_served(certified: dict[str, Path], local: Place) -> None:
    """With a certificate and its key: pages over https, sockets over wss."""
    context = ssl.create_default_context(cafile=str(certified["tls_cert"]))
    async with started(local, **certified) as server:
        assert server.url.startswith("https://127.0.0.1:")
        async with G1.open(server.url, ssl=context) as client:
            await client.shows(1)

        def ask() -> str | None:
            with urlopen(f"{server.url}/api/health", context=context) as answer:
                assert answer.status == 200
                strict: str | None = answer.headers["Strict-Transport-Security"]
                return strict

        assert await asyncio.to_thread(ask)


async def test_who_never_agrees_on_tls_is_not_waited_for(
    certified: dict[str, Path], local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or one could have a server full of connections that it does not even know."""
    monkeypatch.setattr(listening, "_TLS", 0.2)
    async with started(local, **certified) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await asyncio.wait_for(reader.read(), 8.0) == b""
        writer.close()
