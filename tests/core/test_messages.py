"""What travels."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from headcount.core import messages as m


@pytest.mark.parametrize("code", m.Code)
def test_a_code_is_its_own_name(code: m.Code) -> None:
    """People and programs read the same word."""
    assert code == code.name == code.value


@pytest.mark.parametrize("code", m.Code)
def test_a_noted_code_is_read_back(code: m.Code) -> None:
    """What one host has noted, the next one answers."""
    assert m.Code.noted(code.value) is code


@pytest.mark.parametrize("outcome", ["", "WEIRD", "accepted", "name", "noted", "__class__"])
def test_a_note_that_is_not_known_here_is_a_refusal(outcome: str) -> None:
    """A newer version may have more codes; none of them raises."""
    assert m.Code.noted(outcome) is m.Code.BAD_INPUT


def test_every_ask_has_its_own_name_on_the_wire() -> None:
    """Section 3.2 lists them."""
    tags = {ask.__struct_config__.tag for ask in m.Ask.__subclasses__()}
    assert tags == {
        "join",
        "leave",
        "ready",
        "role",
        "set",
        "start",
        "cancel",
        "close",
        "kick",
        "probe",
    }


@pytest.mark.parametrize("kind", [*m.Ask.__subclasses__(), m.Heartbeat, m.Request, m.Reply])
def test_messages_are_values(kind: type[msgspec.Struct]) -> None:
    """What was sent or received is never changed afterwards."""
    assert kind.__struct_config__.frozen
    assert not dataclasses.is_dataclass(kind)
