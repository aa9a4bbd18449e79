"""Every route, every kind of person, whoever it belongs to: what `permissions.txt` says holds.

The table is made from the words of the services' permission tables; a change shows in its diff:
`.venv/bin/python -m tests.walks.write_permissions`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from services.consultation.submissions.models import Submission
from services.demo.personas import BY_KEY
from services.registry.accounts.actions import members
from services.registry.accounts.models import Person
from services.registry.organisations.models import Organisation
from shared.known.models import KnownOrganisation
from tests.support import expectations
from tests.support.books import Books
from tests.support.crawl import Place, Way, ways
from tests.support.expectations import COLUMNS, MAY_NOT, OWN
from tests.support.marks import BEGINS
from tests.support.peopled import Peopled
from tests.support.portal import Portal
from tests.support.walks import LANGUAGE, Walk, encoded, filled

TABLE = Path(__file__).parent / "permissions.txt"
WALKERS = {
    "visitor": "",
    "person": "group-lead",
    "other": "partner",
    "observer": "observer",
    "reviewer": "reviewer",
    "deputy": "preparer",
    "call_manager": "call-manager",
    "analyst": "analyst",
    "decider": "decider",
    "partnership_officer": "officer",
    "administrator": "administrator",
}
READ_ONLY = ("observer", "reviewer")
"""They look at an answer and change nothing in it, whatever page they come to."""
REFUSED = (403, 404)
BEGINNING = "answer.begin"
"""Asks for whom first: who may not answer for anybody is told on the page, with its status."""
RENEWING = {"registry.session", "registry.audit"}
"""What /renew writes down on the way: that a session was seen."""


def rows(walk: Walk) -> dict[str, expectations.Row]:
    """The permission row of every route."""
    services = {one.name: one for one in walk.portal.everything.services}
    return {
        way.name: services[way.service].room.permissions.rows[way.name] for way in ways(walk.portal)
    }


def test_the_table_is_what_people_agreed_on(walk: Walk) -> None:
    assert expectations.table(rows(walk).values()) == TABLE.read_text("utf-8"), (
        "permissions changed: look at the difference, then write the table anew"
    )


class Owners:
    """Whose a page is, as far as its address says."""

    def __init__(self, walk: Walk) -> None:
        with walk.portal.view("consultation") as view:
            found = view.session.execute(
                select(Submission.code, KnownOrganisation.slug).join(
                    KnownOrganisation, KnownOrganisation.id == Submission.organisation_id
                )
            )
            self._by_code = {row.code: row.slug for row in found}
            keyed = view.session.scalars(
                select(KnownOrganisation.slug).where(
                    KnownOrganisation.id.in_(walk.peopled.keyed.values())
                )
            )
            self._keyed = set(keyed)

    def are_seated(self, address: str) -> bool:
        """Say whether every kind of member has a seat in the organisation that owns it."""
        parts = address.partition("?")[0].split("/")
        return any(self._by_code.get(part, part) in self._keyed for part in parts)


def expected(walk: Walk, way: Way, column: str) -> str:
    """The sign of the table, which has been compared with the file before."""
    return expectations.cells(rows(walk)[way.name])[COLUMNS.index(column)]


def is_about_members(walk: Walk, way: Way) -> bool:
    words = [grant.words for grant in rows(walk)[way.name].grants]
    return any(one.startswith("members of the organisation") for one in words)


def addresses(walk: Walk, owners: Owners) -> list[tuple[Way, str, str]]:
    """An address of each page that anybody came to, and who did; more for other canaries."""
    found: dict[Way, set[tuple[str, str]]] = {}
    shown: dict[str, set[str]] = {}
    for who, crawled in walk.crawls.items():
        for pages in crawled.pages.values():
            for address in pages:
                way = walk.ways.of(address, "GET")
                assert way is not None, address
                if is_about_members(walk, way) and not owners.are_seated(address):
                    continue
                shown.setdefault(address, set()).update(crawled.canaries.get(address, ()))
                found.setdefault(way, set()).add((who, address))
    return [
        (way, who, address) for way, some in found.items() for who, address in _chosen(some, shown)
    ]


def _chosen(some: set[tuple[str, str]], shown: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    met: set[str] = set()
    for who, address in sorted(some, key=lambda one: (not shown[one[1]], one)):
        if not met or shown[address] - met:
            met |= {address} | shown[address]
            yield who, address


@pytest.mark.timeout(900)
def test_nobody_reads_what_the_table_does_not_grant(walk: Walk) -> None:
    """And nobody meets a private text that is not theirs, and reading writes nothing."""
    owners, failures, seen = Owners(walk), [], set()
    for way, finder, address in addresses(walk, owners):
        for column, who in WALKERS.items():
            sign = expected(walk, way, column)
            answer = walk.walkers[who].client.get(address, follow_redirects=False)
            where = f"{way.name} as {column}: {answer.status_code} at {address}"
            away = answer.headers.get("location", "").startswith("/en/sign-in?next=")
            refused = answer.status_code in REFUSED or away
            if refused != (sign == MAY_NOT or (sign == OWN and who != finder)):
                failures.append(where)
            if answer.status_code >= 500:
                failures.append(where)
            for name, (text, readers) in walk.peopled.canaries.items():
                if text in answer.text:
                    seen.add(name)
                    if who not in readers and way.name not in BY_LETTER:
                        failures.append(f"{where}: shows the canary {name!r}")
            if (wrote := walk.books.changed()) and not wrote <= RENEWING:
                failures.append(f"{where}: wrote {sorted(wrote)}")
    assert failures == [], "\n".join(failures)
    assert seen == set(walk.peopled.canaries), "a canary that nobody met proves nothing"


def forms(walk: Walk, owners: Owners) -> list[Place]:
    return [
        place
        for place in walk.forms
        if not is_about_members(walk, place.way) or owners.are_seated(place.action)
    ]


@pytest.mark.timeout(900)
def test_nobody_does_what_the_table_does_not_grant(walk: Walk) -> None:
    owners, failures, tried = Owners(walk), [], 0
    for place in forms(walk, owners):
        good = encoded(filled(place, walk.portal))
        for column, who in WALKERS.items():
            sign = expected(walk, place.way, column)
            only_reads = column in READ_ONLY and place.way.name.startswith("answer.")
            if place.way.name == BEGINNING:
                continue
            if not (sign == MAY_NOT or only_reads or (sign == OWN and who != place.who)):
                continue
            action = place.action.replace("/en/", f"/{LANGUAGE}/", 1)
            answer = walk.walkers[who].client.post(action, data=good, follow_redirects=False)
            where = f"{place.way.name} as {column}: {answer.status_code} at {action}"
            tried += 1
            # Signed out, what was posted goes to /renew, which keeps it for whoever signs in.
            away = column == "visitor" and "/renew" in answer.headers.get("location", "")
            if answer.status_code not in REFUSED and not away:
                failures.append(where)
            if (wrote := walk.books.changed()) and not wrote <= RENEWING:
                failures.append(f"{where}: wrote {sorted(wrote)}")
    assert failures == [], "\n".join(failures)
    assert tried > 300


@pytest.mark.parametrize("who", ["", "group-lead", "contact-point"])
@pytest.mark.parametrize(
    "address",
    [
        "/calls/{draft}",
        "/calls/{draft}/document",
        "/calls/{draft}/questions",
        "/calls/{draft}/deadline.ics",
        "/calls/{draft}/answer",
        "/results/{draft}",
        "/results/{draft}/answers",
        "/calls/{in_review}",
        "/calls/{in_review}/answer",
    ],
)
def test_a_draft_cannot_be_reached_by_its_code(walk: Walk, address: str, who: str) -> None:
    path = f"/en{address.format(**walk.peopled.calls)}"
    browser = walk.walkers[who].client
    statuses = {browser.get(path).status_code}
    if path.endswith("/answer"):
        data = {"organisation": "city"}
        statuses.add(browser.post(path, data=data, follow_redirects=False).status_code)
    allowed = {404} | ({200, 307} if who == "" and path.endswith("/answer") else set())
    assert statuses <= allowed
    assert walk.books.changed() <= RENEWING


@pytest.mark.timeout(900)
def test_ids_that_are_none_lead_nowhere(walk: Walk) -> None:
    """Ids that do not exist, are too large for a database, or hold what no address holds."""
    failures = []
    for place in {place.way: place for place in walk.forms}.values():
        good = encoded(filled(place, walk.portal))
        for wrong in ("9" * 30, "%00"):
            action = misled(place, wrong)
            if action == place.action:
                continue
            answer = walk.walkers[place.who].client.post(action, data=good, follow_redirects=False)
            if answer.status_code not in (403, 404, 410, 422):
                failures.append(f"{place.way.name}: {answer.status_code} at {action}")
            if wrote := walk.books.changed():
                failures.append(f"{place.way.name}: wrote {sorted(wrote)} at {action}")
    assert failures == [], "\n".join(failures)


def misled(place: Place, wrong: str) -> str:
    """Put something else where the route's last parameter stands in the address."""
    names = place.way.path.split("/")
    places = [at for at, name in enumerate(names) if name.startswith("{")]
    if not places:
        return place.action
    parts = place.action.partition("?")[0].split("/")
    parts[places[-1] + 1] = wrong
    return "/".join(parts)


