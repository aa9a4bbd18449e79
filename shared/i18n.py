"""Languages: the reader's language, the catalogue, and texts that exist in several languages."""

import gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

LANGUAGES: dict[str, str] = {
    "ar": "العربية",
    "zh": "中文",
    "en": "English",
    "fr": "Français",
    "ru": "Русский",
    "es": "Español",
}
"""Code and name in its own script, in the order of the United Nations."""

DEFAULT = "en"
RIGHT_TO_LEFT = frozenset({"ar"})
LOCALE = Path(__file__).parent / "locale"
DOMAIN = "roundtable"
CONTEXT_ENDS = "\x04"
"""Stands between a context and its message in every compiled catalogue (gettext's own format)."""

_catalogues: dict[str, gettext.NullTranslations] = {}
_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


def language() -> str:
    """Return the language that is being spoken now: the page's or the mail's."""
    return _language.get()


def direction(code: str | None = None) -> str:
    """Return `rtl` or `ltr` for a language, the present one when none is given."""
    return "rtl" if (code or language()) in RIGHT_TO_LEFT else "ltr"


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak another language for a while; an unknown one is English."""
    token = _language.set(code if code in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _language.reset(token)


def catalogue(code: str) -> gettext.NullTranslations:
    """Return the compiled catalogue of a language; English messages are their own translation."""
    if code not in _catalogues:
        _catalogues[code] = gettext.translation(DOMAIN, LOCALE, [code], fallback=True)
    return _catalogues[code]


def speak_through(code: str, translations: gettext.NullTranslations) -> None:
    """Speak a language through other translations than its catalogue's, in all threads."""
    _catalogues[code] = translations


def translate(message: str, **params: object) -> str:
    """Return a message in the present language with its placeholders `%(name)s` filled."""
    text = catalogue(language()).gettext(message) if message else ""
    _context, _mark, text = text.rpartition(CONTEXT_ENDS)
    return text % params if params else text


def _(message: str, **params: object) -> str:
    """Translate now. Short name known to the extractor."""
    return translate(message, **params)


def pgettext(context: str, message: str, **params: object) -> str:
    """Translate a word whose meaning depends on where it stands, which `context` says."""
    return translate(NP_(context, message), **params)


def ngettext(one: str, many: str, n: int, **params: object) -> str:
    """Translate with the plural form that `n` needs; `%(n)s` is filled with the number."""
    return catalogue(language()).ngettext(one, many, n) % {"n": n, **params}


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Mark a message for the catalogue; it is translated where it is shown."""
    return message


def NP_(context: str, message: str) -> str:  # noqa: N802 - as above
    """Mark a message with a context: the key of compiled catalogues, which `translate` knows."""
    return f"{context}{CONTEXT_ENDS}{message}"


@dataclass(frozen=True)
class Said:
    """A text as a reader gets it: in `language`, which `is_other` than the reader's."""

    text: str
    language: str
    is_other: bool

    @property
    def direction(self) -> str:
        """Direction of writing of the text itself."""
        return direction(self.language)

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)


class Words(Mapping[str, str]):
    """One text in several languages, empty ones left out."""

    def __init__(self, texts: Mapping[str, str] | None = None, authentic: str = DEFAULT) -> None:
        self._texts = {code: text for code, text in (texts or {}).items() if text.strip()}
        self.authentic = authentic

    def __getitem__(self, code: str) -> str:
        return self._texts[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def best(self, reader: str | None = None, authentic: str | None = None) -> Said:
        """Return the text for a reader: their language, else the authentic one, else any."""
        wanted = reader or language()
        for code in (wanted, authentic or self.authentic, DEFAULT, *self._texts):
            if code in self._texts:
                return Said(self._texts[code], code, is_other=code != wanted)
        return Said("", wanted, is_other=False)

    def __str__(self) -> str:
        return self.best().text
