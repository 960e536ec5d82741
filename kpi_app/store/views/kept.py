"""What is dear to work out and stays the same until its inputs change: kept in memory, made once for all who ask.

It is gone with the process, and holds whatever objects a page shows (sheets, weeks). Figures alone are kept as files
(``figures.py``), so that they are there after a restart and for other servers of the same home.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The newest ``most`` things by what they were made from; while one is made, others who ask for it wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: OrderedDict[Hashable, T] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made from ``key``, made now where it is not there. What ``make`` raises is not kept."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._made:
                    return self._made[key]
            try:
                made = make()
                with self._lock:
                    self._made[key] = made
                    while len(self._made) > self._most:
                        self._made.popitem(last=False)
            finally:
                with self._lock:
                    self._making.pop(key, None)
        return made
