"""From a row to the message on the wire: headers of checked values, text and HTML, a calendar."""

from base64 import encodebytes
from binascii import b2a_qp
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any

from shared.mail import write
from shared.mail.models import MailRow

BREAKS = frozenset("\r\n\0\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""What ends a line or a header for some mail program (CVE-2026-1299)."""

POLICY = compat32.clone(mangle_from_=False, linesep="\r\n")
LATIN = frozenset({"en", "fr", "es"})
"""Languages whose mail is shorter, and readable on the wire, as quoted-printable."""
LONGEST_ADDRESS = 254


class UnsafeHeader(ValueError):
    """A header value that would break out of its line; nothing is sent."""


def checked(value: str) -> str:
    """Return a header value. Raises UnsafeHeader for CR, LF, NUL, U+2028 and their like."""
    if BREAKS & set(value):
        raise UnsafeHeader(value[:40].encode("unicode_escape").decode())
    return value


def address(value: str) -> str:
    """Return a bare address. Raises UnsafeHeader unless it is one local part at one domain.

    Both in ASCII, as registry keeps them.
    """
    local, at, domain = checked(value).strip().rpartition("@")
    bad = set(' <>()[],;:\\"')
    if not (at and local and domain) or "@" in local or bad & set(local + domain):
        raise UnsafeHeader(value[:40])
    if len(value) > LONGEST_ADDRESS or not value.isascii():
        raise UnsafeHeader(value[:40])
    return value.strip()


def build(row: MailRow, sender: str) -> Message:
    """Return the message of a row from `sender` ("Name <address>").

    Its Message-ID comes from the row's id, so that a mail sent twice after a crash is known to
    mail programs as one.
    """
    stop = stop_address(row.headers)
    text = f"{row.text}\n-- \n{write.footer(row.language, stop)}"
    page = row.html or write.as_html(row.language, row.subject, row.text, stop)
    body = _multipart("alternative", row, [_part(row, "plain", text), _part(row, "html", page)])
    message = _multipart("mixed", row, [body, *_files(row)]) if row.attachments else body
    name, bare = parseaddr(checked(sender))
    message["From"] = formataddr((name, address(bare)))
    message["To"] = address(row.to)
    message["Subject"] = _words(checked(row.subject))
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = f"<{row.id}@{bare.rpartition('@')[2]}>"
    message["Content-Language"] = row.language
    message["Auto-Submitted"] = "auto-generated"
    for header, value in row.headers.items():
        message[header] = checked(value)
    return message


def _words(text: str) -> Any:
    # A Header where needed, which the library's types do not know of here: its newer classes lose
    # blanks between encoded words (CPython issue 92081).
    return text if text.isascii() else Header(text, "utf-8", header_name="Subject")


def _multipart(kind: str, row: MailRow, parts: list[Message]) -> Message:
    boundary = f"=_{kind}_{row.id.hex}"
    return MIMEMultipart(kind, boundary=boundary, _subparts=parts, policy=POLICY)


def _part(row: MailRow, kind: str, text: str, **params: str) -> Message:
    part = MIMENonMultipart("text", kind, charset="utf-8", policy=POLICY, **params)
    data = text.encode()
    if row.language in LATIN:
        part["Content-Transfer-Encoding"] = "quoted-printable"
        part.set_payload(b2a_qp(data, istext=True).decode("ascii"))
    else:
        part["Content-Transfer-Encoding"] = "base64"
        part.set_payload(encodebytes(data).decode("ascii"))
    return part


def _files(row: MailRow) -> list[Message]:
    found = []
    for attached in row.attachments:
        name = checked(attached["name"])
        part = _part(row, attached["subtype"], attached["text"], name=name)
        part.add_header("Content-Disposition", "attachment", filename=name)
        found.append(part)
    return found


def stop_headers(url: str) -> dict[str, str]:
    """Return the headers of one-click unsubscribing (RFC 2369 and RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{checked(url)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def stop_address(headers: dict[str, str]) -> str | None:
    """Return the address that stops such mail, None where it cannot be stopped."""
    return headers.get("List-Unsubscribe", "").strip("<>") or None
