"""The proxy of a portal of processes: a real nginx on the configuration that we print."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.needs import missing

PATIENCE = 20.0


def nginx() -> str:
    """Return nginx's program, or skip (REQUIRE_ALL=1: fail) the test with the reason."""
    # Debian keeps it where the path of other people than root does not lead.
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        missing("nginx is not installed: apt-get install nginx-light")
    return found


@contextmanager
def serving(configuration: str, folder: Path, address: str) -> Iterator[None]:
    """Check a configuration as `nginx -t` does, and serve by it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nginx.conf"
    path.write_text(configuration, encoding="utf-8")
    words = [nginx(), "-c", str(path), "-p", str(folder), "-e", "stderr"]
    tried = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    with (folder / "nginx.log").open("wb") as log:
        running = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(running, address, folder / "nginx.log")
            yield
        finally:
            running.terminate()
            running.wait(PATIENCE)


def _wait(running: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urlopen(f"http://{address}/metrics", timeout=5):
                return
        except URLError as error:
            if getattr(error, "code", 0):
                error.close()  # type: ignore[attr-defined]
                return
        assert running.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.05)
