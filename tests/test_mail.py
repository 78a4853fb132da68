"""Application messages: order within a sender, gaps told."""

from __future__ import annotations

from headcount.mail import Gap, Mail, Message


def message(sender: str, seq: int) -> Message:
    """Return a message with nothing in it."""
    return Message(sender, sender, None, seq)


async def test_messages_come_as_they_were_put() -> None:
    """Nothing is reordered."""
    mail = Mail(lambda: None)
    items = [message("a", 1), message("b", 1), Gap("a", 2), message("a", 4)]
    for item in items:
        mail.put(item)
    mail.end()
    assert [item async for item in mail] == items


async def test_what_has_to_go_is_told_as_a_gap_of_each_sender_and_counted() -> None:
    """Who reads too slowly learns how many messages of whom are missing."""
    overflows: list[None] = []
    mail = Mail(lambda: overflows.append(None), limit=2)
    for item in [message("a", 1), message("b", 1), Gap("a", 3), message("a", 5), message("b", 2)]:
        mail.put(item)
    mail.end()
    got = [item async for item in mail]
    assert sorted(got[:2], key=lambda gap: gap.sender) == [Gap("a", 4), Gap("b", 1)]
    assert got[2:] == [message("a", 5), message("b", 2)]
    assert len(overflows) == 3
