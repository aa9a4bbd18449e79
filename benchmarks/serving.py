"""Servers and the load as processes of their own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks.client import packed
from benchmarks.measuring import Figure

ROOT = Path(__file__).parents[1]
PATIENCE = 120.0
RESTING, IDLE = 0.5, 0.1
"""Seconds for which a server that rests is watched, and what it may use of a processor."""
DRAWN_ANEW = "roundtable_language=en; roundtable_saying=Saved."
"""Cookies of a browser for which no page is kept: something is said to it."""


class Server:
    """A started server; `ready` is how many seconds it took to its first good answer."""

    def __init__(
        self,
        arguments: Sequence[str],
        port: int,
        where: Path = ROOT,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.port = port
        self.ready = 0.0
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process runs
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=where,
            env=dict(environment) | {"PYTHONPATH": str(where)},
            stdout=subprocess.DEVNULL,
            stderr=self._said,
        )

    def until(self, path: str, status: int = 200) -> float:
        """Return the seconds from the start to the first good answer."""
        while (taken := time.perf_counter() - self.started) < PATIENCE:
            if self.process.poll() is not None:
                self._said.seek(0)
                raise RuntimeError(f"the server ended: {self._said.read()[-2000:].decode()}")
            try:
                if self.get(path)[0] == status:
                    return time.perf_counter() - self.started
            except (OSError, HTTPException):
                pass
            time.sleep(0.01)
        raise TimeoutError(f"no answer in {taken:.0f} s")

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Ask for a page; returns status, headers, body as it came."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            given = {name.lower(): value for name, value in response.getheaders()}
            return response.status, given, response.read()
        finally:
            connection.close()

    @property
    def megabytes(self) -> float:
        """The memory that is resident now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(one for one in status.splitlines() if one.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    @property
    def worked(self) -> float:
        """Seconds of a processor that it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        user, system = fields.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def rest(self) -> None:
        """Wait until it has done what it still had to do, so that the other side is alone."""
        ends = time.perf_counter() + PATIENCE
        while time.perf_counter() < ends:
            before = self.worked
            time.sleep(RESTING)
            if self.worked - before < RESTING * IDLE:
                return
        raise TimeoutError("the server does not come to rest")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._said.close()


@contextmanager
def served(
    arguments: Sequence[str],
    port: int,
    first: str,
    status: int = 200,
    environment: Mapping[str, str] = os.environ,
) -> Iterator[Server]:
    """Yield a server that has given its first answer."""
    server = Server(arguments, port, environment=environment)
    try:
        server.ready = server.until(first, status)
        yield server
    finally:
        server.stop()


def load(
    server: Server,
    requests: Sequence[bytes],
    connections: int,
    *,
    seconds: float = 60,
    status: int = 200,
) -> Figure:
    """Put the load on a server and return answers a second. Raises RuntimeError for a bad one.

    Beside them p50 and p99 in milliseconds, and what one answer costs the server of a processor.
    """
    before = server.worked
    with tempfile.NamedTemporaryFile() as file:
        file.write(packed(list(requests)))
        file.flush()
        given = (str(server.port), str(connections), str(seconds), str(status), file.name)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.client", *given],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
    told = json.loads(done.stdout)
    if told["wrong"]:
        raise RuntimeError(f"not {status}: {told['wrong'][0]}")
    cost = (server.worked - before) * 1000 / told["answers"]
    more = {"p50": told["p50"], "p99": told["p99"], "cost": cost}
    return Figure(told["answers"] / told["seconds"], more)


def asking(path: str, *, anew: bool = False) -> bytes:
    """Return the request of a browser for a page."""
    cookies = DRAWN_ANEW if anew else "roundtable_language=en"
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"
        f"Accept-Language: en\r\nCookie: {cookies}\r\n\r\n"
    ).encode()
