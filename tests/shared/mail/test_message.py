"""The message on the wire: what a mail program gets, and what no header may hold."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import ids
from shared.mail import MailRow
from shared.mail.message import BREAKS, UnsafeHeader, address, build, checked, stop_headers

SENDER = "Roundtable <no-reply@portal.example>"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def row(**given: object) -> MailRow:
    values: dict[str, object] = {
        "id": ids.new(),
        "to": "amal@city.example",
        "language": "ar",
        "subject": "دعوة لتقديم مساهمات",
        "text": "مرحبا\n\nاقرأ:\nhttps://portal.example/ar/calls/2026-014\n",
        "html": None,
        "headers": {},
        "attachments": [],
        "created_at": AT,
    }
    return MailRow(**{**values, **given})


def sent(made: Message) -> EmailMessage:
    return message_from_bytes(made.as_bytes(), policy=SMTP)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_arabic_mail_reads_from_the_right_and_survives_the_wire() -> None:
    read = sent(build(row(), SENDER))
    assert read["Subject"] == "دعوة لتقديم مساهمات"
    assert read["Content-Language"] == "ar"
    assert "مرحبا" in body(read, "plain")
    assert '<body dir="rtl"' in body(read, "html")


def test_the_same_row_always_has_the_same_message_id() -> None:
    one = row()
    assert build(one, SENDER)["Message-ID"] == build(one, SENDER)["Message-ID"]
    assert str(one.id) in build(one, SENDER)["Message-ID"]


def test_one_click_unsubscribing_stands_in_headers_and_in_both_bodies() -> None:
    url = "https://portal.example/unsubscribe/abc"
    read = sent(build(row(headers=stop_headers(url)), SENDER))
    assert read["List-Unsubscribe"] == f"<{url}>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in body(read, "plain")
    assert url in body(read, "html")


def test_a_receipt_cannot_be_unsubscribed() -> None:
    read = sent(build(row(), SENDER))
    assert read["List-Unsubscribe"] is None
    assert "unsubscribe" not in body(read, "html")


def test_a_calendar_file_is_attached() -> None:
    attached = {"name": "deadline.ics", "subtype": "calendar", "text": "BEGIN:VCALENDAR\r\n"}
    files = list(sent(build(row(attachments=[attached]), SENDER)).iter_attachments())
    assert [part.get_filename() for part in files] == ["deadline.ics"]
    assert files[0].get_content_type() == "text/calendar"


@given(st.text(), st.sampled_from(sorted(BREAKS)), st.text())
def test_no_header_takes_a_line_break(before: str, bad: str, after: str) -> None:
    with pytest.raises(UnsafeHeader):
        checked(before + bad + after)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nobody",
        "@city.example",
        "a@b@c.example",
        "a@city.example\nBcc: all@city.example",
        "a b@city.example",
        "Amal <a@city.example>",
        "a@city.example,b@city.example",
        "a" * 250 + "@city.example",
    ],
)
def test_what_is_not_one_address_is_refused(bad: str) -> None:
    with pytest.raises(UnsafeHeader):
        address(bad)


def test_an_injected_subject_is_never_built() -> None:
    with pytest.raises(UnsafeHeader):
        build(row(subject="Hello\r\nBcc: all@city.example"), SENDER)


@pytest.mark.parametrize(
    "subject",
    [
        "دعوة إلى تقديم مساهمات: مشروع استراتيجية الشراكة 2020-2023، تُغلق في 14 كانون الأول 2026",
        "Призыв к представлению материалов: проект стратегии партнерства, срок 14 декабря 2026 г.",
        "征求意见：2020-2023年伙伴关系战略草案（中文原文），截止日期为2026年12月14日，请尽早准备并提交意见书",
        "Call for input: Draft partnership strategy, closes 14 December 2026, and a long rest",
        "Appel à contributions : stratégie",
    ],
)
def test_a_long_subject_arrives_as_it_was_written(subject: str) -> None:
    wire = build(row(subject=subject), SENDER).as_bytes()
    assert max(len(line) for line in wire.split(b"\r\n\r\n")[0].split(b"\r\n")) <= 78
    name, coded = next(
        line.split(b":", 1)
        for line in wire.replace(b"\r\n ", b" ").split(b"\r\n")
        if line.startswith(b"Subject")
    )
    read = str(make_header(decode_header(coded.strip().decode("ascii"))))
    assert (name, read) == (b"Subject", subject)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))), st.sampled_from(["en", "ar"]))
def test_what_is_written_is_what_is_read(text: str, language: str) -> None:
    read = sent(build(row(text=f"From {text}\nFrom here.\n", language=language), SENDER))
    assert body(read, "plain").startswith(f"From {text}".rstrip("\N{NEXT LINE}"))
    assert "\nFrom here.\n" in body(read, "plain").replace("\r\n", "\n")
