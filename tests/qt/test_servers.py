"""The brokers one may choose from."""

from __future__ import annotations

import pytest

from headcount.errors import BadInputError
from headcount.qt.servers import Server, server, servers


@pytest.mark.parametrize(
    ("line", "name", "urls", "label"),
    [
        ("mqtt://10.0.0.1", "", ("mqtt://10.0.0.1",), "10.0.0.1:1883"),
        ("10.0.0.1:99", "", ("mqtt://10.0.0.1:99",), "10.0.0.1:99"),
        ("Lab = mqtt://a mqtts://b", "Lab", ("mqtt://a", "mqtts://b"), "Lab"),
        ("Here = localhost", "Here", ("mqtt://localhost",), "Here (localhost:1883)"),
        ("mqtt://u:secret@a", "", ("mqtt://u:secret@a",), "a:1883"),
        ("mqtt://u:a%20=%20b@a", "", ("mqtt://u:a%20=%20b@a",), "a:1883"),
    ],
)
def test_a_line_is_a_server(line: str, name: str, urls: tuple[str, ...], label: str) -> None:
    """A name if there is one, and addresses; the label never shows a password."""
    read = server(line)
    assert read == Server(urls, name)
    assert read.label == label
    assert server(read.line) == read


@pytest.mark.parametrize("line", ["", "Lab = ", "http://a", "mqtt://a:99999", "a b:c"])
def test_what_is_no_server(line: str) -> None:
    """It is refused with an example of what to write."""
    with pytest.raises(BadInputError, match="mqtt://"):
        server(line)


def test_the_default_is_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """One cluster, however many addresses it has."""
    monkeypatch.setenv("HEADCOUNT_BROKER", "mqtt://a, mqtt://b")
    assert servers(None) == servers([]) == [Server(("mqtt://a", "mqtt://b"))]
    assert servers(["a", Server(("mqtt://b",), "B")]) == [
        Server(("mqtt://a",)),
        Server(("mqtt://b",), "B"),
    ]
