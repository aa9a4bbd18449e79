"""A database at its newest version; Alembic is loaded only when there is something to do."""

from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

SERVICES = Path(__file__).parents[2] / "services"


def upgrade(service: str, url: str) -> None:
    """Bring a service's database to the newest version.

    One that is ahead is left as it is: code of the release before serves on it.
    """
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    if (present(url) or "") >= (newest(service) or ""):
        return
    # Here: it takes 11 MB and a fifth of a second, and most starts find nothing to do.
    from shared.database import histories  # noqa: PLC0415

    histories.upgrade(service, url)


def newest(service: str) -> str | None:
    """Return the number of a service's newest migration; files are named by it."""
    files = (SERVICES / service / "migrations" / "versions").glob("[0-9]*_*.py")
    return max((one.name.partition("_")[0] for one in files), default=None)


def present(url: str) -> str | None:
    """Return the number of the migration that a database stands at, None for an empty one."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)
    except DBAPIError:
        # Whatever keeps us from reading it, Alembic says better.
        return None
    finally:
        engine.dispose()
