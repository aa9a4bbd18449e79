"""Where registry holds personal data, and what becomes of it when an account is erased."""

from shared.security.personal import EVERYWHERE, Fate, held

PERSONAL = (
    *EVERYWHERE,
    # -- accounts --
    held("person", "name email language zone staff_roles", Fate.EMPTIED),
    held("session", "agent", Fate.EMPTIED),
    held("membership", "roles", Fate.DELETED),
    held("sign_in_code", "email", Fate.DELETED),
    held("invitation", "email", Fate.DELETED),
    held("invitation", "organisation_name", Fate.KEPT, "the name of an organisation"),
    held("provider_subject", "issuer subject", Fate.DELETED),
    held("join_request", "note", Fate.EMPTIED),
    held("parked_body", "path fields files", Fate.DELETED),
    # -- organisations --
    held("organisation", "name name_key", Fate.KEPT, "the name of an organisation"),
    held("organisation_document", "name", Fate.KEPT, "the organisation's own document"),
    # -- verification --
    held("screening", "note", Fate.KEPT, "what officers say of an organisation"),
)
