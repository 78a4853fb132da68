"""Commands on standard input."""

from __future__ import annotations

import pytest

from headcount.cli.typed import MAX_LINE_BYTES, Lines, Typed, TypedError, parse


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("ready", Typed("ready")),
        ("  unready \r", Typed("unready")),
        ("role Fisher of the North", Typed("role", "Fisher of the North")),
        ("release", Typed("release")),
        ("set map=1", Typed("set", ("map", 1))),
        ('set a b = {"x": [null]}', Typed("set", ("a b", {"x": [None]}))),
        ('set k="a=b"', Typed("set", ("k", "a=b"))),
        ("say  hello  there", Typed("say", "hello  there")),
        ("kick bob", Typed("kick", "bob")),
        ("start", Typed("start", 0.0)),
        ("start 2.5", Typed("start", 2.5)),
        ("start .5", Typed("start", 0.5)),
        ("start 3600", Typed("start", 3600.0)),
        ("cancel", Typed("cancel")),
        ("close", Typed("close")),
        ("leave", Typed("leave")),
        ("state", Typed("state")),
    ],
)
def test_a_command_is_read(line: str, command: Typed) -> None:
    """Every command of the contract is read, with spaces in roles and texts."""
    assert parse(line) == command


@pytest.mark.parametrize("line", ["", "   ", "\r"])
def test_an_empty_line_is_nothing(line: str) -> None:
    """An empty line is passed over."""
    assert parse(line) is None


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("dance", "dance"),
        ("READY", "READY"),
        ("ready now", "ready"),
        ("role", "role"),
        ("say", "say"),
        ("kick  ", "kick"),
        ("set map", "set"),
        ("set =1", "set"),
        ("set map=forest", "set"),
        ("set map=", "set"),
        ("set map=NaN", "set"),
        ("set map=" + "[" * 10_000, "set"),
        ("start soon", "start"),
        ("start -1", "start"),
        ("start nan", "start"),
        ("start inf", "start"),
        ("start 3601", "start"),
        ("start ٣", "start"),
        ("start 1_0", "start"),
        ("start .", "start"),
    ],
)
def test_a_malformed_line_is_told_by_its_word(line: str, word: str) -> None:
    """What is no command is refused by the word it began with."""
    with pytest.raises(TypedError) as refused:
        parse(line)
    assert refused.value.word == word


def test_lines_are_cut_wherever_the_bytes_were() -> None:
    """A stream comes to the same lines however it is cut."""
    stream = "say é\r\nready\n\nsay last".encode()
    for cut in range(len(stream)):
        lines = Lines()
        found = lines.feed(stream[:cut]) + lines.feed(stream[cut:]) + lines.end()
        assert found == ["say é", "ready", "", "say last"]


def test_of_a_line_that_is_too_long_only_the_beginning_is_kept() -> None:
    """It is refused as a whole, and what follows in it is no command."""
    lines = Lines()
    assert lines.feed(b"say " + b"x" * 3 * MAX_LINE_BYTES) == []
    found = lines.feed(b"leave\nready\n")
    assert [len(line) for line in found] == [MAX_LINE_BYTES + 1, 5]
    with pytest.raises(TypedError, match="64 kB"):
        parse(found[0])
    assert lines.end() == []
