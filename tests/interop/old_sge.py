"""An old SGE instance, emulated, with its faults: what it is told goes in, what it does comes out.

::

    old = OldInstance("c55cae", clock=datetime.now)
    effects = old.create(now, "S1", 2, 4)           # publish and subscribe what comes out
    effects = old.receive(now, topic, payload)      # what came in
    effects = old.step(now)                         # at `old.deadline`
    old.count, old.bottom_line, old.rows, old.seed  # what its window shows

`now` is in seconds on any monotonic clock; `clock` gives the naive local time of its machine.
As a process: `python -m tests.interop.old_sge --help`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from tests.interop.old_hearing import Hearing
from tests.interop.old_roles import RoleDialog
from tests.interop.old_window import Phase
from tests.interop.old_wire import Clock, Effect, OldState, encode, is_old

INITIAL_WAIT = 1.0
CREATING = 4.4
FIRST_SEED_OF_JOINER = 0.1
READY_OF_JOINER = 3.73
READING = 0.1
READ_TIMEOUT = 2.0
SEED_EVERY = 3.0
BEAT_EVERY = 5.0
CHECK_EVERY = 3.0
CHECK_AFTER = 10.0
COUNTDOWN = 3.0
GOODBYE_AFTER = 0.2
SEED_AFTER_LAUNCH = 2.0

BEFORE = ("session_instance_ready/+", "session_player_disconnect/+", "session_game_start")
LAUNCHED = (
    "session_player_reservation/+",
    "session_player_registration/+",
    "session_all_players_selected",
    "game_nextTurn",
    "game_gameAction_performed",
    "game_execute_method",
)


class OldInstance(Hearing):
    """One running old instance.

    Arguments:
        client_id: what it calls itself, until its game launches if it joins.
        clock: its wall clock.
        seed: what it draws; by default from its client id.
        new_id: gives the client id a joiner takes at launch.
        auto_start: a full session starts by itself after a countdown.
    """

    def __init__(
        self,
        client_id: str,
        clock: Clock,
        *,
        seed: int | None = None,
        new_id: Callable[[], str] = lambda: uuid4().hex,
        auto_start: bool = True,
    ) -> None:
        super().__init__(client_id, clock, seed, new_id)
        self._auto_start = auto_start
        self._inbox: list[tuple[str, bytes, bool]] = []
        self._clicks: list[Callable[[], None]] = []

    # --- what is clicked: a frozen window does it later ----------------------------------------

    def list_sessions(self, now: float) -> list[Effect]:
        """Open the dialog at "Join existing session"."""
        return self._click(now, lambda: self._subscribe("session_discovery/+"))

    def create(
        self, now: float, session_id: str, least: int = 2, most: int = 4, model: str = "Peer model"
    ) -> list[Effect]:
        """Click Connect at "Create new session"; the window is frozen for 4.4 s.

        Raises:
            RuntimeError: it is in a session.
        """
        return self._click(now, lambda: self._create(session_id, least, most, model))

    def join(self, now: float, session_id: str) -> list[Effect]:
        """Click Connect at "Join existing session"; the window is frozen for 3.8 s.

        Raises:
            RuntimeError: it is in a session.
        """
        return self._click(now, lambda: self._join(session_id))

    def start(self, now: float) -> list[Effect]:
        """Click Start Now.

        Raises:
            RuntimeError: the button is not there, or not enabled.
        """
        return self._click(now, lambda: self._start("manual"))

    def leave(self, now: float) -> list[Effect]:
        """Click Cancel, or quit the game."""
        return self._click(now, self._leave)

    def choose_role(self, now: float, player: str) -> list[Effect]:
        """Choose a player in the role dialog and press OK.

        Raises:
            RuntimeError: the game has not started.
            ValueError: the player is already taken.
        """
        return self._click(now, lambda: self._game().choose(player))

    def next_turn(self, now: float) -> list[Effect]:
        """Click Next turn."""
        return self._click(now, lambda: self._act("game_nextTurn", {}))

    def act(self, now: float, method: str, *arguments: Any) -> list[Effect]:
        """Do something on the grid, which the others execute too."""
        target = {"class_name": "Cell", "id": 1, "method": method}
        fields = {"objectAndMethod": target, "listOfArgs": list(arguments)}
        return self._click(now, lambda: self._act("game_gameAction_performed", fields))

    # --- what happens --------------------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When `step` is to be called, or None."""
        return self._timeline.deadline

    def step(self, now: float) -> list[Effect]:
        """Do what is due."""
        self._timeline.advance(now)
        out, self._out = self._out, []
        return out

    def receive(
        self, now: float, topic: str, payload: bytes, retained: bool = False
    ) -> list[Effect]:
        """Take a message; `retained` says that it came out of the broker's store.

        In a frozen window only the wait for a seed and the read of a state go on.
        """
        self._timeline.now = now
        if self.phase is not Phase.FROZEN:
            self._handle(topic, payload, retained)
        elif not self._overhear(topic, payload):
            self._inbox.append((topic, payload, retained))
        return self.step(now)

    def _click(self, now: float, action: Callable[[], None]) -> list[Effect]:
        self._timeline.advance(now)
        if self.phase is Phase.FROZEN:
            self._clicks.append(action)
        else:
            action()
        return self.step(now)

    # --- creating and joining: steps of one long freeze ----------------------------------------

    def _create(self, session_id: str, least: int, most: int, model: str) -> None:
        self._freeze(session_id, creator=True)
        self._timeline.after(INITIAL_WAIT, "first seed", self._first_seed)
        self._timeline.after(CREATING, "open", lambda: self._open(least, most, model))

    def _open(self, least: int, most: int, model: str) -> None:
        time, own = self._time(), self.client_id
        self.states[self.session_id] = OldState(
            self.session_id, own, model, "open", (own,), 1, time, time, time, least, most
        )
        self._publish_ready()
        self._publish_discovery()
        self._publish_state()
        self._subscribe(self._topic("session_state"))
        self._timeline.after(BEAT_EVERY, "discovery", self._publish_discovery, BEAT_EVERY)
        self._timeline.after(BEAT_EVERY, "state", self._beat, BEAT_EVERY)
        self._thaw(seed_after=0.24)

    def _join(self, session_id: str) -> None:
        self._freeze(session_id, creator=False)
        self._timeline.after(FIRST_SEED_OF_JOINER, "first seed", self._seed_of_joiner)
        self._timeline.after(READY_OF_JOINER, "ready", self._read_state)

    def _first_seed(self) -> None:
        self._leader = not self.synchronized
        self._publish_seed()

    def _seed_of_joiner(self) -> None:
        if self.synchronized:
            self._first_seed()
        else:
            wait = INITIAL_WAIT - FIRST_SEED_OF_JOINER
            self._timeline.after(wait, "first seed", self._first_seed)

    def _read_state(self) -> None:
        self._publish_ready()
        self._reading = True
        self._subscribe(self._topic("session_state"))
        self._timeline.after(READ_TIMEOUT, "unread", lambda: self._joined(None))
        self._timeline.after(READING, "read", self._look_at_read, READING)

    def _look_at_read(self) -> None:
        if self._read is not None:
            self._joined(self._read)

    def _joined(self, state: OldState | None) -> None:
        """Write what was read, with oneself added: what others wrote in between is lost."""
        self._timeline.drop("read", "unread")
        self._reading = False
        self.states.pop(self.session_id, None)
        if state is not None:
            self.states[self.session_id] = state
            self._change(lambda state: state.with_instance(self.client_id, self._clock()))
        self._timeline.after(CHECK_AFTER + CHECK_EVERY, "check", self._check_creator, CHECK_EVERY)
        self._thaw(seed_after=0.44)
        if state is not None and state.state == "closed":
            self._close()

    def _freeze(self, session_id: str, *, creator: bool) -> None:
        if self.phase in (Phase.WAITING, Phase.STARTED):
            raise RuntimeError("already in a session")
        self._timeline.drop("seed", "seed again")
        self.phase, self.session_id, self.is_creator = Phase.FROZEN, session_id, creator
        self._ready.clear()
        self._read = None
        for name in ("session_seed_sync", *BEFORE):
            self._subscribe(self._topic(name))

    def _thaw(self, seed_after: float) -> None:
        """Go on: the timers of the seed begin, and what came or was clicked meanwhile is done."""
        self.phase, self.synchronized = Phase.WAITING, True
        self._timeline.after(seed_after, "seed", self._publish_seed, SEED_EVERY)
        self._timeline.after(seed_after, "seed again", self._publish_seed_again, SEED_EVERY)
        inbox, self._inbox = self._inbox, []
        for message in inbox:
            self._handle(*message)
        clicks, self._clicks = self._clicks, []
        for click in clicks:
            with contextlib.suppress(RuntimeError):  # the button was not there
                click()

    # --- waiting, starting, leaving ------------------------------------------------------------

    def _beat(self) -> None:
        self._change(lambda state: state.beaten(self._clock()))

    def _check_creator(self) -> None:
        state = self.state
        if state and state.state == "open" and is_old(state.last_heartbeat, self._clock()):
            self._change(lambda state: state.changed(self._clock(), state="closed"))
            self._close()

    def _close(self) -> None:
        """Reset the dialog. It goes on publishing its seed."""
        self._timeline.drop("discovery", "state", "check", "countdown")
        self.phase = Phase.CLOSED

    def _opened(self, state: OldState) -> None:
        if not self.is_creator or not self._auto_start:
            return
        if len(state.connected_instances) < state.num_players_max:
            self._timeline.drop("countdown")
        elif "countdown" not in self._timeline:
            self._timeline.after(COUNTDOWN, "countdown", lambda: self._start("auto"))

    def _start(self, start_type: str) -> None:
        state = self.state
        if not self.is_creator or self.phase is not Phase.WAITING or state is None:
            raise RuntimeError("there is no Start Now")
        if self.count < state.num_players_min:
            raise RuntimeError("Start Now is not enabled")
        finished = start_type == "auto"
        fields = {"timestamp": "", "start_type": start_type, "countdown_finished": finished}
        self._send("session_game_start", fields, retain=False)
        self._change(lambda state: state.changed(self._clock(), state="started"))
        self._timeline.drop("state", "countdown", "seed")
        self._launch()

    def _launch(self) -> None:
        """Start the game; a joiner gets a new client id."""
        count = self.count
        self.phase = Phase.STARTED
        if not self.is_creator:
            self.client_id = self._new_id()
            self._timeline.drop("seed", "check")
            self._timeline.after(
                SEED_AFTER_LAUNCH, "seed again", self._publish_seed_again, SEED_EVERY
            )
        least, most = 1, 4
        if self.state is not None:
            least, most = self.state.num_players_min, self.state.num_players_max
        self.roles = RoleDialog(
            self._timeline, self._send, self.client_id, least=least, most=most, wanted=count
        )
        for name in LAUNCHED:
            self._subscribe(self._topic(name))

    def _game(self) -> RoleDialog:
        if self.roles is None:
            raise RuntimeError("the game has not started")
        return self.roles

    def _act(self, name: str, fields: dict[str, Any]) -> None:
        self._game()
        payload = encode({"clientId": self.client_id, **fields})
        self._publish(self._topic(name), payload, retain=False, qos=0)

    def _leave(self) -> None:
        phase = self.phase
        self._timeline.clear()
        if phase is Phase.WAITING:
            self._cancel(self.session_id)
        elif phase is Phase.STARTED:
            if self.is_creator:
                self._clear_discovery(self.session_id)
            self._publish_disconnect(self.session_id, self._game().player)
        self.phase, self.roles = Phase.LEFT, None

    def _cancel(self, session_id: str) -> None:
        client_id = self.client_id
        if self.is_creator:
            self._change(lambda state: state.changed(self._clock(), state="closed"))
            last = partial(self._clear_discovery, session_id)
        else:
            self._change(lambda state: state.without_instance(client_id, self._clock()))
            last = partial(self._publish_disconnect, session_id, None)
        self._publish(self._topic(f"session_instance_ready/{client_id}"), b"", retain=True)
        self._timeline.after(GOODBYE_AFTER, "goodbye", last)


if __name__ == "__main__":
    from tests.interop.old_process import main

    main()
