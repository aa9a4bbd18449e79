"""What people choose from: languages, time zones, roles, each in the reader's words."""

from datetime import datetime

from services.registry.accounts.rules import MemberRole, StaffRole
from shared.i18n import LANGUAGES, N_, NP_, translate
from shared.web import formats

STAFF_ROLES = {
    StaffRole.CALL_MANAGER: (
        N_("Call manager"),
        N_("Drafts, reviews and publishes calls; writes the report"),
    ),
    StaffRole.ANALYST: (N_("Analyst"), N_("Reads answers, cuts them into points, recommends")),
    StaffRole.DECIDER: (N_("Decider"), N_("Decides on points; approves reports and calls")),
    StaffRole.PARTNERSHIP_OFFICER: (
        N_("Partnership officer"),
        N_("Verifies and invites organisations"),
    ),
    StaffRole.ADMINISTRATOR: (NP_("staff", "Administrator"), N_("Appoints staff")),
}
MEMBER_ROLES = {
    MemberRole.ADMINISTRATOR: (
        NP_("organisation", "Administrator"),
        N_("Invites members and says what each of them may do"),
    ),
    MemberRole.CONTACT_POINT: (N_("Contact point"), N_("Sends the answers of the organisation")),
    MemberRole.DEPUTY: (
        N_("Deputy"),
        N_("Prepares answers; sends when the contact point allows it"),
    ),
    MemberRole.REVIEWER: (N_("Reviewer"), N_("Reads and comments on drafts")),
    MemberRole.OBSERVER: (N_("Observer"), N_("Reads what was sent")),
}
# fmt: off
ZONES = (
    "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver",
    "America/Mexico_City", "America/Chicago", "America/Guatemala", "America/Bogota",
    "America/Lima", "America/Panama", "America/Jamaica", "America/Havana", "America/New_York",
    "America/Toronto", "America/Caracas", "America/La_Paz", "America/Santo_Domingo",
    "America/Puerto_Rico", "America/Santiago", "America/Asuncion",
    "America/Argentina/Buenos_Aires", "America/Montevideo", "America/Sao_Paulo",
    "Atlantic/Cape_Verde", "Africa/Abidjan", "Africa/Accra", "Africa/Dakar", "Africa/Casablanca",
    "Europe/London", "Europe/Lisbon", "Africa/Lagos", "Africa/Algiers", "Africa/Tunis",
    "Africa/Kinshasa", "Europe/Madrid", "Europe/Paris", "Europe/Brussels", "Europe/Berlin",
    "Europe/Rome", "Europe/Vienna", "Europe/Warsaw", "Europe/Stockholm", "Africa/Cairo",
    "Africa/Tripoli", "Africa/Johannesburg", "Africa/Harare", "Africa/Khartoum", "Asia/Beirut",
    "Asia/Jerusalem", "Asia/Hebron", "Europe/Athens", "Europe/Bucharest", "Europe/Kyiv",
    "Africa/Nairobi", "Africa/Addis_Ababa", "Africa/Kampala", "Africa/Mogadishu", "Asia/Amman",
    "Asia/Baghdad", "Asia/Damascus", "Asia/Kuwait", "Asia/Qatar", "Asia/Riyadh", "Europe/Istanbul",
    "Europe/Minsk", "Europe/Moscow", "Asia/Tehran", "Asia/Dubai", "Asia/Muscat", "Asia/Baku",
    "Asia/Tbilisi", "Asia/Yerevan", "Indian/Mauritius", "Asia/Kabul", "Asia/Karachi",
    "Asia/Tashkent", "Asia/Yekaterinburg", "Asia/Almaty", "Asia/Kolkata", "Asia/Colombo",
    "Asia/Kathmandu", "Asia/Dhaka", "Asia/Omsk", "Asia/Yangon", "Asia/Bangkok", "Asia/Jakarta",
    "Asia/Ho_Chi_Minh", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Kuala_Lumpur", "Asia/Manila",
    "Asia/Singapore", "Asia/Ulaanbaatar", "Australia/Perth", "Asia/Seoul", "Asia/Tokyo",
    "Australia/Adelaide", "Australia/Sydney", "Pacific/Port_Moresby", "Asia/Vladivostok",
    "Pacific/Guadalcanal", "Pacific/Noumea", "Pacific/Auckland", "Pacific/Fiji",
    "Pacific/Tongatapu", "Pacific/Apia", "Pacific/Kiritimati",
)
# fmt: on
"""Zones with enough people in them to be worth a line; any other is kept once it is set."""


def languages() -> list[tuple[str, str]]:
    """Return the languages, each in its own script."""
    return list(LANGUAGES.items())


def zones(at: datetime, chosen: str = "") -> list[tuple[str, str]]:
    """Return time zones from west to east by their present offset, the chosen one among them."""
    names = {*ZONES, "UTC", *([chosen] if chosen else [])}
    rows = [
        (at.astimezone(formats.zone(name)).utcoffset(), formats.zone_place(name), name)
        for name in names
    ]
    rows.sort(key=lambda row: (row[0] or at - at, row[1]))
    return [
        (name, "UTC" if name == "UTC" else f"{place} ({formats.offset(at, name)})")
        for _, place, name in rows
    ]


def staff_roles() -> list[tuple[str, str, str]]:
    """Return staff roles as options, each with what it does."""
    return [(role, translate(name), translate(does)) for role, (name, does) in STAFF_ROLES.items()]


def member_roles() -> list[tuple[str, str, str]]:
    """Return the roles of members as options, each with what it does."""
    return [(role, translate(name), translate(does)) for role, (name, does) in MEMBER_ROLES.items()]


def staff_role(role: str) -> str:
    """Return a staff role in the reader's words."""
    return translate(STAFF_ROLES[StaffRole(role)][0])


def member_role(role: str) -> str:
    """Return the role of a member in the reader's words."""
    return translate(MEMBER_ROLES[MemberRole(role)][0])
