"""Staff and personas, enrolled by registry's own actions."""

from services.demo.personas import PERSONAS
from services.demo.seeds.cast import Cast
from services.registry.accounts.actions import people
from services.registry.accounts.models import Person
from services.registry.accounts.queries import actor_of
from shared.security.permissions import SYSTEM, Actor
from shared.work import Work


def seed(cast: Cast) -> None:
    """Enrol every persona and appoint the staff among them."""
    with cast.work("registry", SYSTEM) as work:
        for persona in PERSONAS:
            person = people.enrol(
                work,
                persona.email,
                name=persona.name,
                language=persona.language,
                zone=persona.zone,
                confirmed=True,
            )
            if persona.staff_roles:
                people.set_staff_roles(work, person, persona.staff_roles)
                cast.staff[persona.key] = known(work, person)


def known(work: Work, person: Person) -> Actor:
    """Return a person as one who acts."""
    work.session.flush()
    actor = actor_of(work, person.id)
    if actor is None:
        raise LookupError(person.id)
    return actor
