"""That a form came from our page: Sec-Fetch-Site, then Origin, then a token of the session."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.datastructures import Headers

from shared.errors import Problem
from shared.i18n import N_
from shared.web.frame import Frame, frame

FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_at_random = (secrets.token_bytes(32),)


def _secrets() -> Sequence[bytes]:
    return _at_random


class ForeignForm(Problem):
    """The form did not come from a page of ours."""

    status = 403
    sentence = N_(
        "This form did not come from our page. Go back, reload the page and send it again."
    )


def use_secrets(source: Callable[[], Sequence[bytes]]) -> None:
    """Use the deployment's secrets, so that tokens hold across replicas, restarts and changes."""
    global _secrets  # noqa: PLW0603 - one source a process, set once at the start
    _secrets = source


def token(here: Frame) -> str:
    """Return the token of the reader's session."""
    return _token(here, _secrets()[0])


def _token(here: Frame, secret: bytes) -> str:
    bound = str(here.actor.session or "anonymous")
    return hmac.new(secret, bound.encode(), hashlib.sha256).hexdigest()


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
        ours = [_token(here, secret) for secret in _secrets()]
        vouched = given is not None and any(
            hmac.compare_digest(given.encode(), one.encode()) for one in ours
        )
    if not vouched:
        raise ForeignForm
