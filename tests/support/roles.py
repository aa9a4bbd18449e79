"""A service's database with its two roles, made by the script that operators use."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

SCRIPT = Path(__file__).parents[2] / "deploy" / "postgres" / "service.sql"


@dataclass(frozen=True)
class Roles:
    """URLs of one database: as its owner, who migrates, and as the role that serves."""

    owner: str
    serving: str


def roles(admin: str, database: str, service: str) -> Roles:
    """Return the URLs of a service's roles for a database; `admin` is any URL of the server."""
    return Roles(_as(admin, database, f"{service}_owner"), _as(admin, database, service))


def prepare(admin: str, database: str, service: str) -> Roles:
    """Make a database and the roles of a service, as `deploy/postgres` does."""
    url = make_url(admin)
    given = {"database": database, "owner": f"{service}_owner", "serving": service}
    subprocess.run(
        [
            *("psql", "--no-psqlrc", "--quiet", "-d", "postgres", "-f", str(SCRIPT)),
            *(f"--variable={name}={value}" for name, value in given.items()),
        ],
        env=os.environ
        | {"PGHOST": str(url.host), "PGPORT": str(url.port), "PGUSER": str(url.username)}
        | {"OWNER_PASSWORD": f"{service}-1", "SERVING_PASSWORD": f"{service}-2"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return roles(admin, database, service)


def _as(admin: str, database: str, role: str) -> str:
    url = make_url(admin).set(username=role, password=None, database=database)
    return url.render_as_string(hide_password=False)
