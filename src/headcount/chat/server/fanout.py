"""Fan-out: what is emitted within one turn of the loop is one write to each connection.

A system call for each frame and connection is what costs; so frames are gathered until the
turn ends, joined once for all connections that hear the same channels, and the same object is
written to each. A connection that gets something of its own in that turn, or changes channels,
keeps a list of parts: its own frames, and stretches of what all got, in the order in which
they came. So every connection gets exactly what it would get frame by frame.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from headcount.chat.hub.effects import Channel


class Sink(Protocol):
    """Where a connection's bytes go. It never waits, and calls nothing of this file back."""

    def write(self, data: bytes) -> None:
        """Send bytes, or cut off who does not take them."""


class _Group:
    """All connections that hear the same channels."""

    __slots__ = ("channels", "members")

    def __init__(self, channels: frozenset[Channel]) -> None:
        self.channels = channels
        self.members: dict[str, _Outlet] = {}


_Part = bytes | tuple[int, int, frozenset[Channel]]
"""A frame, or a stretch of the turn's log as somebody who hears these channels gets it."""


class _Outlet:
    """One connection, and what it gets of its own in this turn (`parts`), if anything."""

    __slots__ = ("group", "id", "parts", "seen", "sink")

    def __init__(self, id: str, sink: Sink, group: _Group) -> None:
        self.id = id
        self.sink = sink
        self.group = group
        self.parts: list[_Part] | None = None
        self.seen = 0


class Fanout:
    """The connections of one node, and what they are to get at the end of this turn.

    Args:
        soon: has a function called at the end of the turn, such as `loop.call_soon`.
        flushed: called after everything was written.
    """

    def __init__(
        self, soon: Callable[[Callable[[], None]], object], flushed: Callable[[], None]
    ) -> None:
        self._soon = soon
        self._flushed = flushed
        self._outlets: dict[str, _Outlet] = {}
        self._groups: dict[frozenset[Channel], _Group] = {}
        self._log: list[tuple[Channel, bytes]] = []
        self._own: list[_Outlet] = []
        self._awaited = False

    def __len__(self) -> int:
        return len(self._outlets)

    def __contains__(self, id: str) -> bool:
        return id in self._outlets

    def listeners(self, *channels: Channel) -> int:
        """Return how many connections hear any of some channels."""
        wanted = set(channels)
        groups = self._groups.values()
        return sum(len(each.members) for each in groups if not wanted.isdisjoint(each.channels))

    # --- what is emitted ---------------------------------------------------------------------

    def open(self, id: str, sink: Sink) -> None:
        """Take in a connection that hears no channel yet."""
        group = self._group(frozenset())
        outlet = self._outlets[id] = _Outlet(id, sink, group)
        group.members[id] = outlet
        outlet.seen = len(self._log)

    def subscribe(self, id: str, channel: Channel) -> None:
        """Let a connection hear a channel from now on."""
        outlet = self._outlets.get(id)
        if outlet is not None:
            self._move(outlet, outlet.group.channels | {channel})

    def unsubscribe(self, id: str, channel: Channel) -> None:
        """Let a connection hear a channel no more."""
        outlet = self._outlets.get(id)
        if outlet is not None:
            self._move(outlet, outlet.group.channels - {channel})

    def send(self, id: str, frame: bytes) -> None:
        """Send a frame to one connection."""
        outlet = self._outlets.get(id)
        if outlet is not None:
            self._parts(outlet).append(frame)

    def broadcast(self, channel: Channel, frame: bytes, without: str | None = None) -> None:
        """Send a frame to all who hear a channel now, but one."""
        outlet = None if without is None else self._outlets.get(without)
        if outlet is not None:
            self._parts(outlet)
        self._log.append((channel, frame))
        if outlet is not None:
            outlet.seen = len(self._log)
        self._wake()

    def close(self, id: str) -> bytes:
        """Forget a connection; return what it was still to get."""
        outlet = self._outlets.pop(id, None)
        if outlet is None:
            return b""
        rest = self._joined(outlet, {})
        outlet.parts = None
        self._leave(outlet)
        return rest

    # --- the end of the turn -----------------------------------------------------------------

    def flush(self) -> None:
        """Write everything, one write to each connection."""
        self._awaited = False
        joined: dict[_Part, bytes] = {}
        touched = {channel for channel, _ in self._log}
        for group in self._groups.values():
            if not touched.isdisjoint(group.channels):
                blob = self._stretch((0, len(self._log), group.channels), joined)
                for outlet in group.members.values():
                    if outlet.parts is None:
                        outlet.sink.write(blob)
        for outlet in self._own:
            if outlet.parts is not None:
                rest = self._joined(outlet, joined)
                outlet.parts = None
                outlet.seen = 0
                if rest:
                    outlet.sink.write(rest)
        self._own.clear()
        self._log.clear()
        self._flushed()

    # --- inside ------------------------------------------------------------------------------

    def _wake(self) -> None:
        if not self._awaited:
            self._awaited = True
            self._soon(self.flush)

    def _parts(self, outlet: _Outlet) -> list[_Part]:
        """Return what a connection gets of its own, with all that it has heard until now."""
        if outlet.parts is None:
            outlet.parts = []
            self._own.append(outlet)
            self._wake()
        end = len(self._log)
        if outlet.seen < end:
            outlet.parts.append((outlet.seen, end, outlet.group.channels))
            outlet.seen = end
        return outlet.parts

    def _joined(self, outlet: _Outlet, joined: dict[_Part, bytes]) -> bytes:
        if outlet.parts is None:
            return self._stretch((0, len(self._log), outlet.group.channels), joined)
        parts = self._parts(outlet)
        return b"".join(
            part if isinstance(part, bytes) else self._stretch(part, joined) for part in parts
        )

    def _stretch(
        self, part: tuple[int, int, frozenset[Channel]], joined: dict[_Part, bytes]
    ) -> bytes:
        blob = joined.get(part)
        if blob is None:
            start, end, channels = part
            log = self._log[start:end]
            blob = b"".join([frame for channel, frame in log if channel in channels])
            joined[part] = blob
        return blob

    def _group(self, channels: frozenset[Channel]) -> _Group:
        group = self._groups.get(channels)
        if group is None:
            group = self._groups[channels] = _Group(channels)
        return group

    def _move(self, outlet: _Outlet, channels: frozenset[Channel]) -> None:
        self._parts(outlet)
        self._leave(outlet)
        outlet.group = self._group(channels)
        outlet.group.members[outlet.id] = outlet

    def _leave(self, outlet: _Outlet) -> None:
        group = outlet.group
        del group.members[outlet.id]
        if not group.members:
            del self._groups[group.channels]
