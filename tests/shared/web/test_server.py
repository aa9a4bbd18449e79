"""A real server on a real socket: what is too large or too slow ends, what is large is taken."""

import socket
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response

from shared.web import middleware, refusals, server
from shared.web.gate import Gate
from shared.web.links import Links
from shared.web.middleware import Framed
from tests.support.running import served

HEAD = b"POST /health HTTP/1.1\r\nHost: testserver\r\n"


async def measure(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = FastAPI()
    app.add_api_route("/health", measure, methods=["POST"])
    app.state.links = Links(app.routes)
    refusals.install(app)
    app.add_middleware(Framed, broken=refusals.broken, gate=Gate("http://testserver"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    with served(app, number):
        yield number


@pytest.fixture
def say(port: int) -> Callable[..., bytes]:
    """Send pieces until the other side has had enough, and return what it answers."""

    def sent(*pieces: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=8) as one:
            answer = b""
            try:
                for piece in pieces:
                    one.sendall(piece)
                while got := one.recv(65536):
                    answer += got
            except ConnectionError:
                pass
            return answer

    return sent


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


CLOSED = b"Connection: close\r\n"
CHUNKED = HEAD + CLOSED + b"Transfer-Encoding: chunked\r\n\r\n"


def test_what_a_form_may_hold_is_taken(say: Callable[..., bytes]) -> None:
    large = b"x" * (20 * 1024 * 1024)
    answer = say(HEAD + CLOSED + b"Content-Length: %d\r\n\r\n" % len(large), large)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(str(len(large)).encode())


def test_a_body_that_is_too_large_is_refused_however_it_comes(say: Callable[..., bytes]) -> None:
    announced = say(HEAD + CLOSED + b"Content-Length: 99999999\r\n\r\n")
    assert announced.startswith(b"HTTP/1.1 413 ")
    piece = chunk(b"x" * (1024 * 1024))
    assert b"HTTP/1.1 413 " in say(CHUNKED, *[piece] * 25, b"0\r\n\r\n")


@pytest.mark.parametrize(
    "head",
    [
        HEAD + CLOSED + b"X-Long: " + b"x" * 33_000 + b"\r\n\r\n",
        HEAD + CLOSED + b"X-Many: x\r\n" * 101 + b"\r\n",
        HEAD + b"X-Endless: " + b"x" * 3_000_000,
        b"GET /" + b"x" * 3_000_000,
    ],
    ids=["long", "many", "endless", "endless address"],
)
def test_a_head_is_no_longer_than_it_may_be(say: Callable[..., bytes], head: bytes) -> None:
    # A connection that is closed under what is being sent may answer with a reset only.
    assert say(head)[:13] in (b"HTTP/1.1 431 ", b"")


def test_what_follows_a_body_is_not_kept_for_ever(say: Callable[..., bytes]) -> None:
    endless = [b"X-Trailer: " + b"x" * 1_000_000 + b"\r\n"] * 60
    assert say(CHUNKED, b"0\r\n", *endless)[:13] in (b"HTTP/1.1 431 ", b"")


def test_a_head_that_does_not_come_is_not_waited_for(
    say: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_SECONDS", 0.2)
    assert say(b"") == say(HEAD) == b""


def test_a_body_that_does_not_come_is_not_waited_for(
    say: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "PATIENCE", 0.2)
    answer = say(HEAD + CLOSED + b"Content-Length: 10\r\n\r\nhalf")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive" in answer


def test_a_second_request_has_limits_of_its_own(say: Callable[..., bytes]) -> None:
    one = HEAD + b"Content-Length: 30000\r\n\r\n" + b"x" * 30_000
    last = HEAD + CLOSED + b"Content-Length: 1\r\n\r\nx"
    assert say(one, one, last).count(b"HTTP/1.1 200 ") == 3
