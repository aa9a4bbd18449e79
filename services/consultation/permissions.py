"""Who may do and see what in consultation: one row an act, readable as a policy."""

from typing import Any

from sqlalchemy import Select

from services.consultation.calls import rules as calls
from services.consultation.calls.models import Call, CallInvited
from shared.security.permissions import Actor, Permissions, anyone, grant, may, staff

call_manager = staff("call_manager")
second_person = staff("call_manager", "decider")


def _public_calls(actor: Actor, select: Select[Any]) -> Select[Any]:
    """Narrow a list of calls to those that the actor may read: public, or asked of their partner."""
    return select.where(
        calls.public_states_of(Call),
        (Call.visibility == calls.Visibility.PUBLIC)
        | Call.id.in_(
            CallInvited.calls_of(list(actor.memberships))
        ),
    )


readers = grant("whoever the call is open to", lambda actor, thing: calls.may_read(thing, actor))

once_frozen = grant(
    "anyone once it is frozen", lambda _actor, thing: getattr(thing, "state", "draft") != "draft"
)

PERMISSIONS = Permissions(
    # -- calls --
    may("call.index", anyone, only=_public_calls),
    # -- submissions --
    # -- analysis --
    # -- publication --
    # -- reports --
    # -- home --
    # -- documents, questions, programmes --
    may("programme.index", anyone),
    may("programme.show", anyone),
    may("document.read", once_frozen, staff(), hidden=True),
    may("document.import", call_manager),
    may("document.freeze", second_person),
    may("document.revise", call_manager),
    may("document.supersede", second_person),
    may("question.save", call_manager),
)
