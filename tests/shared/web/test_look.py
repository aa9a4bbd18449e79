"""The look: readable colours, logical properties, a light first view, no style in templates."""

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LAYER = ROOT / "tools/frontend/roundtable.css"
STATIC = ROOT / "shared/web/static"
DARK = "@media screen and (prefers-color-scheme: dark)"

ON_PAPER = [
    ("rt-ink", "rt-paper", 7),
    ("rt-ink", "rt-surface", 7),
    ("rt-soft", "rt-paper", 4.5),
    ("rt-soft", "rt-surface", 4.5),
    ("rt-soft", "rt-sunk", 4.5),
    ("rt-soft", "rt-tint", 4.5),
    ("govuk-link-colour", "rt-paper", 4.5),
    ("govuk-link-colour", "rt-surface", 4.5),
    ("govuk-link-colour", "rt-tint", 4.5),
    ("govuk-link-colour", "rt-sunk", 4.5),
    ("govuk-link-visited-colour", "rt-paper", 4.5),
    ("govuk-link-hover-colour", "rt-quiet-over", 4.5),
    ("rt-error", "rt-paper", 4.5),
    ("rt-error", "rt-surface", 4.5),
    ("rt-sun", "rt-surface", 4.5),
    ("rt-sun", "rt-sun-tint", 4.5),
    ("rt-ink", "rt-sun-tint", 7),
    ("rt-leaf", "rt-paper", 4.5),
    ("rt-leaf", "rt-leaf-tint", 4.5),
    ("rt-ink", "rt-leaf-tint", 7),
    ("rt-lime", "rt-lime-tint", 4.5),
    ("rt-sun", "rt-clay-tint", 4.5),
    ("rt-on-tint", "rt-tint", 4.5),
    ("rt-full", "rt-surface", 3),
    ("rt-seat", "rt-paper", 3),
    ("rt-seat", "rt-surface", 3),
    ("govuk-input-border-colour", "rt-surface", 3),
    ("white", "rt-brand", 7),
    ("white", "rt-brand-deep", 7),
    ("white", "rt-action", 4.5),
    ("white", "rt-action-over", 3.5),
]
"""Foreground, ground, and the least contrast: 7 for body text, 4.5 for all text, 3 for shapes."""


def tokens(text: str) -> dict[str, str]:
    found = dict(re.findall(r"--([\w-]+):\s*([^;]+);", text))
    found["white"] = "#fff"
    return found


def light() -> dict[str, str]:
    text = LAYER.read_text(encoding="utf-8")
    return tokens(text[: text.index(DARK)])


def dark() -> dict[str, str]:
    text = LAYER.read_text(encoding="utf-8")
    start = text.index(DARK)
    return light() | tokens(text[start : text.index("\nhtml {")])


def colour(name: str, table: dict[str, str]) -> tuple[float, float, float]:
    value = table[name]
    while value.startswith("var("):
        value = table[value[6:-1]]
    digits = value.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    assert re.fullmatch(r"[0-9a-f]{6}", digits), f"{name}: {value} is not an opaque colour"
    return tuple(int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))  # type: ignore[return-value]


def luminance(rgb: tuple[float, float, float]) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, table: dict[str, str]) -> float:
    pair = sorted((luminance(colour(one, table)), luminance(colour(other, table))), reverse=True)
    return (pair[0] + 0.05) / (pair[1] + 0.05)


@pytest.mark.parametrize("surroundings", ["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), ON_PAPER)
def test_text_and_shapes_stand_out(
    surroundings: str, front: str, ground: str, least: float
) -> None:
    table = light() if surroundings == "light" else dark()
    assert contrast(front, ground, table) >= least


def test_our_layer_knows_no_left_and_right() -> None:
    text = re.sub(r"/\*.*?\*/", "", LAYER.read_text(encoding="utf-8"), flags=re.DOTALL)
    declarations = re.findall(r"(?<=[{;\s])([a-z-]+)\s*:", re.sub(r"@media[^{]*", "", text))
    physical = re.compile(
        r"(margin|padding)-(left|right|top|bottom)|border-(left|right|top|bottom)(-\w+)?"
        r"|left|right|top|bottom|float|(min-|max-)?(width|height)"
    )
    # The mirrored base turns the tick round; its borders are set back by their physical name.
    found = [one for one in declarations if physical.fullmatch(one) and one != "border-top-color"]
    assert found == []


def test_first_view_is_small() -> None:
    def compressed(name: str) -> int:
        return len(gzip.compress((STATIC / name).read_bytes(), 9))

    assert compressed("app.css") <= 18_000
    assert compressed("app.rtl.css") <= 18_000
    assert compressed("app.js") <= 10_000


def test_style_sheets_are_built_from_the_layer_as_it_is() -> None:
    last = "--rt-on-tint"
    for name in ("app.css", "app.rtl.css"):
        built = (STATIC / name).read_text(encoding="utf-8")
        assert last in built
        assert "GDS Transport" not in built
        assert "url(" not in built


def test_licence_of_what_is_inside_is_given() -> None:
    assert "Crown Copyright" in (STATIC / "licences.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "template",
    sorted(
        path
        for folder in ("shared/web", "services")
        for path in (ROOT / folder).rglob("*.html")
        if "mail" not in path.parts
    ),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_templates_hold_nothing_that_the_content_policy_refuses(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text), "style attribute"
    assert not re.search(r"\son\w+\s*=\s*[\"']", text), "script attribute"
    assert not re.search(r"<style\b|<script(?![^>]*\bsrc=)", text), "inline style or script"
