"""A language of nobody, to see how pages bear longer words: `Send` is read as `⟦Šeeņđ⟧`.

It is spoken in place of English while somebody develops or tests; no page offers it. What stands
without brackets does not come from the catalogue; where an end is missing, something was cut off.
"""

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager

from shared import i18n

KEPT = re.compile(r"%\(\w+\)s|%%|<[^>]*>|&\w+;")
ACCENTED = str.maketrans("aeiouyAEIOUYcdlnrstzCDLNRSTZ", "àéîöüýÀÉÎÖÜÝçđļņřšţžÇĐĻŅŘŠŢŽ")
VOWEL = re.compile("[àéîöüýÀÉÎÖÜÝ]")
SHORT = 12
"""Up to so many characters a word of English may become three times as long elsewhere."""


class Pseudo(gettext.NullTranslations):
    """Translations that make every sentence longer, accented and bracketed."""

    def gettext(self, message: str) -> str:
        """Return a message in the pseudo-language, without its context."""
        return pseudo(message.rpartition(i18n.CONTEXT_ENDS)[2])

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for a number, as English has them."""
        return pseudo(msgid1 if n == 1 else msgid2)


def pseudo(text: str) -> str:
    """Return a text as the pseudo-language says it; places and markup stay as they are."""
    if not any(letter.isalpha() for letter in KEPT.sub("", text)):
        return text
    times = 3 if len(text) <= SHORT else 2
    kept = KEPT.findall(text)
    said = [_longer(part, times) for part in KEPT.split(text)]
    whole = "".join(word + place for word, place in zip(said, [*kept, ""], strict=True))
    return f"⟦{whole}⟧"


def _longer(text: str, times: int) -> str:
    return VOWEL.sub(lambda vowel: vowel[0] * times, text.translate(ACCENTED))


@contextmanager
def spoken() -> Iterator[None]:
    """Speak the pseudo-language in place of English for a while."""
    english = i18n.catalogue(i18n.DEFAULT)
    i18n.speak_through(i18n.DEFAULT, Pseudo())
    try:
        yield
    finally:
        i18n.speak_through(i18n.DEFAULT, english)
