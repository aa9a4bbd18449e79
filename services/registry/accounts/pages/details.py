"""The form of a person's name, language and time zone, used at the first sign-in and later."""

from typing import Annotated, TypeVar

from pydantic import Field, field_validator

from services.registry.accounts import rules
from services.registry.accounts.queries import PersonRow
from shared.i18n import LANGUAGES, N_, language
from shared.web.forms import Filled, Form, blank


class Details(Form):
    """Name as the person writes it, language of pages and mail, zone of dates."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    language: str
    zone: str

    @field_validator("name")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return " ".join(value.split())

    @field_validator("language")
    @classmethod
    def _spoken(cls, value: str) -> str:
        if value not in LANGUAGES:
            raise ValueError(N_("Choose one of the options."))
        return value

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        if not rules.is_zone(value):
            raise ValueError(N_("Choose a city that has your time."))
        return value


F = TypeVar("F", bound=Details)


def details_form(kind: type[F], person: PersonRow, *, new: bool = False, **more: str) -> Filled[F]:
    """Return the form with what is known; a new person has chosen only the page's language."""
    return blank(
        kind,
        {
            "name": person.name,
            "language": language() if new else person.language,
            "zone": "" if new else person.zone,
            **more,
        },
    )
