"""Answers of partners: begun, filled in, consented to, sent, by submissions' own actions."""

from datetime import datetime

from services.consultation.submissions import queries
from services.consultation.submissions.actions import sending, writing
from services.consultation.submissions.actions.writing import Draft, Entry
from services.consultation.submissions.models import Submission
from services.consultation.submissions.rules import Consent, Stance
from services.demo.seeds import texts
from services.demo.seeds.cast import Cast, Partner
from shared import ids

STANCES = (Stance.CHANGE, Stance.COMMENT, Stance.KEEP, Stance.CHANGE, Stance.REMOVE)


def send(
    cast: Cast, code: str, partner: Partner, at: datetime, turn: int, *, campaign: bool = False
) -> str:
    """Write and send one answer; returns its reference. `turn` varies what it says."""
    mine = write(cast, code, partner, at, turn, campaign=campaign)
    with cast.work("consultation", partner.actor, at) as work:
        sheet = queries.load(work, work.get(Submission, code=mine))
        sent = sending.send(work, mine, ids.secret()[:40], sheet.content)
        return sent.reference or ""


def write(
    cast: Cast, code: str, partner: Partner, at: datetime, turn: int, *, campaign: bool = False
) -> str:
    """Write one answer that could be sent; returns its code."""
    with cast.work("consultation", partner.actor, at) as work:
        submission = writing.begin(work, code, partner.id, partner.language)
        mine = submission.code
    with cast.work("consultation", partner.actor, at) as work:
        sheet = queries.load(work, work.get(Submission, code=mine))
        for topic in sheet.asked.topics:
            entries = {
                one.code: Entry(
                    _value(one.kind, partner, turn, at_question, campaign=campaign), None, 0
                )
                for at_question, one in enumerate(topic.questions)
            }
            writing.save_topic(work, mine, topic.key, entries)
        places = [place for section in sheet.asked.sections for place in section.paragraphs]
        for step in range(3 if places else 0):
            place = places[(turn * 5 + step * 7) % len(places)]
            writing.save_comment(work, mine, place.label, _comment(partner, turn + step))
        writing.save_consent(work, mine, _consent(turn), partner.language, 10_000)
    return mine


def _value(kind: str, partner: Partner, turn: int, at: int, *, campaign: bool) -> str:
    voices = texts.VOICES[partner.language]
    if kind == "yes_no":
        return "yes" if turn % 3 else "no"
    if campaign and at == 0:
        return texts.CAMPAIGN + ("" if turn % 4 else f" {voices[0]}")
    if at == 1 and turn % 2:
        return ""
    return voices[(turn + at) % len(voices)]


def _comment(partner: Partner, turn: int) -> Draft:
    voices = texts.VOICES[partner.language]
    stance = STANCES[turn % len(STANCES)]
    text = "" if stance is Stance.KEEP else voices[turn % len(voices)]
    return Draft(part="", stance=stance, text=text, wording="", consent=None, version=0)


def _consent(turn: int) -> str:
    if turn % 11 == 10:
        return Consent.SECRETARIAT
    return Consent.UNNAMED if turn % 5 == 4 else Consent.NAMED
