"""The audience as SQL finds the same partners as the function, whatever both are given."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from shared import ids
from shared.contracts.audience import Audience, concerns
from shared.known.models import Copies, KnownOrganisation, KnownTrait
from shared.known.queries import concerned
from shared.vocabulary import CATEGORIES
from tests.support.bench import START

COUNTRIES = ("KEN", "JOR", "COL")
REGIONS = ("africa", "arab_states", "latin_america_caribbean")
TIERS = ("local", "regional_subnational", "association_network")
CONSTITUENCIES = ("women", "children_youth", "media")
INTERESTS = ("rise-up", "1.1", "4.3")
PARTNERS = tuple(ids.new() for _ in range(40))


def some(codes: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(codes), unique=True, max_size=2)


AUDIENCES = st.builds(
    Audience,
    categories=some(CATEGORIES),
    constituencies=some(CONSTITUENCIES),
    tiers=some(TIERS),
    regions=some(REGIONS),
    countries=some(COUNTRIES),
    interests=some(INTERESTS),
    included=st.lists(st.sampled_from(PARTNERS), unique=True, max_size=2),
    excluded=st.lists(st.sampled_from(PARTNERS), unique=True, max_size=2),
    only_named=st.booleans(),
)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """Forty partners of every mixture."""
    engine = create_engine("sqlite://")
    Copies.metadata.create_all(engine)
    with Session(engine) as opened:
        for at, key in enumerate(PARTNERS):
            opened.add(_partner(at, key))
            opened.flush()
            _index(opened, opened.get_one(KnownOrganisation, key))
        opened.flush()
        yield opened
    engine.dispose()


def _partner(at: int, key: object) -> KnownOrganisation:
    category = CATEGORIES[at % len(CATEGORIES)]
    return KnownOrganisation(
        id=key,
        version=1,
        slug=f"partner-{at}",
        name=f"Partner {at}",
        category=category,
        tier=TIERS[at // 8 % 3] if category == "local_authority" else None,
        country=COUNTRIES[at % 3],
        regions=[REGIONS[at % 3]],
        constituencies=list(CONSTITUENCIES[: at // 8 % 4]) if category == "stakeholder" else [],
        interests=list(INTERESTS[at % 4 :]),
        languages=["en"],
        state="verified",
        state_since=START,
        state_reason="",
        registered_by=None,
    )


def _index(session: Session, one: KnownOrganisation) -> None:
    for kind, codes in (
        ("region", one.regions),
        ("constituency", one.constituencies),
        ("interest", one.interests),
    ):
        for code in codes:
            session.add(KnownTrait(organisation_id=one.id, kind=kind, code=code))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(audience=AUDIENCES)
def test_sql_and_function_agree(session: Session, audience: Audience) -> None:
    everybody = session.scalars(select(KnownOrganisation)).all()
    found = set(session.scalars(select(KnownOrganisation.id).where(concerned(audience))))
    assert found == {one.id for one in everybody if concerns(audience, one)}


def test_an_empty_audience_asks_everybody(session: Session) -> None:
    found = session.scalars(select(KnownOrganisation.id).where(concerned(Audience()))).all()
    assert len(found) == len(PARTNERS)
