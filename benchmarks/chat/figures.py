"""All figures of the chat, by the name that `--only` takes; `chat` is all of them."""

from __future__ import annotations

from typing import Final

from benchmarks.bench import Figure
from benchmarks.chat import churn, crowd, fanout, logins, losses, memory, slow

CHAT: Final[dict[str, Figure]] = {
    "chat-fanout": fanout.measure,
    "chat-slow": slow.measure,
    "chat-memory": memory.measure,
    "chat-crowd": crowd.measure,
    "chat-churn": churn.measure,
    "chat-logins": logins.measure,
    "chat-losses": losses.measure,
}
