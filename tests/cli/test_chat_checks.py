"""`doctor --page`: what a chat's server does, really done."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from headcount.cli.chat_checks import ChatDoctor
from headcount.cli.checks import Check
from tests.cli.instance import Instance, headcount
from tests.links.test_access import OPENSSL, certificate

CHAT = ["page", "health", "rights", "websocket", "origin", "encryption"]


@pytest.mark.parametrize(("options", "wrong"), [((), []), (("--origin", "*"), ["origin"])])
def test_a_server_is_looked_at(options: tuple[str, ...], wrong: list[str]) -> None:
    """Beside its broker; 5 where something is wrong, with what to do."""
    with Instance("serve", "--mqtt-port", "0", *options) as server:
        event = server.wait_for("listening")
        ended = headcount("doctor", "--broker", event["mqtt"], "--page", event["http"], "--json")
        checks = {}
        for line in ended.stdout.splitlines():
            check = json.loads(line)
            checks[check["name"]] = check
        assert list(checks)[-6:] == CHAT
        assert [name for name, check in checks.items() if not check["ok"]] == wrong
        assert all(checks[name]["advice"] for name in wrong)
        assert ended.returncode == (5 if wrong else 0)
        shown = headcount("doctor", "--broker", event["mqtt"], "--page", event["http"])
        assert ("1 check failed" if wrong else "this server are fine") in shown.stdout


def test_a_server_that_is_not_there() -> None:
    """It is told at once, and nothing else is tried."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with Instance("serve", "--mqtt-port", "0", "--http-port", "none") as server:
        url = server.wait_for("listening")["mqtt"]
        ended = headcount("doctor", "--broker", url, "--page", f"http://127.0.0.1:{port}")
        assert ended.returncode == 5
        assert "does not answer" in ended.stdout
        assert "websocket" not in ended.stdout
        wrong = headcount("doctor", "--broker", url, "--page", "127.0.0.1")
        assert wrong.returncode == 2


async def looked_at(url: str) -> list[Check]:
    """Return all checks of a server."""
    return [check async for check in ChatDoctor(url).checks()]


@contextmanager
def another_program() -> Iterator[str]:
    """Give the address of a web server that has a page, and knows nothing of ours."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.end_headers()
            self.wfile.write(b"<h1>It works!</h1>")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_another_program_is_not_taken_for_ours() -> None:
    """It is asked no more, for what it says to our questions means nothing."""
    with another_program() as url:
        page, health = await looked_at(url)
    assert page.ok
    assert not health.ok
    assert "a server of this program?" in health.advice


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
async def test_a_certificate_of_ones_own_is_not_taken_for_silence(tmp_path: Path) -> None:
    """It says what is wrong with it, and how to have it trusted."""
    file = certificate(tmp_path)
    tls = ("--tls-cert", str(file), "--tls-key", str(file.with_suffix(".key")))
    with Instance("serve", "--mqtt-port", "0", "--http-port", "0", *tls) as server:
        event = server.wait_for("listening")
        [page] = await looked_at(event["http"])
        assert not page.ok
        assert "certificate is not trusted" in page.detail
        assert "SSL_CERT_FILE" in page.advice
        trusting = {"SSL_CERT_FILE": str(file)}
        doctor = ("doctor", "--broker", event["mqtt"], "--page", event["http"])
        assert headcount(*doctor, environment=trusting).returncode == 0
