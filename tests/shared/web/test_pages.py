"""Dates, codes and names on a page as each language writes them."""

from datetime import UTC, datetime

import pytest

from shared.i18n import speaking
from shared.web import formats
from shared.web.pages import environment, reference

AT = datetime(2027, 1, 8, 20, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "Fri 8 January 2027, 23:59, Nairobi time (UTC+3)"),
        ("ar", "الجمعة 8 كانون الثاني/يناير 2027، 23:59، بتوقيت نيروبي (UTC+3)"),
        ("zh", "2027年1月8日星期五 23:59，内罗毕时间（UTC+3）"),
    ],
)
def test_a_deadline_has_the_commas_of_its_language(code: str, said: str) -> None:
    with speaking(code):
        assert formats.moment_there(AT, "Africa/Nairobi") == said
        assert formats.deadline(AT, "Africa/Nairobi", "UTC").startswith(said)


def test_a_reference_keeps_its_order_and_its_line_among_arabic() -> None:
    """`2026-014` after an Arabic letter would be read as `014-2026`."""
    assert reference("2026-014") == '<bdi class="rt-num" dir="ltr">2026-014</bdi>'
    assert "&lt;b&gt;" in reference("<b>")
    eyebrow = environment().from_string(
        '{{ _("Call for input · %(code)s", code="2026-014" | reference) }}'
    )
    with speaking("ar"):
        assert eyebrow.render().endswith('dir="ltr">2026-014</bdi>')


def test_a_language_is_named_in_the_language_of_the_reader() -> None:
    named = environment().from_string("{{ code | language_name }}")
    with speaking("fr"):
        assert named.render(code="ar") == "arabe"
    with speaking("ru"):
        assert named.render(code="ar") == "арабский"
