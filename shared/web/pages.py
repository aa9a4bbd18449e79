"""Pages: routes of HTML, templates of all nouns in one environment, and the way on after a form."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nh3
from fastapi import APIRouter
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    FunctionLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from shared import i18n
from shared.i18n import LANGUAGES, Said, Words
from shared.vocabulary import vocabulary
from shared.web import cookies, formats, site
from shared.web.csrf import token_field
from shared.web.edge import answering
from shared.web.forms import milliseconds
from shared.web.frame import WAITED, Frame, frame
from shared.web.links import link

SHARED = Path(__file__).parent
SERVICES = SHARED.parents[1] / "services"
STATIC = SHARED / "static"
SAYING = "roundtable_saying"
TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "br", "blockquote", "h3", "h4", "code"}


class Pages(APIRouter):
    """A noun's HTML routes. Route names are acts: `noun.verb`."""

    def __init__(self) -> None:
        super().__init__(default_response_class=HTMLResponse, include_in_schema=False)

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        """Add a route, which finds out who asks and opens what `endpoint` asks for."""
        super().add_api_route(path, answering(endpoint), **given)


def page(template: str, *, status: int = 200, keep: bool = False, **context: Any) -> HTMLResponse:
    """Draw a page. A status of 400 and above gives up the present Work unless `keep` is said."""
    here = frame()
    if status >= HTTPStatus.BAD_REQUEST and not keep:
        here.given_up = True
    text = environment().get_template(template).render(**_frame_context(here), **context)
    response = HTMLResponse(text, status_code=status)
    if here.saying:
        cookies.drop(response, SAYING)
    if here.cookie(WAITED):
        cookies.drop(response, WAITED)
    return response


def fragment(template: str, **context: Any) -> str:
    """Draw a piece of a page that is open already."""
    return environment().get_template(template).render(**_frame_context(frame()), **context)


def tell(status: int = 200, **told: Any) -> JSONResponse:
    """Answer a script of ours. A status of 400 and above gives up the present Work."""
    if status >= HTTPStatus.BAD_REQUEST:
        frame().given_up = True
    return JSONResponse(told, status_code=status)


def see_other(name: str, *, saying: str = "", **params: Any) -> Response:
    """Send the browser on to another page, which says a sentence once."""
    response = RedirectResponse(link(name, **params), status_code=303)
    if saying:
        say(response, saying)
    return response


def say(response: Response, sentence: str) -> None:
    """Have the next page say a sentence."""
    cookies.keep(response, SAYING, quote(sentence), 60)


@cache
def environment() -> Environment:
    """Return the one environment of templates: `<service>/<noun>/<file>` and the shared ones."""
    env = Environment(
        loader=ChoiceLoader(_loaders()),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.translate,
        lambda one, many, n: i18n.catalogue(i18n.language()).ngettext(one, many, n),
        newstyle=True,
        pgettext=i18n.pgettext,
    )
    env.globals.update(
        link=link,
        static=static,
        csrf=token_field,
        asked=_asked,
        allows=_allows,
        brand=brand(),
        languages_by_code=LANGUAGES,
        direction_of=i18n.direction,
    )
    env.filters.update(_filters())
    return env


def use_brand(name: str, organisation: str) -> None:
    """Set the words beside the mark; read once when the environment is made."""
    _BRAND.update(name=name, organisation=organisation)


_BRAND = {
    "name": "Roundtable",
    "organisation": "UN-Habitat",
    # Where one goes who leaves a sensitive page in a hurry: weather, which anybody looks at.
    "exit_to": "https://worldweather.wmo.int/",
}


def brand() -> dict[str, str]:
    """Return the deployer's names: of the portal and of the organisation that runs it."""
    return _BRAND


@cache
def static(path: str) -> str:
    """Return the URL of a static file with the hash of its content, to be cached for ever."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={digest}"


def _loaders() -> list[BaseLoader]:
    return [
        FunctionLoader(_of_noun),
        FileSystemLoader(SHARED / "templates"),
        FileSystemLoader(SHARED.parent / "operations" / "templates"),
    ]


def _of_noun(name: str) -> tuple[str, str, Callable[[], bool]] | None:
    service, *rest = name.split("/")
    if not rest or ".." in (service, *rest):
        return None
    path = SERVICES.joinpath(service, rest[0], "templates", *rest[1:])
    if not path.is_file():
        path = SERVICES.joinpath(service, "templates", *rest)
    if not path.is_file():
        return None
    return path.read_text(encoding="utf-8"), str(path), lambda: True


def _frame_context(here: Frame) -> dict[str, Any]:
    return {
        "frame": here,
        "actor": here.actor,
        "language": here.language,
        "direction": i18n.direction(here.language),
        "languages": [
            {
                "code": code,
                "name": name,
                "href": f"/{code}{here.path}{here.query}",
                "current": code == here.language,
            }
            for code, name in LANGUAGES.items()
        ],
        "navigation": _items(site.navigation(here.actor), here.path),
        "footer_links": _items(site.FOOTER, here.path),
        "ways_back": _ways_back(here),
        "saying": here.saying,
        "now": here.view.now if here.view is not None else None,
    }


def _ways_back(here: Frame) -> list[dict[str, str]]:
    """Return links that the application at large puts on every page: the demo's way back."""
    app = here.scope.get("app")
    entries: tuple[site.Entry, ...] = getattr(getattr(app, "state", None), "ways_back", ())
    return [{"text": i18n.translate(one.text), "href": link(one.name)} for one in entries]


