"""The front page: what is open, nearest deadline first, and small figures hidden."""

from datetime import timedelta

from sqlalchemy import event

from services.consultation.home import queries
from services.consultation.submissions.rules import Heard
from shared.contracts.audience import Audience
from shared.work import NOBODY
from tests.support.bench import Bench
from tests.support.calls import partner, published


def front(bench: Bench) -> queries.Front:
    with bench.view(NOBODY) as view:
        return queries.front(view)


def test_open_calls_stand_by_the_nearest_deadline(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    published(bench, title="Later", weeks=20)
    published(bench, title="Sooner", weeks=13)
    published(bench, title="Not yet", weeks=13, opens_in=timedelta(days=3))
    found = front(bench)
    assert [str(card.title) for card in found.open_calls] == ["Sooner", "Later"]
    assert found.open_count == 2
    first = found.open_calls[0]
    assert first.when is not None
    assert first.when.headline == "Closes in 13 weeks"
    assert "Nairobi time (UTC+3)" in first.when.text
    assert not first.when.soon
    assert first.eyebrow == "Inclusive, Vibrant Neighbourhoods and Communities"
    assert first.for_whom == "For all partners"
    assert first.answers_text == "Fewer than 5 asked"


def test_the_last_week_is_shown_as_running_out(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)
    published(bench)
    bench.later(weeks=12, days=2)
    (card,) = front(bench).open_calls
    assert card.when is not None
    assert card.when.soon
    bench.later(days=6)
    assert front(bench).open_calls == []


def test_the_table_counts_partners_and_hides_small_figures(consultation_bench: Bench) -> None:
    bench = consultation_bench
    for number in range(6):
        partner(bench, f"City {number}")
        partner(bench, f"Group {number}", category="stakeholder", tier=None)
        partner(bench, f"Bank {number}", category="finance", tier=None)
    for number in range(2):
        partner(bench, f"University {number}", category="knowledge", tier=None)
    partner(bench, "Not verified", state="screening")
    found = front(bench)
    notes = {seat.category: (seat.share, seat.note) for seat in found.figures}
    assert [seat.number for seat in found.figures] == list(range(1, 9))
    assert notes["government"] == (None, "Nobody yet")
    assert notes["knowledge"] == (None, "Fewer than 5 partners")
    assert found.centre == ["0", "of 20"]
    # One hidden figure would follow from the total, so that the next smallest is hidden too.
    shown = [seat.category for seat in found.figures if seat.share is not None]
    assert len(shown) == 2


def test_an_empty_table_waits(consultation_bench: Bench) -> None:
    found = front(consultation_bench)
    assert found.centre == ["8", "seats"]
    assert found.caption == "Each seat waits for its first partner"


def test_queries_do_not_grow_with_the_calls(consultation_bench: Bench) -> None:
    bench = consultation_bench
    partner(bench)

    def asked() -> int:
        seen: list[str] = []
        engine = bench.service.room.database.engine

        def count(*given: object) -> None:
            seen.append(str(given[2]))

        event.listen(engine, "before_cursor_execute", count)
        try:
            front(bench)
        finally:
            event.remove(engine, "before_cursor_execute", count)
        return len(seen)

    published(bench, title="One")
    few = asked()
    for number in range(4):
        published(bench, title=f"Call {number}", audience=Audience(categories=["local_authority"]))
    assert asked() == few


def test_the_middle_of_the_table() -> None:
    heard = [Heard("government", 1000, 300), Heard("finance", 204, 112)]
    assert queries.centre(heard) == ["412", "of 1,204"]
