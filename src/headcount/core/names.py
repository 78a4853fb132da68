"""Names that people give, and what others wrote where it is shown."""

from __future__ import annotations

LONGEST = 64
JOINERS = "\u200c\u200d\u00a0\u202f"
"""Zero-width non-joiner and joiner, and the two spaces that do not break.

They are part of how some names are written, though Python does not count them as printable.
"""


def is_name(text: str) -> bool:
    """Tell whether `text` may be a name or a role: 1 to 64 printable characters."""
    return 1 <= len(text) <= LONGEST and all(map(_is_shown, text))


def printable(text: str) -> str:
    """Return what came from others without anything that would steer a terminal or a window."""
    return "".join(sign if _is_shown(sign) else "·" for sign in text)


def _is_shown(sign: str) -> bool:
    return sign.isprintable() or sign in JOINERS
