"""Questions are written, put in order, frozen; responses are judged against them."""

from uuid import UUID

import pytest

from services.consultation.errors import DocumentFrozen, QuestionNotReady
from services.consultation.questions import actions, queries
from services.consultation.questions.actions import OptionDraft, QuestionDraft
from services.consultation.questions.rules import Kind
from shared import ids
from shared.errors import Forbidden, NotFound
from tests.support.bench import Bench, person

MANAGER = person("call_manager")
HOUSING = OptionDraft({"en": "Housing", "fr": "Logement"})
WATER = OptionDraft({"en": "Water", "fr": "Eau"})


@pytest.fixture
def call() -> UUID:
    return ids.new()


def long(title: str, topic: str = "") -> QuestionDraft:
    return QuestionDraft(Kind.LONG, {"en": title}, topic=topic)


def test_a_question_comes_back_as_it_was_written(consultation_bench: Bench, call: UUID) -> None:
    with consultation_bench.work(MANAGER) as work:
        topic = actions.save_topic(work, call, {"en": "Priorities", "fr": "Priorités"})
        actions.save(
            work,
            call,
            QuestionDraft(
                Kind.MANY,
                {"en": "Which come first?", "fr": "Lesquelles d'abord ?"},
                help={"en": "Choose up to two."},
                required=True,
                topic=topic,
                options=[HOUSING, WATER],
                max_choices=2,
            ),
        )
    with consultation_bench.view(MANAGER) as view:
        (found,) = queries.topics_of(view, call)
        (row,) = found.questions
        assert (found.key, found.title["fr"]) == ("topic1", "Priorités")
        assert (row.code, row.kind, row.required, row.version) == ("q1", Kind.MANY, True, 1)
        assert row.choices("fr") == [("o1", "Logement"), ("o2", "Eau")]
        assert row.spoken(["o2", "o1"], "en") == ["Water", "Housing"]
        assert row.title.best("ru").is_other
        assert row.check(["o1", "o9"]).wrong
        assert row.words(["o1"]) == ""
        assert queries.untranslated(view, call, "fr") == []
        assert queries.untranslated(view, call, "ar") == ["q1"]


def test_changing_a_question_keeps_its_code_and_counts_its_versions(
    consultation_bench: Bench, call: UUID
) -> None:
    with consultation_bench.work(MANAGER) as work:
        actions.save(work, call, QuestionDraft(Kind.ONE, {"en": "One?"}, options=[HOUSING, WATER]))
        draft = QuestionDraft(
            Kind.ONE,
            {"en": "Which one?", "es": "¿Cuál?"},
            options=[
                OptionDraft({"en": "Water and drains"}, "o2"),
                OptionDraft({"en": "Transport"}),
            ],
        )
        actions.save(work, call, draft, "q1")
    with consultation_bench.view(MANAGER) as view:
        row = queries.question(view, call, "q1")
        assert row.version == 2
        assert row.choices("en") == [("o2", "Water and drains"), ("o3", "Transport")]
        assert row.choices("fr")[0] == ("o2", "Eau")
        assert row.title["es"] == "¿Cuál?"


def test_questions_are_put_in_order(consultation_bench: Bench, call: UUID) -> None:
    with consultation_bench.work(MANAGER) as work:
        for title in ("A?", "B?", "C?"):
            actions.save(work, call, long(title))
        actions.reorder(work, call, ["q3", "q1"])
        work.session.flush()
        actions.move(work, call, "q2", up=True)
        actions.move(work, call, "q3", up=True)
    with consultation_bench.view(MANAGER) as view:
        assert [row.code for row in queries.questions_of(view, call)] == ["q3", "q2", "q1"]
        assert queries.count(view, call) == 3


def test_removing_leaves_nothing_and_codes_are_not_used_again(
    consultation_bench: Bench, call: UUID
) -> None:
    with consultation_bench.work(MANAGER) as work:
        topic = actions.save_topic(work, call, {"en": "T"})
        actions.save(work, call, QuestionDraft(Kind.ONE, {"en": "A?"}, options=[HOUSING, WATER]))
        actions.save(work, call, long("B?", topic))
        actions.remove(work, call, "q1")
        actions.remove_topic(work, call, topic)
        assert actions.save(work, call, long("C?")).code == "q3"
    with consultation_bench.view(MANAGER) as view:
        (found,) = queries.topics_of(view, call)
        assert found.key == queries.WITHOUT_TOPIC
        assert [row.code for row in found.questions] == ["q2", "q3"]
        with pytest.raises(NotFound):
            queries.question(view, call, "q1")


def test_a_published_questionnaire_stays(consultation_bench: Bench, call: UUID) -> None:
    with consultation_bench.work(MANAGER) as work:
        actions.save(work, call, long("Waht?"))
        assert actions.freeze(work, call) == 1
    for change in (
        lambda work: actions.save(work, call, long("More?")),
        lambda work: actions.save(work, call, long("Else?"), "q1"),
        lambda work: actions.remove(work, call, "q1"),
        lambda work: actions.save_topic(work, call, {"en": "T"}),
    ):
        with pytest.raises(DocumentFrozen), consultation_bench.work(MANAGER) as work:
            change(work)
    with consultation_bench.work(MANAGER) as work:
        actions.correct(work, call, "q1", {"en": "What?"}, {}, {})
    with consultation_bench.view(MANAGER) as view:
        row = queries.question(view, call, "q1")
        assert (row.title["en"], row.version) == ("What?", 2)


def test_what_cannot_be_asked_is_refused_whole(consultation_bench: Bench, call: UUID) -> None:
    with pytest.raises(QuestionNotReady) as refusal, consultation_bench.work(MANAGER) as work:
        actions.save(work, call, QuestionDraft(Kind.ONE, {"en": ""}, options=[HOUSING]))
    assert [wrong.code for wrong in refusal.value.wrong] == ["title", "options"]
    with pytest.raises(Forbidden), consultation_bench.work(person("analyst")) as work:
        actions.save(work, call, long("Mine?"))
    with consultation_bench.view(MANAGER) as view:
        assert queries.count(view, call) == 0


def test_a_questionnaire_is_copied_with_its_codes_and_texts(
    consultation_bench: Bench, call: UUID
) -> None:
    other = ids.new()
    with consultation_bench.work(MANAGER) as work:
        topic = actions.save_topic(work, call, {"en": "T"})
        actions.save(
            work,
            call,
            QuestionDraft(Kind.ONE, {"en": "A?"}, topic=topic, options=[HOUSING, WATER]),
        )
        actions.freeze(work, call)
        assert actions.copy(work, call, other) == 1
    with consultation_bench.view(MANAGER) as view:
        row = queries.question(view, other, "q1")
        assert (row.topic, row.choices("fr")[1]) == ("topic1", ("o2", "Eau"))
        assert row.id != queries.question(view, call, "q1").id
