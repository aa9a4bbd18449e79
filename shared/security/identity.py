"""How a service says who carries a token, and the two ways in which it cannot say so yet."""


class Late(Exception):
    """This service's copy of the person, organisation or key is older than the token."""


class Expired(Exception):
    """The token is expired or its session has ended: the browser is sent to renew it."""
