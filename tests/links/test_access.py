"""Passwords and TLS, against a real Mosquitto."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from headcount.broker.ports import free_port
from headcount.errors import (
    NoBrokerError,
    NotABrokerError,
    NotAuthorisedError,
    TlsFailedError,
)
from headcount.links.mqtt import MqttConnector
from headcount.testing.peers import Peer

MOSQUITTO = shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/bin:/usr/local/bin")
OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(
    MOSQUITTO is None or OPENSSL is None, reason="needs mosquitto and openssl"
)


def certificate(directory: Path) -> Path:
    """Make a self-signed certificate for 127.0.0.1; return its file, its key beside it."""
    file = directory / "server.crt"
    command = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=broker -out {file} -keyout"
    names = "subjectAltName=IP:127.0.0.1"
    key = str(file.with_suffix(".key"))
    subprocess.run(
        [str(OPENSSL), *command.split(), key, "-addext", names], check=True, capture_output=True
    )
    return file


def passwords(directory: Path) -> Path:
    """Make a password file in which bob's password is `geheim é/`."""
    file = directory / "passwords"
    subprocess.run(
        ["mosquitto_passwd", "-c", "-b", str(file), "bob", "geheim é/"],
        check=True,
        capture_output=True,
    )
    file.chmod(0o644)
    return file


@asynccontextmanager
async def mosquitto(directory: Path, *lines: str) -> AsyncIterator[int]:
    """Run Mosquitto with further lines of configuration; give its port."""
    port = free_port("127.0.0.1")
    file = directory / "mosquitto.conf"
    file.write_text("\n".join([f"listener {port} 127.0.0.1", "user root", *lines, ""]))
    process = await asyncio.create_subprocess_exec(
        str(MOSQUITTO), "-c", str(file), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _listening(port)
        yield port
    finally:
        process.kill()
        await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
            else:
                writer.transport.abort()
                return


async def refuse(url: str, tls_ca: Path | None = None) -> NoBrokerError:
    """Return the error that connecting ends with."""
    with pytest.raises(NoBrokerError) as caught:
        await MqttConnector([url], tls_ca=tls_ca).connect("me", None, Peer())
    return caught.value


async def test_a_password_opens_and_its_lack_is_explained(tmp_path: Path) -> None:
    """With user and password one is let in; without, or with wrong ones, one is told so."""
    lines = ("allow_anonymous false", f"password_file {passwords(tmp_path)}")
    async with mosquitto(tmp_path, *lines) as port:
        error = await refuse(f"mqtt://127.0.0.1:{port}")
        assert type(error) is NotAuthorisedError
        assert "wants a user and a password" in str(error)
        error = await refuse(f"mqtt://bob:wrong@127.0.0.1:{port}")
        assert type(error) is NotAuthorisedError
        assert "user bob" in str(error)
        assert "wrong" not in str(error)
        peer = Peer()
        url = f"mqtt://bob:geheim%20%C3%A9%2F@127.0.0.1:{port}"
        await peer.connect(MqttConnector([url]))
        await peer.subscribe("t")
        assert peer.connection.address == f"mqtt://127.0.0.1:{port}"
        await peer.connection.close()


async def test_a_trusted_certificate_is_needed(tmp_path: Path) -> None:
    """A self-signed certificate is refused unless its authority is given."""
    file = certificate(tmp_path)
    lines = (f"certfile {file}", f"keyfile {file.with_suffix('.key')}", "allow_anonymous true")
    async with mosquitto(tmp_path, *lines) as port:
        error = await refuse(f"mqtts://127.0.0.1:{port}")
        assert type(error) is TlsFailedError
        assert "is not trusted" in str(error)
        context = ssl.create_default_context(cafile=file)
        url = f"mqtts://127.0.0.1:{port}"
        for connector in (MqttConnector([url], tls_ca=file), MqttConnector([url], tls=context)):
            peer = Peer()
            await peer.connect(connector)
            await peer.subscribe("t")
            assert peer.connection.address == url
            peer.connection.publish("t", bytes(256 * 1024))
            await peer.until(lambda peer=peer: bool(peer.received))  # type: ignore[misc]
            await peer.connection.close()
            assert peer.losses == []


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    """The certificate must be for the name in the address."""
    file = certificate(tmp_path)
    lines = (f"certfile {file}", f"keyfile {file.with_suffix('.key')}", "allow_anonymous true")
    async with mosquitto(tmp_path, *lines) as port:
        error = await refuse(f"mqtts://localhost:{port}", tls_ca=file)
        assert type(error) is TlsFailedError
        assert "localhost" in str(error)


async def test_plain_and_tls_mixed_up_are_explained(tmp_path: Path) -> None:
    """TLS where there is none, and none where there is TLS, are told apart from no broker."""
    async with mosquitto(tmp_path, "allow_anonymous true") as port:
        error = await refuse(f"mqtts://127.0.0.1:{port}")
        assert type(error) is TlsFailedError
        assert "may not speak TLS" in str(error)
    file = certificate(tmp_path)
    lines = (f"certfile {file}", f"keyfile {file.with_suffix('.key')}", "allow_anonymous true")
    async with mosquitto(tmp_path, *lines) as port:
        error = await refuse(f"mqtt://127.0.0.1:{port}")
        assert type(error) in (TlsFailedError, NotABrokerError)
        assert "mqtts://" in str(error)
