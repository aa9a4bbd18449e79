"""From a row to the message on the wire: headers of checked values, text and HTML, a calendar."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from shared.mail import write
from shared.mail.models import MailRow

BREAKS = frozenset("\r\n\0\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""What ends a line or a header for some mail program (CVE-2026-1299)."""

POLICY = SMTP.clone(cte_type="7bit")
LONGEST_ADDRESS = 254


class UnsafeHeader(ValueError):
    """A header value that would break out of its line; nothing is sent."""


def checked(value: str) -> str:
    """Return a header value. Raises UnsafeHeader for CR, LF, NUL, U+2028 and their like."""
    if BREAKS & set(value):
        raise UnsafeHeader(value[:40].encode("unicode_escape").decode())
    return value


def address(value: str) -> str:
    """Return a bare address. Raises UnsafeHeader unless it is one local part at one domain."""
    local, at, domain = checked(value).strip().rpartition("@")
    bad = set(' <>()[],;:\\"')
    if not (at and local and domain) or "@" in local or bad & set(local + domain):
        raise UnsafeHeader(value[:40])
    if len(value) > LONGEST_ADDRESS:
        raise UnsafeHeader(value[:40])
    return value.strip()


def build(row: MailRow, sender: str) -> EmailMessage:
    """Return the message of a row from `sender` ("Name <address>").

    Its Message-ID comes from the row's id, so that a mail sent twice after a crash is known to
    mail programs as one.
    """
    name, bare = parseaddr(checked(sender))
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(display_name=name, addr_spec=address(bare))
    message["To"] = Address(addr_spec=address(row.to))
    message["Subject"] = checked(row.subject)
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = f"<{row.id}@{bare.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    for header, value in row.headers.items():
        message[header] = checked(value)
    stop = stop_address(row.headers)
    message.set_content(f"{row.text}\n-- \n{write.footer(row.language, stop)}")
    page = row.html or write.as_html(row.language, row.subject, row.text, stop)
    message.add_alternative(page, subtype="html")
    for attached in row.attachments:
        message.add_attachment(
            attached["text"].encode(),
            maintype="text",
            subtype=attached["subtype"],
            filename=checked(attached["name"]),
            params={"charset": "utf-8"},
        )
    # Last, because a content moved into parts takes such headers with it.
    message["Content-Language"] = row.language
    return message


def stop_headers(url: str) -> dict[str, str]:
    """Return the headers of one-click unsubscribing (RFC 2369 and RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{checked(url)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def stop_address(headers: dict[str, str]) -> str | None:
    """Return the address that stops such mail, None where it cannot be stopped."""
    return headers.get("List-Unsubscribe", "").strip("<>") or None
