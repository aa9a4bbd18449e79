"""The states of a version, the shapes of a text cut up, and how two of them differ."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from services.consultation.documents.rules.letters import letter, spoken
from shared.i18n import N_, language, translate

LARGEST = 1_000_000
"""Characters of the largest document taken."""

NOT_TEXT = N_("The file is not text in UTF-8. Save it as plain text with that encoding.")
MARK = re.compile(r"\[\^(?P<mark>[^\]\s]{1,8})\]")


class State(StrEnum):
    """Where a version stands. It is public from `frozen` on and never changes again."""

    DRAFT = "draft"
    FROZEN = "frozen"
    SUPERSEDED = "superseded"


class SectionKind(StrEnum):
    """A section of the text, or the table that stands in one."""

    SECTION = "section"
    TABLE = "table"


class Kind(StrEnum):
    """What one page of the document holds."""

    PARAGRAPH = "paragraph"
    ROW = "row"


class PartKind(StrEnum):
    """What can be addressed inside a paragraph or row."""

    ITEM = "item"
    GOAL = "goal"
    STRATEGY = "strategy"


class Change(StrEnum):
    """What a revised version did to a paragraph."""

    UNCHANGED = "unchanged"
    REWORDED = "reworded"
    MOVED = "moved"
    DELETED = "deleted"
    ADDED = "added"


@dataclass(frozen=True)
class Finding:
    """What stands in the way of an import: a sentence for the person, and the line it is about."""

    line: int
    sentence: str
    params: Mapping[str, object] = field(default_factory=dict)

    def say(self) -> str:
        """Return the sentence in the present language."""
        return translate(self.sentence, **self.params)


def together(findings: Iterable[Finding]) -> list[tuple[tuple[int, ...], str]]:
    """Return each sentence once with all lines that it is about, by the first of them."""
    lines: dict[str, list[int]] = {}
    for finding in findings:
        lines.setdefault(finding.say(), []).append(finding.line)
    return [(tuple(found), sentence) for sentence, found in lines.items()]


@dataclass(frozen=True)
class Part:
    """An item `3(a)`, a goal `t5.g3` or a strategy `t5.s4`."""

    kind: PartKind
    label: str
    text: str
    line: int = 0


@dataclass(frozen=True)
class Paragraph:
    """A paragraph `3` or a table row `t5`.

    `headings` are those above a row's goals and strategies, by kind of part.
    """

    kind: Kind
    label: str
    section: int
    text: str
    parts: tuple[Part, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Section:
    """A heading above paragraphs, or the title of the table."""

    kind: SectionKind
    title: str
    line: int = 0


@dataclass(frozen=True)
class Split:
    """A file cut up. With findings it is not to be used."""

    title: str
    masthead: tuple[str, ...]
    sections: tuple[Section, ...]
    paragraphs: tuple[Paragraph, ...]
    notes: Mapping[str, str]
    findings: tuple[Finding, ...]
    notice: str = ""

    def texts(self) -> dict[tuple[str, str], str]:
        """Return every text by (label, part). The document itself is "", sections `section:1`."""
        found = {
            ("", "title"): self.title,
            ("", "masthead"): "\n".join(self.masthead),
            ("", "notice"): self.notice,
        }
        found |= {("", f"note:{mark}"): text for mark, text in self.notes.items()}
        for place, section in enumerate(self.sections, start=1):
            found[f"section:{place}", "title"] = section.title
        for paragraph in self.paragraphs:
            found[paragraph.label, "text"] = paragraph.text
            found |= {(paragraph.label, kind): text for kind, text in paragraph.headings.items()}
            found |= {(part.label, "text"): part.text for part in paragraph.parts}
        return found


DIFFERENT_COUNT = N_(
    "Number of paragraphs and table rows here: %(here)s; in the authentic text: %(there)s."
)
DIFFERENT_SECTIONS = N_("Number of sections here: %(here)s; in the authentic text: %(there)s.")
DIFFERENT_PARAGRAPH = N_("%(here)s stands here, the authentic text has %(there)s in this place.")
DIFFERENT_SECTION = N_("Paragraph %(label)s stands in another section than in the authentic text.")
DIFFERENT_PARTS = N_(
    "Number of items of paragraph %(label)s here: %(here)s; in the authentic text: %(there)s."
)
DIFFERENT_NOTES = N_("The footnotes of paragraph %(label)s are not those of the authentic text.")


def differences(authentic: Split, other: Split) -> tuple[Finding, ...]:
    """Return where a translation has another structure than the authentic text."""
    found: list[Finding] = []
    if len(authentic.sections) != len(other.sections):
        here, there = len(other.sections), len(authentic.sections)
        found.append(Finding(1, DIFFERENT_SECTIONS, {"here": here, "there": there}))
    if len(authentic.paragraphs) != len(other.paragraphs):
        here, there = len(other.paragraphs), len(authentic.paragraphs)
        found.append(Finding(1, DIFFERENT_COUNT, {"here": here, "there": there}))
    for one, two in zip(authentic.paragraphs, other.paragraphs, strict=False):
        if one.label != two.label:
            params = {"here": two.label, "there": one.label}
            found.append(Finding(two.line, DIFFERENT_PARAGRAPH, params))
            break
        found.extend(_differences(one, two))
    return tuple(found)


def _differences(one: Paragraph, two: Paragraph) -> Iterator[Finding]:
    if one.section != two.section:
        yield Finding(two.line, DIFFERENT_SECTION, {"label": one.label})
    if [part.label for part in one.parts] != [part.label for part in two.parts]:
        counts = {"here": len(two.parts), "there": len(one.parts)}
        yield Finding(two.line, DIFFERENT_PARTS, {"label": one.label, **counts})
    elif marks(one) != marks(two):
        yield Finding(two.line, DIFFERENT_NOTES, {"label": one.label})


def take_notice(translation: Split, masthead: int) -> Split:
    """Set apart what a translation says of itself above the masthead of `masthead` lines."""
    extra = max(0, len(translation.masthead) - masthead)
    return replace(
        translation,
        notice="\n".join(translation.masthead[:extra]),
        masthead=translation.masthead[extra:],
    )


def readable(text: str) -> Finding | None:
    """Return a finding when a text holds control characters or signs of a wrong encoding."""
    for number, line in enumerate(text.splitlines(), start=1):
        if any((letter < " " and letter != "\t") or letter in "\x7f\ufffd" for letter in line):
            return Finding(number, NOT_TEXT)
    return None


def marks(paragraph: Paragraph) -> tuple[str, ...]:
    """Return the footnotes that a paragraph and its parts refer to, in order of the alphabet."""
    texts = [paragraph.text, *(part.text for part in paragraph.parts)]
    return tuple(sorted({match["mark"] for text in texts for match in MARK.finditer(text)}))


@dataclass(frozen=True)
class Run:
    """A stretch of text to print: `plain`, `strong`, or `note` with the footnote's mark."""

    kind: str
    text: str


