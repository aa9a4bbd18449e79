"""Templates: each is used, each that is named exists, and none knows left from right."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
MAIL = (".subject.txt", ".txt", ".html")
QUOTED = re.compile(r"""["']([\w./-]+\.(?:html|txt))["']""")
MADE = re.compile(r"\]\+/\w.*\\\.(?:html|txt)$|\w+/\w+/.*\[")
NAMED = re.compile(r"(?:registry|consultation|notifications|demo)(?:/\w+)+\.html")


@cache
def names() -> dict[str, Path]:
    """Every template by the name it is known by."""
    found = {}
    for path in SERVICES.rglob("templates/**/*.*"):
        before, after = path.relative_to(SERVICES).as_posix().split("/templates/")
        found[f"{before}/{after}"] = path
    for folder, prefix in (("web", ""), ("operations", ""), ("mail", "mail/")):
        base = ROOT / "shared" / folder / "templates"
        for path in base.rglob("*.*"):
            found[prefix + path.relative_to(base).as_posix()] = path
    return found


def pattern(node: ast.expr) -> str:
    """A regular expression for what a string or f-string can be."""
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern(one) for one in node.values)
    return r"[\w./-]+"


def said_in_code() -> Iterator[str]:
    for package in ("services", "shared"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                plain = isinstance(node, ast.Constant) and isinstance(node.value, str)
                if plain or isinstance(node, ast.JoinedStr):
                    assert isinstance(node, ast.expr)
                    yield pattern(node)


@cache
def used() -> tuple[set[str], list[re.Pattern[str]]]:
    """Names said in code or in other templates, and patterns of names that code makes."""
    said = set(said_in_code())
    exact = {one.replace("\\", "") for one in said if "[" not in one}
    for path in names().values():
        exact.update(QUOTED.findall(path.read_text("utf-8")))
    made = [re.compile(one) for one in said if MADE.search(one)]
    return exact, made


def stems(name: str) -> Iterator[str]:
    yield name
    for ending in MAIL:
        if name.endswith(ending):
            yield name.removesuffix(ending)


def test_every_template_is_used() -> None:
    exact, made = used()
    unused = [
        name
        for name in names()
        if not any(
            stem in exact or any(one.fullmatch(stem) for one in made) for stem in stems(name)
        )
    ]
    assert not unused


def test_every_template_that_is_named_exists() -> None:
    exact, _made = used()
    named = {one for one in exact if NAMED.fullmatch(one)}
    assert len(named) > 5
    assert named <= set(names())


def test_every_template_can_be_read() -> None:
    from shared.web.pages import environment  # noqa: PLC0415 - slow to import

    for path in names().values():
        environment().parse(path.read_text("utf-8"), filename=str(path))


def test_mail_comes_with_a_subject() -> None:
    known = names()
    for name in known:
        if "/mail/" in name and name.endswith(".subject.txt"):
            assert name.replace(".subject.txt", ".txt") in known


def test_no_style_and_no_script_inside_a_page() -> None:
    # The content security policy refuses both.
    forbidden = re.compile(
        r"<style\b|<script\b(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
    )
    found = [
        f"{name}: {one.group().strip()}"
        for name, path in names().items()
        if name.endswith(".html") and not ("/mail/" in name or name.startswith("mail/"))
        for one in forbidden.finditer(path.read_text("utf-8"))
    ]
    assert not found


def test_own_styles_know_start_and_end_and_not_left_and_right() -> None:
    sided = re.compile(
        r"(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)\b"
        r"|(?:^|[;{\s])(?:left|right)\s*:"
        r"|(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
        r"|border-(?:top|bottom)-(?:left|right)-radius",
        re.MULTILINE,
    )
    assert sided.search("a { margin-left: 1px }")
    assert sided.search("a {\n  left: 0;\n}")
    for path in [*(ROOT / "tools" / "frontend").glob("*.*css")]:
        found = [one.group().strip() for one in sided.finditer(path.read_text("utf-8"))]
        assert not found, path
