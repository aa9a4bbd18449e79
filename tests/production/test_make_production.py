"""`make production` as somebody types it: everything starts, answers, and is gone after Ctrl-C."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import httpx2
import pytest

from tests.support import kafka, nginx, postgres
from tests.support.needs import free_port

SCRIPT = Path(__file__).parents[2] / "deploy" / "production"
PATIENCE = 180.0


@pytest.mark.postgres
@pytest.mark.kafka
def test_everything_starts_on_one_address_and_is_gone_after_ctrl_c() -> None:
    nginx.nginx()
    kafka.need()
    postgres.need()
    # Not pytest's folder, which is closed to the user postgres.
    folder = Path(tempfile.mkdtemp(prefix="roundtable-production-"))
    folder.chmod(0o755)
    ports = {
        name: str(free_port())
        for name in ("PORT", "POSTGRES_PORT", "KAFKA_PORT", "KAFKA_CONTROLLER_PORT")
    }
    ports |= {"WEB_PORT": str(_three_free_ports()), "WORK_PORT": str(_three_free_ports())}
    log = folder / "said"
    with log.open("wb") as out:
        script = subprocess.Popen(
            [SCRIPT],
            env=os.environ | ports | {"FOLDER": str(folder / "made"), "SEEDS": "no"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            _wait(script, log)
            address = f"http://127.0.0.1:{ports['PORT']}"
            for path in ("/en/calls", "/en/sign-in", "/en/demo", "/en/unsubscribe/nothing"):
                answer = httpx2.get(f"{address}{path}", timeout=30)
                assert answer.status_code in (200, 404), answer.text
                assert "The demo" in answer.text
            assert _theirs(folder)
        finally:
            os.killpg(script.pid, signal.SIGINT)
            script.wait(60)
    try:
        until = time.monotonic() + 20
        while left := _theirs(folder):
            assert time.monotonic() < until, left
            time.sleep(0.1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _three_free_ports() -> int:
    while True:
        first = free_port()
        try:
            for port in (first + 1, first + 2):
                _bind(port)
        except OSError:
            continue
        return first


def _bind(port: int) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", port))


def _wait(script: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while "Roundtable is ready" not in log.read_text():
        assert script.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)


def _theirs(folder: Path) -> list[str]:
    """Command lines of processes that were given this folder."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        try:
            given = (one / "environ").read_bytes() + (one / "cmdline").read_bytes()
            if f"{folder}/".encode() in given:
                found.append((one / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found
