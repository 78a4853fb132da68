"""A plain script without an event loop: one instance hosts, the others join.

python examples/script.py mqtt://127.0.0.1:1883 host
python examples/script.py mqtt://127.0.0.1:1883        (in as many terminals as you like)
"""

import sys
import time

import headcount


def play(session: headcount.blocking.Session) -> None:
    for state in session.watch():
        print(f"{state.count} of {state.num_players_min} are here", flush=True)
        if state.phase == headcount.Phase.STARTED:
            break
        if session.is_host and state.phase == "open" and state.count >= state.num_players_min:
            session.start()
    players, throw = session.count, session.rng("dice").randint(1, 6)
    time.sleep(0.5)  # a long turn: the seat is kept by a thread of its own
    session.send(throw)
    for number, message in enumerate(session.messages(), 1):
        print(f"{message.name} threw {message.payload}", flush=True)
        if number == players:  # not session.count: who is quicker has left already
            break


def main() -> None:
    url, *host = sys.argv[1:]
    with headcount.blocking.connect(url, name="the host" if host else None) as broker:
        if host:
            with broker.create("Dice", id="dice", seats=(2, 4)) as session:
                play(session)
        else:
            with broker.join("dice", wait=10) as session:
                play(session)


main()
