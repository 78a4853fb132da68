"""`headcount create` and `headcount join`: this terminal as one instance of a session."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from headcount.cli.exits import Exit
from headcount.cli.options import Measured, Timed, option
from headcount.errors import BadInputError

if TYPE_CHECKING:
    from headcount.arguments import Seats

_SEATS = re.compile(r"([0-9]{1,9})(?:(-)([0-9]{1,9})?)?")

ClientId = Annotated[
    str | None,
    option(
        "--client-id",
        "Who this instance is, to the others; drawn when it is not given.",
        metavar="ID",
        show_default=False,
    ),
]
Who = Annotated[
    str | None,
    option("--name", "Your name, for people to read.", metavar="WHO", show_default=False),
]


def create(
    timed: Timed,
    measured: Measured,
    name: Annotated[
        str, typer.Argument(help="What the session is called.", metavar="NAME", show_default=False)
    ],
    id: Annotated[
        str | None,
        option("--id", "The session's id; made from NAME by default.", show_default=False),
    ] = None,
    seats: Annotated[
        str,
        option(
            "--seats",
            "How many instances, you included: 4, 2-4, or 2- for no maximum.",
            metavar="N|MIN-MAX|MIN-",
        ),
    ] = "1-",
    roles: Annotated[
        str | None,
        option("--roles", "Roles to choose from.", metavar="A,B,C", show_default=False),
    ] = None,
    seed: Annotated[
        int | None,
        option("--seed", "The random seed all share; drawn by default.", show_default=False),
    ] = None,
    client_id: ClientId = None,
    who: Who = None,
    auto_start: Annotated[
        bool,
        option("--auto-start", "Count down from 3 s once all seats are taken."),
    ] = False,
    on_host_loss: Annotated[
        Literal["close", "migrate"],
        option("--on-host-loss", "What becomes of the session when you are gone."),
    ] = "close",
) -> Exit:
    """Create a session and host it.

    Commands are read from standard input, one a line: ready, unready, role NAME, release,
    set KEY=JSON, say TEXT, kick CLIENT_ID, start [SECONDS], cancel, close, leave, state.
    """
    from headcount.cli.play import Founding, play

    wanted = Founding(
        model_name=name,
        id=id,
        seats=parse_seats(seats),
        roles=tuple(role.strip() for role in roles.split(",")) if roles else (),
        seed=seed,
        auto_start=auto_start,
        on_host_loss=on_host_loss,
    )
    return play(timed, measured, client_id, who, wanted)


def join(
    timed: Timed,
    measured: Measured,
    id: Annotated[
        str | None,
        typer.Argument(help="The session; without it you choose from a list.", show_default=False),
    ] = None,
    client_id: ClientId = None,
    who: Who = None,
    role: Annotated[
        str | None,
        option("--role", "A role to take; if it is taken, you do not join.", show_default=False),
    ] = None,
    wait: Annotated[
        float,
        option(
            "--wait",
            "Keep trying while there is no such session, or it is full.",
            metavar="SECONDS",
        ),
    ] = 0.0,
) -> Exit:
    """Join a session.

    Commands are read from standard input, one a line: ready, unready, role NAME, release,
    set KEY=JSON, say TEXT, leave, state. After a crash, joining again takes the same seat
    while it is held.
    """
    if id is None and not sys.stdin.isatty():
        raise BadInputError(
            "which session? give its id (headcount join ID); headcount list shows them"
        )
    from headcount.cli.play import Joining, play

    return play(timed, measured, client_id, who, Joining(id=id, role=role, wait=wait))


def parse_seats(text: str) -> Seats:
    """Return what `--seats` says: `4`, `2-4` or `2-`.

    Raises:
        BadInputError: it says nothing of the kind.
    """
    match = _SEATS.fullmatch(text.strip())
    if match is None:
        raise BadInputError(f"{text!r} are no seats: write 4, 2-4, or 2- for no maximum")
    low, dash, high = match.groups()
    if dash is None:
        return int(low)
    return int(low), None if high is None else int(high)
