"""The main job of the portal, end to end, as the people who do it."""

import hashlib
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from services.consultation.submissions.models import Submission
from services.registry.accounts.actions import people
from services.registry.organisations import rules as registration
from shared.known.models import KnownOrganisation
from tests.support.everybody import calendars, check_everybody
from tests.support.logbook import Lines, check_log
from tests.support.main_job import CONTACT, GROUP, INBOX, MAIL, OUTSIDE, PREPARER, TWICE
from tests.support.portal import Portal
from tests.support.walker import Walker

SEEDS = Path(__file__).parents[2] / "services" / "demo" / "seeds"
from services.demo.seeds.partners import PAPER as PNG  # noqa: E402

ZONES = {"en": "Africa/Nairobi", "fr": "Africa/Dakar", "ar": "Asia/Amman"}
SECRET = "Only the secretariat may know that our office was searched."
WORDS = "Les petites communes doivent pouvoir partager un bureau de données."
CITY_WORDS = "يجب أن تكون البيانات متاحة بلغات السكان."


def sign_in(portal: Portal, email: str, language: str = "en", name: str = "") -> Walker:
    """Sign in with the mailed code; a newcomer says who they are."""
    walker = Walker(portal, language)
    walker.visit("/sign-in").submit("/sign-in", email=email)
    portal.settle()
    code = re.search(r"\b(\d{3}) ?(\d{3})\b", str(portal.mail_to(email)[-1]["Subject"]))
    assert code
    walker.submit("/sign-in/code", code=f"{code[1]} {code[2]}")
    if "welcome" in walker.url:
        walker.submit("welcome", name=name or email, zone=ZONES[language])
    portal.settle()
    return walker


def appoint(portal: Portal, admin: Walker, email: str, role: str, name: str) -> Walker:
    """Have a colleague sign in once and be appointed by the administrator."""
    walker = sign_in(portal, email, name=name)
    admin.visit("/staff/people").follow(name)
    admin.submit("Check the change", roles=[role])
    admin.submit("Change the roles")
    portal.settle()
    return walker.visit("/staff")


def _fields(walker: Walker) -> set[str]:
    return {name for form in walker.page.forms for name in form.names}


def _has(walker: Walker, action: str) -> bool:
    return any(action in form.action for form in walker.page.forms)


def register(portal: Portal, walker: Walker, name: str, category: str, country: str) -> str:
    """Register an organisation by its parts and hand the registration in; returns its slug."""
    walker.visit("/organisation/new").submit(
        "/organisation/new", name=name, category=category, country=country
    )
    portal.settle()
    slug = walker.url.rsplit("/", 1)[1]
    for part in registration.PARTS[category]:
        walker.visit(f"/organisation/{slug}/registration/{part.code}")
        given = {
            one.code: value
            for one in part.fields
            if (value := _said(walker, one, name, country)) is not None
        }
        files = {
            one.code: ("page.png", PNG, "image/png")
            for one in part.fields
            if one.kind == "document" and (one.required or one.code in part.one_of[:1])
        }
        walker.submit(f"/registration/{part.code}", files=files or None, **given)
    walker.visit(f"/organisation/{slug}").submit(f"/organisation/{slug}/submit")
    portal.settle()
    return slug


def _said(walker: Walker, field: registration.Field, name: str, country: str) -> object:
    known = {"name": name, "country": country, "languages": [walker.language]}
    if field.code in known:
        return known[field.code]
    if field.kind in ("line", "text"):
        return "none" if field.required else ""
    if field.kind == "yes_no":
        return "yes"
    if field.kind in ("choice", "choices") and field.required:
        value = _first_option(walker, field.code)
        return [value] if field.kind == "choices" else value
    return None


