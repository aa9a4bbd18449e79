"""The deadline of a call as a calendar file (RFC 5545); times in UTC, lines folded at 75 octets."""

from datetime import UTC, datetime, timedelta

OCTETS = 75
STAMP = "%Y%m%dT%H%M%SZ"
ESCAPED = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}
LENGTH = timedelta(minutes=15)


def deadline_file(
    code: str, summary: str, description: str, url: str, closes_at: datetime, now: datetime
) -> bytes:
    """Return a calendar with the deadline as one entry, and a reminder one day before."""
    end = closes_at.astimezone(UTC)
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Roundtable//Calls//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:call-{code}@roundtable",
        f"DTSTAMP:{now.astimezone(UTC).strftime(STAMP)}",
        f"DTSTART:{(end - LENGTH).strftime(STAMP)}",
        f"DTEND:{end.strftime(STAMP)}",
        f"SUMMARY:{_escaped(summary)}",
        f"DESCRIPTION:{_escaped(description)}",
        f"URL:{url}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(summary)}",
        "TRIGGER;RELATED=END:-P1D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(_folded(line) + "\r\n" for line in lines).encode()


def _escaped(text: str) -> str:
    return "".join(ESCAPED.get(letter, letter) for letter in text.replace("\r", ""))


def _folded(line: str) -> str:
    """Break a line so that none has more than 75 octets, never within a character."""
    rows: list[str] = []
    row, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > OCTETS - bool(rows):
            rows.append(row)
            row, size = "", 0
        row, size = row + letter, size + width
    return "\r\n ".join([*rows, row])
