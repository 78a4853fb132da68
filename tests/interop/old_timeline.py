"""Named steps in time, for something that has no clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Action = Callable[[], None]


@dataclass(slots=True)
class _Step:
    at: float
    action: Action
    period: float | None


class Timeline:
    """Steps that become due: once, or again and again."""

    def __init__(self) -> None:
        self.now = 0.0
        """Seconds on a monotonic clock, as last told."""
        self._steps: dict[str, _Step] = {}

    @property
    def deadline(self) -> float | None:
        """When the next step is due, or None."""
        return min((step.at for step in self._steps.values()), default=None)

    def after(self, delay: float, name: str, action: Action, every: float | None = None) -> None:
        """Run `action` in `delay` seconds, then `every` so many; it takes the place of its name."""
        self._steps[name] = _Step(self.now + delay, action, every)

    def drop(self, *names: str) -> None:
        """Forget steps."""
        for name in names:
            self._steps.pop(name, None)

    def clear(self) -> None:
        """Forget all steps."""
        self._steps.clear()

    def __contains__(self, name: str) -> bool:
        return name in self._steps

    def advance(self, now: float) -> None:
        """Run what is due at `now`, the earliest first."""
        self.now = now
        while self._steps:
            name, step = min(self._steps.items(), key=lambda item: item[1].at)
            if step.at > now:
                return
            if step.period is None:
                del self._steps[name]
            else:
                step.at += step.period
                if step.at <= now:  # what was missed in a freeze is not made up for
                    step.at = now + step.period
            step.action()
