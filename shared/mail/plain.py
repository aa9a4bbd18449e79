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

from markupsafe import Markup, escape

ADDRESS = re.compile(r"https?://[^\s<>\"]+")
PAIR = 2
SOON = "    "
COLON = (":", "：")


def to_html(text: str) -> Markup:
    """Return the blocks of the text as HTML fragments; every value in it comes out escaped."""
    drawn: list[Markup] = []
    has_button = False
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.rstrip().split("\n")
        if not block.strip():
            continue
        if _is_heading(lines):
            has_button = False
        drawn.append(_block(lines, may_be_button=not has_button))
        has_button = has_button or _is_labelled(lines)
    return Markup("\n").join(drawn)


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


def _block(lines: list[str], *, may_be_button: bool) -> Markup:
    if _is_heading(lines):
        drawn = "<h1>{}</h1>" if lines[1][0] == "=" else "<h2>{}</h2>"
        return Markup(drawn).format(lines[0])  # noqa: S704 - one of the two above
    if len(lines) == PAIR and ADDRESS.fullmatch(lines[1]):
        return _pointing(lines, may_be_button=may_be_button)
    if all(line.startswith("- ") for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(line[2:]) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    if all(line.startswith(">") for line in lines):
        return Markup("<blockquote>{}</blockquote>").format(
            _lines([line[1:].strip() for line in lines])
        )
    if len(lines) > 1 and all(line.startswith("  ") for line in lines[1:]):
        return _card(lines)
    return Markup("<p>{}</p>").format(_lines(lines))


def _pointing(lines: list[str], *, may_be_button: bool) -> Markup:
    label, address = lines[0].rstrip(), lines[1]
    if label.endswith(COLON):
        label = label[:-1].rstrip()
        if may_be_button:
            return Markup('<p class="go"><a class="button" href="{}">{}</a></p>').format(
                address, label
            )
    return Markup('<p><a href="{}">{}</a></p>').format(address, label)


def _card(lines: list[str]) -> Markup:
    kind = "card soon" if all(line.startswith(SOON) for line in lines[1:]) else "card"
    main, *others = (line.strip() for line in lines[1:])
    rest = Markup("").join(Markup('<p class="soft">{}</p>').format(line) for line in others)
    return Markup('<div class="{}"><p class="label">{}</p><p class="main">{}</p>{}</div>').format(
        kind, lines[0], main, rest
    )


def _lines(lines: list[str]) -> Markup:
    return Markup("<br>").join(_line(line.strip()) for line in lines)


def _line(line: str) -> Markup:
    if ADDRESS.fullmatch(line):
        return Markup('<a href="{0}"><bdi dir="ltr">{0}</bdi></a>').format(line)
    return escape(line)
