"""The splitter takes clean files whole, and says of bad ones what is wrong and where."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.consultation.documents import rules
from services.consultation.documents.rules import Kind, PartKind, SectionKind
from shared.i18n import speaking

SEEDS = Path(__file__).parents[4] / "services" / "demo" / "seeds"
ZH = (SEEDS / "partnership-strategy.zh.md").read_text(encoding="utf-8")
EN = (SEEDS / "partnership-strategy.en.md").read_text(encoding="utf-8")

RECEIVED = """\
**伙伴关系战略草案**

**一、 宗旨**

1. 战略的宗旨。

## 二、预期成果

2. 成果如下：
  - (a) 指导；

(b) 提供平台”<sup>1</sup>；

---

- 无字母

| 类型 | 目标 |
|------|------|
| 1. 政府 | <ol><li>1. 支持</li></ol> |

署将继续进行接触。

\\* HSP/EB.2020/19。

#### 四、监测
"""


@pytest.mark.parametrize("text", [ZH, EN])
def test_the_strategy_is_taken_whole(text: str) -> None:
    found = rules.split(text)
    assert not found.findings
    assert Counter(section.kind for section in found.sections) == {
        SectionKind.SECTION: 5,
        SectionKind.TABLE: 1,
    }
    assert Counter(paragraph.kind for paragraph in found.paragraphs) == {
        Kind.PARAGRAPH: 17,
        Kind.ROW: 8,
    }
    parts = Counter(part.kind for paragraph in found.paragraphs for part in paragraph.parts)
    assert parts == {PartKind.ITEM: 20, PartKind.GOAL: 26, PartKind.STRATEGY: 43}
    assert set(found.notes) == {"*", "1", "2"}


def test_the_masthead_has_six_lines_and_the_translation_says_what_it_is() -> None:
    authentic, translation = rules.split(ZH), rules.split(EN)
    assert len(authentic.masthead) == 6
    apart = rules.take_notice(translation, 6)
    assert len(apart.masthead) == 6
    assert apart.notice == "Working translation. The Chinese text is the authentic one."


def test_labels_are_those_that_people_cite() -> None:
    found = {paragraph.label: paragraph for paragraph in rules.split(EN).paragraphs}
    assert [part.label for part in found["3"].parts][:2] == ["3(a)", "3(b)"]
    row = {part.label: part.text for part in found["t5"].parts}
    assert row["t5.g3"].startswith("Promote due attention by all partners to social inclusion")
    assert "monitor compliance with human rights standards" in row["t5.s4"]
    assert found["t5"].text == "Private sector"
    assert found["t5"].headings == {"goal": "Goals", "strategy": "Strategies"}


def test_both_languages_have_one_structure() -> None:
    assert rules.differences(rules.split(ZH), rules.split(EN)) == ()


def test_a_file_as_a_converter_leaves_it_gets_findings_by_line_and_nothing_else() -> None:
    found = [(finding.line, finding.sentence) for finding in rules.split(RECEIVED).findings]
    sentences = " ".join(sentence for _, sentence in found)
    assert found[0][1].startswith("The first line must be the title")
    assert (
        5,
        "This paragraph stands before the first section. Begin a section with “## ”.",
    ) in found
    for said in (
        "A line in bold is not a heading",
        "without a bullet",
        "HTML is not read",
        "often a page break",
        "A list needs letters",
        "drawn with “|”",
        "belongs to no paragraph",
        "A footnote is written",
        "“#### ” belongs into a table row",
    ):
        assert said in sentences, said
    assert sum("drawn with" in sentence for _, sentence in found) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("\n7. ", "\n8. "), "Paragraph 8 stands where 7 should come."),
        (("\n(c) 按照", "\n(d) 按照"), "Item (d) stands where (c) should come."),
        (("### 2. ", "### 3. "), "Table row 3 stands where 2 should come."),
        (("[^2]: 同上。", ""), "The footnote 2 is referred to and never given."),
        (("。[^2]城市", "。城市"), "The footnote 2 is given and never referred to."),
        (("[^2]: ", "[^1]: "), "The footnote 1 is given twice."),
        (("## 五、", "# 五、"), "There is a second title"),
    ],
)
def test_one_slip_is_named(change: tuple[str, str], sentence: str) -> None:
    findings = rules.split(ZH.replace(*change, 1)).findings
    assert any(sentence in finding.sentence % finding.params for finding in findings)


def test_a_translation_that_lost_an_item_is_refused_with_its_paragraph() -> None:
    shorter = EN.replace("(h) Knowledge and innovation partners.\n", "")
    (finding,) = rules.differences(rules.split(ZH), rules.split(shorter))
    assert finding.sentence % finding.params == (
        "Number of items of paragraph 5 here: 7; in the authentic text: 8."
    )
    assert shorter.splitlines()[finding.line - 1].startswith("5. ")


ARABIC = """\
# مشروع استراتيجية الشراكات

