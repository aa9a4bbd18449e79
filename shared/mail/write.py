"""From a template and values to a subject, a plain text and HTML in the recipient's language."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateNotFound
from jinja2.runtime import Context
from markupsafe import Markup

from shared import i18n
from shared.mail import plain
from shared.web import formats

if TYPE_CHECKING:
    from css_inline import CSSInliner

ROOT = Path(__file__).parents[2]
OWN = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Written:
    """A message before it has an address: one language, no secrets of transport."""

    language: str
    subject: str
    text: str
    html: str | None


def compose(template: str, language: str, **values: Any) -> Written:
    """Render `<service>/<noun>/mail/<name>` in a language.

    Takes `X.subject.txt`, `X.txt` and, where the message needs more than `shared.mail.plain` can
    draw, `X.html`. Raises jinja2.UndefinedError when a value is missing.
    """
    with i18n.speaking(language):
        language = i18n.language()
        subject = plain.one_line(_words().get_template(f"{template}.subject.txt").render(values))
        text = _words().get_template(f"{template}.txt").render(values)
        html = _own_html(template, subject, {"preview": plain.preview(text), **values})
    return Written(language, subject, _tidy(text), html)


def as_html(language: str, subject: str, text: str, stop: str | None) -> str:
    """Return the HTML of a plain text in the mail's layout, styles inlined for mail programs.

    `stop` is the address of the page that stops such mail, or None where it cannot be stopped.
    """
    with i18n.speaking(language):
        body = plain.to_html(text)
        page = _pages().get_template("mail/layout.html")
        preview = plain.preview(text)
        return _inline(page.render(subject=subject, body=body, stop=stop, preview=preview))


def footer(language: str, stop: str | None) -> str:
    """Return the lines under a plain text: who wrote, and how to stop such mail."""
    with i18n.speaking(language):
        return _tidy(_words().get_template("mail/footer.txt").render(stop=stop))


def _own_html(template: str, subject: str, values: dict[str, Any]) -> str | None:
    try:
        page = _pages().get_template(f"{template}.html")
    except TemplateNotFound:
        return None
    return _inline(page.render({"subject": subject, "body": None, "stop": None, **values}))


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


@cache
def _inliner() -> "CSSInliner":
    # Here: most processes write no mail in HTML, and it takes megabytes.
    import css_inline  # noqa: PLC0415

    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


def _inline(page: str) -> str:
    return _inliner().inline(page)


def _source(name: str) -> tuple[str, str, Any]:
    path = _path(name)
    if path is None or not path.is_file():
        raise TemplateNotFound(name)
    return path.read_text("utf-8"), str(path), lambda: True


def _path(name: str) -> Path | None:
    if name.startswith("mail/"):
        return OWN / name.removeprefix("mail/")
    service, noun, rest = (*name.split("/", 2), "", "")[:3]
    if not rest or ".." in name:
        return None
    return ROOT / "services" / service / noun / "templates" / rest


@cache
def _words() -> Environment:
    """Plain text: nothing is escaped; values are flattened to one line where they come in."""
    environment = _environment(autoescape=False)
    environment.finalize = _flat
    return environment


@cache
def _pages() -> Environment:
    return _environment(autoescape=True)


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        autoescape=autoescape,  # noqa: S701 - plain text has nothing to escape
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        # An included text ends its own line.
        keep_trailing_newline=True,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.translate,
        lambda one, many, n: i18n.catalogue(i18n.language()).ngettext(one, many, n),
        newstyle=True,
        pgettext=i18n.pgettext,
    )
    environment.globals.update(
        language=i18n.language, direction=i18n.direction, ngettext=_counted(environment)
    )
    environment.filters.update(
        quoted=_quoted,
        one_line=plain.one_line,
        isolated=_isolated,
        day=formats.day,
        moment=formats.moment,
        number=formats.number,
    )
    return environment


def _counted(environment: Environment) -> Callable[..., str]:
    """Return the plural function; the number also fills `%(n)s`, as it does in Python."""
    plain_one: Any = environment.globals["ngettext"]

    @jinja2.pass_context
    def ngettext(context: Context, one: str, many: str, n: int, **params: object) -> str:
        return str(plain_one(context, one, many, n, **{"n": n, **params}))

    return ngettext


def _isolated(value: object) -> str:
    """Keep the direction of a reference or name in a text that runs the other way."""
    return plain.isolated(str(value)) if i18n.direction() == "rtl" else str(value)


def _quoted(value: object) -> Markup:
    return Markup(plain.quoted(value))  # noqa: S704 - plain text; Markup only keeps its lines


def _flat(value: object) -> object:
    """Keep a value on one line, unless a filter made it lines on purpose."""
    if isinstance(value, jinja2.Undefined | Markup) or not isinstance(value, str):
        return value
    return value if "\n" not in value else plain.one_line(value)
