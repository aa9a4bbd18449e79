"""That a form came from our page: Sec-Fetch-Site, then Origin, then a token of the session."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.datastructures import Headers

from shared.errors import Problem
from shared.i18n import N_
from shared.web.frame import Frame, frame

FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_secret = secrets.token_bytes(32)


class ForeignForm(Problem):
    """The form did not come from a page of ours."""

    status = 403
    sentence = N_(
        "This form did not come from our page. Go back, reload the page and send it again."
    )


def use_secret(secret: bytes) -> None:
    """Use the deployment's secret, so that tokens hold across replicas and restarts."""
    global _secret  # noqa: PLW0603 - one secret a process, set once at the start
    _secret = secret


def token(here: Frame) -> str:
    """Return the token of the reader's session."""
    bound = str(here.actor.session or "anonymous")
    return hmac.new(_secret, bound.encode(), hashlib.sha256).hexdigest()


def token_field() -> Markup:
    """Return the hidden field that every form carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token(frame()))


def verdict(headers: Headers) -> bool | None:
    """Say whether the browser vouches for the form; None when it leaves that to the token."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is not None and origin != "null":
        return urlsplit(origin).netloc == headers.get("host")
    return None


def check(here: Frame, given: str | None) -> None:
    """Refuse a form that neither the browser nor its token vouches for. Raises ForeignForm."""
    vouched = verdict(here.headers)
    if vouched is None:
        vouched = given is not None and hmac.compare_digest(given, token(here))
    if not vouched:
        raise ForeignForm
