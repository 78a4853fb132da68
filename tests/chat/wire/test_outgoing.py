"""What the server says, to the letter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw

from headcount.chat.wire import outgoing as o
from headcount.chat.wire.codec import encode

POST = o.Post(1, "alice", "alice", "hello", "hello", "T", "T")
REPLY = o.Post(3, "a", "a", "r", "r", "T", "T", 1, "bob", "hi", "demo")
FRAMES: list[tuple[o.Frame, dict[str, Any]]] = [
    (
        o.Connected("u", "anon_x", "T", 1),
        {"type": "connected", "userId": "u", "username": "anon_x", "timestamp": "T"}
        | {"connectedUsers": 1},
    ),
    (o.UserCount(1, ["alice"]), {"type": "userCount", "count": 1, "users": ["alice"]}),
    (
        o.UserCount(0, [], "demo"),
        {"type": "userCount", "count": 0, "users": [], "room": "demo"},
    ),
    (o.AuthAck(), {"type": "auth:ack", "ok": True}),
    (o.AuthRequired("Token requis"), {"type": "auth_required", "message": "Token requis"}),
    (o.Error("Token invalide"), {"type": "error", "message": "Token invalide"}),
    (
        o.Error("x", "C", "r"),
        {"type": "error", "message": "x", "code": "C", "ref": "r"},
    ),
    (o.Success("Pseudo updated"), {"type": "success", "message": "Pseudo updated"}),
    (
        o.MessageNew(POST),
        {
            "type": "message:new",
            "data": {"id": 1, "username": "alice", "pseudo": "alice", "text": "hello"}
            | {"message": "hello", "createdAt": "T", "created_at": "T"},
        },
    ),
    (
        o.MessageNew(REPLY),
        {
            "type": "message:new",
            "data": {"id": 3, "username": "a", "pseudo": "a", "text": "r", "message": "r"}
            | {"createdAt": "T", "created_at": "T", "replyTo": 1, "replyToPseudo": "bob"}
            | {"replyToText": "hi", "room": "demo"},
        },
    ),
    (
        o.MessageAck("r", 1, "lobby"),
        {"type": "message:ack", "ref": "r", "id": 1, "room": "lobby"},
    ),
    (o.MessageDeleted(1), {"type": "message:deleted", "id": 1}),
    (
        o.ChatCleared("root", "T"),
        {"type": "chatCleared", "clearedBy": "root", "timestamp": "T"},
    ),
    (
        o.TypingIndicator(o.TypingState("u", "alice", True)),
        {
            "type": "typing:indicator",
            "data": {"userId": "u", "username": "alice", "isTyping": True},
        },
    ),
    (
        o.PresenceUpdate(o.PresenceState("u", "alice", "away")),
        {
            "type": "presence:update",
            "data": {"userId": "u", "username": "alice", "status": "away"},
        },
    ),
    (o.Joined("demo"), {"type": "joined", "room": "demo"}),
    (
        o.Joined("lobby", "demo"),
        {"type": "joined", "room": "lobby", "closed": "demo"},
    ),
    (
        o.Resumed("lobby", False, []),
        {"type": "resumed", "room": "lobby", "recovered": False, "messages": []},
    ),
    (
        o.Presence(1, [o.Here("u", "alice")]),
        {"type": "presence", "count": 1, "joined": [{"id": "u", "name": "alice"}]}
        | {"left": [], "whole": False},
    ),
    (
        o.Sessions([Raw(b'{"id":"sea"}')], ["lake"]),
        {"type": "sessions", "sessions": [{"id": "sea"}], "gone": ["lake"]}
        | {"whole": False, "more": False},
    ),
    (o.Restarting(1.5), {"type": "restarting", "retryAfter": 1.5}),
]


@pytest.mark.parametrize(("frame", "expected"), FRAMES, ids=lambda value: type(value).__name__)
def test_frames_are_as_clients_know_them(frame: o.Frame, expected: dict[str, Any]) -> None:
    """Field by field; what says nothing is left out."""
    assert json.loads(encode(frame)) == expected


def test_every_frame_is_among_them() -> None:
    """A new one needs its line here."""
    assert {type(frame) for frame, _ in FRAMES} == set(o.Frame.__subclasses__())
