"""From the plain text of a mail to its HTML: the text stays the source, so both always agree.

A message is written as readable plain text in blocks with an empty line between them:

    Heading                     a line underlined with = (first level) or - (second)
    =======

    Read the call:              a label with a colon and an address on the next line: the first
    https://...                 after a heading is a button, others are links

    Closes                      a line with indented lines beneath: a card, the first line bold
      Mon 4 January 2027, 23:59 Nairobi time (UTC+3)
      20:59 UTC

        Monday                  indented by four: the same in amber, for time that runs out

    - one                       a list
    - two

    > what somebody wrote       a quotation

Everything else is a paragraph. Nothing inside a line is interpreted, and only an address that
stands alone on its line becomes a link, so that no name or title can smuggle one in.
"""

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

ADDRESS = re.compile(r"https?://[^\s<>\"]+")
PAIR = 2
SOON = "    "
PREVIEW = 140
COLON = (":", "：")


@dataclass(frozen=True)
class Look:
    """Class names of the blocks; a mail's own by default."""

    heading: str = ""
    section: str = ""
    words: str = ""
    items: str = ""
    go: str = "go"
    button: str = "button"
    card: str = "card"
    soon: str = "card soon"
    label: str = "label"
    main: str = "main"
    soft: str = "soft"
    quote: str = ""


MAIL = Look()
PAGE = Look(
    heading="govuk-heading-l",
    section="govuk-heading-m",
    words="govuk-body",
    items="govuk-list govuk-list--bullet",
    go="govuk-body",
    button="govuk-button",
    card="rt-side govuk-!-margin-bottom-5",
    soon="rt-when rt-when--soon govuk-!-margin-bottom-5",
    label="rt-eyebrow",
    main="govuk-body govuk-!-margin-bottom-1",
    soft="rt-meta",
    quote="rt-quote",
)
"""The same blocks on a page of the portal."""


def to_html(text: str, look: Look = MAIL) -> Markup:
    """Return the blocks of the text as HTML fragments; every value in it comes out escaped."""
    drawn: list[Markup] = []
    has_button = False
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.rstrip().split("\n")
        if not block.strip():
            continue
        if _is_heading(lines):
            has_button = False
        drawn.append(_block(lines, look, may_be_button=not has_button))
        has_button = has_button or _is_labelled(lines)
    return Markup("\n").join(drawn)


def preview(text: str) -> str:
    """Return the sentences that a list of mails shows beside the subject: the first after the head.

    Headings, lists, cards and buttons say little without their surroundings.
    """
    said: list[str] = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = [line.removeprefix(">").strip() for line in block.rstrip().split("\n")]
        says_little = _is_heading(lines) or _is_labelled(lines) or "\n  " in block
        if not says_little and not lines[0].startswith("- "):
            said += [line for line in lines if not ADDRESS.fullmatch(line)]
    line = " ".join(" ".join(said).split())
    return line if len(line) <= PREVIEW else f"{line[: PREVIEW - 1].rstrip()}…"


def one_line(value: object) -> str:
    """Return a value as one line, so that it cannot form blocks of its own."""
    return " ".join(str(value).split())


def quoted(value: object) -> str:
    """Return what somebody wrote as a quotation, each line marked."""
    lines = [" ".join(line.split()) for line in str(value).splitlines()]
    return "\n".join(f"> {line}" for line in lines if line)


def isolated(text: str) -> str:
    """Return a text in isolates, so that one of the other direction cannot disturb its sentence."""
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"


def _is_heading(lines: list[str]) -> bool:
    return len(lines) == PAIR and set(lines[1]) in ({"="}, {"-"})


def _is_labelled(lines: list[str]) -> bool:
    return (
        len(lines) == PAIR
        and bool(ADDRESS.fullmatch(lines[1]))
        and lines[0].rstrip().endswith(COLON)
    )


def _block(lines: list[str], look: Look, *, may_be_button: bool) -> Markup:
    if _is_heading(lines):
        name, kind = ("h1", look.heading) if lines[1][0] == "=" else ("h2", look.section)
        return _tag(name, kind, lines[0])
    if len(lines) == PAIR and ADDRESS.fullmatch(lines[1]):
        return _pointing(lines, look, may_be_button=may_be_button)
    if all(line.startswith("- ") for line in lines):
        items = Markup("").join(_tag("li", "", line[2:]) for line in lines)
        return _tag("ul", look.items, items)
    if all(line.startswith(">") for line in lines):
        return _tag("blockquote", look.quote, _lines([line[1:].strip() for line in lines]))
    if len(lines) > 1 and all(line.startswith("  ") for line in lines[1:]):
        return _card(lines, look)
    return _tag("p", look.words, _lines(lines))


def _tag(name: str, kind: str, content: str) -> Markup:
    opening = Markup('<{} class="{}">').format(name, kind) if kind else Markup("<{}>").format(name)
    return opening + escape(content) + Markup("</{}>").format(name)


def _pointing(lines: list[str], look: Look, *, may_be_button: bool) -> Markup:
    label, address = lines[0].rstrip(), lines[1]
    if label.endswith(COLON):
        label = label[:-1].rstrip()
        if may_be_button:
            button = Markup('<a class="{}" href="{}">{}</a>').format(look.button, address, label)
            return _tag("p", look.go, button)
    return _tag("p", look.words, Markup('<a href="{}">{}</a>').format(address, label))


def _card(lines: list[str], look: Look) -> Markup:
    kind = look.soon if all(line.startswith(SOON) for line in lines[1:]) else look.card
    main, *others = (line.strip() for line in lines[1:])
    rest = Markup("").join(_tag("p", look.soft, line) for line in others)
    first = _tag("p", look.main, _tag("strong", "", main))
    return _tag("div", kind, _tag("p", look.label, lines[0]) + first + rest)


def _lines(lines: list[str]) -> Markup:
    return Markup("<br>").join(_line(line.strip()) for line in lines)


def _line(line: str) -> Markup:
    if ADDRESS.fullmatch(line):
        return Markup('<a href="{0}"><bdi dir="ltr">{0}</bdi></a>').format(line)
    return escape(line)
