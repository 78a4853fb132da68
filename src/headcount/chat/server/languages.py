"""The language that somebody reads, of the two there are texts in."""

from __future__ import annotations

from headcount.chat.hub.inputs import Language

_DEFAULT: Language = "fr"
_MOST = 20
"""Languages of a header that are looked at."""


def language_of(accepted: str | None) -> Language:
    """Return the language to answer in.

    Args:
        accepted: an `Accept-Language` header (RFC 9110, 12.5.4), or None; then it is French, the
            language of the texts that existing clients know.
    """
    best: Language = _DEFAULT
    highest = 0.0
    for each in (accepted or "").split(",")[:_MOST]:
        name, _, parameter = each.partition(";")
        spoken = name.strip().lower().partition("-")[0]
        quality = _quality(parameter)
        if spoken == "fr" and quality > highest:
            best, highest = "fr", quality
        elif spoken == "en" and quality > highest:
            best, highest = "en", quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
