"""Topics and events: declared once, with an owner that tells and readers that listen."""

import re
from importlib import import_module

import pytest

from shared.contracts.envelope import Event
from shared.contracts.topics import TOPICS, Topic
from tools.snapshots import EVENTS

SERVICES = ("registry", "consultation", "notifications")
TYPE = re.compile(r"roundtable\.(\w+)\.[a-z]+(-[a-z]+)*\.v[1-9]\d*")


def subclasses(kind: type[Event]) -> set[type[Event]]:
    below = {one for child in kind.__subclasses__() for one in subclasses(child)}
    return {kind, *below}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_has_an_owner_and_readers(topic: Topic) -> None:
    assert topic.owner in SERVICES
    assert topic.name.split(".")[0] == topic.owner
    assert topic.readers
    assert set(topic.readers) <= set(SERVICES) - {topic.owner}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_carries_something(topic: Topic) -> None:
    assert any(event.topic is topic for event in EVENTS.values())


def test_a_topic_is_declared_once() -> None:
    names = [topic.name for topic in TOPICS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_every_event_is_told_by_the_owner_of_its_topic(kind: str) -> None:
    found = TYPE.fullmatch(kind)
    assert found, kind
    assert found[1] == EVENTS[kind].topic.owner


def test_every_event_class_is_in_the_list_of_its_module() -> None:
    named = {one for one in subclasses(Event) if "type" in vars(one)}
    ours = {one for one in named if one.__module__.startswith("shared.contracts.")}
    assert ours == set(EVENTS.values())


@pytest.mark.parametrize("service", SERVICES)
def test_every_reader_listens_to_what_it_declares_and_to_nothing_else(service: str) -> None:
    subscriptions = import_module(f"services.{service}.handlers").SUBSCRIPTIONS
    heard = {one.topic.name for one in subscriptions}
    assert heard == {topic.name for topic in TOPICS if service in topic.readers}


@pytest.mark.parametrize("service", SERVICES)
def test_erasure_is_heard_wherever_people_are_copied(service: str) -> None:
    subscriptions = import_module(f"services.{service}.handlers").SUBSCRIPTIONS
    copied = {one.topic.name for one in subscriptions if one.topic.name == "registry.people"}
    forgotten = {one.topic.name for one in subscriptions if one.event is None}
    assert copied <= forgotten
