"""Take the pictures of docs/images from a demo of its own: `make screenshots`.

Each picture is taken in English and Arabic, at 360 and 1280 pixels: `home-en-1280.png`.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
LANGUAGES = ("en", "ar")
WIDTHS = {360: 1250, 1280: 800}
"""Widths and heights: what a reader sees first. Longer pictures would weigh on every clone."""
PATIENCE = 300.0


@dataclass(frozen=True)
class Picture:
    """One page: as whom it is seen, where, and which of its links are followed from there."""

    name: str
    path: str
    persona: str = ""
    follow: tuple[str, ...] = ()


PICTURES = (
    Picture("home", "/"),
    Picture("calls", "/calls"),
    Picture("call", "/calls", follow=(r"/calls/\d{4}-\d+$",)),
    Picture("results", "/results"),
    Picture("report", "/results", follow=(r"/results/\d{4}-\d+$",)),
    Picture("partners", "/partners"),
    Picture("sign-in", "/sign-in"),
    Picture("inbox", "/inbox", "contact-point"),
    Picture("answers", "/answers", "contact-point"),
    Picture("words", "/answers", "contact-point", (r"/answers/[^/]+/words$",)),
    Picture("staff", "/staff", "analyst"),
    Picture("points", "/staff", "decider", (r"/staff/calls/\d{4}-\d+/points",)),
    Picture("desk", "/staff/organisation", "officer"),
)


@contextmanager
def demo() -> Iterator[str]:
    """Run a fresh demo and yield its address once everything is seeded."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, Path(folder, "out.txt").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", "demo", f"--port={port}", f"--folder={folder}/demo"],
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
        try:
            _wait(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit("the demo ended; start it by hand to see why: make demo")
        try:
            with urllib.request.urlopen(f"{address}/en/demo", timeout=10) as answer:  # noqa: S310
                if "Making example data" not in answer.read().decode():
                    return
        except (urllib.error.URLError, TimeoutError):
            pass
        time.sleep(0.5)
    raise SystemExit(f"the demo was not ready after {PATIENCE:.0f} s")


def take(browser: Browser, address: str, picture: Picture, language: str, width: int) -> None:
    """Take one picture; says so when the way to its page is not there."""
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]}, reduced_motion="reduce"
    )
    page = context.new_page()
    if picture.persona:
        page.goto(f"{address}/{language}/demo")
        page.locator(f'form[action$="/demo/become/{picture.persona}"] button').last.click()
    page.goto(f"{address}/{language}{picture.path}")
    for pattern in picture.follow:
        links = page.locator("main a[href]").evaluate_all("all => all.map(one => one.href)")
        found = next((one for one in links if re.search(pattern, one)), None)
        if found is None:
            print(f"{picture.name}: no link like {pattern} on {page.url}")
            context.close()
            return
        page.goto(found)
    page.screenshot(path=IMAGES / f"{picture.name}-{language}-{width}.png")
    context.close()


def main(wanted: list[str]) -> None:
    """Take all pictures, or those named."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for picture in PICTURES:
            if wanted and picture.name not in wanted:
                continue
            for language in LANGUAGES:
                for width in WIDTHS:
                    take(browser, address, picture, language, width)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
