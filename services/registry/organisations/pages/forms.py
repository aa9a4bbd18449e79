"""The form of a registration part, made from the part's fields."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, create_model

from services.registry.accounts.rules import MemberRole
from services.registry.organisations import queries, rules
from shared.errors import Problem
from shared.i18n import N_
from shared.vocabulary import vocabulary
from shared.web.forms import Form


class NotAnOption(Problem, ValueError):
    """A value that the page did not offer."""

    sentence = N_("Choose one of the options.")


class NotAWebsite(Problem, ValueError):
    """What was typed for a website leads nowhere."""

    sentence = N_("Write an address such as www.example.org.")


def _website(text: str) -> str:
    if text and not rules.domain(text):
        raise NotAWebsite
    return text


class BeginForm(Form):
    """What is asked before a registration is begun; `sure` says that no shown one is the same."""

    name: Annotated[str, Field(min_length=2, max_length=300)]
    category: Annotated[str, AfterValidator(lambda value: _one_of(value, vocabulary.categories()))]
    country: Annotated[
        str, AfterValidator(lambda value: _one_of(value, [c.iso3 for c in vocabulary.countries()]))
    ]
    website: Annotated[str, Field(max_length=300), AfterValidator(_website)] = ""
    sure: str = ""


class DecideForm(Form):
    """What is decided about a request to join."""

    approve: Literal["yes", "no"]
    roles: Annotated[list[MemberRole], Field(max_length=5, default_factory=list)]


def _one_of(value: str, codes: Any) -> str:
    if value and value not in codes:
        raise NotAnOption
    return value


@cache
def part_form(category: str, code: str) -> type[Form]:
    """Return the form of a part. Nothing is required: a part is kept half done, too."""
    part = rules.part(category, code)
    fields: dict[str, Any] = {"row_version": (int, ...), "then": (str, "")}
    for one in part.fields if part else ():
        if one.kind != "document":
            fields[one.code] = _field(one)
    return create_model("PartForm", __base__=Form, **fields)


def _field(one: rules.Field) -> tuple[Any, Any]:
    if one.kind == "website":
        return Annotated[str, Field(max_length=one.at_most), AfterValidator(_website)], ""
    if one.kind in ("line", "text", "number"):
        return Annotated[str, Field(max_length=one.at_most)], ""

    def offered(value: Any) -> Any:
        codes = {code for code, _ in queries.options(one)}
        for chosen in value if isinstance(value, list) else [value]:
            _one_of(chosen, codes)
        return value

    if one.kind == "choices":
        return Annotated[list[str], Field(max_length=60), AfterValidator(offered)], []
    return Annotated[str, AfterValidator(offered)], ""
