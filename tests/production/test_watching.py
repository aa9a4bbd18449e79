"""What processes of three services say of themselves: lines with one id, figures on their ports."""

import re
import time
from typing import Any
from urllib.request import urlopen

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.production.test_processes import browser, letter
from tests.support.logbook import leaks, read
from tests.support.portal import hidden
from tests.support.production import SERVICES, Production

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.timeout(600)]

TRACE = "7bf92f3577b34da6a3ce929d0e0e4799"
HANDED = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
NEWCOMER = "watched@path.example"
PATIENCE = 60.0


def sign_in(production: Production) -> set[str]:
    """Sign somebody in under one id; returns what must stand in no log."""
    with browser(production, "registry") as client:
        proof = hidden(client.get("/en/sign-in").text, "csrf")
        asked = {"email": NEWCOMER, "asked": "0", "csrf": proof}
        client.post("/en/sign-in", data=asked, headers=HANDED)
        code = re.search(r"\b(\d{3}) ?(\d{3})\b", str(letter(production, NEWCOMER)["Subject"]))
        assert code
        client.post("/en/sign-in/code", data={"code": f"{code[1]}{code[2]}"}, headers=HANDED)
        return {
            NEWCOMER,
            f"{code[1]}{code[2]}",
            f"{code[1]} {code[2]}",
            proof,
            *client.cookies.values(),
        }


def lines(production: Production) -> dict[str, list[dict[str, Any]]]:
    """The lines of every process; whatever else one wrote is an error."""
    return {one.name: read(one.said()) for one in production.processes}


def steps(production: Production) -> set[tuple[str, str]]:
    return {
        (str(line["service"]), str(line["event"]))
        for written in lines(production).values()
        for line in written
        if line["trace"] == TRACE
    }


WAY = {
    ("registry", "request"),
    ("registry", "mail.attempted"),
    ("registry", "event.sent"),
    ("consultation", "event.handled"),
    ("notifications", "event.handled"),
}


def test_one_id_leads_through_the_processes_of_all_services(production: Production) -> None:
    secret = sign_in(production)
    until = time.monotonic() + PATIENCE
    while not steps(production) >= WAY:
        assert time.monotonic() < until, WAY - steps(production)
        time.sleep(0.1)
    written = [line for found in lines(production).values() for line in found]
    assert leaks(written, {one for one in secret if len(one) > 4}) == []
    assert {line["service"] for line in written} >= set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_each_process_says_its_figures_on_its_own_port(
    production: Production, service: str
) -> None:
    def figures(role: Any) -> dict[str, float]:
        url = f"{production.process(role, service).url}/metrics"
        with urlopen(url, timeout=30) as answer:  # noqa: S310 - our own address
            text = answer.read().decode()
        return {
            sample.name: sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.labels.get("service", service) == service
        }

    until = time.monotonic() + PATIENCE
    while (found := figures("work")).get("roundtable_relay_leaders") != 1:
        assert time.monotonic() < until, found
        time.sleep(0.5)
    assert found["roundtable_workers"] >= 1
    assert "roundtable_lag_events" in found
    assert found["roundtable_database_up"] == 1
    assert found["process_resident_memory_bytes"] > 10**7
    # What is asked of the database the worker says, not every process of pages.
    assert "roundtable_outbox_events" not in figures("web")
    web = production.process("web", service).url
    assert httpx2.get(f"{web}/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404