# -- staff with ties: whoever belongs to an organisation decides nothing about it --

TIED = {
    "verification.screen",
    "verification.verify",
    "verification.decline",
    "verification.suspend",
    "verification.reinstate",
    "verification.decide_request",
    "publication.prepare",
    "publication.decide",
}
SAID = "You have ties to"


@pytest.fixture
def tied(peopled: Peopled, tmp_path: Path) -> Iterator[Portal]:
    """A portal in which an officer, an analyst and a call manager belong to every organisation."""
    with peopled.copied(tmp_path / "tied") as portal:
        with portal.work("registry") as work:
            organisations = work.session.scalars(select(Organisation.id)).all()
            for who in ("officer", "analyst", "call-manager"):
                person = work.get(Person, email=BY_KEY[who].email)
                for one in organisations:
                    members.seat(work, one, person.id, ["observer"])
        portal.settle()
        yield portal


@pytest.mark.timeout(900)
def test_nobody_decides_on_an_organisation_of_their_own(
    walk: Walk, peopled: Peopled, tied: Portal
) -> None:
    books, failures = Books(tied.everything.folder), []
    places = {place.way.name: place for place in walk.forms if place.way.name in TIED}
    assert set(places) == TIED
    for act, place in places.items():
        good = encoded(filled(place, tied))
        answer = peopled.walker(tied, place.who).client.post(
            place.action, data=good, follow_redirects=False
        )
        if SAID not in answer.text:
            failures.append(f"{act} as {place.who}: {answer.status_code}")
        if (wrote := books.changed()) and not wrote <= RENEWING:
            failures.append(f"{act}: wrote {sorted(wrote)}")
    books.close()
    assert failures == [], "\n".join(failures)


