"""How a Markdown file becomes addressable paragraphs.

The file has a title (`#`), lines of a masthead, sections (`##`), numbered paragraphs (`3. ...`)
with items (`(a) ...`, or as another script letters them), at most one table written as rows
(`### 5. ...`) with goals and strategies (`####`), and footnotes (`[^1]`). Whatever else stands
there is a finding with its line: nothing is guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from services.consultation.documents.rules.letters import comes_next, item, letter, next_mark
from services.consultation.documents.rules.shapes import (
    LARGEST,
    MARK,
    Finding,
    Kind,
    Paragraph,
    Part,
    PartKind,
    Section,
    SectionKind,
    Split,
)
from shared.i18n import N_

TOO_LONG = N_("The text is longer than a million characters.")
NO_TITLE = N_("The first line must be the title: “# ” and the title.")
SECOND_TITLE = N_("There is a second title. A document has one line that begins with “# ”.")
NO_PARAGRAPHS = N_("There is no numbered paragraph such as “1. ...”, so nothing to comment on.")
UNNUMBERED = N_(
    "This text has no number, so it belongs to no paragraph. "
    "Join it to the paragraph above, or number it."
)
BEFORE_SECTION = N_("This paragraph stands before the first section. Begin a section with “## ”.")
WRONG_NUMBER = N_("Paragraph %(found)s stands where %(expected)s should come.")
WRONG_ROW = N_("Table row %(found)s stands where %(expected)s should come.")
WRONG_ITEM = N_("Item (%(found)s) stands where (%(expected)s) should come.")
WRONG_PART = N_("Number %(found)s stands where %(expected)s should come.")
ITEM_ALONE = N_("Item (%(found)s) follows no paragraph.")
BULLET = N_("Begin the line with the item's letter, “(a) ...”, without a bullet.")
BARE_BULLET = N_("A list needs letters that can be referred to: “(a) ...”, “(b) ...”.")
HTML = N_("HTML is not read here. Write “[^1]” for a footnote and plain lines for everything else.")
PIPES = N_(
    "A table drawn with “|” is not read. "
    "Write each row as “### 1. ...” with “#### ” above its goals and its strategies."
)
LOOSE_NOTE = N_("A footnote is written “[^*]: ...” and referred to with “[^*]”.")
RULE = N_("A line across the page says nothing here. Take it away, it is often a page break.")
BOLD_LINE = N_(
    "A line in bold is not a heading. Write “## ” before the title of a section. "
    "Only the title of a table, right above its first row, is a bold line."
)
ROW_HEADING = N_("A table row is written “### 1. ...”, with its number.")
ROW_ALONE = N_("A table row stands before the first section.")
GROUP_ALONE = N_(
    "A heading with “#### ” belongs into a table row, above its goals or its strategies."
)
THIRD_GROUP = N_("A table row has goals and strategies, no third group.")
IN_ROW = N_("In a table row only numbered lines under “#### ” are read.")
EMPTY_GROUP = N_("Nothing stands under this heading.")
NO_NOTE = N_("The footnote %(mark)s is referred to and never given.")
NO_MARK = N_("The footnote %(mark)s is given and never referred to.")
TWO_NOTES = N_("The footnote %(mark)s is given twice.")

TITLE = re.compile(r"# +(?P<text>.+)")
SECTION = re.compile(r"## +(?P<text>.+)")
ROW = re.compile(r"### +(?P<text>.+)")
GROUP = re.compile(r"#### +(?P<text>.+)")
NUMBERED = re.compile(r"(?P<number>\d{1,3})(?:\. +|[．、] *| ?[-–] +)(?P<text>.+)")
"""`1. ...`; Chinese texts write `1．` and `1、`, Arabic ones `1 -`."""
NOTE = re.compile(r"\[\^(?P<mark>[^\]\s]{1,8})\]: *(?P<text>.+)")
BOLD = re.compile(r"\*\*(?P<text>[^*]+)\*\*")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
ACROSS = re.compile(r"(-{3,}|\*{3,}|_{3,})")
BULLETED = re.compile(r"[-*+•] +(?P<text>.+)")
CJK = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


@dataclass(frozen=True)
class _Block:
    """One line, or lines that a person wrapped: joined, with the number of the first."""

    line: int
    text: str


def split(text: str) -> Split:
    """Cut a Markdown file into what can be commented on. Never raises: see `findings`."""
    if len(text) > LARGEST:
        return Split("", (), (), (), {}, (Finding(1, TOO_LONG),))
    reader = _Reader()
    blocks = list(_blocks(text))
    for block, following in zip(blocks, [*blocks[1:], None], strict=False):
        reader.read(block, following)
    return reader.close()


def _blocks(text: str) -> Iterator[_Block]:
    """Yield lines, wrapped ones joined. A line that begins something new is never joined."""
    begun: _Block | None = None
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        line = raw.strip()
        if begun and line and not _begins(line) and not _closed(begun.text):
            begun = _Block(begun.line, _joined(begun.text, line))
            continue
        if begun:
            yield begun
        begun = _Block(number, line) if line else None
    if begun:
        yield begun


def _begins(line: str) -> bool:
    patterns = (NUMBERED, NOTE, BULLETED)
    begun = any(each.match(line) for each in patterns) or item(line) is not None
    return line[0] in "#|<" or begun or _is_bold(line)


def _closed(text: str) -> bool:
    return text[0] in "#|" or bool(ACROSS.fullmatch(text))


def _joined(first: str, second: str) -> str:
    glue = "" if CJK.match(first[-1]) and CJK.match(second[0]) else " "
    return f"{first}{glue}{second}"


def _is_bold(line: str) -> bool:
    return bool(BOLD.fullmatch(line))


class _Reader:
    """Reads block after block; remembers where in the document it stands."""

    def __init__(self) -> None:
        self.title = ""
        self.masthead: list[_Block] = []
        self.sections: list[Section] = []
        self.paragraphs: list[Paragraph] = []
        self.notes: dict[str, _Block] = {}
        self.findings: list[Finding] = []
        self.marks: list[str] = []
        self.group: PartKind | None = None
        self.in_row = False
        self.table: int | None = None
        self.text_section = -1
        self.counts = {Kind.PARAGRAPH: 0, Kind.ROW: 0}
        self.group_line = 0
        self.said = (0, "")

    def find(self, block: _Block, sentence: str, **params: object) -> None:
        """Note what is wrong; of a drawn table only the first line."""
        if not (sentence == PIPES and self.said == (block.line - 1, PIPES)):
            self.findings.append(Finding(block.line, sentence, params))
        self.said = (block.line, sentence)

    def read(self, block: _Block, following: _Block | None) -> None:
        """Take one block."""
        if self._unreadable(block):
            return
        for pattern, take in (
            (NOTE, self._note),
            (GROUP, self._group),
            (ROW, self._row),
            (SECTION, self._section),
            (TITLE, self._title),
        ):
            if match := pattern.fullmatch(block.text):
                take(block, match)
                return
        if not self.sections:
            self._front(block)
        elif _is_bold(block.text) and following and ROW.fullmatch(following.text):
            self._table(block)
        else:
            self._body(block)

    def _unreadable(self, block: _Block) -> bool:
        text = block.text
        bulleted = BULLETED.fullmatch(text)
        sentence = ""
        if text.startswith("|"):
            sentence = PIPES
        elif text.startswith("\\*"):
            sentence = LOOSE_NOTE
        elif TAG.search(text):
            sentence = HTML
        elif ACROSS.fullmatch(text):
            sentence = RULE
        elif bulleted and not _is_bold(text):
            sentence = BULLET if item(bulleted["text"]) else BARE_BULLET
        if sentence:
            self.find(block, sentence)
        # What it is all the same is taken in, so that one slip is not reported ten times.
        if sentence in (BULLET, HTML) and self.sections:
            plain = bulleted["text"] if bulleted else text
            if NUMBERED.match(plain) or item(plain):
                self._body(_Block(block.line, plain))
        return bool(sentence)

    def _title(self, block: _Block, match: re.Match[str]) -> None:
        if self.title:
            self.find(block, SECOND_TITLE)
        elif self.masthead or self.sections:
            self.find(block, NO_TITLE)
        self.title = self.title or match["text"]

    def _front(self, block: _Block) -> None:
        if NUMBERED.fullmatch(block.text) or item(block.text):
            self.find(block, BEFORE_SECTION)
        elif _is_bold(block.text):
            self.find(block, BOLD_LINE)
        else:
            self.masthead.append(block)

    def _section(self, block: _Block, match: re.Match[str]) -> None:
        self._end_row()
        self.sections.append(Section(SectionKind.SECTION, match["text"], block.line))
        self.text_section = len(self.sections) - 1

    def _table(self, block: _Block) -> None:
        match = BOLD.fullmatch(block.text)
        self.table = len(self.sections)
        title = match["text"] if match else block.text
        self.sections.append(Section(SectionKind.TABLE, title, block.line))

    def _row(self, block: _Block, match: re.Match[str]) -> None:
        self._end_row()
        numbered = NUMBERED.fullmatch(match["text"])
        if not numbered:
            self.find(block, ROW_HEADING)
            return
        if not self.sections:
            self.find(block, ROW_ALONE)
            return
        if self.table is None:
            self._table(_Block(block.line, ""))
        self.in_row = True
        self._add(block, Kind.ROW, int(numbered["number"]), numbered["text"])

    def _group(self, block: _Block, match: re.Match[str]) -> None:
        if not self.in_row:
            self.find(block, GROUP_ALONE)
            return
        self._end_group()
        row = self.paragraphs[-1]
        if len(row.headings) == 2:  # noqa: PLR2004 - goals and strategies
            self.find(block, THIRD_GROUP)
            self.group = None
            return
        self.group = PartKind.STRATEGY if row.headings else PartKind.GOAL
        self._change(headings={**row.headings, self.group.value: match["text"]})
        self.group_line = block.line

    def _note(self, block: _Block, match: re.Match[str]) -> None:
        if match["mark"] in self.notes:
            self.find(block, TWO_NOTES, mark=match["mark"])
        self.notes[match["mark"]] = _Block(block.line, match["text"])

    def _body(self, block: _Block) -> None:
        numbered, marked = NUMBERED.fullmatch(block.text), item(block.text)
        if self.in_row:
            self._in_row(block, numbered)
        elif numbered:
            self._add(block, Kind.PARAGRAPH, int(numbered["number"]), numbered["text"])
        elif marked:
            self._item(block, *marked)
        elif _is_bold(block.text):
            self.find(block, BOLD_LINE)
        else:
            self.find(block, UNNUMBERED)

    def _add(self, block: _Block, kind: Kind, number: int, text: str) -> None:
        expected = self.counts[kind] + 1
        if number != expected:
            sentence = WRONG_NUMBER if kind is Kind.PARAGRAPH else WRONG_ROW
            self.find(block, sentence, found=number, expected=expected)
        self.counts[kind] = number
        row = kind is Kind.ROW
        section = self.table if row and self.table is not None else self.text_section
        label = f"t{number}" if row else str(number)
        self.paragraphs.append(Paragraph(kind, label, section, text, line=block.line))
        self.marks = []

    def _item(self, block: _Block, mark: str, text: str) -> None:
        if not self.paragraphs or self.paragraphs[-1].kind is Kind.ROW:
            self.find(block, ITEM_ALONE, found=mark)
            return
        owner = self.paragraphs[-1]
        if not comes_next(self.marks, mark):
            self.find(block, WRONG_ITEM, found=mark, expected=next_mark(self.marks))
        self.marks.append(mark)
        label = f"{owner.label}({letter(len(owner.parts))})"
        self._change(parts=(*owner.parts, Part(PartKind.ITEM, label, text, block.line)))

    def _in_row(self, block: _Block, match: re.Match[str] | None) -> None:
        if not match or not self.group:
            self.find(block, IN_ROW)
            return
        row = self.paragraphs[-1]
        expected = 1 + sum(part.kind is self.group for part in row.parts)
        number = int(match["number"])
        if number != expected:
            self.find(block, WRONG_PART, found=number, expected=expected)
        label = f"{row.label}.{self.group.value[0]}{number}"
        part = Part(self.group, label, match["text"], block.line)
        self._change(parts=(*row.parts, part))

    def _change(self, **changes: Any) -> None:
        self.paragraphs[-1] = replace(self.paragraphs[-1], **changes)

    def _end_group(self) -> None:
        row = self.paragraphs[-1] if self.in_row else None
        if row and self.group and not any(part.kind is self.group for part in row.parts):
            self.find(_Block(self.group_line, ""), EMPTY_GROUP)

    def _end_row(self) -> None:
        self._end_group()
        self.in_row, self.group = False, None

    def close(self) -> Split:
        """Return the whole, with what can only be seen at the end."""
        self._end_row()
        if not self.title:
            self.findings.insert(0, Finding(1, NO_TITLE))
        if not any(one.kind is Kind.PARAGRAPH for one in self.paragraphs):
            self.findings.append(Finding(1, NO_PARAGRAPHS))
        self._check_notes()
        return Split(
            title=self.title,
            masthead=tuple(block.text for block in self.masthead),
            sections=tuple(self.sections),
            paragraphs=tuple(self.paragraphs),
            notes={mark: block.text for mark, block in self.notes.items()},
            findings=tuple(sorted(self.findings, key=lambda finding: finding.line)),
        )

    def _check_notes(self) -> None:
        marked: dict[str, int] = {}
        for line, text in self._texts():
            for match in MARK.finditer(text):
                marked.setdefault(match["mark"], line)
        for mark, line in marked.items():
            if mark not in self.notes:
                self.find(_Block(line, ""), NO_NOTE, mark=mark)
        for mark, block in self.notes.items():
            if mark not in marked:
                self.find(block, NO_MARK, mark=mark)

    def _texts(self) -> Iterator[tuple[int, str]]:
        yield 1, self.title
        yield from ((block.line, block.text) for block in self.masthead)
        for paragraph in self.paragraphs:
            yield paragraph.line, paragraph.text
            yield from ((part.line, part.text) for part in paragraph.parts)
