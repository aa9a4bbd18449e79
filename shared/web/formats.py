"""Dates, numbers and deadlines as people of each language read them; Latin digits in all six."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone_location

from shared.i18n import _, language, ngettext

LOCALES = {"ar": "ar_EG", "zh": "zh_Hans", "en": "en_GB", "fr": "fr", "ru": "ru", "es": "es"}
ARABIC_MONTHS = (
    "كانون الثاني/يناير",
    "شباط/فبراير",
    "آذار/مارس",
    "نيسان/أبريل",
    "أيار/مايو",
    "حزيران/يونيه",
    "تموز/يوليه",
    "آب/أغسطس",
    "أيلول/سبتمبر",
    "تشرين الأول/أكتوبر",
    "تشرين الثاني/نوفمبر",
    "كانون الأول/ديسمبر",
)
"""The double names that the United Nations uses, understood from Rabat to Baghdad."""

HOURS_UNTIL_DAYS = 48
DAYS_UNTIL_WEEKS = 28
MOST_COUNTED = 99

EASTERN_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


@cache
def zone(name: str) -> ZoneInfo:
    """Return a time zone; an unknown name is UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def day(at: datetime, zone_name: str = "UTC", *, weekday: bool = False) -> str:
    """Return a date such as `4 January 2027` in a zone."""
    local = at.astimezone(zone(zone_name))
    code = language()
    if code == "ar":
        name = format_date(local, "EEEE ", locale="ar_EG") if weekday else ""
        return f"{name}{local.day} {ARABIC_MONTHS[local.month - 1]} {local.year}"
    pattern = {
        "zh": "y年M月d日" + ("EEEE" if weekday else ""),
        "es": ("EEE " if weekday else "") + "d 'de' MMMM 'de' y",
        "ru": ("EEE " if weekday else "") + "d MMMM y",
    }.get(code, ("EEE " if weekday else "") + "d MMMM y")
    return format_date(local, pattern, locale=LOCALES[code])


def clock_time(at: datetime, zone_name: str = "UTC", *, seconds: bool = False) -> str:
    """Return a time such as `17:00`."""
    return at.astimezone(zone(zone_name)).strftime("%H:%M:%S" if seconds else "%H:%M")


def moment(at: datetime, zone_name: str = "UTC", *, seconds: bool = False) -> str:
    """Return a date and time such as `Mon 4 January 2027, 17:00`."""
    return _(
        "%(day)s, %(time)s",
        day=day(at, zone_name, weekday=True),
        time=clock_time(at, zone_name, seconds=seconds),
    )


def zone_place(zone_name: str) -> str:
    """Return the city a zone is named after, in the present language."""
    if zone_name in ("UTC", "Etc/UTC"):
        return "UTC"
    return str(get_timezone_location(zone(zone_name), locale=LOCALES[language()], return_city=True))


