"""How a service says who carries a token, and the two ways in which it cannot say so yet."""

from datetime import datetime

from shared.security import tokens
from shared.security.permissions import Actor


class Late(Exception):
    """This service's copy of the person, organisation or key is older than the token.

    `known` is the person by the older copy, for whom it is used when the newer one does not come.
    """

    def __init__(self, known: Actor | None = None) -> None:
        super().__init__("late")
        self.known = known


class Expired(Exception):
    """The token is expired or its session has ended: the browser is sent to renew it."""


def claims_of(token: str, keys: tokens.Ring, at: datetime) -> tokens.Claims:
    """Return what a token of ours says.

    Raises Expired, Late for a key that may still arrive, and ValueError for what is none of ours.
    """
    try:
        return tokens.read(token, keys.public, at, keys.spent)
    except tokens.ExpiredToken as error:
        raise Expired from error
    except tokens.UnknownKey as error:
        raise Late from error
