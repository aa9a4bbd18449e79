"""Whom a call concerns: one value and one pure function.

Consultation asks it who may answer, notifications who is told.
"""

from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Partner(Protocol):
    """What the audience looks at. Sequences hold codes of `shared.vocabulary`."""

    @property
    def id(self) -> UUID:
        """Return the key of the organisation."""

    @property
    def category(self) -> str:
        """Return one of the eight categories."""

    @property
    def tier(self) -> str | None:
        """Return the tier of a government or local authority."""

    @property
    def country(self) -> str:
        """Return the code of its country."""

    @property
    def regions(self) -> list[str]:
        """Return the regions it works in."""

    @property
    def constituencies(self) -> list[str]:
        """Return the constituencies it speaks for."""

    @property
    def interests(self) -> list[str]:
        """Return the programmes it follows."""


class Audience(BaseModel):
    """Who is asked. An empty list does not narrow; `included` and `excluded` name partners by id.

    `tiers` narrows local authorities only, `constituencies` stakeholders only, so that asking
    "local authorities of the regional tier and foundations" is one audience. `interests` holds
    outcome and programme codes; a partner that declared any of them is concerned.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    categories: list[str] = []
    constituencies: list[str] = []
    tiers: list[str] = []
    regions: list[str] = []
    countries: list[str] = []
    interests: list[str] = []
    included: list[UUID] = []
    excluded: list[UUID] = []
    only_named: bool = False


def concerns(audience: Audience, partner: Partner) -> bool:
    """Say whether the audience asks this partner. The partner's state is not looked at here."""
    if partner.id in audience.excluded:
        return False
    if partner.id in audience.included:
        return True
    return not audience.only_named and all(
        (
            _asked(audience.categories, [partner.category]),
            partner.category != "local_authority" or _asked(audience.tiers, [partner.tier]),
            partner.category != "stakeholder"
            or _asked(audience.constituencies, partner.constituencies),
            _asked(audience.regions, partner.regions),
            _asked(audience.countries, [partner.country]),
            _asked(audience.interests, partner.interests),
        )
    )


def _asked(wanted: list[str], has: list[str] | list[str | None]) -> bool:
    return not wanted or any(one in wanted for one in has)
