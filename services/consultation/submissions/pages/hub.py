"""What the pages of an answer have in common: the task list, the bar above, names of choices."""

from dataclasses import dataclass
from typing import Any

from services.consultation.documents import queries as documents
from services.consultation.documents.rules import SectionKind
from services.consultation.questions.queries import TopicRow
from services.consultation.submissions import queries, rules
from services.consultation.submissions.queries import Sheet
from services.consultation.submissions.rules import ApprovalState, Consent, Progress, Stance, State
from shared.i18n import _, language, ngettext, pgettext
from shared.known import queries as known
from shared.vocabulary import vocabulary
from shared.web.links import link
from shared.work import View


@dataclass(frozen=True)
class Bar:
    """What is always in sight while one writes: deadline, who is on it, last saved.

    `writable` says whether this reader can change the text now; `saves_itself` that it is saved
    while they type, which an approved text is not: its approval would be lost by a slip.
    """

    people: tuple[str, ...]
    saved_by: str
    verdict: queries.Verdict
    closes_at: Any
    zone: str
    soon: bool
    office: str
    writable: bool
    saves_itself: bool


@dataclass(frozen=True)
class Step:
    """The one green button of the hub; without a link it is a sentence."""

    text: str
    href: str | None


@dataclass(frozen=True)
class Hub:
    """The task list of an answer with its next step."""

    bar: Bar
    about: str
    ready: int
    of: int
    sentence: str
    step: Step
    topics: list[dict[str, Any]]
    sections: list[dict[str, Any]]
    sending: list[dict[str, Any]]
    members: list[tuple[str, str]]


SOON_DAYS = 7


def of(view: View, sheet: Sheet) -> Hub:
    """Return everything that the hub shows."""
    titles = section_titles(view, sheet)
    ready, parts = sheet.counts
    shown = bar(view, sheet)
    return Hub(
        bar=shown,
        about=about(sheet),
        ready=ready,
        of=parts,
        sentence=_nothing_sent_until(sheet, shown.office),
        step=_next(sheet, titles, shown),
        topics=_topic_tasks(sheet),
        sections=_section_tasks(sheet, titles),
        sending=_sending_tasks(sheet, shown),
        members=_members(view, sheet),
    )


def bar(view: View, sheet: Sheet) -> Bar:
    """Return the bar above every page of an answer."""
    names = known.names(view, {*sheet.workers, *_one(sheet.submission.saved_by)})
    call = sheet.asked.call
    closes_at = call.closes_for(sheet.organisation.id)
    left = (closes_at - view.now).days if closes_at else SOON_DAYS
    verdict = queries.eligibility(view, call, sheet.organisation.id)
    writable = (
        verdict.may_send
        and rules.may_change(sheet.submission.state)
        and view.allows("answer.write", sheet.submission)
    )
    return Bar(
        people=tuple(names[one] for one in sheet.workers if names.get(one)),
        saved_by=names.get(sheet.submission.saved_by, "") if sheet.submission.saved_by else "",
        verdict=verdict,
        closes_at=closes_at,
        zone=call.zone,
        soon=left < SOON_DAYS,
        office=queries.office_of(view, sheet) if _has_office(sheet) else "",
        writable=writable,
        saves_itself=writable and not sheet.approved,
    )


def about(sheet: Sheet) -> str:
    """Return an organisation in a line: name, category, country."""
    organisation = sheet.organisation
    told = language()
    return _(
        "%(organisation)s · %(category)s, %(country)s",
        organisation=organisation.name,
        category=vocabulary.term("category_short", organisation.category, told),
        country=country(organisation.country),
    )


def country(code: str) -> str:
    """Return the name of a country, the code for one that is not in the vocabulary."""
    known_here = vocabulary.has_country(code)
    return vocabulary.country_name(code, language()) if known_here else code


