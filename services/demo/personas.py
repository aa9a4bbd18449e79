"""The people of the demo, one address each; all invented."""

from dataclasses import dataclass

from shared.i18n import N_


@dataclass(frozen=True)
class Persona:
    """Somebody to be in the demo. `organisations` are (key of a seeded partner, roles)."""

    key: str
    name: str
    email: str
    language: str
    zone: str
    what: str
    staff_roles: tuple[str, ...] = ()
    organisations: tuple[tuple[str, tuple[str, ...]], ...] = ()
    registered: bool = True


PERSONAS: tuple[Persona, ...] = (
    Persona(
        "call-manager",
        "Nadia Rahmani",
        "nadia.rahmani@secretariat.example",
        "en",
        "Africa/Nairobi",
        N_("Call manager: drafts calls for input, writes the report"),
        ("call_manager",),
    ),
    Persona(
        "second-manager",
        "Peter Wanjala",
        "peter.wanjala@secretariat.example",
        "en",
        "Africa/Nairobi",
        N_("Second call manager: reviews and publishes"),
        ("call_manager",),
    ),
    Persona(
        "officer",
        "Lucía Ferrer",
        "lucia.ferrer@secretariat.example",
        "en",
        "Africa/Nairobi",
        N_("Partnership officer: verifies partners"),
        ("partnership_officer",),
    ),
    Persona(
        "analyst",
        "Sofia Marchetti",
        "sofia.marchetti@secretariat.example",
        "en",
        "Africa/Nairobi",
        N_("Analyst: reads every answer, recommends"),
        ("analyst",),
    ),
    Persona(
        "decider",
        "Daniel Okafor",
        "daniel.okafor@secretariat.example",
        "en",
        "Africa/Nairobi",
        N_("Decider: decides every point, approves the report"),
        ("decider",),
    ),
    Persona(
        "administrator",
        "Mei Lin",
        "mei.lin@secretariat.example",
        "en",
        "Africa/Nairobi",
        N_("Administrator: appoints staff"),
        ("administrator",),
    ),
    Persona(
        "preparer",
        "رنا حدّاد",
        "rana.haddad@city.example",
        "ar",
        "Asia/Amman",
        N_("A city's preparer (Arabic)"),
        organisations=(("city", ("deputy",)),),
    ),
    Persona(
        "contact-point",
        "سامر العلي",
        "samer.alali@city.example",
        "ar",
        "Asia/Amman",
        N_("The city's contact point (Arabic): sends"),
        organisations=(("city", ("contact_point", "administrator")),),
    ),
    Persona(
        "group-lead",
        "Awa Diop",
        "awa.diop@quartiers.example",
        "fr",
        "Africa/Dakar",
        N_("Lead of a civil society group (French, on a phone), not yet registered"),
    ),
    Persona(
        "two-organisations",
        "Carmen Ibáñez",
        "carmen.ibanez@dos.example",
        "es",
        "America/Bogota",
        N_("A person in two organisations (Spanish)"),
        organisations=(
            ("stakeholder-es", ("contact_point", "administrator")),
            ("knowledge-es", ("contact_point", "administrator")),
        ),
    ),
)
"""A visitor is nobody signed in; the mayor's office acts from the captured mail."""

BY_KEY = {persona.key: persona for persona in PERSONAS}
