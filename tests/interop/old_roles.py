"""The role dialog of an old SGE instance, and what it publishes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tests.interop.old_timeline import Timeline

REGISTER_AFTER = 0.56
COUNT_EVERY = 0.9
REGISTER_AGAIN_AFTER = 0.6


class Send(Protocol):
    """Publishes a message of the session; client id and time are added."""

    def __call__(self, name: str, fields: Mapping[str, Any], *, retain: bool) -> None:
        """Publish."""


class RoleDialog:
    """Which player is whose.

    Arguments:
        client_id: the id the game was launched with.
        least, most: the numbers of players of the session.
        wanted: so many registrations are enough.
    """

    def __init__(
        self, timeline: Timeline, send: Send, client_id: str, least: int, most: int, wanted: int
    ) -> None:
        self.player: str | None = None
        """The own player: chosen, and not refused."""
        self.taken: dict[str, str] = {}
        """The client that reserved a player, without one's own."""
        self.registered: dict[str, str] = {}
        """The client that plays a player."""
        self.all_selected = False
        """All roles are taken: the dialog is closed."""
        self.refused = False
        """Somebody else chose the same player at the same moment."""
        self._timeline = timeline
        self._send = send
        self._client_id = client_id
        self._numbers = {"num_players_min": least, "num_players_max": most}
        self._wanted = wanted
        self.handlers: dict[str, Callable[[str, dict[str, Any]], None]] = {
            "session_player_reservation": self._on_reservation,
            "session_player_registration": self._on_registration,
            "session_all_players_selected": self._on_all_selected,
        }

    def choose(self, player: str) -> None:
        """Choose a player and press OK.

        Raises:
            ValueError: it is already taken, so it cannot be clicked.
        """
        if player in self.taken:
            raise ValueError(f"{player} is already taken")
        if self.player is not None:
            self._release()
        self.player, self.refused = player, False
        self._reserve(player, "reserve")
        self._timeline.after(REGISTER_AFTER, "register", self._register)

    def row(self, player: str) -> str:
        """Return the radio button of a player."""
        if player in self.registered and player != self.player:
            return f"{player} - Already connected"
        if player in self.taken:
            return f"{player} - Already taken"
        return f"{player} - You have selected" if player == self.player else player

    def _register(self) -> None:
        self._register_now()
        self._timeline.after(COUNT_EVERY, "count", self._count, every=COUNT_EVERY)

    def _count(self) -> None:
        if len(self.registered) < self._wanted:
            return
        self._timeline.drop("count")
        fields = {"timestamp": "", "all_players_selected": True}
        self._send("session_all_players_selected", fields, retain=True)
        self._timeline.after(REGISTER_AGAIN_AFTER, "register again", self._register_now)

    def _register_now(self) -> None:
        fields = {"assigned_player_name": self.player, **self._numbers}
        self._send(f"session_player_registration/{self.player}", fields, retain=False)

    def _reserve(self, player: str, action: str) -> None:
        fields = {"player_name": player, "action": action}
        self._send(f"session_player_reservation/{player}", fields, retain=True)

    def _release(self) -> None:
        assert self.player is not None
        self._timeline.drop("register", "count", "register again")
        self._reserve(self.player, "release")
        self.player = None

    def _on_reservation(self, player: str, fields: dict[str, Any]) -> None:
        client = fields["clientId"]
        if client == self._client_id:
            return
        if fields["action"] == "reserve":
            self.taken[player] = client
            if player == self.player and "register" in self._timeline:
                self._release()
                self.refused = True
        elif self.taken.get(player) == client:
            del self.taken[player]

    def _on_registration(self, player: str, fields: dict[str, Any]) -> None:
        self.registered[player] = fields["clientId"]

    def _on_all_selected(self, _: str, fields: dict[str, Any]) -> None:
        self.all_selected = bool(fields["all_players_selected"])
