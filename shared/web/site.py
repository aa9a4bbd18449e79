"""The site map as data: which service owns which paths, and what stands in the navigation.

Every service draws the same frame while knowing only itself, so links to other services' pages come
from here; a test compares the table with the real routes.
"""

from dataclasses import dataclass

from shared.i18n import N_
from shared.security.permissions import Actor

WITHOUT_LANGUAGE = ("/static", "/health", "/files", "/.well-known", "/api", "/metrics")
"""Path prefixes that stand without a language in front."""

OWNERS: dict[str, tuple[str, ...]] = {
    "consultation": (
        "/calls",
        "/answers",
        "/approve",
        "/results",
        "/programmes",
        "/how-it-works",
        "/privacy",
        "/accessibility",
        "/contact",
        "/staff/calls",
        "/staff",
        "/",
    ),
    "registry": (
        "/sign-in",
        "/sign-out",
        "/renew",
        "/account",
        "/partners",
        "/organisation",
        "/people",
        "/staff/organisation",
        "/staff/people",
        "/.well-known",
    ),
    "notifications": ("/inbox", "/preferences", "/unsubscribe", "/staff/inbox"),
}
"""Path prefixes of each service; the longest match wins."""

EACH = ("/staff/operations", "/health", "/files", "/api")
"""Prefixes below which each service has a part of its own name."""

PATHS: dict[str, str] = {
    "home.index": "/",
    "call.index": "/calls",
    "call.show": "/calls/{code}",
    "answer.index": "/answers",
    "answer.begin": "/calls/{code}/answer",
    "answer.hub": "/answers/{id_code}",
    "answer.receipt": "/answers/{id_code}/receipt",
    "answer.words": "/answers/{id_code}/words",
    "answer.published": "/answers/{id_code}/publication",
    "result.index": "/results",
    "result.show": "/results/{code}",
    "programme.index": "/programmes",
    "page.how_it_works": "/how-it-works",
    "page.privacy": "/privacy",
    "page.accessibility": "/accessibility",
    "page.contact": "/contact",
    "staff.work": "/staff",
    "call.desk": "/staff/calls",
    "call.edit": "/staff/calls/{code}",
    "analysis.queue": "/staff/calls/{code}/answers",
    "analysis.points": "/staff/calls/{code}/points",
    "publication.desk": "/staff/calls/{code}/publication",
    "report.edit": "/staff/calls/{code}/report",
    "account.sign_in": "/sign-in",
    "account.sign_out": "/sign-out",
    "account.renew": "/renew",
    "account.show": "/account",
    "organisation.register": "/organisation/new",
    "organisation.home": "/organisation/{slug}",
    "organisation.members": "/organisation/{slug}/people",
    "directory.index": "/partners",
    "directory.show": "/partners/{slug}",
    "verification.index": "/staff/organisation",
    "verification.show": "/staff/organisation/{slug}",
    "person.index": "/staff/people",
    "message.index": "/inbox",
    "message.unread": "/inbox/unread",
    "message.show": "/inbox/{code}",
    "preference.show": "/preferences",
    "preference.unsubscribe": "/unsubscribe/{secret}",
    "reconciliation.show": "/staff/inbox/reconciliation/{code}",
    "operations_registry.show": "/staff/operations/registry",
    "operations_consultation.show": "/staff/operations/consultation",
    "operations_notifications.show": "/staff/operations/notifications",
}
"""Paths that other services link to by route name."""


@dataclass(frozen=True)
class Entry:
    """One item of the navigation."""

    text: str
    name: str


PUBLIC = (
    Entry(N_("Calls"), "call.index"),
    Entry(N_("Results"), "result.index"),
    Entry(N_("Programmes"), "programme.index"),
    Entry(N_("Partners"), "directory.index"),
)
STAFF = (
    Entry(N_("My work"), "staff.work"),
    Entry(N_("Calls"), "call.desk"),
    Entry(N_("Partners"), "verification.index"),
    Entry(N_("Results"), "result.index"),
)
FOOTER = (
    Entry(N_("How consultations work"), "page.how_it_works"),
    Entry(N_("Privacy"), "page.privacy"),
    Entry(N_("Accessibility"), "page.accessibility"),
    Entry(N_("Contact the secretariat"), "page.contact"),
)


def navigation(actor: Actor) -> tuple[Entry, ...]:
    """Return the four items of the navigation for this reader."""
    return STAFF if actor.is_staff() else PUBLIC


def owner_of(path: str) -> str:
    """Return the service that owns a path without language."""
    owned = [(prefix, service) for service, prefixes in OWNERS.items() for prefix in prefixes]
    owned += [(f"{prefix}/{service}", service) for prefix in EACH for service in OWNERS]
    fitting = [
        (len(prefix), service)
        for prefix, service in owned
        if path == prefix or path.startswith(prefix.rstrip("/") + "/")
    ]
    return max(fitting, default=(0, "consultation"))[1]
