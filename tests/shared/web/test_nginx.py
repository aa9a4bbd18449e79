"""The proxy's map leads every address to the service that has it: asked of a real nginx."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, cast

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from typer.testing import CliRunner

from services.__main__ import app
from shared.web.nginx import configuration
from shared.web.site import EACH, OWNERS, WITHOUT_LANGUAGE, owner_of
from tests.support.needs import free_port
from tests.support.nginx import serving

if TYPE_CHECKING:
    from tests.support.portal import Portal

PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
FEWEST = 100


class Named(BaseHTTPRequestHandler):
    """Says which service it stands for, and what the proxy said of the browser."""

    def do_GET(self) -> None:
        words = f"{self.server.name} {self.headers['Host']} {self.headers['X-Forwarded-For']}"  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words.encode())

    def log_message(self, *_words: object) -> None:
        return


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    address, folder = f"127.0.0.1:{free_port()}", tmp_path_factory.mktemp("nginx")
    processes: dict[str, list[str]] = {}
    with ExitStack() as stack:
        for name in OWNERS:
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Named))
            server.name = name  # type: ignore[attr-defined]
            processes[name] = [f"127.0.0.1:{server.server_port}"]
            Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(server.shutdown)
        stack.enter_context(serving(configuration(address, processes, folder), folder, address))
        yield stack.enter_context(httpx2.Client(base_url=f"http://{address}"))


def asked(proxy: httpx2.Client, path: str) -> str:
    return cast("str", proxy.get(path).text.split()[0])


def test_every_route_is_reached_with_and_without_a_language(
    proxy: httpx2.Client, portal: "Portal"
) -> None:
    walked = 0
    for service in portal.everything.services:
        for router in service.routers:
            for route in iter_route_contexts(router.routes):
                path = PARAMETER.sub("nothing-here", str(route.path))
                for start in ("",) if path.startswith(WITHOUT_LANGUAGE) else ("", "/en", "/ar"):
                    walked += 1
                    assert asked(proxy, start + path) == service.name, start + path
                assert owner_of(path) == service.name
    assert walked >= FEWEST


def test_each_service_has_its_own_part(proxy: httpx2.Client) -> None:
    for name in OWNERS:
        for prefix in EACH:
            assert asked(proxy, f"{prefix}/{name}") == name
        assert asked(proxy, f"/fr/staff/operations/{name}/parked") == name


def test_a_prefix_is_a_whole_word_and_the_longest_wins(proxy: httpx2.Client) -> None:
    for path, name in {
        "/en/inboxes": "consultation",
        "/en/peoples": "consultation",
        "/en/staff/peoples": "consultation",
        "/en/staff": "consultation",
        "/xx/inbox": "consultation",
        "/static/app.css": "consultation",
        "/en/staff/inbox/reconciliation/2026-001": "notifications",
        "/en/staff/organisation": "registry",
        "/en/unsubscribe/a%2Fb": "notifications",
    }.items():
        assert asked(proxy, path) == name, path


def test_the_service_learns_host_and_reader_and_not_what_the_reader_claims(
    proxy: httpx2.Client,
) -> None:
    given = {"Host": "roundtable.example.org", "X-Forwarded-For": "192.0.2.1"}
    _, host, reader = proxy.get("/en/", headers=given).text.split()
    assert host == "roundtable.example.org"
    assert reader == "127.0.0.1"


def test_figures_are_for_those_inside(proxy: httpx2.Client) -> None:
    assert proxy.get("/metrics").status_code == 404


def test_a_body_larger_than_we_take_ends_at_the_proxy(proxy: httpx2.Client) -> None:
    # Announced and not sent: the answer comes before the body.
    connection = HTTPConnection(proxy.base_url.host, proxy.base_url.port, timeout=10)
    try:
        connection.putrequest("POST", "/en/calls")
        connection.putheader("Content-Length", str(25 * 1024**2))
        connection.endheaders()
        assert connection.getresponse().status == 413
    finally:
        connection.close()


def printed(*words: str) -> str:
    done = CliRunner().invoke(app, ["proxy", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_prints_what_stands_in_nginxs_http_block(tmp_path: Path) -> None:
    part = printed("--listen", "8443", "--server", "registry=10.0.0.5:8101", *OTHERS)
    assert "server 10.0.0.5:8101" in part
    assert "worker_processes" not in part
    whole = printed("--folder", str(tmp_path))
    assert "server 127.0.0.1:8103" in whole
    assert f"pid {tmp_path}/nginx.pid;" in whole


OTHERS = ("--server", "consultation=10.0.0.6:8102", "--server", "notifications=10.0.0.7:8103")


@pytest.mark.parametrize("words", [("registry",), ("library=10.0.0.5:1",), ("registry=:http",)])
def test_a_wrong_process_stops_it_with_a_sentence(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["proxy", "--server", *words])
    assert done.exit_code == 2
    assert done.output.startswith("--server: ")
