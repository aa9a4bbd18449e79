"""Figures as Prometheus reads them, and rules that speak of figures and headings that exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from shared import ids
from shared.database.dead_letters import DeadLetterRow
from shared.operations.metrics import GAUGES, Measures
from shared.runtime import application
from tests.support.portal import Portal

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "alerts.yaml"
HANDBOOK = ROOT / "docs" / "operations.md"
NAME = re.compile(r"(roundtable|process|python)_[a-z][a-z0-9_]*")
FOREIGN = {"up"}
"""What Prometheus itself knows of whatever it scrapes."""
RULE = {"alert", "expr", "for", "labels", "annotations"}
UNITS = ("seconds", "bytes", "total", "events", "messages")


@pytest.fixture
def near(portal: Portal) -> TestClient:
    """A browser on this machine, before the pages and the workers of all services."""
    everything = portal.everything
    measured = Measures(
        application(everything.services),
        [one.room for one in everything.services],
        everything.services,
    )
    return TestClient(measured, client=("127.0.0.1", 50000), base_url="http://testserver")


def families(near: TestClient) -> dict[str, Metric]:
    """What is served, as Prometheus reads it."""
    answer = near.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {one.name: one for one in text_string_to_metric_families(answer.text)}


def value(found: dict[str, Metric], name: str, **labels: str) -> float:
    """The one sample of a family with these labels."""
    samples = [
        one for one in found[f"roundtable_{name}"].samples if labels.items() <= one.labels.items()
    ]
    [sample] = samples
    return sample.value


def lint(found: dict[str, Metric]) -> Iterator[str]:
    """What promtool would say, and whether names carry their unit."""
    for name, family in found.items():
        if not NAME.fullmatch(name):
            yield f"{name} is no name of ours"
        if not family.documentation.endswith("."):
            yield f"{name} does not say what it means"
        if family.type == "gauge" and name.endswith(("_total", "_count", "_sum", "_bucket")):
            yield f"{name} is a gauge and is called otherwise"
        if family.type == "counter" and any(not s.name.endswith("_total") for s in family.samples):
            yield f"{name} is a counter and does not end with _total"
        for word in ("milliseconds", "minutes", "hours", "kilobytes", "percent"):
            if word in name:
                yield f"{name} is not in a base unit"
        if {"job", "instance", "le", "__name__"} & {
            label for one in family.samples if family.type == "gauge" for label in one.labels
        }:
            yield f"{name} has a label that is Prometheus' own"


def test_every_figure_is_there_and_keeps_the_conventions(near: TestClient) -> None:
    near.get("/en/sign-in")
    found = families(near)
    ours = {name: one for name, one in found.items() if name.startswith("roundtable_")}
    assert list(lint(ours)) == []
    # Lag is known when a worker has written it down; see below.
    assert {f"roundtable_{name}" for name in GAUGES} - set(ours) == set()
    assert "process_resident_memory_bytes" in found
    for service in ("registry", "consultation", "notifications"):
        assert value(found, "database_up", service=service) == 1
        assert value(found, "outbox_events", service=service) == 0
        assert value(found, "database_connections_limit", service=service) > 1


def test_the_lint_finds_what_is_wrong() -> None:
    wrong = (
        "# HELP roundtable_wait_milliseconds How long.\n# TYPE roundtable_wait_milliseconds gauge\n"
        'roundtable_wait_milliseconds{job="x"} 1\n'
        "# HELP other_events No\n# TYPE other_events gauge\nother_events 1\n"
    )
    found = {one.name: one for one in text_string_to_metric_families(wrong)}
    assert len(list(lint(found))) == 4


def test_requests_are_counted_by_what_was_asked_for_and_never_by_path(near: TestClient) -> None:
    kind = {"service": "registry", "act": "account.sign_in", "method": "GET", "status": "2xx"}

    def counted() -> float:
        samples = families(near)["roundtable_request_duration_seconds"].samples
        return sum(
            one.value
            for one in samples
            if one.name.endswith("_count") and kind.items() <= one.labels.items()
        )

    near.get("/en/sign-in")
    before = counted()
    near.get("/ar/sign-in")
    near.get("/en/unsubscribe/s3cret-of-a-link")
    near.request("BREW", "/en/sign-in")
    assert counted() == before + 1
    text = near.get("/metrics").text
    assert "s3cret" not in text
    assert "BREW" not in text
    buckets = [
        one
        for one in families(near)["roundtable_request_duration_seconds"].samples
        if one.name.endswith("_bucket") and kind.items() <= one.labels.items()
    ]
    assert buckets[-1].labels["le"] == "+Inf"
    assert [one.value for one in buckets] == sorted(one.value for one in buckets)


def test_what_waits_is_measured(near: TestClient, portal: Portal) -> None:
    for one in portal.everything.running:
        one.relay.once()
        one.pulse.once()
    near.post("/en/sign-in", data={"email": "somebody@city.example"})
    with portal.work("consultation") as work:
        now = work.system_now
        work.session.execute(insert(DeadLetterRow).values(parked(now)))
    found = families(near)
    assert value(found, "parked_events", service="consultation") == 1
    assert value(found, "workers", service="registry") == 1
    assert value(found, "relay_leaders", service="registry") == 1
    shares = found["roundtable_lag_events"].samples
    assert {one.labels["service"] for one in shares} == {
        "registry",
        "consultation",
        "notifications",
    }
    assert {"topic", "partition"} <= set(shares[0].labels)


def parked(now: Any) -> dict[str, Any]:
    return {
        "id": ids.new(),
        "consumer_group": "consultation",
        "topic": "registry.people",
        "partition": 0,
        "offset": 0,
        "key": "key",
        "type": "type",
        "headers": [],
        "digest": "0" * 64,
        "error_class": "Malformed",
        "error": "",
        "fingerprint": "",
        "attempts": 1,
        "first_failed_at": now,
        "last_failed_at": now,
    }


def test_a_database_that_is_away_takes_only_its_own_figures_with_it(
    near: TestClient, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415 - beside its use

    def away(*_given: Any) -> None:
        raise OperationalError("", {}, Exception("away"))

    monkeypatch.setattr(portal.everything.service("registry").room.database, "reading", away)
    found = families(near)
    assert value(found, "database_up", service="registry") == 0
    assert value(found, "database_up", service="consultation") == 1
    assert value(found, "outbox_events", service="consultation") == 0


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 404),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 404),
        ("not an address", {}, 404),
    ],
)
def test_only_who_is_near_may_read_them(
    near: TestClient, peer: str, headers: dict[str, str], status: int
) -> None:
    from_there = TestClient(near.app, client=(peer, 1), base_url="http://testserver")
    assert from_there.get("/metrics", headers=headers).status_code == status


def names_of(expression: Any) -> Iterator[str]:
    """Yield the metrics of an expression of PromQL."""
    if isinstance(expression, promql.VectorSelector):
        if expression.name:
            yield expression.name
        return
    for part in ("expr", "lhs", "rhs", "vector_selector", "param"):
        inner = getattr(expression, part, None)
        if inner is not None and not isinstance(inner, str | int | float):
            yield from names_of(inner)
    for inner in getattr(expression, "args", None) or ():
        yield from names_of(inner)


def headings() -> set[str]:
    text = HANDBOOK.read_text("utf-8")
    found = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in found}


def faults(rule: dict[str, Any], known: set[str]) -> Iterator[str]:
    """What is wrong with a rule."""
    if not {"alert", "expr", "labels", "annotations"} <= set(rule) <= RULE:
        yield "keys"
        return
    if "for" in rule and not re.fullmatch(r"\d+[smh]", str(rule["for"])):
        yield "duration"
    if rule["labels"].get("severity") not in ("page", "ticket"):
        yield "severity"
    if set(rule["annotations"]) != {"summary", "runbook"}:
        yield "annotations"
        return
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    if page != "docs/operations.md" or anchor not in headings():
        yield f"runbook {anchor}"
    try:
        found = set(names_of(promql.parse(rule["expr"])))
    except ValueError as error:
        yield f"expression {error}"
        return
    if not found:
        yield "no metric"
    yield from sorted(found - known - FOREIGN)


def test_rules_speak_of_figures_and_headings_that_exist(near: TestClient) -> None:
    near.get("/en/sign-in")
    known = {s.name for one in families(near).values() for s in one.samples} | set(families(near))
    told = yaml.safe_load(ALERTS.read_text("utf-8"))
    assert set(told) == {"groups"}
    rules = [rule for group in told["groups"] for rule in group["rules"]]
    assert all(set(group) == {"name", "rules"} for group in told["groups"])
    names = [rule["alert"] for rule in rules]
    assert len(rules) >= 12
    assert len(set(names)) == len(names)
    assert {rule["alert"]: wrong for rule in rules if (wrong := list(faults(rule, known)))} == {}
    # Whatever says that something is wrong is watched.
    watched = {name for rule in rules for name in names_of(promql.parse(rule["expr"]))}
    assert {
        "roundtable_outbox_age_seconds",
        "roundtable_lag_events",
        "roundtable_parked_events",
        "roundtable_mail_age_seconds",
        "roundtable_job_failed",
        "roundtable_relay_leaders",
        "roundtable_database_up",
    } <= watched
    for spoiled, expected in (
        ({"expr": "roundtable_nothing > 0"}, "roundtable_nothing"),
        ({"expr": "sum by (service"}, "expression"),
        ({"for": "soon"}, "duration"),
        ({"labels": {}}, "severity"),
        ({"more": 1}, "keys"),
        ({"annotations": {"summary": "x", "runbook": "docs/operations.md#nowhere"}}, "runbook"),
    ):
        [wrong] = faults(rules[3] | spoiled, known)
        assert wrong.startswith(expected)
