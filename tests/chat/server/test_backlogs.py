"""Backlogs: a bound for each slow reader, and one for all of them together."""

from __future__ import annotations

from headcount.chat.server.backlogs import BURST, PATIENCE, UNNOTICED, Backlogs

EACH, TOGETHER = 2 * UNNOTICED, 40 * UNNOTICED


class Slow:
    """A client for whom bytes wait."""

    def __init__(self, waiting: int = 0) -> None:
        self.waiting = waiting
        self.cuts = 0

    def cut_off(self) -> None:
        """Note it."""
        self.cuts += 1


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def made() -> tuple[Backlogs, Watch]:
    """Return empty backlogs, and their clock."""
    watch = Watch()
    return Backlogs(EACH, TOGETHER, watch), watch


def bears(backlogs: Backlogs, reader: Slow) -> bool:
    """Tell whether a client may be sent more."""
    answer = backlogs.bears(reader, reader.waiting)
    assert answer is not bool(reader.cuts)
    return answer


def test_a_moment_is_allowed() -> None:
    """More than the bound may wait for so long, and no longer."""
    backlogs, watch = made()
    reader = Slow(EACH + 1)
    assert bears(backlogs, reader)
    watch.now += PATIENCE
    assert bears(backlogs, reader)
    watch.now += 0.1
    assert not bears(backlogs, reader)
    assert (reader.cuts, len(backlogs)) == (1, 0)


def test_who_catches_up_has_all_the_patience_again() -> None:
    """However late it was."""
    backlogs, watch = made()
    reader = Slow()
    for waiting in (EACH + 1, EACH, EACH + 1):
        reader.waiting = waiting
        watch.now += PATIENCE
        assert bears(backlogs, reader)


def test_far_too_much_is_too_much_at_once() -> None:
    """Whoever it is."""
    backlogs, _ = made()
    assert bears(backlogs, Slow(BURST * EACH))
    assert not bears(backlogs, Slow(BURST * EACH + 1))


def test_of_many_the_worst_are_cut_off() -> None:
    """Until there is room again; the others notice nothing."""
    backlogs, _ = made()
    readers = [Slow(EACH - number) for number in range(20)]
    assert all(bears(backlogs, reader) for reader in readers)
    assert bears(backlogs, Slow(UNNOTICED + 1))
    assert [reader.cuts for reader in readers[:6]] == [1] * 6
    assert not any(reader.cuts for reader in readers[6:])
    assert all(bears(backlogs, reader) for reader in readers[6:])


def test_the_worst_may_be_who_is_written_to() -> None:
    """Then nothing more is."""
    backlogs, _ = made()
    assert all(bears(backlogs, Slow(EACH)) for _ in range(20))
    assert not bears(backlogs, Slow(2 * EACH))


def test_who_has_caught_up_meanwhile_does_not_count() -> None:
    """What waits is looked at anew before anybody is cut off."""
    backlogs, _ = made()
    readers = [Slow(EACH) for _ in range(20)]
    assert all(bears(backlogs, reader) for reader in readers)
    for reader in readers[:10]:
        reader.waiting = 0
    assert bears(backlogs, Slow(EACH))
    assert not any(reader.cuts for reader in readers)
    assert len(backlogs) == 11


def test_who_is_gone_does_not_count() -> None:
    """A second time changes nothing."""
    backlogs, _ = made()
    readers = [Slow(EACH) for _ in range(20)]
    assert all(bears(backlogs, reader) for reader in readers)
    for reader in (*readers[:10], *readers[:10]):
        backlogs.forget(reader)
    assert all(bears(backlogs, Slow(EACH)) for _ in range(10))
