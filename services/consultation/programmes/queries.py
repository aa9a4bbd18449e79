"""Reading programmes and outcomes in the reader's language; they are data of the vocabulary."""

from dataclasses import dataclass

from shared.errors import NotFound
from shared.vocabulary import vocabulary


@dataclass(frozen=True)
class Outcome:
    """One of the twelve outcomes of the plan."""

    code: str
    name: str


@dataclass(frozen=True)
class Domain:
    """A domain of change with its three outcomes."""

    code: str
    name: str
    outcomes: tuple[Outcome, ...]

    @property
    def number(self) -> str:
        """Its number in the plan."""
        return self.code.removeprefix("d")


@dataclass(frozen=True)
class Programme:
    """A flagship programme. `also` are other names under which it appears in documents."""

    slug: str
    name: str
    about: str
    also: tuple[str, ...]
    domains: tuple[Domain, ...]


def index(language: str) -> list[Programme]:
    """Return all programmes in the order of the vocabulary."""
    return [programme(slug, language) for slug in vocabulary.programmes()]


def programme(slug: str, language: str) -> Programme:
    """Return a programme. Raises NotFound."""
    if not vocabulary.has("programme", slug):
        raise NotFound
    about = vocabulary.programme(slug)
    return Programme(
        slug=slug,
        name=vocabulary.term("programme", slug, language),
        about=about.name(language) if about else "",
        also=about.aliases if about else (),
        domains=tuple(domain(code, language) for code in (about.domains if about else ())),
    )


def domains(language: str) -> list[Domain]:
    """Return the domains of change with their outcomes."""
    return [domain(code, language) for code in vocabulary.domains()]


def domain(code: str, language: str) -> Domain:
    """Return a domain of change."""
    return Domain(
        code=code,
        name=vocabulary.term("domain", code, language),
        outcomes=tuple(
            Outcome(each, vocabulary.term("outcome", each, language))
            for each in vocabulary.outcomes(code)
        ),
    )
