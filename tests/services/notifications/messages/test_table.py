"""The table of notices, row by row: who gets it, through what, in which words of each language."""

import re
from email.message import EmailMessage

import pytest

from services.notifications.messages.rules import NOTICES, Kind
from services.notifications.preferences.rules import may_stop
from shared.i18n import direction
from tests.support.notices import World, html, plain
from tests.support.table import REASONS, SUMMARIES, TITLES, Table

PARTNERS = {"Cora", "Dan", "Nina", "Zoe"}
OBSERVERS = {"Olga", "Paul"}
WORKED = {"Cora", "Dan", "Rita"}
ROWS = {
    Kind.CALL_PUBLISHED: (PARTNERS - {"Nina"}, {"Olga"}),
    Kind.CALLS_OPEN: ({"Nina"}, {"Paul"}),
    Kind.REMINDER: ({"Cora", "Dan", "Zoe"}, {"Olga"}),
    Kind.REMINDER_DRAFT: ({"Cora", "Dan"}, {"Olga"}),
    Kind.CALL_EXTENDED: ({"Nina", "Zoe"}, {"Paul"}),
    Kind.CALL_EXTENDED_ANSWERED: ({"Cora", "Dan"}, {"Olga"}),
    Kind.CLOSED_WITH_DRAFT: ({"Zoe"}, set()),
    Kind.APPROVAL_GIVEN: (WORKED, set()),
    Kind.APPROVAL_SENT_BACK: (WORKED, set()),
    Kind.RECEIVED: (WORKED | {"Zoe"}, set()),
    Kind.WITHDRAWN: ({"Zoe"}, set()),
    Kind.CALL_CORRECTED: (PARTNERS, OBSERVERS),
    Kind.CALL_ENDED: (PARTNERS, OBSERVERS),
    Kind.REPLY_LATE: (WORKED, set()),
    Kind.PUBLISHED_OTHERWISE: ({"Cora"}, set()),
    Kind.REPLIED: (WORKED, set()),
    Kind.REPORT_PUBLISHED: (set(), {"Nina", "Zoe", "Olga", "Paul"}),
    Kind.REGISTRATION_RECEIVED: ({"Nina"}, {"Paul"}),
    Kind.VERIFIED: ({"Nina"}, {"Paul"}),
    Kind.DECLINED: ({"Nina"}, {"Paul"}),
    Kind.SUSPENDED: ({"Nina"}, {"Paul"}),
    Kind.CLARIFICATION_ASKED: ({"Nina"}, {"Paul"}),
    Kind.CLARIFICATION_ANSWERED: ({"Pia"}, set()),
    Kind.JOIN_ASKED: ({"Adam"}, set()),
    Kind.JOIN_DECIDED: ({"Jo"}, set()),
    Kind.INVITED: ({"Ivy"}, set()),
    Kind.REVIEW_ASKED: ({"Max", "Dora", "Dino"}, set()),
    Kind.SENT_BACK: ({"Mia"}, set()),
    Kind.REGISTRATION_WAITING: ({"Pia"}, set()),
    Kind.CALL_CLOSED: ({"Mia", "Ana"}, set()),
    Kind.POINTS_TO_DECIDE: ({"Dora", "Dino"}, set()),
    Kind.REPORT_TO_REVIEW: ({"Dino"}, set()),
    Kind.REPLY_CLOCK: ({"Mia", "Dora", "Dino"}, set()),
}
"""By kind: who gets it by mail (and in the inbox), who in the inbox only; nobody else."""

SUBJECTS = {
    Kind.CALL_PUBLISHED: "Call for input: Safer streets after dark, closes 14 December 2026",
    Kind.CALLS_OPEN: "2 calls for input are open to you",
    Kind.REMINDER: "7 days left: Safer streets after dark",
    Kind.REMINDER_DRAFT: "Not sent yet: 3 of 7 parts ready",
    Kind.CALL_EXTENDED: "More time: now closes 21 December 2026",
    Kind.CALL_EXTENDED_ANSWERED: "More time. Your answer stands; you may replace it",
    Kind.CLOSED_WITH_DRAFT: "Closed before you sent. Your draft is kept",
    Kind.APPROVAL_GIVEN: "Approved: your answer to Safer streets after dark",
    Kind.APPROVAL_SENT_BACK: "Sent back: your answer to Safer streets after dark",
    Kind.RECEIVED: "Received: RT-7KQ4-M2XD",
    Kind.WITHDRAWN: "Withdrawn: RT-9AB4-C2XD",
    Kind.CALL_CORRECTED: f"Safer streets after dark: corrected, because {REASONS['en']}",
    Kind.CALL_ENDED: f"Safer streets: cancelled, because {REASONS['en']}",
    Kind.REPLY_LATE: "Our reply is late: new date 10 May 2027",
    Kind.PUBLISHED_OTHERWISE: "How your answer was published",
    Kind.REPLIED: "What became of your 2 points",
    Kind.REPORT_PUBLISHED: "Report published: Safer streets after dark",
    Kind.REGISTRATION_RECEIVED: "We have received the registration of Newtown",
    Kind.VERIFIED: "Newtown is verified",
    Kind.DECLINED: "We could not verify Newtown",
    Kind.SUSPENDED: "Newtown cannot send answers for now",
    Kind.CLARIFICATION_ASKED: "A question about your registration: Newtown",
    Kind.CLARIFICATION_ANSWERED: "Answered: your question to Newtown",
    Kind.JOIN_ASKED: "Somebody asks to join Amman",
    Kind.JOIN_DECIDED: "You are now a member of Amman",
    Kind.INVITED: "Amman invites you",
    Kind.REVIEW_ASKED: "Please review: Safer streets after dark",
    Kind.SENT_BACK: "Sent back: Safer streets after dark",
    Kind.REGISTRATION_WAITING: "Registration to check: Newtown",
    Kind.CALL_CLOSED: "Closed: Safer streets after dark",
    Kind.POINTS_TO_DECIDE: "3 points to decide: Safer streets after dark",
    Kind.REPORT_TO_REVIEW: "Report to review: Safer streets after dark",
    Kind.REPLY_CLOCK: "Reply due in 4 weeks: Safer streets after dark",
}
WITH_CALENDAR = {Kind.CALL_PUBLISHED, Kind.CALL_EXTENDED}


