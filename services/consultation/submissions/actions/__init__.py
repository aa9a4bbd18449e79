"""Writes of submissions: one verb a function."""

from services.consultation.submissions.actions.approvals import (
    Scan,
    approve,
    approve_on_paper,
    ask,
    hash_of,
    let_deputies_send,
    send_back,
    set_approver,
    take_back,
)
from services.consultation.submissions.actions.sending import (
    count_of_verified,
    keep_uncounted,
    replace,
    send,
    withdraw,
)
from services.consultation.submissions.actions.writing import (
    Draft,
    Entry,
    StaleComment,
    StaleConsent,
    StaleTopic,
    begin,
    remove_comment,
    save_comment,
    save_consent,
    save_topic,
)

__all__ = [
    "Draft",
    "Entry",
    "Scan",
    "StaleComment",
    "StaleConsent",
    "StaleTopic",
    "approve",
    "approve_on_paper",
    "ask",
    "begin",
    "count_of_verified",
    "hash_of",
    "keep_uncounted",
    "let_deputies_send",
    "remove_comment",
    "replace",
    "save_comment",
    "save_consent",
    "save_topic",
    "send",
    "send_back",
    "set_approver",
    "take_back",
    "withdraw",
]
