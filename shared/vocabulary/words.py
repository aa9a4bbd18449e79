"""What a vocabulary is made of: the shapes of its four files, checked when they are read."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
"""The six official languages, in the order of the United Nations."""

Iso3 = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Entry(BaseModel):
    """One line of a vocabulary file: nothing undeclared, nothing that changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Entry):
    """An entry with a name in each of the six languages."""

    names: dict[str, str]

    @field_validator("names")
    @classmethod
    def _in_every_language(cls, names: dict[str, str]) -> dict[str, str]:
        if missing := [code for code in LANGUAGES if not names.get(code, "").strip()]:
            raise ValueError(f"no name in {', '.join(missing)}")
        return names

    def name(self, language: str) -> str:
        """Return the name in a language, in English for one that the vocabulary does not speak."""
        return self.names.get(language) or self.names["en"]


class Term(Named):
    """A word with a stable code: a category, an outcome, a reason.

    `origin` is `document` where the Chinese is the founding document's own, `to_review` where a
    person still has to confirm the wording, `reviewed` where one has.
    """

    kind: str
    code: str
    origin: str


class Country(Named):
    """A State, or an area of the M49 list, in exactly one region. `zone` is one IANA zone of it."""

    iso3: Iso3
    iso2: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    m49: Annotated[str, Field(pattern="^[0-9]{3}$")]
    kind: Literal["state", "area"]
    region: str
    zone: str
    to_review: tuple[str, ...] = ()


class Language(Named):
    """A language that texts are written in. `own` is its name in its own script."""

    code: str
    own: str
    direction: Literal["ltr", "rtl"]
    official: bool


class Programme(Named):
    """What a flagship programme is about (`names`, one sentence), and other names it goes by.

    Its own name is the term `programme`. `domains` are the domains of change that it serves.
    """

    code: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    origin: str = "to_review"
