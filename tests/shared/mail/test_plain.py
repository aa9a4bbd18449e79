"""Plain text to HTML: blocks become what they look like, values never become markup."""

from hypothesis import given
from hypothesis import strategies as st

from shared.mail import plain


def test_a_label_and_an_address_become_a_button() -> None:
    page = plain.to_html("Read the call:\nhttps://portal.example/en/calls/2026-014?a=1&b=2")
    assert 'href="https://portal.example/en/calls/2026-014?a=1&amp;b=2"' in page
    assert ">Read the call</a>" in page


def test_chinese_colon_makes_a_button_too() -> None:
    assert ">阅读</a>" in plain.to_html("阅读：\nhttps://portal.example/zh")


def test_headings_lists_cards_and_quotations() -> None:
    page = plain.to_html(
        "Title\n=====\n\nPart\n----\n\n- one\n- two\n\n> they said\n\nCloses\n  Monday\n  20:59 UTC"
    )
    assert "<h1>Title</h1>" in page
    assert "<h2>Part</h2>" in page
    assert "<li>two</li>" in page
    assert "<blockquote>they said</blockquote>" in page
    assert '<strong>Monday</strong></p><p class="soft">20:59 UTC</p>' in page


def test_an_address_inside_a_sentence_is_no_link() -> None:
    assert "<a" not in plain.to_html("Group https://evil.example asked to join you.")


@given(st.text())
def test_no_value_opens_a_tag(value: str) -> None:
    page = plain.to_html(f"Hello {plain.one_line(value)}.")
    assert "<" not in page.removeprefix("<p>").removesuffix("</p>").replace("<br>", "")


@given(st.text())
def test_a_flattened_value_never_starts_a_block(value: str) -> None:
    assert "\n" not in plain.one_line(value)


def test_a_deadline_is_amber() -> None:
    assert 'class="card soon"' in plain.to_html("Closes in 3 days\n    Monday\n    20:59 UTC")


def test_the_preview_is_what_stands_after_the_head() -> None:
    text = (
        "Closed\n===\n\nSafer streets\n\n> many asked\n\nCloses\n    Monday\n\nRead it:\n"
        "https://one.example/\n\nAnother notice\nhttps://two.example/\n\n- a list\n"
    )
    assert plain.preview(text) == "Safer streets many asked Another notice"
    long = plain.preview("Head\n===\n\n" + "word " * 60)
    assert len(long) == 140
    assert long.endswith("…")
