"""Token buckets: how often one account may do something, per process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic

from services.errors import RateLimited

MOST_BUCKETS = 100_000


class Rates:
    """A bucket per key: `per_second` on average, `burst` at once. The oldest buckets are forgotten first, which only forgives."""

    def __init__(self, per_second: float, burst: float, now: Callable[[], float] = monotonic) -> None:
        self.per_second, self.burst, self._now = per_second, burst, now
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> None:
        """Use one token of `key`'s bucket; raises RateLimited with the seconds until there is one again."""
        now = self._now()
        level, at = self._buckets.pop(key, (self.burst, now))
        level = min(self.burst, level + (now - at) * self.per_second)
        allowed = level >= 1
        self._buckets[key] = (level - 1 if allowed else level, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        if not allowed:
            raise RateLimited((1 - level) / self.per_second)
