"""Collect every sentence for people, keep the catalogues of the languages in step, compile them.

    python -m tools.translations            collect and compile; says what is still to be translated
    python -m tools.translations --check    change nothing; fail when anything is missing or stale

English sentences are their own translation, so English has no catalogue.
"""

import io
import re
import sys
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo

from tools import glossary

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "shared" / "locale"
DOMAIN = "roundtable"
LANGUAGES = ("ar", "zh", "fr", "ru", "es")
METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
OPTIONS = {
    path: {
        "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
        "newstyle_gettext": "true",
        "trimmed": "true",
        "silent": "false",
    }
    for path, method in METHODS
    if method == "jinja2"
}
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "gettext", "translate")),
    **dict.fromkeys(("pgettext", "NP_"), ((1, "c"), 2)),
    "ngettext": (1, 2),
}
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""Stands in compiled catalogues for the time of writing, which would differ at every build."""
UNFINISHED: frozenset[str] = frozenset()
"""Languages whose catalogue is being written: missing sentences are counted, the rest holds."""
ARABIC_PLURALS = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
    "n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);"
)
"""Pinned: Babel's own expression swaps the last two."""
ONE_NUMBER: dict[str, Collection[int]] = {"ar": (0, 1, 2), "fr": (0,), "es": (0,)}
"""The plural forms, by their place, that are said of a single number: none, one, two."""
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%(?![%(\w])")


def collected() -> Catalog:
    """Return the catalogue of all sentences in code and templates, without line numbers."""
    found = Catalog(project="Roundtable", charset="utf-8")
    for package in ("services", "shared"):
        rows = extract_from_dir(
            ROOT / package, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",)
        )
        for name, _line, message, comments, context in rows:
            found.add(
                message,
                locations=[(f"{package}/{name}", 0)],
                auto_comments=comments,
                context=context,
            )
    return found


def po_path(code: str) -> Path:
    """Return where a language's catalogue is kept."""
    return LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(code: str) -> Catalog:
    """Return a language's catalogue, a new one when there is none yet."""
    path = po_path(code)
    if not path.exists():
        return Catalog(locale=code, project="Roundtable", charset="utf-8")
    with path.open("rb") as source:
        return pofile.read_po(source, locale=code)


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as a file, in a form that changes only when sentences do."""
    target = io.BytesIO()
    pofile.write_po(
        target, catalogue, width=100, sort_output=True, omit_header=True, include_lineno=False
    )
    code = catalogue.locale_identifier or "en"
    plurals = ARABIC_PLURALS if code == "ar" else catalogue.plural_forms
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {code}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {plurals}\\n"\n\n'
    )
    return header.encode() + target.getvalue()


def compiled(code: str) -> bytes:
    """Return the binary catalogue that a language's file gives, the same at whatever time."""
    target = io.BytesIO()
    catalogue = read(code)
    catalogue.creation_date = catalogue.revision_date = EPOCH
    write_mo(target, catalogue)
    return target.getvalue()


def update() -> None:
    """Bring every language's file in step with the code and compile it."""
    template = collected()
    for code in LANGUAGES:
        catalogue = read(code)
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        path = po_path(code)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalogue))
        path.with_suffix(".mo").write_bytes(compiled(code))
        waiting = sum(1 for _ in untranslated(catalogue))
        print(f"{code}: {len(catalogue)} sentences, {waiting} to translate")


def untranslated(catalogue: Catalog) -> Iterator[Message]:
    """Yield the sentences without a complete, certain translation."""
    for message in catalogue:
        if message.id and (message.fuzzy or not all(_forms(message.string))):
            yield message


def problems(template: Catalog, code: str) -> Iterator[str]:
    """Yield what is wrong with one language, one sentence each."""
    if not po_path(code).exists():
        yield f"{code}: there is no catalogue: make translations"
        return
    catalogue = read(code)
    wanted, has = _ids(template), _ids(catalogue)
    yield from (f"{code}: not in the catalogue: {one!r}" for one in sorted(wanted - has))
    yield from (f"{code}: no longer in the code: {one!r}" for one in sorted(has - wanted))
    if code not in UNFINISHED:
        yield from (f"{code}: not translated: {_name(one)!r}" for one in untranslated(catalogue))
    for message in catalogue:
        if message.id and message.string and not _same_places(message, ONE_NUMBER.get(code, ())):
            yield f"{code}: other placeholders than the English: {_name(message)!r}"
        yield from (f"{code}: {why}: {_name(message)!r}" for why in _misspoken(code, message))
    binary = po_path(code).with_suffix(".mo")
    if not binary.exists() or binary.read_bytes() != compiled(code):
        yield f"{code}: the compiled catalogue is stale: make translations"


def check() -> int:
    """Print what is wrong; return how much."""
    template = collected()
    found = [one for code in LANGUAGES for one in problems(template, code)]
    for one in found:
        print(one)
    for code in sorted(UNFINISHED):
        waiting = sum(1 for _ in untranslated(read(code)))
        print(f"{code}: unfinished, {waiting} sentences are shown in English")
    return len(found)


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _name(message: Message) -> str:
    english = _forms(message.id)[0]
    return f"{english} ({message.context})" if message.context else english


def _ids(catalogue: Catalog) -> set[str]:
    return {_name(message) for message in catalogue if message.id}


def _same_places(message: Message, one_number: Collection[int] = (0,)) -> bool:
    """Say whether every form has the places of the English.

    A plural form that serves `one_number` only may say it in words.
    """
    wanted = set().union(*(PLACEHOLDER.findall(one) for one in _forms(message.id)))
    free = one_number if isinstance(message.id, (list, tuple)) else ()
    return all(
        (has := set(PLACEHOLDER.findall(form))) <= wanted and (place in free or has == wanted)
        for place, form in enumerate(_forms(message.string))
        if form
    )


def _misspoken(code: str, message: Message) -> Iterator[str]:
    """Yield what the glossary has against a translation, each thing once."""
    one, *more = _forms(message.id)
    found: dict[str, None] = {}
    for place, form in enumerate(_forms(message.string)):
        if one and form:
            english = more[0] if more and place else one
            found.update(dict.fromkeys(glossary.complaints(code, english, form)))
    yield from found


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(1 if check() else 0)
    update()
