"""The pages of programmes, as a visitor meets them."""

import pytest
from fastapi.testclient import TestClient

from shared.runtime import application
from tests.support.bench import Bench


@pytest.fixture
def browser(consultation_bench: Bench) -> TestClient:
    return TestClient(application([consultation_bench.service]))


def test_everybody_reads_the_programmes_and_the_twelve_outcomes(browser: TestClient) -> None:
    html = browser.get("/en/programmes").text
    assert "People-focused Smart Cities" in html
    assert html.count('id="outcome-') == 12


def test_a_programme_says_what_it_is_about_and_that_no_call_is_open(browser: TestClient) -> None:
    page = browser.get("/ar/programmes/rise-up")
    assert page.status_code == 200
    assert 'dir="rtl"' in page.text
    assert "مستوطنات قادرة على الصمود" in page.text
    assert "Resilient Settlements for the Urban Poor" in page.text


def test_an_unknown_programme_is_a_404(browser: TestClient) -> None:
    assert browser.get("/en/programmes/moon-base").status_code == 404
