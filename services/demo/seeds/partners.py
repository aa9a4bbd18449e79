"""Partners in every state, registered, documented and screened by registry's own actions."""

import struct
import zlib

from services.demo.personas import PERSONAS
from services.demo.seeds.cast import Cast, Partner
from services.demo.seeds.names import KEYS, OTHERS, PARTNERS
from services.demo.seeds.people import known
from services.registry.accounts.actions import members, people
from services.registry.accounts.models import Person
from services.registry.organisations import rules
from services.registry.organisations.actions import documents, registering
from services.registry.organisations.models import Organisation
from services.registry.organisations.rules import Field
from services.registry.verification import actions as verification
from services.registry.verification import rules as screening
from shared.security.permissions import SYSTEM, Actor
from shared.vocabulary import vocabulary
from shared.work import Work

GRAMMAR = {
    "population": "under_500k",
    "signs_off": "The mayor's office",
    "entity": "United Nations",
    "duty_station": "Nairobi",
    "type": "",
    "owners": "none",
    "sector": "Services for cities",
    "governing_body": "An assembly of members elects a committee every two years.",
    "board": "Elected by the members for three years.",
    "funds": "Endowment and gifts, published every year.",
    "funders": "Public grants and fees.",
    "register_number": "",
    "global_compact": "yes",
    "human_rights": "yes",
    "labour": "yes",
    "environment": "yes",
    "corruption": "yes",
}


def seed_keyed(cast: Cast, officer: Actor) -> None:
    """Register and verify the partners that personas belong to."""
    for (category, at), key in KEYS.items():
        cast.keyed[key] = _verified(cast, officer, category, at)
    _seat_personas(cast)


def seed_verified(cast: Cast, officer: Actor) -> None:
    """Register and verify the rest of twelve partners a category."""
    for category, rows in PARTNERS.items():
        for at in range(len(rows)):
            if (category, at) not in KEYS:
                _verified(cast, officer, category, at)


def _verified(cast: Cast, officer: Actor, category: str, at: int) -> Partner:
    name, country, language = PARTNERS[category][at]
    partner = _register(cast, name, category, country, language, at)
    with cast.work("registry", officer) as work:
        _screen(work, partner.slug, category)
        verification.verify(work, partner.slug)
    cast.partners.append(partner)
    return partner


def seed_others(cast: Cast, officer: Actor) -> None:
    """Register fourteen organisations that are in the other states."""
    for at, (name, category, country, language, state) in enumerate(OTHERS, start=50):
        partner = _register(cast, name, category, country, language, at, hand_in=state != "draft")
        with cast.work("registry", officer) as work:
            _move(work, partner, state)


def _move(work: Work, partner: Partner, state: str) -> None:
    if state == "screening":
        verification.begin(work, partner.slug)
    elif state == "clarification":
        verification.ask(
            work, partner.slug, "Your document is hard to read. Could you photograph page 2 again?"
        )
    elif state == "declined":
        verification.decline(
            work, partner.slug, "the register has no organisation of this name at this address"
        )
    elif state == "suspended":
        _screen(work, partner.slug, partner.category)
        verification.verify(work, partner.slug)
        verification.suspend(work, partner.slug, "its licence was withdrawn by its supervisor")
    elif state == "withdrawn":
        organisation = work.get(Organisation, slug=partner.slug)
        registering.move(work, organisation, rules.State.WITHDRAWN)


def _register(
    cast: Cast,
    name: str,
    category: str,
    country: str,
    language: str,
    at: int,
    *,
    hand_in: bool = True,
) -> Partner:
    with cast.work("registry", SYSTEM) as work:
        person = people.enrol(
            work,
            f"{category}-{country.lower()}-{at}@partners.example",
            name=_contact(language, at),
            language=language,
            zone=vocabulary.zone_of(country),
            confirmed=True,
        )
        actor = known(work, person)
    with cast.work("registry", actor) as work:
        organisation = registering.register(work, name=name, category=category, country=country)
        slug, key = organisation.slug, organisation.id
    with cast.work("registry", actor) as work:
        actor = known(work, work.get(Person, id=person.id))
    with cast.work("registry", actor) as work:
        for version, part in enumerate(rules.PARTS[category]):
            answers = {
                one.code: _said(one, name, country, language, at)
                for one in part.fields
                if one.kind != "document"
            }
            registering.save_part(work, slug, part.code, answers, version)
            for one in part.fields:
                if one.kind == "document" and (one.required or one.code in part.one_of[:1]):
                    documents.add(work, slug, part.code, one.code, f"{one.code}.png", PAPER)
        if hand_in:
            registering.submit(work, slug)
    return Partner(key, slug, name, category, country, language, actor)


def _said(field: Field, name: str, country: str, language: str, at: int) -> object:
    if field.code == "name":
        return name
    if field.code == "country":
        return country
    if field.code == "address":
        return f"{12 + at} Assembly Road"
    if field.code == "languages":
        return [language]
    if field.code == "interests":
        programmes = vocabulary.programmes()
        return [programmes[at % len(programmes)], programmes[(at + 2) % len(programmes)]]
    if field.code == "tier":
        return "local" if at < 8 else ("regional_subnational" if at < 10 else "association_network")
    if field.code == "constituencies":
        codes = vocabulary.constituencies()
        return ["civil_society", codes[at % len(codes)]]
    if field.code == "register_number":
        return f"{country}-{1000 + at * 37}"
    if isinstance(field.options, tuple) and field.options:
        return field.options[at % len(field.options)][0]
    if field.options == "government_type":
        return vocabulary.government_types()[0]
    return GRAMMAR.get(field.code, "")


def _screen(work: Work, slug: str, category: str) -> None:
    answers = {check.code: check.good.value for check in screening.CHECKS[category]}
    verification.screen(work, slug, answers, "")


CONTACTS = {
    "en": ("Grace Mwangi", "Tom Abara", "Priya Nair", "Helen Kofi"),
    "fr": ("Mariam Traoré", "Luc Ngoma", "Aïcha Benali", "Paul Adjovi"),
    "es": ("Rosa Quispe", "Diego Luna", "Elena Castro", "Juan Mora"),
    "ru": ("Айгуль Серикова", "Олег Ветров", "Нина Ким", "Марат Алиев"),
    "ar": ("ليلى منصور", "خالد يونس", "سلمى حداد", "عمر فارس"),
    "zh": ("李明", "王芳", "陈静", "刘洋"),
}


def _contact(language: str, at: int) -> str:
    return CONTACTS[language][at % len(CONTACTS[language])]


def _seat_personas(cast: Cast) -> None:
    for persona in PERSONAS:
        for key, roles in persona.organisations:
            with cast.work("registry", SYSTEM) as work:
                person = work.get(Person, email=persona.email)
                members.seat(work, cast.keyed[key].id, person.id, roles)


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    size = 64
    rows = b"".join(b"\x00" + b"\xf4\xf1\xea" * size for _ in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


PAPER = _png()
"""A blank sheet, photographed."""
