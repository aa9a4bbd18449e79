"""Writing documents: importing, freezing, and the revised text."""

from services.consultation.documents.actions.importing import freeze, import_markdown, remove
from services.consultation.documents.actions.revision import (
    Wordings,
    add,
    begin_revision,
    move,
    publish_revision,
    restore,
    revise,
    strike,
)

__all__ = [
    "Wordings",
    "add",
    "begin_revision",
    "freeze",
    "import_markdown",
    "move",
    "publish_revision",
    "remove",
    "restore",
    "revise",
    "strike",
]
