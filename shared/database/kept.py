"""What cannot change any more is read once: values by key, the longest unused go first."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values of this process, made when first asked for and kept for all readers.

    Only for what no act can change: there is no way to say that a value is old. `settled` says
    that this is so already; a value that the present transaction itself has just made final is
    given and not kept, because the transaction may still be undone.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V], *, settled: bool) -> V:
        """Return the value of a key, made now when it is not kept."""
        if not settled:
            return make()
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        # Made outside of the lock: it takes queries, and twice does no harm.
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value
