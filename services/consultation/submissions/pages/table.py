"""The sentence that says which place at the table a partner has taken."""

from services.consultation.submissions.pages import hub
from services.consultation.submissions.queries import Place
from shared.i18n import N_, _, language

AT_THE_TABLE: dict[str, str] = {
    "government": N_("You are the %(nth)s government at the table."),
    "local_authority": N_("You are the %(nth)s local authority at the table."),
    "un_entity": N_("You are the %(nth)s UN entity at the table."),
    "finance": N_("You are the %(nth)s finance institution at the table."),
    "business": N_("You are the %(nth)s business at the table."),
    "stakeholder": N_("You are the %(nth)s stakeholder group at the table."),
    "foundation": N_("You are the %(nth)s foundation at the table."),
    "knowledge": N_("You are the %(nth)s knowledge partner at the table."),
}
AND_FIRST_FROM: dict[str, str] = {
    "government": N_(
        "You are the %(nth)s government at the table, and the first from %(country)s."
    ),
    "local_authority": N_(
        "You are the %(nth)s local authority at the table, and the first from %(country)s."
    ),
    "un_entity": N_("You are the %(nth)s UN entity at the table, and the first from %(country)s."),
    "finance": N_(
        "You are the %(nth)s finance institution at the table, and the first from %(country)s."
    ),
    "business": N_("You are the %(nth)s business at the table, and the first from %(country)s."),
    "stakeholder": N_(
        "You are the %(nth)s stakeholder group at the table, and the first from %(country)s."
    ),
    "foundation": N_(
        "You are the %(nth)s foundation at the table, and the first from %(country)s."
    ),
    "knowledge": N_(
        "You are the %(nth)s knowledge partner at the table, and the first from %(country)s."
    ),
}
TEENS = (11, 12, 13)


def place_sentence(place: Place) -> str:
    """Return "You are the 12th local authority at the table, and the first from Jordan."."""
    if place.category not in AT_THE_TABLE:
        return ""
    nth = ordinal(place.in_category)
    if place.in_country == 1:
        return _(AND_FIRST_FROM[place.category], nth=nth, country=hub.country(place.country))
    return _(AT_THE_TABLE[place.category], nth=nth)


def ordinal(number: int) -> str:
    """Return a number as an ordinal in the present language, bare where it has no mark.

    Russian and French marks depend on the noun's gender; the sentences are worded to fit these.
    """
    code = language()
    if code == "en":
        last = number % 10
        end = {1: "st", 2: "nd", 3: "rd"}.get(last, "th")
        return f"{number}{'th' if number % 100 in TEENS else end}"
    if code == "fr":
        return f"{number}ᵉ" if number > 1 else "1ᵉʳ"
    ends = {"es": ".º", "ru": "-й"}
    return f"{number}{ends.get(code, '')}"
