"""Close codes."""

from __future__ import annotations

from headcount.chat.hub import closing

CODES = {name: value for name, value in vars(closing).items() if name.isupper()}


def test_codes_may_be_sent_and_differ() -> None:
    """RFC 6455, 7.4: 1000 to 1014 but for the reserved ones, or 4000 to 4999."""
    assert len(set(CODES.values())) == len(CODES)
    for code in CODES.values():
        assert code in range(1000, 1015) or code in range(4000, 5000)
        assert code not in (1004, 1005, 1006)
