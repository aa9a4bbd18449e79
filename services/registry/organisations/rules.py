"""States of a partner, the parts of a registration by category, and what is still missing."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from shared.i18n import N_, translate


class State(StrEnum):
    """Where a partner stands; stored, because a person decided it."""

    INVITED = "invited"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCREENING = "screening"
    CLARIFICATION = "clarification_requested"
    VERIFIED = "verified"
    DECLINED = "declined"
    REVERIFICATION = "reverification_due"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"
    WITHDRAWN = "withdrawn"


CHANGES: Final[Mapping[State, frozenset[State]]] = {
    State.INVITED: frozenset({State.DRAFT, State.WITHDRAWN}),
    State.DRAFT: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    State.SUBMITTED: frozenset({State.SCREENING, State.WITHDRAWN}),
    State.SCREENING: frozenset(
        {State.CLARIFICATION, State.VERIFIED, State.DECLINED, State.WITHDRAWN}
    ),
    State.CLARIFICATION: frozenset({State.SCREENING, State.DECLINED, State.WITHDRAWN}),
    State.VERIFIED: frozenset({State.REVERIFICATION, State.SUSPENDED, State.WITHDRAWN}),
    State.DECLINED: frozenset({State.SUBMITTED, State.WITHDRAWN}),
    State.REVERIFICATION: frozenset({State.SCREENING, State.SUSPENDED, State.WITHDRAWN}),
    State.SUSPENDED: frozenset({State.VERIFIED, State.DEACTIVATED}),
    State.DEACTIVATED: frozenset(),
    State.WITHDRAWN: frozenset(),
}
"""Which state may follow which."""

OPEN_TO_EDIT: Final = frozenset(
    {State.INVITED, State.DRAFT, State.CLARIFICATION, State.DECLINED, State.VERIFIED}
)
MAY_ANSWER: Final = frozenset(
    {State.SUBMITTED, State.SCREENING, State.CLARIFICATION, State.VERIFIED, State.REVERIFICATION}
)
"""States in which answers to calls may be written and sent, provisionally or not."""
IN_REGISTER: Final = frozenset({State.VERIFIED, State.REVERIFICATION})
"""States in which a partner stands in the public directory."""

Kind = Literal[
    "line", "website", "text", "choice", "choices", "yes_no", "country", "number", "document"
]


@dataclass(frozen=True)
class When:
    """A condition: another field says one of these, or is handed in where it is a document."""

    part: str
    field: str
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """One thing asked in a part. `options` names a kind of the vocabulary or holds (code, text).

    A field with `when` is required only then.
    """

    code: str
    kind: Kind
    label: str
    hint: str = ""
    required: bool = True
    options: str | tuple[tuple[str, str], ...] = ()
    at_most: int = 300
    when: When | None = None


@dataclass(frozen=True)
class Part:
    """One page of a registration: a few related questions, or documents to hand in.

    `one_of` names fields of which one is enough.
    """

    code: str
    title: str
    fields: tuple[Field, ...]
    help: str = ""
    one_of: tuple[str, ...] = ()


ABOUT = Part(
    "about",
    N_("Name and address"),
    (
        Field("name", "line", N_("Name of the organisation"), N_("As in your founding document.")),
        Field("country", "country", N_("Country or area")),
        Field("address", "text", N_("Address"), N_("Where letters reach you."), at_most=500),
        Field("website", "website", N_("Website"), required=False),
    ),
)
LANGUAGES = Part(
    "languages",
    N_("Languages and interests"),
    (
        Field("languages", "choices", N_("Languages you work in"), options="language"),
        Field(
            "interests",
            "choices",
            N_("Outcomes and programmes that concern you"),
            N_("You are told of calls that touch them."),
            required=False,
            options="interest",
        ),
    ),
)

CHANNEL = Part(
    "mandate",
    N_("Your mandate"),
    (
        Field("government_type", "choice", N_("What you are"), options="government_type"),
        Field(
            "letter",
            "document",
            N_("Letter or note verbale naming the contact point"),
        ),
    ),
)
LOCAL = Part(
    "authority",
    N_("Your authority"),
    (
        Field("tier", "choice", N_("What you are"), options="tier"),
        Field(
            "population",
            "choice",
            N_("People who live there"),
            N_("Associations: people in all member authorities."),
            options=(
                ("under_100k", N_("Under 100,000")),
                ("under_500k", N_("100,000 to 499,999")),
                ("under_1m", N_("500,000 to 999,999")),
                ("under_5m", N_("1 to 5 million")),
                ("over_5m", N_("Over 5 million")),
            ),
        ),
        Field(
            "signs_off",
            "line",
            N_("Who signs off on answers"),
            N_("For instance: the mayor's office."),
        ),
    ),
)
ASSOCIATIONS: Final = When("authority", "tier", ("association_network",))
LOCAL_PAPERS = Part(
    "papers",
    N_("Documents"),
    (
        Field("mandate", "document", N_("Mandate letter")),
        Field("statutes", "document", N_("Statutes (associations)"), when=ASSOCIATIONS),
        Field("members", "document", N_("List of members (associations)"), when=ASSOCIATIONS),
    ),
)
UN = Part(
    "entity",
    N_("Your entity"),
    (
        Field("entity", "line", N_("Entity of the United Nations system")),
        Field("duty_station", "line", N_("Duty station")),
    ),
)
FINANCE = Part(
    "institution",
    N_("Your institution"),
    (
        Field(
            "type",
            "choice",
            N_("What you are"),
            options=(
                ("multilateral", N_("Multilateral development bank")),
                ("regional", N_("Regional or sub-regional development bank")),
                ("state", N_("A State's own bank")),
                ("commercial", N_("Commercial bank or investor")),
                ("fund", N_("Fund or facility")),
            ),
        ),
        Field("charter", "document", N_("Charter or licence")),
        Field(
            "report",
            "document",
            N_("Last annual report (not for a State's own bank)"),
            when=When("institution", "type", ("multilateral", "regional", "commercial", "fund")),
        ),
    ),
)
BUSINESS = Part(
    "company",
    N_("Your company"),
    (
        Field("register_number", "line", N_("Registration number"), at_most=80),
        Field(
            "owners",
            "text",
            N_("Owners of 25 % or more"),
            N_('One a line. Write "none" if there are none.'),
            at_most=2000,
        ),
        Field("sector", "line", N_("Sector")),
        Field("global_compact", "yes_no", N_("Are you a participant in the UN Global Compact?")),
    ),
)
DECLARATIONS = Part(
    "declarations",
    N_("Declarations"),
    (
        Field("human_rights", "yes_no", N_("We respect internationally proclaimed human rights.")),
        Field("labour", "yes_no", N_("We use no forced and no child labour.")),
        Field("environment", "yes_no", N_("We know and limit what we do to the environment.")),
        Field("corruption", "yes_no", N_("We work against corruption in all its forms.")),
    ),
)
STAKEHOLDER = Part(
    "group",
    N_("Your group"),
    (
        Field("constituencies", "choices", N_("For whom you speak"), options="constituency"),
        Field(
            "governing_body",
            "text",
            N_("Who leads the group"),
            N_("The body that decides, and how it is chosen. No names needed."),
            at_most=1000,
        ),
        Field(
            "register_number",
            "line",
            N_("Registration number, if there is one"),
            required=False,
            at_most=80,
        ),
    ),
)
STAKEHOLDER_PAPERS = Part(
    "papers",
    N_("One document"),
    (
        Field("certificate", "document", N_("Registration certificate"), required=False),
        Field("partner_letter", "document", N_("Letter of a verified partner"), required=False),
        Field("authority_letter", "document", N_("Letter of a local authority"), required=False),
        Field("minutes", "document", N_("Founding minutes, with two referees"), required=False),
        Field(
            "referees",
            "text",
            N_("Two referees"),
            N_("Only with founding minutes: two organisations that know you."),
            at_most=600,
            when=When("papers", "minutes"),
        ),
    ),
    help=N_(
        "One of these is enough. Photographs taken with a phone will do; several pages are fine."
    ),
    one_of=("certificate", "partner_letter", "authority_letter", "minutes"),
)
FOUNDATION = Part(
    "foundation",
    N_("Your foundation"),
    (
        Field("register_number", "line", N_("Registration number"), at_most=80),
        Field("certificate", "document", N_("Registration certificate")),
        Field("board", "text", N_("How the board is chosen"), at_most=1000),
        Field("funds", "text", N_("Source of funds"), at_most=1000),
    ),
)
KNOWLEDGE = Part(
    "institution",
    N_("Your institution"),
    (
        Field(
            "type",
            "choice",
            N_("What you are"),
            options=(
                ("university", N_("University or college")),
                ("institute", N_("Research institute")),
                ("think_tank", N_("Think tank")),
                ("innovator", N_("Innovation centre or company")),
            ),
        ),
        Field(
            "accreditation",
            "document",
            N_("Accreditation, or the act that founded you"),
            required=False,
        ),
        Field("funders", "text", N_("Main funders"), at_most=1000),
    ),
)

PARTS: Final[Mapping[str, tuple[Part, ...]]] = {
    "government": (ABOUT, CHANNEL, LANGUAGES),
    "local_authority": (ABOUT, LOCAL, LOCAL_PAPERS, LANGUAGES),
    "un_entity": (ABOUT, UN, LANGUAGES),
    "finance": (ABOUT, FINANCE, LANGUAGES),
    "business": (ABOUT, BUSINESS, DECLARATIONS, LANGUAGES),
    "stakeholder": (ABOUT, STAKEHOLDER, STAKEHOLDER_PAPERS, LANGUAGES),
    "foundation": (ABOUT, FOUNDATION, LANGUAGES),
    "knowledge": (ABOUT, KNOWLEDGE, LANGUAGES),
}
"""What an applicant fills in, by category (product.md's table of registration parts)."""


def part(category: str, code: str) -> Part | None:
    """Return a part of a category's registration."""
    return next((one for one in PARTS.get(category, ()) if one.code == code), None)


Profile = Mapping[str, Mapping[str, object]]
"""Answers by part and field."""


def missing(one: Part, profile: Profile, documents: Collection[str]) -> list[Field]:
    """Return the fields of a part that are needed and say nothing.

    `documents` are codes of the part's documents that were handed in.
    """
    answers = profile.get(one.code, {})

    def said(field: Field) -> bool:
        if field.kind == "document":
            return field.code in documents
        return bool(answers.get(field.code))

    def needed(field: Field) -> bool:
        if field.when is None:
            return field.required
        there = profile.get(field.when.part, {}).get(field.when.field)
        return there in field.when.says or field.when.field in documents

    lacking = [field for field in one.fields if needed(field) and not said(field)]
    if one.one_of and not any(said(field) for field in one.fields if field.code in one.one_of):
        lacking.append(next(field for field in one.fields if field.code == one.one_of[0]))
    return lacking


def is_complete(category: str, profile: Profile, documents: Mapping[str, Collection[str]]) -> bool:
    """Say whether every part of the category's registration is ready to be handed in."""
    return bool(PARTS.get(category)) and not any(
        missing(one, profile, documents.get(one.code, ())) for one in PARTS[category]
    )


def may_follow(now: str, then: str) -> bool:
    """Say whether a state may follow another."""
    return State(then) in CHANGES[State(now)]


MATERIAL: Final = frozenset({"name", "category", "governing_body", "owners", "government_type"})
"""Fields whose change opens reverification of a verified partner."""


def name_key(name: str) -> str:
    """Return a name without accents, case, punctuation and legal forms, to find duplicates."""
    folded = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    # Letters such as the mathematical A have no small one until they are plain, and the other way.
    plain = unicodedata.normalize("NFKD", plain.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = [word for word in re.findall(r"\w+", plain) if word not in LEGAL_FORMS]
    return " ".join(words)


LEGAL_FORMS: Final = frozenset(
    (
        "ltd",
        "limited",
        "inc",
        "incorporated",
        "llc",
        "plc",
        "gmbh",
        "ag",
        "sa",
        "sarl",
        "sas",
        "bv",
        "nv",
        "ngo",
        "ong",
        "asbl",
        "ev",
        "the",
        "of",
        "de",
        "la",
        "le",
        "les",
        "des",
        "du",
        "del",
        "el",
    )
)


def domain(website: str) -> str:
    """Return the domain of an address as people type it, without `www.`; empty when none."""
    host = re.sub(r"^[a-z]+://", "", website.strip().lower()).partition("/")[0].partition(":")[0]
    return host.removeprefix("www.") if re.fullmatch(r"[\w-]+(\.[\w-]+)+", host) else ""


RESERVED: Final = frozenset({"new", "invite", "requests"})
"""Places in addresses that pages of ours have."""


def slug(name: str, fallback: str) -> str:
    """Return a name for addresses: Latin letters, digits, hyphens; else the fallback."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or fallback


def title(one: Part) -> str:
    """Return the title of a part in the present language."""
    return translate(one.title)
