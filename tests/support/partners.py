"""Factories of organisations: registered, documented, handed in, by registry's own actions."""

from services.demo.seeds.partners import PAPER
from services.registry.accounts.actions import people
from services.registry.accounts.models import Person
from services.registry.accounts.queries import actor_of
from services.registry.organisations import queries, rules
from services.registry.organisations.actions import documents, registering
from services.registry.organisations.models import Organisation
from shared.security.permissions import Actor
from tests.support.bench import Bench

ANSWERS: dict[str, object] = {
    "country": "KEN",
    "languages": ["en"],
    "interests": ["rise-up"],
    "constituencies": ["women"],
    "tier": "local",
    "government_type": "ministry",
    "population": "under_500k",
}


def founder(bench: Bench, email: str = "founder@group.example") -> Actor:
    """Return a person with an account."""
    with bench.work() as work:
        person = people.enrol(work, email, name="Founder", confirmed=True)
        work.session.flush()
        key = person.id
    return again(bench, key)


def again(bench: Bench, key: object) -> Actor:
    """Return a person as they are now, memberships included."""
    with bench.view() as view:
        found = actor_of(view, view.get(Person, id=key).id)
    assert found is not None
    return found


def begun(
    bench: Bench, name: str = "Street Vendors' Alliance", category: str = "stakeholder"
) -> tuple[Actor, str]:
    """Begin a registration; returns its administrator and its slug."""
    actor = founder(bench, f"{rules.slug(name, 'x')}-{category}@group.example")
    with bench.work(actor) as work:
        slug = registering.register(work, name=name, category=category, country="KEN").slug
    return again(bench, actor.person), slug


def fill(bench: Bench, actor: Actor, slug: str) -> None:
    """Fill in every part with what it asks, and the documents that are needed."""
    with bench.work(actor) as work:
        organisation = work.get(Organisation, slug=slug)
        for version, part in enumerate(rules.PARTS[organisation.category]):
            said = {one.code: _said(one, organisation.name) for one in part.fields}
            answers = {code: value for code, value in said.items() if value is not None}
            registering.save_part(work, slug, part.code, answers, version)
            for one in part.fields:
                if one.kind == "document" and (one.required or one.code in part.one_of[:1]):
                    documents.add(work, slug, part.code, one.code, "page.png", PAPER)


def _said(field: rules.Field, name: str) -> object:
    if field.kind == "document":
        return None
    if field.code == "name":
        return name
    if field.code in ANSWERS:
        return ANSWERS[field.code]
    if field.kind == "yes_no":
        return "yes"
    if isinstance(field.options, tuple) and field.options:
        return field.options[0][0]
    return "something" if field.required else ""


def handed_in(
    bench: Bench, name: str = "Street Vendors' Alliance", category: str = "stakeholder"
) -> tuple[Actor, str]:
    """Return the administrator and the slug of a registration that was handed in."""
    actor, slug = begun(bench, name, category)
    fill(bench, actor, slug)
    with bench.work(actor) as work:
        registering.submit(work, slug)
    return actor, slug


def state_of(bench: Bench, slug: str) -> str:
    """Return where an organisation stands."""
    with bench.view() as view:
        return queries.by_slug(view, slug).state
