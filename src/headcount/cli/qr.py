"""QR codes for a terminal."""

from __future__ import annotations

import io


def qr_lines(text: str) -> list[str]:
    """Return a QR code of `text` as lines of half blocks, dark on light."""
    import segno

    out = io.StringIO()
    segno.make_qr(text, error="m").terminal(out, compact=True)
    return out.getvalue().rstrip("\n").split("\n")