## أولا - الغرض

1 - تهدف الاستراتيجية إلى ما يلي:

(أ) توجيه الشراكات القائمة؛

(ب) توفير منبر للشراكات؛

(ج) تحديد الشركاء؛

(د) الاستفادة من الوضع؛

(هـ) تعزيز التنسيق؛

(و) مواصلة الإشراك.

2 - فقرة ثانية.
"""
RUSSIAN = """\
# Проект стратегии партнерства

## I. Цель

1. Стратегия направлена на следующее:
а) развивать партнерства;
б) создать платформу;
в) определить партнеров;
г) использовать положение;
д) укреплять координацию;
е) продолжать привлечение.

2. Второй пункт.
"""
CHINESE = """\
# 伙伴关系战略草案

## 一、宗旨

1．战略的宗旨如下：

（一）指导现有伙伴关系；

（二）提供平台；

（三）确认合作伙伴；

（四）利用独特地位；

（五）加强协调；

（六）继续加强参与。

2、第二段。
"""
FRENCH = """\
# Projet de stratégie

## I. Objet

1. La stratégie vise à :

a) Orienter les partenariats ;

b) Offrir une plateforme ;

c) Recenser les partenaires ;

d) Tirer parti de sa position ;

e) Renforcer la coordination ;

f) Poursuivre.