def section_titles(view: View, sheet: Sheet) -> dict[str, tuple[str, str]]:
    """Return how sections are called: the bare title, and the title with the paragraphs in it."""
    version = sheet.submission.document_version_id
    if version is None:
        return {}
    outline = documents.outline(view, version, language())
    return {
        str(place): (section.title.text, _title_with_numbers(section))
        for place, section in enumerate(outline.sections, start=1)
        if section.entries
    }


def _title_with_numbers(section: documents.OutlineSection) -> str:
    numbers = [one.label.removeprefix("t") for one in section.entries]
    params = {"title": section.title.text, "first": numbers[0], "last": numbers[-1]}
    if section.kind is SectionKind.TABLE:
        return _("%(title)s: rows %(first)s–%(last)s", **params)
    if len(numbers) == 1:
        return _("%(title)s: paragraph %(first)s", **params)
    return _("%(title)s: paragraphs %(first)s–%(last)s", **params)


def following(sheet: Sheet, topic: TopicRow) -> TopicRow | None:
    """Return the topic after one."""
    keys = [one.key for one in sheet.asked.topics]
    place = keys.index(topic.key) + 1
    return sheet.asked.topics[place] if place < len(keys) else None


def topic_title(sheet: Sheet, topic: TopicRow) -> str:
    """Return the title of a topic; one without gets its number, or simply "Questions"."""
    if topic.title:
        return topic.title.best().text
    if len(sheet.asked.topics) == 1:
        return _("Questions")
    return _("Questions %(number)s", number=sheet.asked.topics.index(topic) + 1)


def stances() -> list[tuple[str, str]]:
    """Return where one can stand on a paragraph."""
    return [
        (Stance.KEEP.value, _("Keep it as it is")),
        (Stance.CHANGE.value, _("Keep it with a change")),
        (Stance.REMOVE.value, _("Take it out")),
        (Stance.COMMENT.value, _("A comment or a question only")),
    ]


def consents() -> list[tuple[str, str]]:
    """Return who may see an answer, in words."""
    return [
        (Consent.NAMED.value, _("everyone, with our name")),
        (Consent.UNNAMED.value, _("everyone, without our name")),
        (Consent.SECRETARIAT.value, _("the secretariat only")),
    ]


def consent_words(consent: str | None) -> str:
    """Return one consent in words."""
    return dict(consents()).get(consent or "", "")


def _one(value: Any) -> set[Any]:
    return {value} if value is not None else set()


def _has_office(sheet: Sheet) -> bool:
    return bool(sheet.settings and sheet.settings.approver_id) or sheet.approval is not None


def _nothing_sent_until(sheet: Sheet, office: str) -> str:
    if sheet.submission.state == State.WITH_APPROVER:
        return _("It is with %(office)s now. Take it back if you want to change it.", office=office)
    if sheet.approved:
        return _("It is approved. Nothing is sent until you send it.")
    if office:
        return _(
            "Nothing is sent until %(office)s approves and the contact point sends it.",
            office=office,
        )
    return _("Nothing is sent until the contact point sends it.")


def _next(sheet: Sheet, titles: dict[str, tuple[str, str]], shown: Bar) -> Step:
    code = sheet.submission.code
    if sheet.submission.state == State.WITH_APPROVER:
        return Step(_("See where the approval stands"), link("answer.approval", id_code=code))
    for part in (*sheet.missing, *_not_begun(sheet)):
        title, href = named(sheet, part, titles)
        if part.progress is Progress.NOT_STARTED and part.kind != "consent":
            return Step(_("Begin: %(part)s", part=title), href)
        return Step(_("Continue: %(part)s", part=title), href)
    if shown.office and not sheet.approved:
        asks = _("Continue: approval by %(office)s", office=shown.office)
        return Step(asks, link("answer.approval", id_code=code))
    return Step(_("Check and send"), link("answer.check", id_code=code))


def _not_begun(sheet: Sheet) -> list[rules.Part]:
    """Return where to begin when nothing is said yet and nothing has to be said either."""
    if rules.says_something(sheet.parts):
        return []
    return [part for part in sheet.parts if part.kind != "consent"][:1]


