"""The lines that are added to a file: readable, known again, and removed without a trace."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headcount.errors import BadInputError
from headcount.sge.patching.block import CLASSES, block, defined, patched, restored
from tests.sge.sge_tree import BOM, MQTT


def test_a_class_inside_something_else_does_not_count() -> None:
    """Only the top level of a module is what others import."""
    inner = b"def f():\n    class SGMQTTManager: pass\n'class SGDistributedSession'\n"
    assert defined(inner) == ()
    assert defined(inner + MQTT) == ("SGMQTTManager",)


def test_a_file_without_known_classes_stays_as_it_is() -> None:
    """There is nothing to bind."""
    assert patched(b"x = 1", ()) == b"x = 1"


def test_an_encoding_that_goes_on_below_is_bad_input() -> None:
    """One in which the block would be read as something else."""
    japanese = b"# coding: iso-2022-jp\nclass SGMQTTManager: pass\n# " + b"\x1b$B"
    with pytest.raises(BadInputError):
        patched(japanese, defined(japanese))


@pytest.mark.parametrize("original", [b"class A: pass\n", b"class A: pass"])
def test_what_stands_below_a_block_is_kept(original: bytes) -> None:
    """Only the block goes, and the lines above and below stay apart."""
    added = patched(original, ["SGDistributedSession"]) + b"own = 1\n"
    assert restored(added) == b"class A: pass\nown = 1\n"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_tree_whose_line_ends_were_converted_is_restored_in_the_new_ones(end: bytes) -> None:
    """As git does, for the whole file."""
    content = patched(MQTT, ["SGMQTTManager"]).replace(b"\n", end)
    assert restored(content) == MQTT.replace(b"\n", end)


ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "latin-1": b"# coding: latin-1",
    "cp1252": b"#coding=cp1252",
}
words = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12)
lines = st.lists(words.map(lambda text: f"# {text}") | st.just("") | st.just("x = 1"), max_size=5)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Draw a file with a known class somewhere in it."""
    encoding = draw(st.sampled_from(list(ENCODINGS)))
    text = [*draw(lines), "class SGMQTTManager:", "    pass", *draw(lines)]
    written = [line.encode(encoding.removesuffix("-sig"), "replace") for line in text]
    if ENCODINGS[encoding]:
        written.insert(0, ENCODINGS[encoding])
    ends = st.sampled_from([b"\n", b"\r\n", b"\r"])
    content = b"".join(line + draw(ends) for line in written[:-1]) + written[-1]
    last = draw(st.sampled_from([b"", b"\n", b"\r\n", b"\r", b"\n\n", b"\n  ", b"\n\x0c\n"]))
    return (BOM if encoding == "utf-8-sig" else b"") + content + last


@given(files())
def test_any_file_is_given_back_byte_for_byte(content: bytes) -> None:
    """Whatever its encoding, its line ends, and how it ends; and twice is the same as once."""
    classes = defined(content)
    assert classes == ("SGMQTTManager",)
    after = patched(content, classes)
    compile(after, "module.py", "exec")
    assert after.startswith(content)
    assert restored(after) == content
    assert restored(content) == content


@given(st.binary(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_removing_a_block_gives_back_whatever_stood_above(above: bytes, end: str) -> None:
    """Even if that is no text at all."""
    lines = ("\n" + block(CLASSES)).replace("\n", end)
    assert restored(above + lines.encode()) == above


@given(st.binary())
def test_what_is_no_python_is_bad_input_and_nothing_else(content: bytes) -> None:
    """Whatever bytes a file holds."""
    with contextlib.suppress(BadInputError):
        defined(content + b"\nclass SGMQTTManager: pass\n")