def _items(entries: tuple[site.Entry, ...], path: str) -> list[dict[str, Any]]:
    paths = [site.PATHS[entry.name] for entry in entries]
    around = [one for one in paths if path == one or path.startswith(one + "/")]
    # "My work" is /staff and the desks stand below it: only the nearest is where one is.
    nearest = max(around, key=len, default=None)
    return [
        {
            "text": i18n.translate(entry.text),
            "href": link(entry.name),
            "current": site.PATHS[entry.name] == nearest,
        }
        for entry in entries
    ]


def _asked() -> int:
    """Return when a page is drawn, by the machine's clock."""
    view = frame().view
    return milliseconds(view.system_now) if view is not None else 0


def _allows(act: str, thing: object = None) -> bool:
    view = frame().view
    return view is not None and view.allows(act, thing)


def _reader_zone() -> str:
    return frame().actor.zone


def _filters() -> dict[str, Callable[..., Any]]:
    return {
        "day": lambda at, zone=None: formats.day(at, zone or _reader_zone()),
        "weekday": lambda at, zone=None: formats.day(at, zone or _reader_zone(), weekday=True),
        "moment": lambda at, zone=None: formats.moment(at, zone or _reader_zone()),
        "moment_seconds": lambda at, zone=None: formats.moment(
            at, zone or _reader_zone(), seconds=True
        ),
        "clock_time": lambda at, zone=None: formats.clock_time(at, zone or _reader_zone()),
        "date_time": lambda at, zone=None: formats.date_time(at, zone or _reader_zone()),
        "moment_there": formats.moment_there,
        "zone_named": formats.zone_named,
        "deadline": lambda at, zone: formats.deadline(at, zone, _reader_zone()),
        "elsewhere": lambda at, zone: formats.deadline_elsewhere(at, zone, _reader_zone()),
        "ago": _ago,
        "number": formats.number,
        "unread_count": formats.unread_count,
        "percent": formats.percent,
        "language_name": lambda code: vocabulary.language_name(code, i18n.language()),
        "markdown": markdown,
        "said": said,
        "paragraphs": paragraphs,
        "isolated": isolated,
        "reference": reference,
    }


def isolated(name: str) -> Markup:
    """Print a name in its own direction, so that the sentence around it keeps its order."""
    return Markup("<bdi>{}</bdi>").format(name)


def reference(code: str) -> Markup:
    """Print a code or reference on one line and from left to right, whatever stands around it."""
    return Markup('<bdi class="rt-num" dir="ltr">{}</bdi>').format(code)


@pass_context
def _ago(context: Context, at: datetime, now: datetime | None = None) -> str:
    return formats.long_ago(at, now or context.get("now"))


def said(text: Said | Words | str | None) -> Markup:
    """Print a text in the reader's language, marked with its own language when it is another."""
    if text is None:
        return Markup("")
    if isinstance(text, Words):
        text = text.best()
    if isinstance(text, str) or not text.is_other:
        return Markup.escape(str(text))
    return Markup('<bdi lang="{}" dir="{}">{}</bdi>').format(
        text.language, text.direction, text.text
    )


def paragraphs(text: str) -> Markup:
    """Print a plain text as it was typed: blank lines part paragraphs, single ones break."""
    blocks = [block for block in text.strip().split("\n\n") if block.strip()]
    lines = (Markup("<br>").join(block.split("\n")) for block in blocks)
    return Markup("").join(Markup("<p>{}</p>").format(one) for one in lines)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False})


def markdown(text: str) -> Markup:
    """Print Markdown of staff: HTML off, then cleaned to a short list of tags."""
    # Cleaned by nh3 on the way out, hence safe to mark.
    return Markup(nh3.clean(_markdown().render(text), tags=TAGS))  # noqa: S704
