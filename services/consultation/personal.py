"""Where consultation holds personal data, and what becomes of it when an account is erased."""

from shared.security.personal import COPIES, EVERYWHERE, Fate, held

OFFICE = "an office without an account: goes when the office asks (answer.erase_approver)"
COLLEAGUES = "what staff say of a call, a report or a point"

PERSONAL = (
    *EVERYWHERE,
    *COPIES,
    # -- calls --
    held("call_editor", "person_id", Fate.KEPT, "an id: who may not be the second person"),
    held("call_review", "note", Fate.KEPT, COLLEAGUES),
    held("call_act", "note", Fate.KEPT, COLLEAGUES),
    # -- submissions --
    held("submission_worker", "person_id", Fate.KEPT, "an id: who gets the receipt"),
    held("approver", "name office email language", Fate.KEPT, OFFICE),
    held("approval", "decided_name", Fate.KEPT, OFFICE),
    held("approval", "note comment", Fate.KEPT, "what an organisation and its office say"),
    held("approval", "scan_name", Fate.KEPT, "the organisation's own document"),
    # -- analysis --
    held("point", "note", Fate.KEPT, COLLEAGUES),
    # -- reports --
    held("report", "note", Fate.KEPT, COLLEAGUES),
    held("report_author", "person_id", Fate.KEPT, "an id: who may not approve"),
)
