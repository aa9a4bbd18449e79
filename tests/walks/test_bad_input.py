"""What bad input gets, on every form of the three services: a clear page and no trace in the data.

The forms are those that people come to by following links, so that a new one is walked without
being named here.
"""

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Problem, TooLarge
from shared.i18n import speaking, translate
from shared.web.forms import SENTENCES
from shared.web.posted import FILE_BYTES, Unreadable
from tests.support.crawl import Place, ways
from tests.support.peopled import Peopled
from tests.support.walks import LANGUAGE, Answer, Walk, encoded, filled, with_value, writable

pytestmark = pytest.mark.timeout(900)
FORMLESS = {"account.renew"}
"""Routes that take what a form of another route posted."""
TOLERANT = {"preference.follow"}
"""A mail program's POST stops the mail at once (RFC 8058), whatever else it carries."""
FEWEST = 80
UNPRINTABLE = {"NUL": "\x00", "override of direction": "\u202e"}
LONG = "a" * 100 * 1024
MEGABYTE = 1024 * 1024
SEE_OTHER = 303
FORBIDDEN = 403
CONFLICT = 409
UNPROCESSABLE = 422
FEWEST_VERSIONS = 10
FEWEST_DONE = 40
FEWEST_FILES = 10
AWAY = 503
CLEAR = (200, 303, 403, 404, 409, 410, 422, AWAY)
VERSION = re.compile(r"(?:row_version|version|seen|digest)(?:-\w+)?")
STALE = {"call.part", "point.recommend", "report.approve", "answer.paragraph", "organisation.save"}
"""Where something else may be wrong as well, or nothing stands yet: never written over, though."""
BAD_FILES = {
    "a program": b"MZ\x90\x00" + b"\x00" * 400,
    "nothing": b"",
    "a page": b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    "too large": b"%PDF-1.4\n" + b" " * FILE_BYTES,
}
KEEPERS = {"registry.organisation_document", "consultation.approval", "consultation.document"}
GOES = {"account.erase", "account.sign_out", "session.end", "session.end_others"}
"""Forms after which the person of the walk is not there any more."""
KEPT_ANYWAY = {"audit", "outbox", "sqlite_sequence"}
ASKED_AGAIN = {"account.sign_in": {"sign_in_code"}, "account.address": {"sign_in_code", "mail"}}
"""What is rightly done again: whoever asks for a letter twice gets two."""
HUGE = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "26000000"}


def said(kind: str) -> str:
    """The beginning of a sentence about a field, in the reader's language."""
    with speaking(LANGUAGE):
        return translate(SENTENCES[kind]).partition("%")[0].strip()


def spoken(problem: type[Problem]) -> str:
    with speaking(LANGUAGE):
        return problem().say()


def strict(walk: Walk) -> list[Place]:
    return [place for place in walk.forms if place.way.name not in TOLERANT]


class Failures(list[str]):
    """What is not as it should be, over all forms, so that one run shows everything."""

    def __init__(self, walk: Walk) -> None:
        super().__init__()
        self.walk = walk

    def expect(self, place: Place, what: str, answer: Answer, status: int, *sentences: str) -> None:
        """Note a wrong status, a missing sentence, a reader left in another language, a trace."""
        where = f"{place.way.name} of {place.who or 'a visitor'}, {what}"
        if answer.status != status:
            self.append(f"{where}: {answer.status}, not {status}")
        elif not all(one in answer.text for one in sentences):
            self.append(f"{where}: does not say {sentences}")
        elif answer.is_page and f'<html lang="{LANGUAGE}"' not in answer.text:
            self.append(f"{where}: is not in the reader's language")
        if traces := self.walk.books.changed():
            self.append(f"{where}: wrote {sorted(traces)}")

    def none(self) -> None:
        if self:
            pytest.fail(f"{len(self)}:\n" + "\n".join(self), pytrace=False)


def test_every_form_is_found_by_following_links(walk: Walk) -> None:
    found = {place.way for place in walk.forms}
    posts = [way for way in ways(walk.portal) if "POST" in way.methods]
    lost = {way.name for way in posts if way not in found} - FORMLESS
    assert not lost, f"no page that anybody comes to shows a form for {sorted(lost)}"
    assert len(walk.forms) >= FEWEST


@pytest.mark.parametrize("letter", UNPRINTABLE.values(), ids=UNPRINTABLE)
def test_letters_that_cannot_be_printed(walk: Walk, letter: str) -> None:
    failures = Failures(walk)
    for place in strict(walk):
        good = filled(place, walk.portal)
        for name in writable(place):
            data = encoded(with_value(good, name, f"Jardin{letter}public"))
            failures.expect(place, name, walk.send(place, data=data), 422, said("unprintable"))
    failures.none()


def test_a_hundred_kilobytes_in_a_name(walk: Walk) -> None:
    """Refused beside its field; what was typed elsewhere in the form stays."""
    failures = Failures(walk)
    for place in strict(walk):
        good = filled(place, walk.portal)
        for name in writable(place):
            data = encoded(with_value(good, name, LONG))
            failures.expect(place, name, walk.send(place, data=data), 422)
    failures.none()


