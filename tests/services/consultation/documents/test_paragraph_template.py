"""A paragraph is printed with its items and footnotes, and nothing in it is trusted."""

from services.consultation.documents.queries import Note, ParagraphRow, PartRow
from services.consultation.documents.rules import Change, Kind, PartKind
from shared.i18n import Said
from shared.web.pages import environment


def said(text: str, language: str = "en", *, other: bool = False) -> Said:
    return Said(text, language, other)


def printed(row: ParagraphRow, macro: str = "quote") -> str:
    module = environment().get_template("consultation/documents/paragraph.html").module
    return str(getattr(module, macro)(row))


def row(**given: object) -> ParagraphRow:
    base = {
        "label": "3",
        "kind": Kind.PARAGRAPH,
        "change": Change.UNCHANGED,
        "section": said("I. Purpose"),
        "said": said("A **road map**[^1] <script>alert(1)</script>:"),
        "parts": (PartRow("3(a)", "(a)", PartKind.ITEM, said("Guiding;")),),
        "notes": (Note("1", said("Ibid. <b>")),),
    }
    return ParagraphRow(**{**base, **given})  # type: ignore[arg-type]


def test_items_bold_words_and_footnotes_are_printed_and_markup_is_not_trusted() -> None:
    html = printed(row())
    assert "<strong>road map</strong>" in html
    assert '<a href="#p3-note-1"' in html
    assert 'id="p3-note-1"' in html
    assert 'id="p3-a"' in html
    assert "<script>" not in html
    assert "Ibid. &lt;b&gt;" in html
    assert "Paragraph 3" in html


def test_a_text_in_another_language_says_so_and_carries_its_language_and_direction() -> None:
    html = printed(row(said=said("نص", "ar", other=True)))
    assert 'lang="ar" dir="rtl"' in html
    assert "Below is the text in Arabic." in html


def test_a_row_has_a_heading_and_its_groups() -> None:
    html = printed(
        row(
            label="t5",
            kind=Kind.ROW,
            said=said("Private sector"),
            parts=(PartRow("t5.g1", "1.", PartKind.GOAL, said("Increase")),),
            headings={"goal": said("Goals")},
        ),
        "running",
    )
    assert "<h3" in html
    assert "Goals</h4>" in html
    assert 'id="t5-g1"' in html
