"""How a service says who carries a token, and the two ways in which it cannot say so yet."""

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