RUN = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|\[\^(?P<note>[^\]\s]{1,8})\]")


def runs(text: str) -> tuple[Run, ...]:
    """Cut a text at bold words and footnote marks, for printing without trusting any of it."""
    found: list[Run] = []
    end = 0
    for match in RUN.finditer(text):
        if match.start() > end:
            found.append(Run("plain", text[end : match.start()]))
        kind = "strong" if match["strong"] is not None else "note"
        found.append(Run(kind, match[kind]))
        end = match.end()
    if end < len(text):
        found.append(Run("plain", text[end:]))
    return tuple(found)


def added_label(after: str, taken: Sequence[str]) -> str:
    """Return the label of a paragraph put after another: `13bis`, `13ter`, ... as treaties do.

    Nothing is numbered again, so that comments keep pointing at what they were about.
    """
    stem = re.sub(r"(bis|ter|quater|quinquies|sexies)?(-\d+)?$", "", after) or "0"
    names = [*(f"{stem}{suffix}" for suffix in ("bis", "ter", "quater", "quinquies", "sexies"))]
    names += [f"{stem}bis-{number}" for number in range(2, len(taken) + 3)]
    return next(name for name in names if name not in taken)


def added_part(owner: str, label: str, taken: Sequence[str]) -> PartKind | None:
    """Return the kind of a new part when its label is the next of its kind in the paragraph."""
    match = LABEL.fullmatch(label)
    if not match or owner_of(label) != owner or label == owner:
        return None
    kinds = {"g": PartKind.GOAL, "s": PartKind.STRATEGY, None: PartKind.ITEM}
    kind = kinds[match["group"]]
    stem = f"{owner}." if match["row"] else f"{owner}("
    if match["group"]:
        stem += match["group"]
    count = sum(one.startswith(stem) for one in taken)
    following = str(count + 1) if match["group"] else f"{letter(count)})"
    return kind if label == f"{stem}{following}" else None


def next_parts(owner: str, taken: Collection[str]) -> tuple[str, ...]:
    """Return the labels of parts that may follow: the next item, or the next goal and strategy."""
    if owner.startswith("t"):
        stems = (f"{owner}.g", f"{owner}.s")
        return tuple(f"{one}{sum(part.startswith(one) for part in taken) + 1}" for one in stems)
    return (f"{owner}({letter(sum(part.startswith(f'{owner}(') for part in taken))})",)


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Say whether two sets of texts (label and language to text) differ in any word."""
    return {key: text.split() for key, text in before.items() if text.strip()} != {
        key: text.split() for key, text in after.items() if text.strip()
    }


LABEL = re.compile(
    r"(?P<row>t)?(?P<number>\d+[a-z0-9-]*)(?:\((?P<letter>[a-z]+)\)|\.(?P<group>[gs])(?P<place>\d+))?"
)
NAMES = {
    "paragraph": N_("Paragraph %(number)s"),
    "item": N_("Paragraph %(number)s (%(letter)s)"),
    "row": N_("Table, row %(number)s"),
    "g": N_("Table, row %(number)s, goal %(place)s"),
    "s": N_("Table, row %(number)s, strategy %(place)s"),
}


def name_of(label: str) -> str:
    """Return how to speak of a label in the present language: `t5.s4` is strategy 4 of row 5."""
    match = LABEL.fullmatch(label)
    if not match:
        return label
    found = match.groupdict()
    whole = "row" if found["row"] else "paragraph"
    sentence = NAMES["item" if found["letter"] else found["group"] or whole]
    if found["letter"]:
        found["letter"] = spoken(found["letter"], language())
    return translate(sentence, **found)


def short_name_of(label: str, written_in: str = "") -> str:
    """Return how a part begins on paper, in the language of its text: `(a)` or `4.`."""
    match = LABEL.fullmatch(label)
    found = match.groupdict() if match else {}
    if found.get("letter"):
        return f"({spoken(found['letter'], written_in or language())})"
    return f"{found.get('place') or label}."


def anchor_of(label: str) -> str:
    """Return a label as the name of a place in a page: `p3-a`, `t5-s4`."""
    flat = label.replace("(", "-").replace(")", "").replace(".", "-")
    return flat if flat.startswith("t") else f"p{flat}"


def owner_of(label: str) -> str:
    """Return the label of the paragraph or row that a part belongs to; its own for a paragraph."""
    return re.sub(r"(\([a-z]+\)|\.[gs]\d+)$", "", label)