2. Deuxième paragraphe.
"""


@pytest.mark.parametrize("text", [ARABIC, RUSSIAN, CHINESE, FRENCH])
def test_items_are_lettered_in_every_script_and_labelled_alike(text: str) -> None:
    found = rules.split(text)
    assert not found.findings
    assert [one.label for one in found.paragraphs] == ["1", "2"]
    assert [part.label for part in found.paragraphs[0].parts] == [f"1({mark})" for mark in "abcdef"]
    assert rules.differences(rules.split(FRENCH), found) == ()


@pytest.mark.parametrize(
    ("text", "change", "sentence"),
    [
        (ARABIC, ("(ج)", "(د)"), "Item (د) stands where (ج) should come."),
        (RUSSIAN, ("в) ", "г) "), "Item (г) stands where (в) should come."),
        (CHINESE, ("（三）", "（四）"), "Item (四) stands where (三) should come."),
        (FRENCH, ("c) ", "ii) "), "This text has no number"),
        (FRENCH, ("c) ", "(ii) "), "Item (ii) stands where (c) should come."),
    ],
)
def test_a_wrong_letter_is_named_in_its_script(
    text: str, change: tuple[str, str], sentence: str
) -> None:
    findings = rules.split(text.replace(*change, 1)).findings
    assert any(sentence in finding.sentence % finding.params for finding in findings)


def test_letters_that_look_alike_are_taken_for_each_other() -> None:
    # A Russian keyboard gives а, с and е; b and d come from a Latin one, as UN texts have them.
    text = "# T\n\n## I\n\n1. x:\n\nа) a\n\nb) b\n\nс) c\n\nd) d\n\nе) e\n"
    found = rules.split(text)
    assert not found.findings
    assert [part.label[-2] for part in found.paragraphs[0].parts] == list("abcde")


def test_a_word_in_brackets_at_the_beginning_of_a_wrapped_line_is_no_item() -> None:
    text = "# T\n\n## I\n\n1. Cities\n(UCLG) take part\n（注）too.\n"
    found = rules.split(text)
    assert not found.findings
    assert found.paragraphs[0].text == "Cities (UCLG) take part （注）too."


def test_arabic_readers_see_arabic_letters() -> None:
    with speaking("ar"):
        assert rules.short_name_of("3(e)") == "(هـ)"
        assert rules.short_name_of("3(e)", "zh") == "(e)"
        assert rules.name_of("3(b)").endswith("(ب)")
    with speaking("ru"):
        assert rules.short_name_of("3(b)") == "(b)"


def test_a_sentence_is_said_once_with_all_its_lines() -> None:
    with speaking("en"):
        said = rules.together(rules.split(RECEIVED).findings)
    assert len({sentence for _, sentence in said}) == len(said)
    assert said[0][0][0] == 1


def test_lines_that_were_wrapped_are_joined() -> None:
    wrapped = "# A title\n\n## I.\n\n1. One line\nand another.\n\n2. 中文一行\n又一行。\n"
    first, second = rules.split(wrapped).paragraphs
    assert first.text == "One line and another."
    assert second.text == "中文一行又一行。"


@given(st.text(max_size=400))
def test_whatever_is_given_is_answered(text: str) -> None:
    found = rules.split(text)
    labels = [one.label for one in found.paragraphs] + [
        part.label for one in found.paragraphs for part in one.parts
    ]
    assert found.findings or len(labels) == len(set(labels))


LINES = st.sampled_from(
    [
        "# T",
        "## S",
        "1. a",
        "2. b",
        "(a) x",
        "(b) y",
        "### 1. r",
        "#### G",
        "**B**",
        "[^1]: n",
        "z[^1]",
        "",
    ]
)


@given(st.lists(LINES, max_size=14))
def test_a_text_without_findings_has_a_title_sections_and_unique_labels(lines: list[str]) -> None:
    found = rules.split("\n\n".join(lines))
    if not found.findings:
        labels = [one.label for one in found.paragraphs] + [
            part.label for one in found.paragraphs for part in one.parts
        ]
        assert found.title
        assert len(labels) == len(set(labels))
        assert all(0 <= one.section < len(found.sections) for one in found.paragraphs)


def test_control_characters_are_refused_with_their_line() -> None:
    finding = rules.readable("# A\n\nB\x00\n")
    assert finding is not None
    assert finding.line == 3
    assert rules.readable("# A\tb\r\n\nنص\n") is None


def test_bold_words_and_footnotes_are_cut_for_printing_and_nothing_is_trusted() -> None:
    assert [(run.kind, run.text) for run in rules.runs("**A**. <b>x</b>[^2] y")] == [
        ("strong", "A"),
        ("plain", ". <b>x</b>"),
        ("note", "2"),
        ("plain", " y"),
    ]


@given(st.text(alphabet="ab*[^]12 ", max_size=40))
def test_no_word_is_lost_in_printing(text: str) -> None:
    marks = {"strong": "**{}**", "note": "[^{}]", "plain": "{}"}
    assert "".join(marks[run.kind].format(run.text) for run in rules.runs(text)) == text


def test_names_of_labels_in_the_readers_language() -> None:
    assert rules.name_of("3") == "Paragraph 3"
    assert rules.name_of("3(a)") == "Paragraph 3 (a)"
    assert rules.name_of("t5.s4") == "Table, row 5, strategy 4"
    assert rules.name_of("13bis") == "Paragraph 13bis"
    with speaking("xx"):
        assert rules.name_of("t5") == "Table, row 5"
    assert rules.owner_of("t5.s4") == "t5"
    assert rules.owner_of("3(a)") == rules.owner_of("3") == "3"


def test_added_paragraphs_are_named_without_renumbering() -> None:
    assert rules.added_label("13", ["13"]) == "13bis"
    assert rules.added_label("13", ["13", "13bis"]) == "13ter"
    assert rules.added_label("13bis", ["13", "13bis"]) == "13ter"


def test_a_part_can_be_added_at_the_end_only() -> None:
    taken = ("3", "3(a)", "3(b)")
    assert rules.added_part("3", "3(c)", taken) is PartKind.ITEM
    assert rules.added_part("3", "3(e)", taken) is None
    assert rules.added_part("t5", "t5.s2", ("t5", "t5.g1", "t5.s1")) is PartKind.STRATEGY
    assert rules.added_part("3", "4(a)", taken) is None
