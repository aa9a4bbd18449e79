"""The measures over HTTP and of a process: what stands against what."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.counting import counted
from benchmarks.material import Material
from benchmarks.measuring import Figure, Outcome, alternate
from benchmarks.serving import DRAWN_ANEW, ROOT, Server, asking, load, served
from benchmarks.stores import Moved

FLOOR, PRODUCT = 8310, 8311
CONNECTIONS = 32
READERS = 8
PARTS = ("/static/app.css", "/static/app.js", "/static/mark.svg")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Bench:
    """What every measure needs: the material, a folder, and where to say how it goes."""

    material: Material
    folder: Path
    say: Say

    def against(self, floor: Callable[[], Figure], product: Callable[[], Figure]) -> Outcome:
        """Measure floor and product in turn."""
        return alternate(floor, product, self.say, self.material.effort)

    # ------------------------------------------------------------------------ 1: answers accepted

    def sending(self, part: str) -> Outcome:
        """Measure answers accepted a second on SQLite: by hand, and by a part of the product."""
        by_hand, ours = (self.material.copied(self.folder / one) for one in ("floor", "product"))
        with (
            served(_floor("sending", _file(by_hand, "consultation")), FLOOR, "/", 404) as floor,
            served(_embedded(part, ours), PRODUCT, "/en/calls") as product,
        ):
            return self.against(self._sender(floor), self._sender(product))

    def sending_apart(self, moved: Moved) -> Outcome:
        """Measure answers accepted a second on PostgreSQL, by `roundtable web consultation`."""
        with (
            moved.copied("consultation") as by_hand,
            moved.copied("consultation") as ours,
            served(_floor("sending", by_hand), FLOOR, "/", 404) as floor,
            self._apart(moved, "consultation", ours, "/en/calls") as product,
        ):
            return self.against(self._sender(floor), self._sender(product))

    def _sender(self, server: Server) -> Callable[[], Figure]:
        waiting = iter(self.material.waiting)

        def side() -> Figure:
            requests = [next(waiting).request() for _ in range(self.material.effort.sent)]
            figure = load(server, requests, CONNECTIONS, status=303)
            server.rest()
            return figure

        return side

    # ------------------------------------------------------------------------------ 2: pages read

    def reading(self, service: str, path: str, moved: Moved, kind: str, *, kept: bool) -> Outcome:
        """Measure a page a second on PostgreSQL: by hand or in Django, and by its service apart.

        The service may give a page that it kept from the same second, or draw it for each reader.
        """
        with (
            moved.copied("consultation") as calls,
            moved.copied("registry") as directory,
            served(_floor(kind, calls, directory), FLOOR, path) as floor,
            self._apart(
                moved, service, {"consultation": calls, "registry": directory}[service], path
            ) as product,
        ):
            return self.against(
                self._reader(floor, path), self._reader(product, path, anew=not kept)
            )

    def _reader(self, server: Server, path: str, *, anew: bool = False) -> Callable[[], Figure]:
        seconds = self.material.effort.seconds
        return lambda: load(server, [asking(path, anew=anew)], READERS, seconds=seconds)

    # ------------------------------------------------------------------- 10, 11: memory and start

    def memory(self) -> Outcome:
        """Measure resident memory of all in one process after the first answers."""
        call = f"/en/calls/{self.material.call}"

        def product() -> Figure:
            where = self.material.copied(self.folder / "product")
            with served(_embedded("everything", where), PRODUCT, call) as server:
                server.get("/en/")
                return Figure(server.megabytes)

        return self.against(_bare, product)

    def memory_apart(self, moved: Moved) -> Outcome:
        """Measure resident memory of `roundtable web consultation` after the first answers."""
        call = f"/en/calls/{self.material.call}"
        with moved.copied("consultation") as url:

            def product() -> Figure:
                with self._apart(moved, "consultation", url, call) as server:
                    server.get("/en/")
                    return Figure(server.megabytes)

            return self.against(lambda: _bare(url), product)

    def start(self) -> Outcome:
        """Measure seconds from nothing to the first page of all in one process."""

        def product() -> Figure:
            where = self.material.copied(self.folder / "product")
            with served(_embedded("everything", where), PRODUCT, "/en/") as server:
                return Figure(server.ready)

        return self.against(_imports, product)

    def start_apart(self, moved: Moved) -> Outcome:
        """Measure seconds from nothing to the first page of `roundtable web consultation`."""
        with moved.copied("consultation") as url:

            def product() -> Figure:
                with self._apart(moved, "consultation", url, "/en/") as server:
                    return Figure(server.ready)

            return self.against(_imports, product)

    def _apart(self, moved: Moved, service: str, url: str, first: str) -> Any:
        given = ["-m", "services", "web", service, "--port", str(PRODUCT)]
        environment = moved.environment(service, url, self.folder)
        return served(given, PRODUCT, first, environment=environment)


def _bare(*url: str) -> Figure:
    with served(["-m", "benchmarks.floors.bare", str(FLOOR), *url], FLOOR, "/") as server:
        return Figure(server.megabytes)


def _imports() -> Figure:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "benchmarks.floors.imports"], cwd=ROOT, check=True)
    return Figure(time.perf_counter() - started)


@dataclass(frozen=True)
class View:
    """One page alone: statements, milliseconds, bytes that a first view moves, compressed."""

    path: str
    statements: int
    milliseconds: float
    kilobytes: float
    rows: int


def views(bench: Bench) -> list[View]:
    """Return the pages that people come upon first, and the 25-row list."""
    material, folder = bench.material, bench.folder
    paths = ("/en/", f"/en/calls/{material.call}", "/en/partners")
    statements = counted(material.copied(folder / "counted"), paths)
    where = material.copied(folder / "product")
    with served(_embedded("everything", where), PRODUCT, "/en/") as server:
        parts = sum(_moved(server, part) for part in PARTS)
        return [
            View(
                path,
                statements[path],
                _milliseconds(server, path),
                (_moved(server, path) + parts) / 1024,
                server.get(path)[2].count(b"<tr>"),
            )
            for path in paths
        ]


def _moved(server: Server, path: str) -> int:
    status, headers, body = server.get(path, **{"Accept-Encoding": "gzip"})
    if status != 200:
        raise RuntimeError(f"{status} at {path}")
    return len(body) + sum(len(name) + len(value) + 4 for name, value in headers.items())


def _milliseconds(server: Server, path: str) -> float:
    """Return how long the application works on a page that it draws, by its own Server-Timing."""
    told = [server.get(path, cookie=DRAWN_ANEW)[1]["server-timing"] for _ in range(40)]
    return median(float(one.rpartition("dur=")[2]) for one in told[10:])


@dataclass(frozen=True)
class Demo:
    """The demo on a fresh clone: seconds to the first call that can be walked, to all, memory."""

    first: float
    all: float
    megabytes: float


def demo(folder: Path, say: Say) -> Demo:
    """Start the demo in a fresh clone, without anything compiled, and wait for its seeds."""
    clone = folder / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    where = ("--port", str(PRODUCT), "--folder", str(folder / "demo"))
    server = Server(["-m", "services", "demo", *where], PRODUCT, clone)
    try:
        server.until("/en/demo")
        seeded = json.loads((folder / "demo" / "seeded.json").read_text(encoding="utf-8"))
        first = server.until(f"/en/calls/{seeded['open']}")
        say(f"  first call after {first:.1f} s")
        while b"Making example data" in server.get("/en/demo")[2]:
            time.sleep(0.5)
        return Demo(first, time.perf_counter() - server.started, server.megabytes)
    finally:
        server.stop()


def _floor(kind: str, *urls: str) -> list[str]:
    if kind == "framework":
        return ["-m", "benchmarks.floors.framework", str(FLOOR), *urls]
    return ["-m", "benchmarks.floors.server", kind, str(FLOOR), *urls]


def _file(folder: Path, service: str) -> str:
    return f"sqlite:///{folder / service}.db"


def _embedded(part: str, folder: Path) -> list[str]:
    if part == "everything":
        return ["-m", "services", "serve", "--folder", str(folder), "--port", str(PRODUCT)]
    return ["-m", "benchmarks.product", str(folder), str(PRODUCT)]
