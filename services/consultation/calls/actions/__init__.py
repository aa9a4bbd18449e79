"""Writing calls: drafting, reviewing and publishing, and what happens to a published one."""

from services.consultation.calls.actions.drafting import (
    Basics,
    Period,
    create,
    edit_part,
    put_text,
    save_audience,
    save_basics,
    save_decision,
    save_participation,
    save_period,
    save_texts,
)
from services.consultation.calls.actions.inviting import (
    invite_concerned,
    invite_partner,
    open_by_clock,
)
from services.consultation.calls.actions.reviewing import ask_review, publish, send_back
from services.consultation.calls.actions.running import (
    approve,
    close_by_clock,
    open_late_window,
    propose,
    refuse,
    reply_late,
    retell,
    start_analysing,
)

__all__ = [
    "Basics",
    "Period",
    "approve",
    "ask_review",
    "close_by_clock",
    "create",
    "edit_part",
    "invite_concerned",
    "invite_partner",
    "open_by_clock",
    "open_late_window",
    "propose",
    "publish",
    "put_text",
    "refuse",
    "reply_late",
    "retell",
    "save_audience",
    "save_basics",
    "save_decision",
    "save_participation",
    "save_period",
    "save_texts",
    "send_back",
    "start_analysing",
]
