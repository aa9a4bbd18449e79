"""Reading a vocabulary folder, and typed access to what it says."""

import csv
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.vocabulary.words import LANGUAGES, Country, Language, Programme, Term

CATEGORIES = (
    "government",
    "local_authority",
    "un_entity",
    "finance",
    "business",
    "stakeholder",
    "foundation",
    "knowledge",
)
"""The eight categories of partners (paragraph 5), in the order of the seats at the table."""

REQUIRED_CATEGORIES = ("government", "local_authority", "un_entity", "stakeholder")
"""Who takes part in designing the flagship programmes (paragraph 7; rows 1, 2, 3, 6).

A call that leaves one of them out is warned.
"""

MEMBER_ROLES = ("administrator", "contact_point", "deputy", "reviewer", "observer")
"""What a person can be in an organisation."""

STAFF_ROLES = ("call_manager", "analyst", "decider", "partnership_officer", "administrator")
"""What a person can be in the secretariat."""

Row = TypeVar("Row", bound=BaseModel)


class WrongVocabulary(Exception):
    """A vocabulary file that cannot be used; the message names file and entry for the deployer."""


class Vocabulary:
    """The words of one deployment. Files are read when first asked for and checked as a whole.

    `folder` may hold any of the four files; one that it lacks is taken from the product's own.
    """

    def __init__(self, folder: Path, fallback: Path | None = None) -> None:
        self._folders = (folder, fallback or folder)

    @cached_property
    def _terms(self) -> Mapping[str, Mapping[str, Term]]:
        path = self._path("terms.tsv")
        found: dict[str, dict[str, Term]] = {}
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        for number, row in enumerate(rows, start=2):
            term = _read(Term, _as_term(row), f"{path.name}, line {number}")
            if term.code in found.setdefault(term.kind, {}):
                raise WrongVocabulary(f"{path.name}, line {number}: {term.code} stands twice.")
            found[term.kind][term.code] = term
        if set(found.get("category", ())) != set(CATEGORIES):
            raise WrongVocabulary(f"{path.name}: the categories must be {', '.join(CATEGORIES)}.")
        return found

    @cached_property
    def _countries(self) -> Mapping[str, Country]:
        countries = {one.iso3: one for one in self._rows("countries.json", Country)}
        regions = self._terms["region"]
        if lost := [one.iso3 for one in countries.values() if one.region not in regions]:
            raise WrongVocabulary(f"countries.json: no such region for {', '.join(lost)}.")
        return countries

    @cached_property
    def _languages(self) -> Mapping[str, Language]:
        return {one.code: one for one in self._rows("languages.json", Language)}

    @cached_property
    def _programmes(self) -> Mapping[str, Programme]:
        return {one.code: one for one in self._rows("programmes.json", Programme)}

    def check(self) -> None:
        """Read everything now. Raises WrongVocabulary with a sentence that names the file."""
        _ = (self._terms, self._countries, self._languages, self._programmes)

    def codes(self, kind: str) -> tuple[str, ...]:
        """Return the codes of a kind in the order of the file; LookupError for an unknown kind."""
        return tuple(self._kind(kind))

    def term(self, kind: str, code: str, language: str) -> str:
        """Return a term in a language, in English for an unknown one. LookupError for a code."""
        return self._kind(kind)[code].name(language)

    def has(self, kind: str, code: str) -> bool:
        """Say whether a kind has a code; for checking what came from outside."""
        return code in self._terms.get(kind, {})

    def words(self, kind: str, code: str) -> Mapping[str, str]:
        """Return a term in all six languages."""
        return self._kind(kind)[code].names

    def origin(self, kind: str, code: str) -> str:
        """Return where a wording comes from: `document`, `reviewed` or `to_review`."""
        return self._kind(kind)[code].origin

    def options(self, kind: str, language: str) -> list[tuple[str, str]]:
        """Return (code, term) pairs of a kind for radios, checkboxes and selects."""
        return [(code, term.name(language)) for code, term in self._kind(kind).items()]

    def categories(self) -> tuple[str, ...]:
        """Return the eight categories in the order of the seats."""
        return CATEGORIES

    def regions(self) -> tuple[str, ...]:
        """Return the five regions."""
        return self.codes("region")

    def domains(self) -> tuple[str, ...]:
        """Return the four domains of change, d1 to d4."""
        return self.codes("domain")

    def outcomes(self, domain: str | None = None) -> tuple[str, ...]:
        """Return the twelve outcomes, or the three of a domain (`d1`: 1.1, 1.2, 1.3)."""
        prefix = "" if domain is None else f"{domain.removeprefix('d')}."
        return tuple(code for code in self.codes("outcome") if code.startswith(prefix))

    def programmes(self) -> tuple[str, ...]:
        """Return the flagship programmes."""
        return self.codes("programme")

    def aliases(self, programme: str) -> tuple[str, ...]:
        """Return other names of a programme."""
        about = self._programmes.get(programme)
        return about.aliases if about else ()

    def programme(self, code: str) -> Programme | None:
        """Return what is said of a programme beyond its name, or None."""
        return self._programmes.get(code)

    def programme_named(self, name: str, language: str = "en") -> str | None:
        """Return the programme that a name, code or alias means, whatever its case; else None."""
        wanted = name.strip().casefold()
        for code in self.programmes():
            known = (code, self.term("programme", code, language), *self.aliases(code))
            if wanted in {each.casefold() for each in known}:
                return code
        return None

    def constituencies(self) -> tuple[str, ...]:
        """Return the constituencies that stakeholders speak for."""
        return self.codes("constituency")

    def tiers(self) -> tuple[str, ...]:
        """Return the tiers of local authorities."""
        return self.codes("tier")

    def government_types(self) -> tuple[str, ...]:
        """Return the sub-types of government partners."""
        return self.codes("government_type")

    def dispositions(self) -> tuple[str, ...]:
        """Return the six dispositions of a point."""
        return self.codes("disposition")

    def reasons(self) -> tuple[str, ...]:
        """Return the twelve standard reasons."""
        return self.codes("reason")

    def participation_levels(self) -> tuple[str, ...]:
        """Return the levels a call can have; *inform* is for announcements, a call asks."""
        return tuple(code for code in self.codes("participation") if code != "inform")

    def promise(self, level: str, language: str, date: str) -> str:
        """Return what the secretariat promises at a level, by a date written for the reader."""
        return self.term("promise", level, language).replace("{date}", date)

    def role(self, code: str, language: str, *, member: bool = False) -> str:
        """Return the name of a staff role, or of a member's role in an organisation."""
        if member and code == "administrator":
            code = "organisation_administrator"
        return self.term("role", code, language)

    def countries(self, region: str | None = None) -> tuple[Country, ...]:
        """Return all countries and areas, or those of a region, by ISO3 code."""
        every = self._countries.values()
        return tuple(one for one in every if region in (None, one.region))

    def country(self, iso3: str) -> Country:
        """Return a country by its ISO3 code in upper case; LookupError for an unknown one."""
        return self._countries[iso3]

    def has_country(self, iso3: str) -> bool:
        """Say whether there is a country of that ISO3 code."""
        return iso3 in self._countries

    def country_name(self, iso3: str, language: str) -> str:
        """Return the United Nations name of a country in a language."""
        return self._countries[iso3].name(language)

    def country_options(self, language: str) -> list[tuple[str, str]]:
        """Return (ISO3, name) pairs in the order that readers of the language look for."""
        pairs = [(one.iso3, one.name(language)) for one in self._countries.values()]
        return sorted(pairs, key=lambda pair: _sorted_as(pair[1], language))

    def region_of(self, iso3: str) -> str:
        """Return the one region of a country."""
        return self._countries[iso3].region

    def zone_of(self, iso3: str) -> str:
        """Return one IANA time zone of a country, to suggest."""
        return self._countries[iso3].zone

    def languages(self) -> tuple[str, ...]:
        """Return the codes of the languages in the order of the United Nations."""
        return tuple(self._languages)

    def language(self, code: str) -> Language:
        """Return a language; LookupError for an unknown code."""
        return self._languages[code]

    def language_name(self, code: str, language: str) -> str:
        """Return the name of a language for a reader, the bare code for an unknown one."""
        known = self._languages.get(code)
        return known.name(language) if known else code

    def _kind(self, kind: str) -> Mapping[str, Term]:
        return self._terms[kind]

    def _path(self, name: str) -> Path:
        for folder in self._folders:
            if (folder / name).is_file():
                return folder / name
        raise WrongVocabulary(f"{name} is missing from {self._folders[0]}.")

    def _rows(self, name: str, kind: type[Row]) -> list[Row]:
        path = self._path(name)
        try:
            return TypeAdapter(list[kind]).validate_json(path.read_bytes())  # type: ignore[valid-type]
        except ValidationError as error:
            raise WrongVocabulary(_sentence(name, error)) from error


def _as_term(row: Mapping[str, str]) -> dict[str, object]:
    names = {language: row.get(language) or "" for language in LANGUAGES}
    return {
        "kind": row.get("kind"),
        "code": row.get("code"),
        "origin": row.get("origin") or "to_review",
        "names": names,
    }


def _read(kind: type[Row], values: object, where: str) -> Row:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise WrongVocabulary(_sentence(where, error)) from error


def _sentence(where: str, error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{where}: {place}: {first['msg']}."


def _sorted_as(name: str, language: str) -> tuple[object, ...]:
    """Return a sort key: accents aside, Arabic without its article, Chinese by sound.

    GB 18030 keeps the common characters in the order of their pronunciation.
    """
    if language == "zh":
        return (name.encode("gb18030"),)
    folded = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name)
        if not unicodedata.combining(letter)
    ).casefold()
    return (folded.removeprefix("ال") if language == "ar" else folded, name)
