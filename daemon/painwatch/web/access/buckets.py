"""How often somebody may do something: a bucket of tokens for each, in a table of bounded size."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

MOST = 4096
"""Askers kept in mind; beyond, the one that has been quiet for longest is forgotten."""


@dataclass(slots=True)
class _Bucket:
    left: float
    seen_ns: int


class Buckets:
    """Each asker may take `burst` at once and `rate_per_s` in the long run."""

    def __init__(self, rate_per_s: float, burst: float, *, most: int = MOST) -> None:
        self._rate, self._burst, self._most = rate_per_s, burst, most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()  # the one seen last comes last

    def wait_s(self, asker: str, now_ns: int) -> float:
        """Seconds until `asker` may take again; 0 if at once."""
        bucket = self._buckets.get(asker)
        if bucket is None:
            return 0.0
        left = self._filled(bucket, now_ns)
        return 0.0 if left >= 1 else (1 - left) / self._rate

    def take(self, asker: str, now_ns: int) -> float:
        """Takes one for `asker`; seconds to wait if there was none to take, else 0."""
        wait_s = self.wait_s(asker, now_ns)
        bucket = self._buckets.get(asker) or _Bucket(self._burst, now_ns)
        bucket.left, bucket.seen_ns = self._filled(bucket, now_ns) - (0 if wait_s else 1), now_ns
        self._buckets[asker] = bucket
        self._buckets.move_to_end(asker)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return wait_s

    def _filled(self, bucket: _Bucket, now_ns: int) -> float:
        return min(self._burst, bucket.left + max(0, now_ns - bucket.seen_ns) / 1e9 * self._rate)

    def __len__(self) -> int:
        return len(self._buckets)
