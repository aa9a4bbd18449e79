"""The demo as a newcomer meets it: somebody to be, captured mail, the event log, a clock."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from services.__main__ import app as command
from services.demo import main
from services.demo.personas import BY_KEY, PERSONAS
from services.demo.seeds import play
from services.demo.stage import Stage, saved_clock
from services.everything import build
from shared.mail.mailers import Captured
from shared.settings import WrongSetting

CITY = BY_KEY["contact-point"]


class Demo:
    """A demo with its first call and without threads; what waits is worked off by `settle`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.app = main.build_demo(folder, "http://testserver", self.said.append)
        self.stage: Stage = self.app.state.stage
        self.stage.everything.settle()

    def browser(self) -> TestClient:
        """Return a browser in which nobody is signed in."""
        return TestClient(
            self.app, base_url="http://testserver", headers={"Sec-Fetch-Site": "same-origin"}
        )

    def subjects(self, address: str) -> list[str]:
        """Return the subjects of what was mailed to somebody, oldest first."""
        return [str(one["Subject"]) for one in self.stage.messages() if address in str(one["To"])]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, its first call published."""
    demo = Demo(tmp_path_factory.mktemp("demo") / "demo")
    yield demo
    demo.stage.everything.close()


def test_it_says_what_it_does_while_it_starts(demo: Demo) -> None:
    assert demo.said == [
        "Making the databases",
        "Enrolling people",
        "Registering the first partners",
        "Publishing a call for input",
    ]


def test_the_first_page_offers_seven_steps_and_everybody_to_be(demo: Demo) -> None:
    page = demo.browser().get("/en/demo").text
    steps = page.partition("Seven steps")[2].partition("</ol>")[0]
    assert steps.count("<li>") == 7
    assert all(person.name in page for person in PERSONAS)
    assert "A visitor" in page
    assert "Making example data" not in page


def test_a_bar_says_how_far_the_example_data_is(demo: Demo) -> None:
    demo.stage.todo, demo.stage.done = 7, 2
    try:
        page = demo.browser().get("/en/demo").text
    finally:
        demo.stage.todo = demo.stage.done = 0
    assert "2 of 7 parts" in page
    assert '<progress value="2" max="7"' in page


@pytest.mark.parametrize("person", PERSONAS, ids=lambda person: person.key)
def test_one_can_be_everybody_in_their_language(demo: Demo, person: object) -> None:
    browser = demo.browser()
    home = browser.post(f"/en/demo/become/{person.key}", data={"to": "account.show"})  # type: ignore[attr-defined]
    assert home.status_code == 200
    assert f'<html lang="{person.language}"' in home.text  # type: ignore[attr-defined]
    assert person.name in home.text  # type: ignore[attr-defined]
    browser.post("/en/demo/leave")
    assert browser.get("/en/account", follow_redirects=False).status_code != 200


def test_nobody_else_can_be_become(demo: Demo) -> None:
    assert demo.browser().post("/en/demo/become/root").status_code == 404


def test_captured_mail_is_listed_filtered_and_read(demo: Demo) -> None:
    browser = demo.browser()
    everything = browser.get("/en/demo/mail").text
    assert everything.count("/en/demo/mail/") >= 2
    mine = browser.get("/en/demo/mail", params={"to": CITY.email}).text
    number = re.search(r"/en/demo/mail/(\d+)", mine)
    assert number
    listed = mine.partition("<tbody")[2]
    assert CITY.email in listed
    assert "rana.haddad" not in listed
    shown = browser.get(f"/en/demo/mail/{number[1]}")
    assert "List-Unsubscribe" in shown.text
    assert "deadline.ics" in shown.text
    frame = browser.get(f"/en/demo/mail/{number[1]}", params={"form": "html"})
    assert 'dir="rtl"' in frame.text
    assert "default-src 'none'" in frame.headers["content-security-policy"]
    assert browser.get("/en/demo/mail/999999").status_code == 404


def test_the_event_log_shows_key_place_and_payload(demo: Demo) -> None:
    browser = demo.browser()
    page = browser.get("/en/demo/events").text
    assert "roundtable.consultation.call-published.v1" in page
    one = browser.get("/en/demo/events", params={"topic": "registry.people"}).text
    assert "roundtable.registry.person-changed.v1" in one
    assert "roundtable.consultation" not in one.partition("<tbody")[2]
    assert re.search(r"registry\.people<br>\d+:\d+", one)


@pytest.mark.parametrize("days", ["-1", "0", "366", "soon", ""])
def test_the_clock_moves_forward_only(demo: Demo, days: str) -> None:
    before = demo.stage.clock.shift
    answer = demo.browser().post("/en/demo/clock", data={"days": days})
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert demo.stage.clock.shift == before


def test_time_that_passes_brings_reminders_in_their_order(demo: Demo) -> None:
    before = len(demo.subjects(CITY.email))
    answer = demo.browser().post("/en/demo/clock", data={"days": "46"})
    assert "The clock moved on" in answer.text
    demo.stage.everything.settle()
    came = demo.subjects(CITY.email)[before:]
    left = [int(found[1]) for one in came if (found := re.search(r"بقي\D*(\d+)", one))]
    assert len(came) == 2, came
    assert left[:1] == [7]
    assert demo.stage.clock.shift == timedelta(days=46)
    assert saved_clock(demo.folder).shift == timedelta(days=46)


def test_begin_anew_throws_everything_away(demo: Demo) -> None:
    restarted: list[bool] = []
    demo.stage.restart = lambda: restarted.append(True)
    assert "made anew" in demo.browser().post("/en/demo/reset").text
    assert (demo.folder / "reset").exists()


@pytest.mark.parametrize(
    ("marks", "kept"),
    [(["reset", play.SEEDED], False), ([], False), ([play.SEEDED], True)],
    ids=["asked", "stopped while seeding", "whole"],
)
def test_it_begins_anew_when_asked_or_when_it_is_not_whole(
    tmp_path: Path, marks: list[str], kept: bool
) -> None:
    for mark in ["demo", "precious", *marks]:
        (tmp_path / mark).touch()
    main._own(tmp_path)
    assert (tmp_path / "precious").exists() == kept
    assert (tmp_path / "demo").exists()


def test_a_demo_that_runs_is_not_thrown_away(demo: Demo) -> None:
    (demo.folder / play.SEEDED).unlink(missing_ok=True)
    with pytest.raises(WrongSetting, match="Another process"):
        main.build_demo(demo.folder, "http://testserver", lambda _: None)
    assert (demo.folder / "registry.db").exists()


def test_every_page_leads_back_to_the_demo(demo: Demo) -> None:
    browser = demo.browser()
    browser.post("/en/demo/become/analyst")
    assert browser.get("/en/staff").text.count('href="/en/demo"') == 2


def test_it_touches_nobody_elses_folder(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_text("precious")
    with pytest.raises(WrongSetting, match="touches no other data"):
        main.build_demo(tmp_path, "http://testserver", lambda _: None)
    assert (tmp_path / "registry.db").read_text() == "precious"


@pytest.mark.parametrize("service", ["REGISTRY", "CONSULTATION", "NOTIFICATIONS"])
def test_it_refuses_a_production_database(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{service}_DATABASE_URL", "postgresql+psycopg://portal.example/live")
    said = CliRunner().invoke(command, ["demo", "--folder", str(tmp_path / "demo")])
    assert said.exit_code == 2
    assert f"{service}_DATABASE_URL" in said.output
    assert not (tmp_path / "demo").exists()


def test_the_portal_itself_has_no_demo(tmp_path: Path) -> None:
    everything = build(tmp_path / "portal", Captured(), portal_url="http://testserver")
    browser = TestClient(everything.application_without_threads, base_url="http://testserver")
    assert browser.get("/en/demo").status_code == 404
    assert browser.post("/en/demo/become/administrator").status_code in (403, 404, 405)
    everything.close()