def test_bytes_that_are_no_utf_8(walk: Walk) -> None:
    """A page saved in another encoding: refused, whichever way the form is sent."""
    failures = Failures(walk)
    for place in strict(walk):
        for name in writable(place)[:1]:
            answer = walk.send(
                place,
                content=f"{name}=caf%E9".encode("ascii"),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
            failures.expect(place, f"{name} urlencoded", answer, 422, said("unprintable"))
            answer = walk.send(place, **multipart(name, "caf\xe9".encode("latin-1")))
            failures.expect(place, f"{name} multipart", answer, 422, spoken(Unreadable))
    failures.none()


def multipart(name: str, value: bytes) -> dict[str, Any]:
    body = b'--part\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--part--\r\n'
    return {
        "content": body % (name.encode(), value),
        "headers": {"Content-Type": "multipart/form-data; boundary=part"},
    }


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data"])
def test_a_body_that_is_no_form(walk: Walk, kind: str) -> None:
    failures = Failures(walk)
    for place in strict(walk):
        answer = walk.send(place, content=b'{"name": "x"}', headers={"Content-Type": kind})
        failures.expect(place, kind, answer, 422, spoken(Unreadable))
    failures.none()


def test_undeclared_fields(walk: Walk) -> None:
    failures = Failures(walk)
    for place in strict(walk):
        for name in ("surprise", "organisation_id"):
            data = encoded([*filled(place, walk.portal), (name, "x")])
            failures.expect(place, name, walk.send(place, data=data), 422, said("extra_forbidden"))
    failures.none()


def test_missing_fields(walk: Walk, peopled: Peopled, tmp_path: Path) -> None:
    """Nothing at all is sent, by somebody whose page was cut off: never a page that is broken.

    A form may be content with that, hence a copy of its own.
    """
    with peopled.copied(tmp_path / "portal") as portal:
        _send_nothing(Walk(peopled, portal), strict(walk))


def _send_nothing(walk: Walk, places: list[Place]) -> None:
    failures = Failures(walk)
    for place in places:
        if place.form.names - {"csrf"}:
            answer = walk.send(place, data={"csrf": "x"})
            if answer.status not in CLEAR:
                failures.append(f"{place.way.name}: {answer.status}")
            # A sign-in elsewhere that does not answer is written down, and only that.
            traces = walk.books.changed() - ({"registry.audit"} if answer.status == AWAY else set())
            if traces and answer.status >= FORBIDDEN:
                failures.append(f"{place.way.name}: wrote {sorted(traces)}")
    failures.none()


def test_a_body_beyond_all_limits(walk: Walk) -> None:
    failures = Failures(walk)
    for place in strict(walk):
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": "26000000",
        }
        answer = walk.send(place, content=b"a=b", headers=headers)
        failures.expect(place, "26 MB", answer, 413, spoken(TooLarge))
    failures.none()


def test_a_version_that_somebody_else_wrote_over(walk: Walk) -> None:
    """Refused with what was typed, and nothing is written over."""
    failures, tried = Failures(walk), 0
    for place in walk.forms:
        for name in filter(VERSION.fullmatch, sorted(place.form.names)):
            good = filled(place, walk.portal)
            shown = dict(good).get(name, "0")
            if name == "version" and shown == "0":
                continue  # Nothing was there: whoever comes first writes it.
            behind = "999999" if shown.isdigit() else "0" * len(shown)
            answer = walk.send(place, data=encoded(with_value(good, name, behind)))
            status = answer.status if place.way.name in STALE else CONFLICT
            failures.expect(place, name, answer, status)
            tried += answer.status == CONFLICT
    failures.none()
    assert tried > FEWEST_VERSIONS


def test_a_file_that_is_not_taken(peopled: Peopled, walk: Walk, tmp_path: Path) -> None:
    """Said on the form, with all that was typed; no file is kept."""
    failures, said_so = [], 0
    with peopled.copied(tmp_path / "portal") as portal:
        other = Walk(peopled, portal)
        for place, what in product(walk.forms, BAD_FILES):
            name = next((n for n in place.form.names if place.form.kinds.get(n) == "file"), None)
            if name is None:
                continue
            data = encoded(filled(place, portal))
            files = {name: ("certificate.pdf", BAD_FILES[what], "application/pdf")}
            answer = other.send(place, data=data, files=files)
            where = f"{place.way.name} of {place.who}, {what} as {name}"
            # What else was good in the form is saved, so that the next try of it is out of date.
            if answer.status not in (CONFLICT, UNPROCESSABLE):
                failures.append(f"{where}: {answer.status}")
            elif answer.status == UNPROCESSABLE and f'name="{name}"' not in answer.text:
                failures.append(f"{where}: the form is gone")
            if traces := other.books.changed() & KEEPERS:
                failures.append(f"{where}: wrote {sorted(traces)}")
            said_so += answer.status == UNPROCESSABLE
    assert failures == []
    assert said_so >= FEWEST_FILES


def test_what_is_sent_twice_is_done_once(walk: Walk, peopled: Peopled, tmp_path: Path) -> None:
    """A second press, a reload, the way back: no second draft, invitation, proposal or answer."""
    failures, done = [], 0
    with peopled.copied(tmp_path / "portal") as portal:
        other = Walk(peopled, portal)
        for place in walk.forms:
            if place.way.name in GOES:
                continue
            data = encoded(filled(place, portal))
            first = other.send(place, data=data)
            before = other.books.sizes()
            again = other.send(place, data=data)
            grown = {
                name.partition(".")[2]
                for name, size in other.books.sizes().items()
                if size > before.get(name, 0)
            } - KEPT_ANYWAY
            where = f"{place.way.name} of {place.who or 'a visitor'}"
            if again.status not in CLEAR:
                failures.append(f"{where}: {again.status}")
            if grown - ASKED_AGAIN.get(place.way.name, set()):
                failures.append(f"{where}: {first.status}, {again.status}: more {sorted(grown)}")
            done += first.status == SEE_OTHER
    assert failures == []
    assert done > FEWEST_DONE
