"""The rows of the operations pages, which every service puts into its permission table."""

from shared.security.permissions import Row, may, staff


def rows(service: str) -> tuple[Row, ...]:
    """Return who may see how a service is and decide what was set aside: administrators."""
    acts = ("show", "parked", "letter", "decide", "mail", "due")
    return tuple(may(f"operations_{service}.{act}", staff("administrator")) for act in acts)
