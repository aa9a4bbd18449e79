"""A trace is taken over where it is well-formed, and begun where it is not."""

import re

import pytest
import structlog

from shared import trace

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HANDED = f"00-{TRACE}-{SPAN}-01"


def followed(handed: str | None) -> str:
    with trace.following(handed):
        found = trace.present()
    assert found
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", found)
    return found


@pytest.mark.parametrize("handed", [HANDED, f"cc-{TRACE}-{SPAN}-01-what-will-be"])
def test_a_trace_goes_on_with_a_step_of_its_own(handed: str) -> None:
    _, found, span, flags = followed(handed).split("-")
    assert (found, flags) == (TRACE, "01")
    assert span != SPAN


@pytest.mark.parametrize(
    "handed",
    [
        None,
        "",
        "nonsense",
        HANDED.upper(),
        HANDED + "\n",
        f"{HANDED}-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
    ],
)
def test_what_is_no_trace_begins_another(handed: str | None) -> None:
    assert followed(handed).split("-")[1] != TRACE
    assert followed(handed) != followed(handed)


def test_log_lines_carry_it_meanwhile_and_not_after() -> None:
    with trace.following(HANDED):
        assert structlog.contextvars.get_contextvars()["trace"] == TRACE
        with trace.following(None):
            assert structlog.contextvars.get_contextvars()["trace"] != TRACE
        assert structlog.contextvars.get_contextvars()["trace"] == TRACE
    assert "trace" not in structlog.contextvars.get_contextvars()
    assert trace.present() is None
