"""What is seeded and in which order: first what the first page needs, the rest behind a bar."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta

from services.consultation.calls.actions import running
from services.consultation.calls.models import CallAct
from services.consultation.calls.rules import ActKind, SubjectKind
from services.demo.seeds import analysis, answers, calls, partners, people, texts
from services.demo.seeds.cast import Cast, Partner
from services.demo.stage import Stage
from shared.contracts.audience import Audience

log = logging.getLogger("roundtable.demo")
Say = Callable[[str], None]
EVERYBODY = Audience()
SEEDED = "seeded"
"""The file that says that everything was seeded."""


def first(stage: Stage, say: Say) -> Cast | None:
    """Seed people, the personas' partners and the open call; None when that was done before."""
    if (stage.folder / "seeded.json").exists():
        return None
    cast = Cast(stage)
    cast.at = cast.ago(220)
    say("Enrolling people")
    people.seed(cast)
    stage.catch_up()
    say("Registering the first partners")
    partners.seed_keyed(cast, cast.staff["officer"])
    stage.catch_up()
    say("Publishing a call for input")
    code = calls.draft(
        cast,
        "strategy",
        kind=SubjectKind.STRATEGY,
        at=cast.ago(42),
        weeks=12,
        audience=EVERYBODY,
        document="partnership-strategy",
    )
    calls.publish(cast, code, cast.ago(41))
    stage.catch_up()
    (stage.folder / "seeded.json").write_text(json.dumps({"open": code}), encoding="utf-8")
    return cast


def rest(stage: Stage, cast: Cast | None, say: Say = lambda _: None) -> None:
    """Seed everything else; the demo can be walked meanwhile. Stops quietly when it is stopped."""
    if cast is None:
        return
    steps: list[tuple[str, Callable[[], None]]] = [
        ("partners", lambda: partners.seed_verified(cast, cast.staff["officer"])),
        ("registrations", lambda: partners.seed_others(cast, cast.staff["officer"])),
        ("a call in review", lambda: _in_review(cast)),
        ("answers to the open call", lambda: _open(cast)),
        ("an extended call", lambda: _extended(cast)),
        ("a call with its report", lambda: _reported(cast)),
        ("a call being analysed", lambda: _analysed(cast)),
    ]
    stage.todo = len(steps)
    for what, step in steps:
        stage.what = what
        say(f"Seeding {what}")
        try:
            stage.catch_up()
            step()
        except Exception:
            log.exception("seeding %s failed", what)
        stage.done += 1
    (stage.folder / SEEDED).touch()


def _in_review(cast: Cast) -> None:
    calls.draft(
        cast,
        "sdg",
        kind=SubjectKind.PROGRAMME,
        subject="sdg-cities",
        at=cast.ago(2),
        weeks=13,
        audience=EVERYBODY,
    )


def _some(cast: Cast, many: int, skip: tuple[str, ...] = ()) -> list[Partner]:
    """Return partners of all categories in turn, so that each is heard."""
    by_category: dict[str, list[Partner]] = {}
    left_out = {cast.keyed[key].id for key in skip if key in cast.keyed}
    for one in cast.partners:
        if one.id not in left_out:
            by_category.setdefault(one.category, []).append(one)
    weights = {"business": 2, "finance": 3, "foundation": 5}
    rows = [one[: weights.get(category, 12)] for category, one in by_category.items()]
    turns = [one for at in range(12) for row in rows for one in row[at : at + 1]]
    return turns[:many]


def _open(cast: Cast) -> None:
    seeded = json.loads((cast.stage.folder / "seeded.json").read_text(encoding="utf-8"))
    chosen = _some(cast, 24, skip=("city", "stakeholder-es", "knowledge-es"))
    for turn, partner in enumerate(chosen):
        answers.send(cast, seeded["open"], partner, cast.ago(30 - turn), turn)


def _extended(cast: Cast) -> None:
    code = calls.draft(
        cast,
        "smart",
        kind=SubjectKind.PROGRAMME,
        subject="smart-cities",
        at=cast.ago(83.5),
        weeks=12,
        audience=Audience(
            categories=["local_authority", "stakeholder", "knowledge", "government", "un_entity"]
        ),
    )
    calls.publish(cast, code, cast.ago(83.4))
    asked = {"local_authority", "stakeholder", "knowledge", "government", "un_entity"}
    chosen = [one for one in _some(cast, 60, skip=("city",)) if one.category in asked][:16]
    for turn, partner in enumerate(chosen):
        answers.send(cast, code, partner, cast.ago(60 - turn), turn)
    end = cast.stage.clock.now() + timedelta(days=17)
    with cast.work("consultation", cast.staff["call-manager"], cast.ago(3)) as work:
        act: CallAct = running.propose(
            work,
            code,
            ActKind.EXTEND,
            {
                "en": "several cities asked for more time to consult their residents",
                "fr": "plusieurs villes ont demandé plus de temps pour consulter leurs habitants",
            },
            closes_at=end.replace(hour=14, minute=0, second=0, microsecond=0),
        )
        work.session.flush()
        act_id = act.id
    with cast.work("consultation", cast.staff["second-manager"], cast.ago(2)) as work:
        running.approve(work, code, act_id)


def _closed(
    cast: Cast, key: str, subject: str, days: int, many: int, document: str = ""
) -> tuple[str, list[str]]:
    """Seed a call that closed `days` ago with answers; a campaign is among them."""
    begun = days + 86
    code = calls.draft(
        cast,
        key,
        kind=SubjectKind.PROGRAMME,
        subject=subject,
        at=cast.ago(begun),
        weeks=12,
        audience=EVERYBODY,
        document=document,
    )
    calls.publish(cast, code, cast.ago(begun - 1))
    references = [
        answers.send(
            cast, code, partner, cast.ago(begun - 10 - turn), turn, campaign=20 <= turn < 34
        )
        for turn, partner in enumerate(_some(cast, many))
    ]
    return code, references


def _reported(cast: Cast) -> None:
    code, references = _closed(cast, "neighbourhoods", "neighbourhoods", 70, 60, "neighbourhoods")
    analysis.read_and_cut(cast, references, cast.ago(60))
    analysis.recommend(cast, code, cast.ago(40))
    analysis.decide(cast, code, cast.ago(30))
    analysis.report(cast, code, cast.ago(10), revised=texts.REVISED)


def _analysed(cast: Cast) -> None:
    code, references = _closed(cast, "migration", "migration", 53, 60)
    analysis.read_and_cut(cast, references[:52], cast.ago(30))
    analysis.recommend(cast, code, cast.ago(20), share=0.7)
    analysis.decide(cast, code, cast.ago(10), share=0.6)
