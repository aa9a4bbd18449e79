"""The load: so many connections at once, each with one request on its way, as a process of its own.

`python -m benchmarks.client PORT CONNECTIONS SECONDS STATUS FILE`: the file holds one request or
many, each after its length. One request is asked again and again until the time is over; of many,
each is sent once. Prints a line of JSON: answers, seconds, p50 and p99 in milliseconds.
"""

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path


def packed(requests: list[bytes]) -> bytes:
    """Return requests as a file for the client."""
    return b"".join(len(one).to_bytes(4, "big") + one for one in requests)


def unpacked(data: bytes) -> list[bytes]:
    """Return the requests of a file."""
    found, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found


class Load:
    """What all connections share: the requests to come and the times taken."""

    def __init__(self, port: int, requests: Iterator[bytes], seconds: float, status: bytes) -> None:
        self.port, self.requests, self.status = port, requests, status
        self.ends = time.perf_counter() + seconds
        self.took: list[float] = []
        self.wrong: list[bytes] = []
        self._next = threading.Lock()

    def run(self) -> None:
        """Be one connection."""
        with socket.create_connection(("127.0.0.1", self.port)) as one:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < self.ends:
                with self._next:
                    request = next(self.requests, None)
                if request is None:
                    return
                started = time.perf_counter()
                one.sendall(request)
                head = answer(one)
                self.took.append(time.perf_counter() - started)
                if head.split(b" ", 2)[1] != self.status:
                    self.wrong.append(head)


def answer(one: socket.socket) -> bytes:
    """Read one answer to its end and return its head. Raises ConnectionError."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _some(one)
    head = data[:end]
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    left = length - (len(data) - end - 4)
    while left > 0:
        left -= len(_some(one))
    return head


def _some(one: socket.socket) -> bytes:
    data = one.recv(65536)
    if not data:
        raise ConnectionError("the server hung up")
    return data


def main(port: int, connections: int, seconds: float, status: str, file: Path) -> None:
    """Put the load on and print what came of it."""
    requests = unpacked(file.read_bytes())
    load = Load(
        port,
        iter(requests) if len(requests) > 1 else repeat(requests[0]),
        seconds,
        status.encode(),
    )
    threads = [threading.Thread(target=load.run) for _ in range(connections)]
    started = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    took = sorted(load.took)
    print(
        json.dumps(
            {
                "answers": len(took),
                "seconds": time.perf_counter() - started,
                "p50": took[len(took) // 2] * 1000,
                "p99": took[int(len(took) * 0.99)] * 1000,
                "wrong": [one.decode("latin-1") for one in load.wrong[:3]],
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], Path(sys.argv[5]))
