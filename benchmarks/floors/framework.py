"""The page of a call and the list of partners in bare Django: its models, templates, persistence.

`python -m benchmarks.floors.framework PORT CONSULTATION-URL REGISTRY-URL`. Tables are not Django's
own, so its models only say which columns there are. No middleware but the one that compresses, as
many threads as the product has.
"""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.urls import path
from gunicorn.app.base import BaseApplication

from benchmarks.floors.hand import THREADS
from benchmarks.floors.reading import NAVIGATION, PAGE, CallRows, call_shown, partners_shown
from shared.i18n import LANGUAGES

TYPES: dict[str, Any] = {
    "id": lambda: models.UUIDField(primary_key=True),
    "number": models.IntegerField,
    "ordinal": models.IntegerField,
    "counted": models.BooleanField,
    "decision_date": models.DateField,
}
TABLES = {
    "call": "id code zone contact languages decision_date closes_at published_at reply_due_at",
    "call_window": "id call_id opens_at closes_at",
    "call_note": "id call_id number",
    "call_text": "id owner_id part language text",
    "question": "id call_id",
    "document": "id call_id",
    "document_version": "id document_id number",
    "document_section": "id version_id ordinal",
    "document_paragraph": "id version_id section_id label ordinal",
    "document_text": "id version_id owner_id language text",
    "call_invited": "id call_id category",
    "submission": "id call_id category state counted",
    "organisation": "id slug name name_key category country state",
}
HERE = Path(__file__).parent
COMMON = {"languages": list(LANGUAGES.items()), "navigation": NAVIGATION}


def configure(consultation: str, registry: str) -> None:
    """Set Django up on two databases."""
    settings.configure(
        DATABASES={"default": _database(consultation), "registry": _database(registry)},
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [HERE / "templates"],
                "OPTIONS": {
                    "loaders": [
                        (
                            "django.template.loaders.cached.Loader",
                            ["django.template.loaders.filesystem.Loader"],
                        )
                    ]
                },
            }
        ],
        MIDDLEWARE=["django.middleware.gzip.GZipMiddleware"],
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["127.0.0.1"],
        USE_TZ=True,
        SECRET_KEY="of a benchmark",  # noqa: S106 - it guards nothing
    )
    django.setup()


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url.replace("+psycopg", ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "HOST": parts.hostname,
        "PORT": parts.port,
        "CONN_MAX_AGE": None,
    }


def _model(table: str, columns: str) -> Any:
    fields: dict[str, Any] = {}
    for name in columns.split():
        kind = models.TextField
        if name.endswith("_id"):
            kind = models.UUIDField
        elif name.endswith("_at"):
            kind = models.DateTimeField
        fields[name] = TYPES.get(name, kind)()
    meta = type("Meta", (), {"db_table": table, "managed": False, "app_label": "floor"})
    return type(table.title(), (models.Model,), {"__module__": __name__, "Meta": meta} | fields)


TABLE: dict[str, Any] = {}


def call(_request: HttpRequest, code: str) -> HttpResponse:
    """Show a call."""
    one = TABLE["call"].objects.get(code=code)
    list(TABLE["call_window"].objects.filter(call_id=one.id))
    list(TABLE["call_note"].objects.filter(call_id=one.id).order_by("-number"))
    TABLE["question"].objects.filter(call_id=one.id).count()
    document = TABLE["document"].objects.filter(call_id=one.id).values("id")
    version = (
        TABLE["document_version"].objects.filter(document_id__in=document).order_by("number")[0].id
    )
    of_version = {
        name: TABLE[f"document_{name}"].objects.filter(version_id=version)
        for name in ("section", "paragraph", "text")
    }
    invited, answered = (
        TABLE[name].objects.filter(call_id=one.id, **more).values("category")
        for name, more in (
            ("call_invited", {}),
            ("submission", {"state": "submitted", "counted": True}),
        )
    )
    read = CallRows(
        call={name: getattr(one, name) for name in TABLES["call"].split()},
        texts=TABLE["call_text"].objects.filter(owner_id=one.id).values("part", "language", "text"),
        sections=of_version["section"].order_by("ordinal").values("id"),
        paragraphs=of_version["paragraph"].order_by("ordinal").values("id", "section_id", "label"),
        words=of_version["text"].values("owner_id", "language", "text"),
        invited=invited.annotate(n=Count("*")).order_by(),
        answered=answered.annotate(n=Count("*")).order_by(),
    )
    return _drawn("call.html", "/en/calls", f"/calls/{code}", call_shown(read))


def partners(_request: HttpRequest) -> HttpResponse:
    """Show the first 25 partners."""
    found = TABLE["organisation"].objects.using("registry")
    found = found.filter(state__in=("verified", "reverification_due"))
    listed = found.order_by("name_key", "id").values("slug", "name", "category", "country")
    shown = partners_shown(list(listed[: PAGE + 1]), found.count())
    return _drawn("partners.html", "/en/partners", "/partners", shown)


def _drawn(template: str, here: str, path: str, given: dict[str, Any]) -> HttpResponse:
    context = COMMON | {"here": here, "path": path} | given
    return HttpResponse(get_template(template).render(context))


urlpatterns = [path("en/calls/<str:code>", call), path("en/partners", partners)]


class Server(BaseApplication):  # type: ignore[misc]
    """One process with threads, as the product is one."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__()

    def load_config(self) -> None:
        """Say how it is served."""
        for name, value in {
            "bind": f"127.0.0.1:{self.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "keepalive": 60,
            "loglevel": "warning",
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return what answers."""
        return get_wsgi_application()


if __name__ == "__main__":
    configure(*sys.argv[2:])
    TABLE.update({name: _model(name, columns) for name, columns in TABLES.items()})
    Server(int(sys.argv[1])).run()
