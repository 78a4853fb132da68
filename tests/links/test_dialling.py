"""Sockets, and what secures them."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from headcount.errors import BadInputError
from headcount.links.addresses import Address
from headcount.links.dialling import dial, tls_context


async def test_every_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name whose first address leads nowhere is reached at its second."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        stream = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        both = [(*stream, ("127.0.0.2", port)), (*stream, ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: both)
        with await dial(Address("two.example", port), 5.0) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unusable_authority_file_is_refused(tmp_path: Path, content: str | None) -> None:
    """A file that is missing or holds no certificate is named."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BadInputError, match=r"ca\.pem cannot be used"):
        tls_context(file)
