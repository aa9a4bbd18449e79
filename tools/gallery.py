"""Draw every macro and layout with sample data into `build/gallery`, to be looked at in a browser.

Run `python tools/gallery.py`, then open `build/gallery/parts-en.html` and its neighbours. Languages
may be named; `pseudo` is the long, accented one in which nothing may break. Nothing here is part of
the product: the texts are samples, the links lead nowhere.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from jinja2 import Environment, FileSystemLoader  # noqa: E402

from services.demo import pseudo  # noqa: E402
from shared import i18n, ids  # noqa: E402
from shared.security.permissions import Actor  # noqa: E402
from shared.web import frame as frames  # noqa: E402
from shared.web import pages, site  # noqa: E402
from shared.web.forms import FieldError, Filled  # noqa: E402
from shared.web.links import Links  # noqa: E402

OUT = ROOT / "build" / "gallery"
HERE = Path(__file__).parent / "gallery"

LABELS = (
    "Governments",
    "Local authorities",
    "UN entities",
    "Financial institutions",
    "Business",
    "Civil society, stakeholders",
    "Foundations",
    "Knowledge partners",
)
SHARES = (0.22, 0.31, 0.4, 0.1, 0.06, 1.0, None, 0.0)
FATE = {
    "accepted": 63,
    "in_part": 28,
    "not_accepted": 14,
    "out_of_scope": 5,
    "noted": 18,
    "already_covered": 4,
    "to_decide": 54,
}


class AnyPath(dict[str, str]):
    """A site map in which every name has a path."""

    def __missing__(self, name: str) -> str:
        return "/" + name.replace(".", "/")


def sample_form() -> Filled[Any]:
    """Return a form with typed values and one error of each kind."""
    raw = {
        "name": ["Комитет по градостроительству и архитектуре Санкт-Петербурга"],
        "about": ["يجب أن تكون البيانات المفتوحة متاحة بلغات السكان"],
        "stand": ["change"],
        "topics": ["a", "c"],
    }
    errors = [
        FieldError("email", "Write an e-mail address such as name@example.org."),
        FieldError("about", "Shorten this to 4,000 characters."),
        FieldError("stand", "Choose one of the options."),
        FieldError("", "Somebody else sent this answer at 14:02."),
    ]
    return Filled(None, raw, errors)


def sample() -> dict[str, Any]:
    """Return what the gallery's templates show."""
    figures = [
        {
            "number": number,
            "category": label,
            "label": label,
            "share": share,
            "note": "Fewer than 5 asked" if share == 1.0 else "",
        }
        for number, (label, share) in enumerate(zip(LABELS, SHARES, strict=True), start=1)
    ]
    calls = [
        _call("What should the smart cities guidelines ask of local governments?", soon=True),
        _call(
            "Какие показатели города могут ежегодно представлять органам местного самоуправления?"
        ),
    ]
    report = {
        "code": "2026-003",
        "title": "Programme framework",
        "eyebrow": "Inclusive, Vibrant Neighbourhoods",
        "text": "126 partners, 312 points",
        "counts": FATE,
    }
    front = {
        "open_calls": calls,
        "open_count": len(calls),
        "results": [report, report],
        "figures": figures,
        "centre": ["412", "of 1,204"],
        "caption": "Partners that answered a call in the last 12 months",
    }
    return {
        "figures": figures,
        "calls": calls,
        "report": report,
        "fate": FATE,
        "front": front,
        "address": "partners@example.org",
    }


def _call(title: str, *, soon: bool = False) -> dict[str, Any]:
    return {
        "code": "2026-014",
        "title": i18n.Said(title, "ru" if "К" in title else "en", is_other="К" in title),
        "eyebrow": "People-focused Smart Cities",
        "for_whom": "For: Local authorities, civil society, knowledge partners",
        "when": {
            "headline": "Closes in 3 days" if soon else "Closes in 6 weeks",
            "text": "Thu 26 Nov 2026, 17:00 Nairobi time",
            "soon": soon,
        },
        "seats": ["some", "half", "some", "", "some", "half", "", "half"],
        "answers_text": "214 answers",
    }


def environment() -> Environment:
    """Return the real environment with the gallery's own templates beside it."""
    env = pages.environment()
    found = FileSystemLoader(HERE)
    assert env.loader is not None  # noqa: S101 - the real environment has one
    env.loader.loaders.append(found)  # type: ignore[attr-defined]
    env.globals["static"] = lambda path: f"static/{path}"
    return env


def readers(language: str) -> Iterator[tuple[str, frames.Frame]]:
    """Yield frames: nobody signed in, and a person with a long name."""
    app = SimpleNamespace(state=SimpleNamespace(links=Links([])))
    app.state.links.paths = AnyPath(site.PATHS)
    scope: dict[str, Any] = {"type": "http", "headers": [], "query_string": b"", "app": app}
    person = Actor(person=person_id(), name="Александра Константинопольская-Вознесенская")
    yield "", frames.blank_frame(scope=scope, language=language, path="/calls")
    yield (
        "-person",
        frames.blank_frame(
            scope=scope,
            language=language,
            path="/staff",
            actor=person,
            saying="Saved. Ваш ответ ждёт.",
        ),
    )


def person_id() -> Any:
    """Return an id for the sample person."""
    return ids.new()


def templates() -> list[str]:
    """Return the gallery's own templates and the standing pages."""
    own = [path.name for path in sorted(HERE.glob("*.html"))]
    home = sorted((ROOT / "services/consultation/home/templates").glob("*.html"))
    return own + [f"consultation/home/{path.name}" for path in home]


def main() -> None:
    """Write every gallery page in every language."""
    OUT.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "shared/web/static", OUT / "static", dirs_exist_ok=True)
    for name in sys.argv[1:] or ("en", "ar"):
        if name == "pseudo":
            with pseudo.spoken():
                draw(i18n.DEFAULT, name)
        else:
            draw(name, name)


def draw(language: str, name: str) -> None:
    """Write every gallery page in one language, under a name."""
    env = environment()
    for suffix, here in readers(language):
        token = frames.enter(here)
        with i18n.speaking(language):
            for template in templates():
                text = env.get_template(template).render(
                    **pages._frame_context(here),  # noqa: SLF001 - a tool, not the product
                    **sample(),
                    bad=sample_form(),
                )
                path = OUT / f"{Path(template).stem}-{name}{suffix}.html"
                path.write_text(text, encoding="utf-8")
        frames.leave(token)


if __name__ == "__main__":
    main()