def offset(at: datetime, zone_name: str) -> str:
    """Return the difference to UTC at a moment, such as `UTC+3`."""
    minutes = int((at.astimezone(zone(zone_name)).utcoffset() or timedelta()).total_seconds() // 60)
    sign = "+" if minutes >= 0 else "\u2212"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def zone_named(at: datetime, zone_name: str) -> str:
    """Return a zone by name and offset, such as `Nairobi time (UTC+3)`."""
    if zone_name in ("UTC", "Etc/UTC"):
        return "UTC"
    return _(
        "%(place)s time (%(offset)s)", place=zone_place(zone_name), offset=offset(at, zone_name)
    )


def moment_there(at: datetime, zone_name: str) -> str:
    """Return a moment with its zone by name: `Fri 8 January 2027, 23:59, Nairobi time (UTC+3)`."""
    return _("%(moment)s, %(zone)s", moment=moment(at, zone_name), zone=zone_named(at, zone_name))


def deadline(at: datetime, call_zone: str, reader_zone: str) -> str:
    """Return a deadline in three forms on one line: the call's zone, the reader's, UTC."""
    first = moment_there(at, call_zone)
    return " · ".join([first, *deadline_elsewhere(at, call_zone, reader_zone)])


def deadline_elsewhere(at: datetime, call_zone: str, reader_zone: str) -> list[str]:
    """Return the same moment in the reader's zone and in UTC, each only where it differs."""
    found = []
    home = at.astimezone(zone(call_zone))
    if at.astimezone(zone(reader_zone)).utcoffset() not in (home.utcoffset(), timedelta()):
        found.append(_elsewhere(at, home, reader_zone))
    if home.utcoffset():
        found.append(_elsewhere(at, home, "UTC"))
    return found


def _elsewhere(at: datetime, home: datetime, zone_name: str) -> str:
    local = at.astimezone(zone(zone_name))
    time = clock_time(at, zone_name)
    if local.date() != home.date():
        time = moment(at, zone_name)
    if zone_name == "UTC":
        return _("%(time)s UTC", time=time)
    return _("%(time)s in %(place)s", time=time, place=zone_place(zone_name))


def from_now(at: datetime, now: datetime) -> str:
    """Return how far a moment is, such as `in 3 days` or `2 hours ago`."""
    seconds = (at - now).total_seconds()
    ahead = seconds >= 0
    hours = abs(seconds) / 3600
    if hours < 1:
        return _("in less than an hour") if ahead else _("less than an hour ago")
    if hours < HOURS_UNTIL_DAYS:
        n = int(hours)
        return (
            ngettext("in %(n)s hour", "in %(n)s hours", n)
            if ahead
            else ngettext("%(n)s hour ago", "%(n)s hours ago", n)
        )
    n = int(hours // 24)
    if n < DAYS_UNTIL_WEEKS:
        return (
            ngettext("in %(n)s day", "in %(n)s days", n)
            if ahead
            else ngettext("%(n)s day ago", "%(n)s days ago", n)
        )
    n //= 7
    return (
        ngettext("in %(n)s week", "in %(n)s weeks", n)
        if ahead
        else ngettext("%(n)s week ago", "%(n)s weeks ago", n)
    )


def number(value: float, digits: int = 0) -> str:
    """Return a number with the thousands marks of the language and Latin digits."""
    locale = Locale.parse(LOCALES[language()])
    group = {"en": ",", "zh": ",", "ar": ",", "es": "\u202f", "fr": "\u202f", "ru": "\u202f"}
    mark = group.get(locale.language, ",")
    text = f"{value:,.{digits}f}"
    return text.replace(",", "\0").replace("\0", mark)


def unread_count(n: int) -> str:
    """Return a count for the small place in the bar; what is past 99 nobody counts."""
    return str(n) if n <= MOST_COUNTED else f"{MOST_COUNTED}+"


def percent(share: float) -> str:
    """Return a share (0 to 1) as whole per cent; 0 means nothing, 100 means all."""
    value = round(share * 100)
    if 0 < share < 1:
        value = min(max(value, 1), 99)
    return _("%(n)s%%", n=value)


def long_ago(at: datetime, now: datetime | None = None) -> str:
    """Return `from_now` against the machine's clock when no time is given."""
    return from_now(at, now or datetime.now(UTC))


def date_time(at: datetime, zone_name: str) -> str:
    """Return a short date and time for tables, such as `4 Jan 2027, 17:00`."""
    if language() == "ar":
        return _("%(day)s, %(time)s", day=day(at, zone_name), time=clock_time(at, zone_name))
    local = at.astimezone(zone(zone_name)).replace(tzinfo=None)
    pattern = "y年M月d日 HH:mm" if language() == "zh" else "d MMM y, HH:mm"
    return format_datetime(local, pattern, locale=LOCALES[language()]).translate(EASTERN_DIGITS)


def excerpt(text: str, length: int) -> str:
    """Return the beginning of a text that is longer than `length` characters, whole words of it.

    Han and kana have no spaces between words: there it may end after any character that no closing
    mark follows. A single word that is longer is cut where no mark sits on the letter before.
    """
    if len(text) <= length:
        return text
    ends = (place for place in range(length, length // 2, -1) if _may_end(text, place))
    hard = (place for place in range(length, 0, -1) if not unicodedata.combining(text[place]))
    end = next(ends, None) or next(hard, length)
    return text[:end].rstrip(OPENED) + "…"


def _may_end(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if before.isspace() or after.isspace():
        return True
    return bool(UNSPACED.match(before) or UNSPACED.match(after)) and after not in CLOSED


UNSPACED = re.compile("[\u2e80-\u9fff\uff00-\uff60]")
CLOSED = "，。、；：？！）》”’」』"
OPENED = " \t\n,;:،؛，、；：（(《“‘«「『-–—"
