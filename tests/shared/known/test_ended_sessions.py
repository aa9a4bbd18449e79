"""Ended sessions are remembered for as long as a token of theirs could be shown."""

from datetime import UTC, datetime, timedelta

from shared import ids
from shared.contracts.registry import SessionEnded
from shared.known.actions import ENDED_KEPT, end_session, forget_ended_sessions
from shared.known.models import EndedSession
from shared.security.tokens import LIFE
from tests.support.bench import Bench


def test_an_ended_session_is_forgotten_when_its_tokens_have_run_out(
    notifications_bench: Bench,
) -> None:
    late, early = ids.new(), ids.new()
    long_ago = datetime.now(UTC) - ENDED_KEPT
    with notifications_bench.work() as work:
        for session, at in ((late, timedelta(hours=1)), (early, -timedelta(hours=1))):
            end_session(
                work,
                SessionEnded(id=session, version=1, person_id=ids.new(), ended_at=long_ago + at),
            )
    with notifications_bench.work() as work:
        forget_ended_sessions(work)
    with notifications_bench.view() as view:
        remembered = {row.id for row in view.all(EndedSession)}
    assert late in remembered
    assert early not in remembered
    assert ENDED_KEPT > LIFE
