"""The words of the portal: categories, outcomes, programmes, countries, languages. Data, not code.

A deployer replaces them by naming a folder in ROUNDTABLE_VOCABULARY; codes stay, wordings change.
"""

import os
from pathlib import Path

from shared.vocabulary.access import (
    CATEGORIES,
    MEMBER_ROLES,
    REQUIRED_CATEGORIES,
    STAFF_ROLES,
    Vocabulary,
    WrongVocabulary,
)
from shared.vocabulary.words import LANGUAGES, Country, Language, Programme, Term

__all__ = [
    "CATEGORIES",
    "LANGUAGES",
    "MEMBER_ROLES",
    "REQUIRED_CATEGORIES",
    "STAFF_ROLES",
    "Country",
    "Language",
    "Programme",
    "Term",
    "Vocabulary",
    "WrongVocabulary",
    "vocabulary",
]

OWN = Path(__file__).parent / "data"
SETTING = "ROUNDTABLE_VOCABULARY"

vocabulary = Vocabulary(Path(os.environ.get(SETTING) or OWN), fallback=OWN)
"""The vocabulary of this deployment; nothing is read before it is first asked."""
