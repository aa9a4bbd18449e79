"""The front page and the standing pages, as a visitor meets them."""

import re

from tests.support.portal import Portal

LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")


def test_everybody_may_read_them_in_every_language(portal: Portal) -> None:
    browser = portal.browser()
    for path in ("/", "/how-it-works", "/privacy", "/accessibility", "/contact"):
        for language in LANGUAGES:
            found = browser.get(f"/{language}{path}")
            direction = "rtl" if language == "ar" else "ltr"
            assert found.status_code == 200, path
            assert f'<html lang="{language}" dir="{direction}"' in found.text
            assert found.text.count("<h1") == 1


def test_the_front_page_of_an_empty_portal_says_so(portal: Portal) -> None:
    text = portal.browser().get("/en/").text
    assert "No call is open now" in text
    assert "The first report appears here" in text
    assert text.count("Nobody yet") == 8


def test_the_language_bar_leads_to_the_same_page(portal: Portal) -> None:
    text = portal.browser().get("/en/privacy").text
    places = [text.index(f'href="/{language}/privacy"') for language in LANGUAGES]
    assert places == sorted(places)


def test_style_script_and_mark_are_served_for_each_direction(portal: Portal) -> None:
    browser = portal.browser()
    assert "app.rtl.css" in browser.get("/ar/").text
    assert "app.css" in browser.get("/en/").text
    for name in ("app.css", "app.rtl.css", "app.js", "mark.svg", "licences.txt"):
        assert browser.get(f"/static/{name}").status_code == 200


def test_the_first_view_weighs_less_than_forty_kilobytes(portal: Portal) -> None:
    browser = portal.browser()
    page = browser.get("/en/").text
    links = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(links) == 3
    weight = 0
    for path in ("/en/", *links):
        with browser.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as response:
            weight += sum(len(part) for part in response.iter_raw())
    assert weight < 40_000