@pytest.mark.timeout(900)
def test_who_has_no_ties_decides_by_the_very_same_form(
    walk: Walk, peopled: Peopled, tied: Portal
) -> None:
    [place] = [one for one in walk.forms if one.way.name == "publication.decide"][:1]
    good = encoded(filled(place, tied))
    answer = peopled.walker(tied, "second-manager").client.post(place.action, data=good)
    assert SAID not in answer.text
    assert answer.status_code == 200


# -- what is personal, and who ever reads it --

PRIVATE = Path(__file__).parent / "private.txt"
READERS = {**WALKERS, "contact": "contact-point"}
BY_LETTER = {"approval.show"}
"""Pages for whoever holds the secret of a letter, which the crawl opens as anybody."""


@pytest.mark.timeout(900)
def test_what_is_personal_is_read_by_those_whom_the_table_names(walk: Walk) -> None:
    """Every page on which anybody met a mark, looked at by everybody."""
    assert len(walk.marked) > 40
    places: dict[str, dict[str, str]] = {text: {} for text in walk.marked}
    for crawled in walk.crawls.values():
        for text, met in crawled.marks.items():
            for address in sorted(met):
                way = walk.ways.of(address, "GET")
                assert way is not None, address
                if way.name not in BY_LETTER:
                    places[text].setdefault(way.name, address)
    asked = sorted({address for met in places.values() for address in met.values()})
    seen: dict[str, set[str]] = {text: set() for text in walk.marked}
    for column, who in READERS.items():
        for address in asked:
            answer = walk.walkers[who].client.get(address, follow_redirects=False)
            for text in set(re.findall(rf"{BEGINS}[a-z-]+", answer.text)):
                seen[text].add(column)
    walk.books.changed()
    table = expectations.readers(seen, walk.marked, list(READERS))
    assert table == PRIVATE.read_text("utf-8"), f"look at the difference; now it is:\n{table}"
    met_by_somebody = [text for text, columns in seen.items() if columns]
    assert len(met_by_somebody) > 10, "a mark that nobody meets proves nothing"
    assert walk.marked.keys() >= set(met_by_somebody)