def _first_option(walker: Walker, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', walker.page.html)
    assert found, f"no options for {name}"
    return found.group(1)


def verify(portal: Portal, officer: Walker, slug: str) -> None:
    """Screen an organisation with good answers and verify it."""
    officer.visit(f"/staff/organisation/{slug}")
    checks = sorted(name for name in _fields(officer) if name.startswith("check_"))
    good = {name: "no" if name in BAD_IF_YES else "yes" for name in checks}
    officer.submit("/screen", **good)
    officer.submit("/verify")
    officer.sees("Verified")
    portal.settle()


BAD_IF_YES = {"check_sanctions", "check_excluded_sectors", "check_findings", "check_vendor"}


def draft(manager: Walker) -> str:
    """Draft a call by its parts: two languages, a document, questions, audience, window."""
    manager.visit("/staff/calls/new").submit(
        "/staff/calls/new",
        title="Draft partnership strategy",
        subject="strategy",
        languages=["ar", "zh", "en", "fr", "ru", "es"],
        authentic_language="en",
        contact="calls@secretariat.example",
    )
    code = re.search(r"/staff/calls/(\d{4}-\d{3})", manager.url)
    assert code
    base = f"/staff/calls/{code[1]}"
    manager.visit(f"{base}/parts/texts?text_language=en").submit(
        "/parts/texts",
        title="Draft partnership strategy",
        summary="How we work with partners.",
        open_for_change="How partners are chosen",
        already_decided="The strategic plan",
    )
    for language, title, summary in (
        ("fr", "Projet de stratégie de partenariat", "Comment nous travaillons."),
        ("ar", "مشروع استراتيجية الشراكة", "كيف نعمل مع الشركاء."),
    ):
        manager.visit(f"{base}/parts/texts?text_language={language}").submit(
            "/parts/texts", title=title, summary=summary
        )
    manager.visit(f"{base}/parts/document").submit(
        "/parts/document",
        language="en",
        files={
            "file": (
                "strategy.md",
                (SEEDS / "partnership-strategy.en.md").read_bytes(),
                "text/markdown",
            )
        },
    )
    for kind, title, fr in (
        ("long", "What is missing?", "Que manque-t-il ?"),
        ("yes_no", "Could you bring resources?", "Pourriez-vous apporter des ressources ?"),
    ):
        manager.visit(f"{base}/parts/questions/new").submit(
            "/parts/questions/new", kind=kind, title_en=title, title_fr=fr
        )
    return code[1]


def complete(portal: Portal, manager: Walker, code: str) -> None:
    """Fill in the rest: audience, window, participation, decision."""
    base = f"/staff/calls/{code}"
    closes = portal.clock.now().astimezone(ZoneInfo("Africa/Nairobi")) + timedelta(weeks=13)
    manager.visit(f"{base}/parts/period").submit(
        "/parts/period",
        zone="Africa/Nairobi",
        period="full",
        closes_on=closes.date().isoformat(),
        closes_time="17:00",
    )
    manager.visit(f"{base}/parts/audience").submit(
        "/parts/audience",
        button="Save",
        categories=["local_authority", "stakeholder"],
    )
    manager.visit(f"{base}/parts/participation").submit("/parts/participation", level="consult")
    manager.visit(f"{base}/parts/decision").submit(
        "/parts/decision",
        owner="Director, External Relations",
        decided_on=(closes + timedelta(weeks=14)).date().isoformat(),
    )


@pytest.mark.timeout(600)
def test_the_main_job(portal: Portal, lines: Lines) -> None:
    do_the_main_job(portal)
    check_log(lines(), portal, {SECRET, WORDS, GROUP})


def do_the_main_job(portal: Portal) -> None:
    """Seven steps, from a draft to everybody told what became of their words."""
    staff = _staff(portal)
    city_contact, preparer, city = _city(portal, staff["officer"])
    _bystanders(portal, staff["officer"])

    # 1. Drafted by one, reviewed and published by another; the gate says what is missing.
    code = draft(staff["manager"])
    staff["manager"].visit(f"/staff/calls/{code}/review").sees("Say who decides.")
    complete(portal, staff["manager"], code)
    staff["manager"].visit(f"/staff/calls/{code}").submit("/review/ask")
    staff["manager"].client.post(f"/en/staff/calls/{code}/publish", data={})
    staff["manager"].visit(f"/calls/{code}", status=404)
    before = len(portal.mail)
    staff["second"].visit(f"/staff/calls/{code}/review").submit("/publish")
    portal.settle()

    # 2. The city's people are told once, in Arabic, with three forms of the deadline; nobody else.
    told = [one for one in portal.mail[before:] if "List-Unsubscribe" in one]
    assert Counter(str(one["To"]).split("<")[-1].strip(">") for one in told) == {
        "contact@city.example": 1,
        "preparer@city.example": 1,
        TWICE: 1,
    }
    body = told[0].get_body(("plain",)).get_content()
    assert "مشروع استراتيجية الشراكة" in body
    assert "UTC" in body
    assert "17:00" in body
    city_contact.visit("/inbox").sees("مشروع استراتيجية الشراكة")
    _unsubscribes(portal, told[1])

    # 3. A group that is not registered yet registers, writes and sends; its answer is provisional.
    group = sign_in(portal, "awa@quartiers.example", "fr", "Awa Diop")
    slug = register(portal, group, "Union des quartiers", "stakeholder", "SEN")
    answer_of_group(portal, group, code)
    group.sees("RT-")
    verify(portal, staff["officer"], slug)
    newly = [one for one in portal.mail_to("awa@quartiers.example") if "List-Unsubscribe" in one]
    assert newly

    # 4. The city: one prepares, the mayor's office approves by mail, the contact point sends.
    answer_of_city(portal, preparer, city_contact, code, city)

    # 5. The clock closes the call; everything is read, cut, recommended, decided by another.
    staff["analyst"].visit(f"/staff/calls/{code}/answers")
    portal.advance(weeks=14)
    references = analyse(portal, staff, code)
    assert len(references) == 2

    # 6. Publication, the revised text, the report, approved by somebody else.
    publish_answers(portal, staff, code)
    report(portal, staff, code)

    # 7. Everybody is told what became of their words, and nobody learns what was confidential.
    check_endings(portal, group, city_contact, code)
    check_books(portal)
    check_everybody(portal, INBOX, MAIL)
    assert calendars(portal) == {CONTACT, PREPARER, TWICE, GROUP}


def _staff(portal: Portal) -> dict[str, Walker]:
    with portal.work("registry") as work:
        people.appoint_first_administrator(work, "admin@secretariat.example")
    portal.settle()
    admin = sign_in(portal, "admin@secretariat.example", name="Mei Lin")
    return {
        key: appoint(portal, admin, f"{key}@secretariat.example", role, name)
        for key, role, name in (
            ("manager", "call_manager", "Nadia Rahmani"),
            ("second", "call_manager", "Peter Wanjala"),
            ("officer", "partnership_officer", "Lucia Ferrer"),
            ("analyst", "analyst", "Sofia Marchetti"),
            ("decider", "decider", "Daniel Okafor"),
        )
    }


def _city(portal: Portal, officer: Walker) -> tuple[Walker, Walker, str]:
    contact = sign_in(portal, "contact@city.example", "ar", "سامر العلي")
    slug = register(portal, contact, "بلدية وادي النخيل", "local_authority", "JOR")
    verify(portal, officer, slug)
    contact.visit(f"/organisation/{slug}/people").submit(
        "/people/invite", email="preparer@city.example", roles=["deputy"]
    )
    portal.settle()
    preparer = sign_in(portal, "preparer@city.example", "ar", "رنا حداد")
    link = re.search(
        r"http://testserver(/\S*invitation\S+)",
        portal.mail_to("preparer@city.example")[0].get_body(("plain",)).get_content(),
    )
    assert link
    preparer.visit(link[1])
    preparer.submit("invitation")
    portal.settle()
    return contact, preparer, slug


def _bystanders(portal: Portal, officer: Walker) -> None:
    """A partner that the call does not ask, and somebody in two partners that it asks."""
    firm = sign_in(portal, OUTSIDE, name="Otto Falk")
    verify(portal, officer, register(portal, firm, "Falk Lighting", "business", "KEN"))
    carmen = sign_in(portal, TWICE, "fr", "Carmen Ibáñez")
    for name in ("Maison du fleuve", "Maison du port"):
        verify(portal, officer, register(portal, carmen, name, "stakeholder", "SEN"))


def _unsubscribes(portal: Portal, message: object) -> None:
    """One click by a mail program, signed out, acts at once."""
    where = re.search(r"<http://testserver([^>]+)>", str(message["List-Unsubscribe"]))  # type: ignore[index]
    assert where
    stranger = portal.browser()
    answer = stranger.post(
        where[1], data={"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 200


def answer_of_group(portal: Portal, group: Walker, code: str) -> None:
    """Answer a question and comment on a paragraph, in French; one response is confidential."""
    group.visit(f"/calls/{code}/answer").submit(f"/calls/{code}/answer")
    portal.settle()
    hub = group.url
    group.visit(f"{hub}/questions/questions")
    names = sorted(name for name in _fields(group) if name.startswith("answer-"))
    consents = [name.replace("answer-", "consent-") for name in names]
    group.submit(
        "/questions/",
        **{names[0]: SECRET, names[1]: "yes", consents[0]: "secretariat"},
    )
    group.visit(f"{hub}/paragraphs/4").submit(
        "/paragraphs/4", stance="change", text=WORDS, part="4(d)"
    )
    group.visit(f"{hub}/consent").submit("/consent", consent="named", language="fr")
    group.visit(f"{hub}/check").submit("/send")
    portal.settle()
    digest = re.search(r"\b[0-9a-f]{64}\b", group.page.text)
    assert digest
    file = group.client.get(f"{hub}/receipt/file")
    assert hashlib.sha256(file.content).hexdigest() == digest[0]


def answer_of_city(portal: Portal, preparer: Walker, contact: Walker, code: str, slug: str) -> None:
    """One colleague prepares, the office approves without an account, the contact point sends."""
    contact.visit(f"/answers/settings/{slug}").submit(
        "/answers/settings",
        who="office",
        name="مكتب رئيس البلدية",
        office="مكتب رئيس البلدية",
        email="mayor@city.example",
        language="ar",
    )
    preparer.visit(f"/calls/{code}/answer").submit(f"/calls/{code}/answer")
    portal.settle()
    hub = preparer.url
    preparer.visit(f"{hub}/questions/questions")
    names = sorted(name for name in _fields(preparer) if name.startswith("answer-"))
    preparer.submit("/questions/", **{names[0]: CITY_WORDS, names[1]: "no"})
    preparer.visit(f"{hub}/paragraphs/t2").submit("/paragraphs/t2", stance="keep")
    preparer.visit(f"{hub}/consent").submit("/consent", consent="unnamed", language="ar")
    preparer.visit(f"{hub}/approval").submit("/approval", note="")
    portal.settle()
    link = re.search(
        r"http://testserver(/\S*/approve/\S+)",
        portal.mail_to("mayor@city.example")[-1].get_body(("plain",)).get_content(),
    )
    assert link
    mayor = Walker(portal, "ar")
    mayor.visit(link[1])
    mayor.submit("/approve/", decision="approve", name="ليلى منصور")
    portal.settle()
    contact.visit(f"{hub}/check").submit("/send")
    portal.settle()
    contact.sees("RT-")


def analyse(portal: Portal, staff: dict[str, Walker], code: str) -> list[str]:
    """Read, tally, cut, recommend; the decider decides."""
    analyst, decider = staff["analyst"], staff["decider"]
    analyst.visit(f"/staff/calls/{code}/answers")
    references = sorted(set(re.findall(r"RT-[0-9A-Z]{4}-[0-9A-Z]{4}", analyst.page.text)))
    for reference in references:
        analyst.visit(f"/staff/calls/{code}/answers/{reference}").submit("/read")
        analyst.submit(f"{reference}/tally")
        while any("/cut" in form.action for form in analyst.page.forms):
            form = next(form for form in analyst.page.forms if "/cut" in form.action)
            words = next(value for name, value in form.values if name == "point")
            extra = {"gist": "Gist in English"} if "gist" in form.names else {}
            analyst.submit(form.action, point=[words], **extra)
    analyst.visit(f"/staff/calls/{code}/points")
    numbers = sorted(
        {int(n) for n in re.findall(rf"/staff/calls/{code}/points/(\d+)", analyst.page.html)}
    )
    for number in numbers:
        analyst.visit(f"/staff/calls/{code}/points/{number}")
        given = {
            name: "We took it up." for name in _fields(analyst) if name.startswith("explanation_")
        }
        on_paragraph = (
            "4" in analyst.page.text.split("Point", 1)[1][:60] and WORDS in analyst.page.text
        )
        analyst.submit(
            "/recommend",
            disposition="accepted" if on_paragraph else "noted",
            reason="as_proposed" if on_paragraph else "passed_on",
            **given,
        )
    refused = analyst.client.post(
        f"/en/staff/calls/{code}/points", data={"number": numbers, "act": "decide"}
    )
    assert refused.status_code == 403
    decider.visit(f"/staff/calls/{code}/points").submit("Decide as recommended", number=numbers)
    portal.settle()
    return references


def publish_answers(portal: Portal, staff: dict[str, Walker], code: str) -> None:
    """An analyst prepares, a call manager decides."""
    for walker, act in (
        (staff["analyst"], "Prepare as they are"),
        (staff["manager"], "Decide as prepared"),
    ):
        walker.visit(f"/staff/calls/{code}/publication")
        references = sorted(
            set(re.findall(r'name="reference" value="(RT-[^"]+)"', walker.page.html))
        )
        assert references, walker.page.text[:1500]
        walker.submit(act, reference=references)
        portal.settle()


def report(portal: Portal, staff: dict[str, Walker], code: str) -> None:
    """The revised text answers the accepted point; somebody else attests and approves."""
    manager, decider = staff["manager"], staff["decider"]
    manager.visit(f"/staff/calls/{code}/report").sees("4")
    manager.visit(f"/staff/calls/{code}/revised-text/4")
    form = next(form for form in manager.page.forms if form.action.endswith("/revised-text/4"))
    areas = [name for name in sorted(form.names) if name.startswith("text")]
    assert areas, form.names
    ticks = re.findall(r'name="point"[^>]*value="(\d+)"', manager.page.html)
    assert ticks
    manager.submit(
        "/revised-text/4",
        **{areas[0]: "The main expected results, reworded for small municipalities."},
        point=ticks,
    )
    manager.visit(f"/staff/calls/{code}/report")
    summary = next(name for name in sorted(_fields(manager)) if name.startswith("summary_en"))
    gap = next(name for name in sorted(_fields(manager)) if name.startswith("language_gap"))
    action = next(form.action for form in manager.page.forms if summary in form.names)
    manager.submit(action, **{summary: "Two partners answered.", gap: "Explanations follow."})
    manager.visit(f"/staff/calls/{code}/report").submit("Hand on for approval")
    portal.settle()
    own = manager.client.post(f"/en/staff/calls/{code}/report/approve", data={})
    assert own.status_code in (403, 404, 409, 422)
    decider.visit(f"/staff/calls/{code}/report").submit("/approve", considered="yes")
    portal.settle()


def check_endings(portal: Portal, group: Walker, contact: Walker, code: str) -> None:
    """Both submitters find their own words; the public finds no confidential ones."""
    public = Walker(portal, "en").visit(f"/results/{code}")
    public.sees("Draft partnership strategy").does_not_see(SECRET)
    public.visit(f"/results/{code}/answers").sees(WORDS).does_not_see(SECRET, "بلدية وادي النخيل")
    public.visit("/results").sees("Draft partnership strategy").does_not_see(SECRET)
    for walker, words, address in (
        (group, WORDS, "awa@quartiers.example"),
        (contact, CITY_WORDS, "contact@city.example"),
    ):
        letter = portal.mail_to(address)[-1].get_body(("plain",)).get_content()
        link = re.search(r"http://testserver(/\S+)", letter)
        assert link
        walker.visit("/answers")
        walker.visit(re.search(r"(/\w\w/answers/\w+/words)", walker.page.html + letter)[1])  # type: ignore[index]
        walker.sees(words)
    group.sees(SECRET)
    contact.does_not_see(SECRET)


def check_books(portal: Portal) -> None:
    """Count over the databases, the log and the mail: once each, nobody too many, no secret."""
    with portal.view("consultation") as view:
        sent = view.session.scalars(select(Submission).where(Submission.state == "submitted")).all()
        assert len(sent) == 2
        assert all(one.counted and not one.provisional for one in sent)
        known = view.session.scalars(select(KnownOrganisation)).all()
        assert {one.state for one in known} == {"verified"}
    for topic in ("consultation.calls", "consultation.submissions", "registry.organisations"):
        for record in portal.everything.bus.read(topic):
            payload = (record.value or b"").decode()
            assert SECRET not in payload
            assert WORDS not in payload
    receipts = [one for one in portal.mail if "RT-" in str(one["Subject"])]
    assert {str(one["To"]).split("<")[-1].strip(">") for one in receipts} <= {
        "awa@quartiers.example",
        "contact@city.example",
        "preparer@city.example",
    }
    assert not [one for one in portal.mail if SECRET in one.as_string()]
