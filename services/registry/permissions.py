"""Who may do and see what in registry: one row an act, readable as a policy."""

from shared.operations import permissions as operations
from shared.security.permissions import Permissions, anyone, grant, may, member, signed_in, staff

oneself = grant(
    "oneself", lambda actor, thing: thing is not None and thing.person_id == actor.person
)
officer = staff("partnership_officer")
administrators = staff("administrator")

PERMISSIONS = Permissions(
    # -- accounts --
    may("account.sign_in", anyone),
    may("account.code", anyone),
    may("account.link", anyone),
    may("account.provider", anyone),
    may("account.provider_return", anyone),
    may("account.sign_out", anyone),
    may("account.renew", anyone),
    may("account.keys", anyone),
    may("account.welcome", signed_in),
    may("account.parked", signed_in),
    may("account.show", signed_in),
    may("account.edit", signed_in),
    may("account.address", signed_in),
    may("account.address_confirm", signed_in),
    may("account.sessions", signed_in),
    may("account.erase", signed_in),
    may("session.end", oneself),
    may("session.end_others", signed_in),
    may("person.index", administrators),
    may("person.show", administrators),
    may("person.appoint", administrators),
    may("person.release", administrators),
    may("person.erase", administrators),
    may("invitation.show", anyone),
    may("invitation.accept", signed_in),
    may("member.invite", member("administrator"), officer),
    may("member.join", signed_in),
    may("member.decide_join", member("administrator"), officer),
    may("member.set_roles", member("administrator")),
    may("member.remove", member("administrator"), oneself),
    # -- organisations --
    may("organisation.register", signed_in),
    may("organisation.begin", signed_in),
    may("organisation.home", member(), officer, hidden=True),
    may("organisation.part", member(), officer, hidden=True),
    may("organisation.save", member("administrator", "contact_point", "deputy")),
    may("organisation.remove_file", member("administrator", "contact_point", "deputy")),
    may("organisation.file", member(), officer, hidden=True),
    may("organisation.submit", member("administrator", "contact_point")),
    may("organisation.withdraw", member("administrator")),
    may("organisation.members", member(), officer, hidden=True),
    may("organisation.invite_member", member("administrator")),
    may("organisation.set_roles", member("administrator")),
    may("organisation.join_page", signed_in),
    may("organisation.join", signed_in),
    may("organisation.decide_join", member("administrator"), officer),
    may("organisation.invite", officer),
    may("organisation.send_invitation", officer),
    # -- verification --
    may("verification.index", officer),
    may("verification.requests", officer),
    may("verification.decide_request", officer),
    may("verification.show", officer),
    may("verification.begin", officer),
    may("verification.screen", officer),
    may("verification.ask", officer),
    may("verification.verify", officer),
    may("verification.decline", officer),
    may("verification.suspend", officer),
    may("verification.reinstate", officer),
    may("clarification.answer", member("administrator", "contact_point", "deputy")),
    # -- directory --
    may("directory.index", anyone),
    may("directory.show", anyone),
    # -- operations --
    *operations.rows("registry"),
)