def test_each_row_goes_to_its_people_and_to_nobody_else(world: World) -> None:
    table = Table(world).play()
    assert set(ROWS) == set(NOTICES)
    inbox, mail, messages = table.told("inbox"), table.told("mail"), table.messages()
    for kind, (by_mail, by_inbox) in ROWS.items():
        assert mail.get(kind, set()) == by_mail, kind
        assert inbox.get(kind, set()) == by_mail | by_inbox, kind
        assert SUBJECTS[kind] in messages[kind], kind
    told_by_mail = {name for name in table.names.values() if world.subjects(table.person(name))}
    assert told_by_mail == {name for by_mail, _ in ROWS.values() for name in by_mail}
    assert not {"Otto", "Ada"} & {name for names in inbox.values() for name in names}


@pytest.mark.parametrize("language", list(TITLES))
def test_every_row_reads_well_in_every_language(world: World, language: str) -> None:
    table = Table(world, language, digests=False).play()
    seen = set()
    for kind, letter in table.letters():
        seen.add(kind)
        text, page = plain(letter), html(letter)
        assert letter["Content-Language"] == language
        assert f'<html lang="{language}" dir="{direction(language)}">' in page
        assert page.count("<h1") == 1
        assert page.count('class="button"') == (2 if kind == Kind.CALLS_OPEN else 1), kind
        assert not re.search(r"%\(|{{|None|\n\n\n", f"{letter['Subject']}\n{text}"), kind
        assert re.search(r'<div class="preview"[^>]*>[^<]{8,}</div>', page), (kind, text)
        _follows_its_topic(kind, letter, language)
        _says_when(kind, text)
        if language != "en" and kind not in QUOTING:
            assert not re.search(r"\b(?:the|your|this|and|is)\b", text), (kind, text)
    assert seen == set(Kind) - {Kind.REPORT_PUBLISHED}


QUOTING = {Kind.DECLINED, Kind.SUSPENDED, Kind.CALLS_OPEN, Kind.CALL_PUBLISHED}
"""These quote what the secretariat or the call wrote in English only."""


def _follows_its_topic(kind: Kind, letter: EmailMessage, language: str) -> None:
    stop = str(letter["List-Unsubscribe"] or "").strip(" <>")
    if kind != Kind.DIGEST and not may_stop(NOTICES[kind].topic):
        assert not stop
        return
    assert f"/{language}/unsubscribe/" in stop
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in plain(letter)
    assert stop in html(letter)
    names = [one.get_filename() for one in letter.iter_attachments()]
    assert names == (["deadline.ics"] if kind in WITH_CALENDAR else [])


def _says_when(kind: Kind, text: str) -> None:
    """A deadline stands in the call's zone by name, the reader's, UTC, and as what is left."""
    if kind in WITH_CALENDAR | {Kind.REMINDER, Kind.REMINDER_DRAFT}:
        first = next(line for line in text.split("\n") if "UTC+3" in line)
        assert "12:00" in first
        assert "09:00" in text
        assert not re.search(r"[\u0600-\u06ff\u4e00-\u9fff].*, ", first), "a comma of its script"


def test_words_of_the_call_are_those_of_the_readers_language(world: World) -> None:
    table = Table(world, "ar", digests=False).play()
    letters: dict[str, list[EmailMessage]] = {}
    for kind, letter in table.letters():
        letters.setdefault(kind, []).append(letter)
    assert any(TITLES["ar"] in str(one["Subject"]) for one in letters[Kind.REMINDER])
    assert any(SUMMARIES["ar"] in plain(one) for one in letters[Kind.CALL_PUBLISHED])
    assert all(REASONS["ar"] in plain(one) for one in letters[Kind.CALL_EXTENDED])
    assert all("بقيت 7 أيام" in str(one["Subject"]) for one in letters[Kind.REMINDER])
    assert all("بعد 7 أيام" in plain(one) for one in letters[Kind.REMINDER])
