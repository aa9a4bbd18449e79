"""Who may do and see what in consultation: one row an act, readable as a policy."""

from typing import Any

from sqlalchemy import Select, select

from services.consultation.calls import rules as calls
from services.consultation.calls.models import Call, CallInvited
from shared.operations import permissions as operations
from shared.security.permissions import (
    Actor,
    Permissions,
    anyone,
    grant,
    may,
    member,
    signed_in,
    staff,
    system,
)

call_manager = staff("call_manager")
second_person = staff("call_manager", "decider")
analysts = staff("analyst", "decider", "call_manager")
writers = member("contact_point", "deputy", "administrator")
senders = member("contact_point", "deputy")


def _readable_calls(actor: Actor, statement: Select[Any]) -> Select[Any]:
    """Narrow a list of calls to those that the actor may read: public, or asked of a partner."""
    public = statement.where(Call.state.in_(calls.PUBLIC))
    if actor.is_staff():
        return public
    asked = select(CallInvited.call_id).where(
        CallInvited.organisation_id.in_(list(actor.memberships))
    )
    return public.where((Call.visibility == calls.Visibility.PUBLIC) | Call.id.in_(asked))


readers = grant("whoever the call is open to", lambda actor, thing: calls.may_read(thing, actor))

once_frozen = grant(
    "anyone once it is frozen", lambda _actor, thing: getattr(thing, "state", "draft") != "draft"
)

PERMISSIONS = Permissions(
    # -- calls --
    may("call.index", anyone, only=_readable_calls),
    may("call.show", readers, hidden=True),
    may("call.document", readers, hidden=True),
    may("call.questions", readers, hidden=True),
    may("call.calendar", readers, hidden=True),
    may("call.desk", staff()),
    may("call.preview", staff()),
    may("call.review", staff()),
    may("call.preview_document", staff()),
    may("call.new", call_manager),
    may("call.edit", staff()),
    may("call.part", call_manager),
    may("call.remove_document", call_manager),
    may("call.question", call_manager),
    may("call.move_question", call_manager),
    may("call.remove_question", call_manager),
    may("call.topic", call_manager),
    may("call.ask_review", call_manager),
    may("call.send_back", second_person),
    may("call.publish", second_person),
    may("call.act", call_manager),
    may("call.approve_act", second_person),
    may("call.refuse_act", second_person),
    may("call.late_window", call_manager),
    may("call.reply_late", call_manager),
    may("call.analyse", staff("analyst", "decider", "call_manager")),
    may("call.clock", system),
    # -- submissions --
    may("answer.index", signed_in),
    may("answer.begin", signed_in),
    *(
        may(f"answer.{page}", member(), hidden=True)
        for page in (
            "hub",
            "question",
            "section",
            "autosave_topic",
            "paragraph",
            "autosave_comment",
            "consent",
            "approval",
            "scan",
            "check",
            "receipt",
            "published",
            "file",
            "print",
        )
    ),
    may("answer.write", writers),
    may("answer.remove_comment", writers, hidden=True),
    may("answer.ask_approval", writers, hidden=True),
    may("answer.take_back", writers, hidden=True),
    may("answer.paper_approval", writers, hidden=True),
    # Who of them sends is said with a name: submissions.rules.may_send.
    may("answer.send", member(), hidden=True),
    may("answer.replace", writers, hidden=True),
    may("answer.withdraw", senders, hidden=True),
    may("answer.settings", member("contact_point", "administrator"), hidden=True),
    may("answer.standing", system),
    may("answer.erase_approver", member("contact_point", "administrator"), hidden=True),
    may("answer.erase_old_approvers", system),
    may("approval.show", anyone),
    may("submission.sealed", staff("analyst", "decider", "call_manager")),
    may("submission.figures", staff()),
    # -- analysis --
    may("staff.work", staff()),
    *(may(f"analysis.{page}", analysts) for page in ("queue", "answer", "points", "point")),
    may("analysis.read", staff("analyst")),
    may("analysis.cut", staff("analyst")),
    may("analysis.tally", staff("analyst")),
    may("analysis.tally_all", staff("analyst")),
    may("analysis.nothing", staff("analyst")),
    may("point.bulk", analysts),
    may("point.gist", staff("analyst")),
    may("point.assign", staff("analyst", "decider")),
    may("point.recommend", staff("analyst")),
    may("point.decide", staff("decider")),
    may("point.return", staff("decider")),
    may("point.reopen", staff("analyst", "decider")),
    # -- publication --
    may("publication.desk", analysts),
    may("publication.show", analysts),
    may("publication.bulk", analysts),
    may("publication.prepare", staff("analyst")),
    may("publication.decide", call_manager),
    may("result.answers", readers, hidden=True),
    # -- reports --
    *(may(f"report.{page}", staff()) for page in ("edit", "text", "paragraph", "entries")),
    *(
        may(f"report.{act}", call_manager)
        for act in ("write", "revise", "save_entry", "remove_entry", "ask_review")
    ),
    may("report.send_back", staff("decider")),
    may("report.approve", staff("decider")),
    may("result.index", anyone, only=_readable_calls),
    may("result.show", readers, hidden=True),
    may("result.text", readers, hidden=True),
    may("answer.words", member(), hidden=True),
    # -- home --
    may("home.index", anyone),
    may("page.how_it_works", anyone),
    may("page.privacy", anyone),
    may("page.accessibility", anyone),
    may("page.contact", anyone),
    # -- documents, questions, programmes --
    may("programme.index", anyone),
    may("programme.show", anyone),
    may("document.read", once_frozen, staff(), hidden=True),
    may("document.import", call_manager),
    may("document.freeze", second_person),
    may("document.revise", call_manager),
    may("document.supersede", second_person),
    may("question.save", call_manager),
    # -- operations --
    *operations.rows("consultation"),
)
