"""Who may do what, by the words of the permission tables, as one table that a person can check."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from shared.security.permissions import Row

COLUMNS = (
    "visitor",
    "person",
    "other",
    "observer",
    "reviewer",
    "deputy",
    "contact",
    "call_manager",
    "analyst",
    "decider",
    "partnership_officer",
    "administrator",
)
"""A visitor is not signed in; a person has no organisation; `other` is a member of another one.

The next four are members of the organisation that it is about; `contact` is contact point and
administrator there. The last five are staff without an organisation.
"""
STAFF = COLUMNS[7:]
MEMBERS = {
    "observer": {"observer"},
    "reviewer": {"reviewer"},
    "deputy": {"deputy"},
    "contact": {"contact_point", "administrator"},
}
PERSONAL = ("oneself", "the person it was written to")
MAY, MAY_NOT, OWN = "+", ".", "o"


def cells(row: Row) -> str:
    """Return one sign a column: `+` may, `.` may not, `o` only what is their own."""
    return "".join(_cell(row, column) for column in COLUMNS)


def _cell(row: Row, column: str) -> str:
    words = [grant.words for grant in row.grants]
    if any(_grants(one, column) for one in words):
        return MAY
    if any(one in PERSONAL for one in words) and column != "visitor":
        return OWN
    return MAY_NOT


def _grants(words: str, column: str) -> bool:
    kind, _, roles = words.partition(": ")
    named = set(roles.split(", "))
    if words in ("anyone", "whoever the call is open to", "anyone once it is frozen"):
        return True
    if words == "anyone signed in":
        return column != "visitor"
    if kind == "staff":
        return column in STAFF and (roles == "any role" or column in named)
    if kind == "members of the organisation":
        return column in MEMBERS and (roles == "any role" or bool(MEMBERS[column] & named))
    if words in PERSONAL or words == "the system itself":
        return False
    raise ValueError(f"what does {words!r} mean for {column}?")


def table(rows: Iterable[Row]) -> str:
    """Return the table as text: a line an act, a column a kind of actor."""
    width = 34
    lines = [" " * width + " ".join(f"{column:12}" for column in COLUMNS).rstrip()]
    for row in sorted(rows, key=lambda one: one.act):
        signs = " ".join(f"{sign:12}" for sign in cells(row)).rstrip()
        lines.append(f"{row.act:{width}}{signs}")
    return "\n".join(lines) + "\n"


def readers(
    seen: Mapping[str, Collection[str]], rows: Mapping[str, int], columns: Sequence[str]
) -> str:
    """Return who read which personal field as text: a line a field, a column a kind of reader.

    Of a field that stands in no row, nothing can be said.
    """
    width = max(map(len, seen)) + 2
    lines = [" " * width + " ".join(f"{column:12}" for column in columns).rstrip()]
    for text, by in sorted(seen.items()):
        signs = " ".join(f"{MAY if one in by else MAY_NOT:12}" for one in columns).rstrip()
        lines.append(f"{text:{width}}{signs if rows[text] else 'no row'}")
    return "\n".join(lines) + "\n"
