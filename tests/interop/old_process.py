"""An old SGE instance as a process: commands on standard input, events on standard output.

One JSON object a line. Commands: `{"do": "leave"}`, `start`, `state`, `turn`, `quit` (leave
and end), `{"do": "role", "player": …}`, `{"do": "join", "session": …}`. Events, each with `at` in
seconds on the monotonic clock: `connected`, `disconnected`, `shown` (count, bottom), `seed`,
`list` (rows), `started`, `role`, `selected`, `action`, `closed`, `left`, `state`, `refused`. The
end of the input ends it without a word.

The connection is as the old system makes it: MQTT 3.1.1, clean session, keepalive 60 s, no will,
and nothing is subscribed again when the broker comes back.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.interop.old_sge import OldInstance
from tests.interop.old_window import Phase
from tests.interop.old_wire import Effect, Publish

KEEPALIVE = 60
FLUSH = 5.0

Job = Callable[[], None]


class OldProcess:
    """One instance and its connection; only the main thread touches the instance."""

    def __init__(self, options: argparse.Namespace) -> None:
        ahead = timedelta(seconds=options.ahead)
        self._options = options
        self._old = OldInstance(
            options.client_id,
            clock=lambda: datetime.now() + ahead,
            seed=options.seed,
            auto_start=options.auto_start,
        )
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._shown: dict[str, Any] = {"shown": (0, self._old.bottom_line), "phase": Phase.SETUP}
        self._acted = 0
        self._ended = self._quitting = False
        self._last: paho.MQTTMessageInfo | None = None
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=options.client_id,
            clean_session=True,
            protocol=paho.MQTTv311,
        )
        self._client.on_connect = lambda *_: self._jobs.put(self._connected)
        self._client.on_disconnect = lambda *_: self._jobs.put(lambda: say("disconnected"))
        self._client.on_message = self._on_message

    def run(self) -> None:
        """Connect, and go on until the end of the input."""
        self._client.connect(self._options.host, self._options.port, keepalive=KEEPALIVE)
        self._client.loop_start()
        threading.Thread(target=self._read_commands, daemon=True).start()
        while not self._ended and not (self._quitting and self._old.phase is Phase.LEFT):
            self._take()
        while self._old.phase is Phase.LEFT and self._old.deadline is not None:
            self._take()
        if self._last is not None:
            self._last.wait_for_publish(FLUSH)
        self._client.disconnect()
        self._client.loop_stop()

    def _take(self) -> None:
        """Do the next thing: something that came, or what is due."""
        deadline = self._old.deadline
        wait = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            job = self._jobs.get(timeout=wait)
        except Empty:
            self._perform(self._old.step(time.monotonic()))
        else:
            job()
        self._show()

    # --- the other threads -------------------------------------------------------------------

    def _on_message(self, client: paho.Client, told: Any, message: paho.MQTTMessage) -> None:
        topic, payload, retained = message.topic, bytes(message.payload), message.retain
        self._jobs.put(
            lambda: self._perform(self._old.receive(time.monotonic(), topic, payload, retained))
        )

    def _read_commands(self) -> None:
        for line in sys.stdin:
            command = json.loads(line)
            self._jobs.put(lambda command=command: self._command(**command))  # type: ignore[misc]
        self._jobs.put(self._end)

    # --- in the main thread ------------------------------------------------------------------

    def _connected(self) -> None:
        say("connected", client_id=self._old.client_id)
        action, self._options.action = self._options.action, None  # at the first time only
        options, now = self._options, time.monotonic()
        if action is not None:
            self._perform(self._old.list_sessions(now))
        if action == "create":
            least, _, most = options.players.partition("-")
            self._perform(
                self._old.create(now, options.session, int(least), int(most), options.model)
            )
        elif action == "join":
            self._perform(self._old.join(now, options.session))

    def _command(self, do: str, player: str = "", session: str = "") -> None:
        now, old = time.monotonic(), self._old
        buttons: dict[str, Callable[[], list[Effect]]] = {
            "leave": lambda: old.leave(now),
            "start": lambda: old.start(now),
            "turn": lambda: old.next_turn(now),
            "role": lambda: old.choose_role(now, player),
            "join": lambda: old.join(now, session),
            "quit": lambda: old.leave(now),
        }
        if do == "state":
            say("state", **self._state())
            return
        try:
            self._perform(buttons[do]())
        except (RuntimeError, ValueError) as error:
            say("refused", do=do, why=str(error))
        self._quitting = self._quitting or do == "quit"

    def _end(self) -> None:
        self._acted = 0
        self._ended = True

    def _perform(self, effects: list[Effect]) -> None:
        for each in effects:
            if isinstance(each, Publish):
                info = self._client.publish(each.topic, each.payload, each.qos, each.retain)
                self._last = info if each.qos else self._last
            else:
                self._client.subscribe(each.topic, qos=1)

    def _show(self) -> None:
        """Say what has changed in the window."""
        old = self._old
        if self._is_new("shown", (old.count, old.bottom_line)):
            say("shown", count=old.count, bottom=old.bottom_line)
        if old.synchronized and self._is_new("seed", old.seed):
            say("seed", seed=old.seed)
        if self._is_new("list", old.rows):
            say("list", rows=old.rows)
        if old.roles is not None and self._is_new("player", old.roles.player):
            say("role", player=old.roles.player, refused=old.roles.refused)
        if old.roles is not None and old.roles.all_selected and self._is_new("selected", True):
            say("selected")
        for kind, fields in old.actions[self._acted :]:
            self._acted += 1
            say("action", kind=kind, fields=fields)
        if self._is_new("phase", old.phase):
            if old.phase in (Phase.STARTED, Phase.CLOSED, Phase.LEFT):
                say(old.phase, client_id=old.client_id, message=old.message)
            if old.phase is Phase.STARTED and self._options.role:
                self._command("role", player=self._options.role)

    def _is_new(self, name: str, value: Any) -> bool:
        known = self._shown.get(name)
        self._shown[name] = value
        return bool(known != value)

    def _state(self) -> dict[str, Any]:
        old, roles = self._old, self._old.roles
        return {
            "phase": old.phase,
            "client_id": old.client_id,
            "session": old.session_id,
            "count": old.count,
            "bottom": old.bottom_line,
            "rows": old.rows,
            "seed": old.seed if old.synchronized else None,
            "copy": asdict(old.state) if old.state else None,
            "player": roles.player if roles else None,
            "dropped": old.dropped,
        }


def say(event: str, **fields: Any) -> None:
    """Write an event."""
    print(json.dumps({"event": event, "at": time.monotonic(), **fields}), flush=True)


def main() -> None:
    """Run `python -m tests.interop.old_sge`."""
    parser = argparse.ArgumentParser(prog="old_sge", description=__doc__)
    parser.add_argument("action", choices=["create", "join", "list"])
    parser.add_argument("session", nargs="?", default="S1")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--client-id", default=uuid4().hex)
    parser.add_argument("--players", default="2-4", help="the least and the most, as 2-4")
    parser.add_argument("--model", default="Peer model")
    parser.add_argument("--seed", type=int, help="what it draws")
    parser.add_argument("--role", default="", help="the player it chooses when the game starts")
    parser.add_argument("--ahead", type=float, default=0.0, help="seconds its clock is ahead")
    parser.add_argument("--no-auto-start", dest="auto_start", action="store_false")
    OldProcess(parser.parse_args()).run()
