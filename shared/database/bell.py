"""Waking the other processes of a service after a commit: NOTIFY on PostgreSQL.

On a connection of its own and after the commit: inside the transaction it takes a lock that all
commits of the server share. At most one ring per 25 ms and process. A ring that is lost costs a
second at most, because whoever listens also looks once a second.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from shared import ids
from shared.database.session import Database

log = logging.getLogger(__name__)

CHANNEL = "roundtable"
"""One name for all services: a notification does not leave its database."""
APART = 0.025
AGAIN = 1.0
"""Seconds after which a lost connection is made again."""
LOOK = 0.5
"""Seconds after which a listener looks whether it is to stop."""


class Bell:
    """Rings for the other processes, and hears them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._name = ids.new().hex
        self._rung = threading.Event()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, wakes: Sequence[Callable[[], None]] = ()) -> None:
        """Begin to pass rings on; with `wakes`, also call those when another process rings."""
        self._stopping.clear()
        self._begin("ring", self._pass_on)
        if wakes:
            self._begin("listen", lambda connection: self._listen(connection, wakes))

    def ring(self) -> None:
        """Say that something was committed; costs the caller nothing."""
        self._rung.set()

    def stop(self) -> None:
        """End the threads and close their connections."""
        self._stopping.set()
        self._rung.set()
        for thread in self._threads:
            thread.join(AGAIN + LOOK)
        self._threads.clear()

    def _begin(self, what: str, run: Callable[[Connection], None]) -> None:
        thread = threading.Thread(target=self._keep, args=(run,), name=f"bell-{what}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _keep(self, run: Callable[[Connection], None]) -> None:
        while not self._stopping.is_set():
            try:
                with self._database.detached() as connection:
                    run(connection)
            except (SQLAlchemyError, self._database.engine.dialect.loaded_dbapi.Error) as error:
                log.warning("the bell is silent: %s", type(error).__name__)
                self._stopping.wait(AGAIN)

    def _pass_on(self, connection: Connection) -> None:
        while not self._stopping.is_set():
            self._rung.wait()
            self._rung.clear()
            connection.execute(text("SELECT pg_notify(:channel, :name)"), self._words)
            time.sleep(APART)

    @property
    def _words(self) -> dict[str, str]:
        return {"channel": CHANNEL, "name": self._name}

    def _listen(self, connection: Connection, wakes: Sequence[Callable[[], None]]) -> None:
        connection.execute(text(f"LISTEN {CHANNEL}"))
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - it was just used
        # What was told while nobody listened.
        _call(wakes)
        while not self._stopping.is_set():
            if any(one.payload != self._name for one in driver.notifies(timeout=LOOK)):
                _call(wakes)


def _call(wakes: Sequence[Callable[[], None]]) -> None:
    for wake in wakes:
        wake()