def named(sheet: Sheet, part: rules.Part, titles: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Return how a part is called and its page."""
    code = sheet.submission.code
    if part.kind == "topic":
        topic = sheet.topic(part.key)
        title = topic_title(sheet, topic) if topic else part.key
        return title, link("answer.question", id_code=code, key=part.key)
    if part.kind == "section":
        title = titles[part.key][0] if part.key in titles else part.key
        return title, link("answer.section", id_code=code, key=part.key)
    return _("Who may see your answer"), link("answer.consent", id_code=code)


def _state(part: rules.Part) -> tuple[str, str]:
    if part.progress is Progress.IN_PROGRESS:
        return _("In progress"), "waiting"
    if part.progress is Progress.NOT_STARTED:
        return (_("Not started"), "plain") if part.needed else (_("If you like"), "plain")
    if part.kind == "section":
        return ngettext("%(n)s comment", "%(n)s comments", part.said), "settled"
    return _("Ready"), "settled"


def _topic_tasks(sheet: Sheet) -> list[dict[str, Any]]:
    found = []
    for part in sheet.parts:
        if part.kind == "topic":
            title, href = named(sheet, part, {})
            topic = sheet.topic(part.key)
            number = len(topic.questions) if topic else 0
            hint = ngettext("%(n)s question", "%(n)s questions", number)
            found.append({"title": title, "href": href, "hint": hint, "state": _state(part)})
    return found


def _section_tasks(sheet: Sheet, titles: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    found = []
    for part in sheet.parts:
        if part.kind == "section":
            title, href = named(sheet, part, titles)
            title = titles[part.key][1] if part.key in titles else title
            found.append({"title": title, "href": href, "hint": "", "state": _state(part)})
    return found


def _sending_tasks(sheet: Sheet, shown: Bar) -> list[dict[str, Any]]:
    code = sheet.submission.code
    consent = consent_words(sheet.submission.consent)
    waits = (_("When the parts above are ready"), "plain")
    tasks: list[dict[str, Any]] = [
        {
            "title": _("Who may see your answer: %(who)s", who=consent)
            if consent
            else _("Who may see your answer"),
            "href": link("answer.consent", id_code=code),
            "hint": "",
            "state": _state(rules.consent_part(sheet.submission.consent)),
        }
    ]
    reachable = sheet.ready or sheet.submission.state == State.WITH_APPROVER
    if shown.office:
        tasks.append(
            {
                "title": _("Approval by %(office)s", office=shown.office),
                "href": link("answer.approval", id_code=code) if reachable else None,
                "hint": "",
                "state": _approval_state(sheet) if reachable else waits,
            }
        )
    tasks.append(
        {
            "title": _("Check and send"),
            "href": link("answer.check", id_code=code) if sheet.ready else None,
            "hint": "",
            "state": (pgettext("step", "Next"), "waiting") if sheet.ready else waits,
        }
    )
    return tasks


def _approval_state(sheet: Sheet) -> tuple[str, str]:
    if sheet.approved:
        return _("Approved"), "settled"
    state = sheet.approval.state if sheet.approval else None
    if state == ApprovalState.ASKED:
        return _("Asked"), "waiting"
    if state == ApprovalState.SENT_BACK:
        return _("Sent back"), "refused"
    if state == ApprovalState.CLEARED:
        return _("Ask again: the text changed"), "waiting"
    return _("Not asked yet"), "plain"


def _members(view: View, sheet: Sheet) -> list[tuple[str, str]]:
    """Return who works on it and what they are, for the side box."""
    roles = {one.person_id: one.roles for one in known.members(view, sheet.organisation.id)}
    names = known.names(view, sheet.workers)
    found = []
    for person in sheet.workers:
        held = roles.get(person, frozenset())
        code = next(
            (
                one
                for one in ("contact_point", "deputy", "administrator", "reviewer")
                if one in held
            ),
            "",
        )
        title = vocabulary.role(code, language(), member=True) if code else ""
        if names.get(person):
            found.append((names[person], title))
    return found
