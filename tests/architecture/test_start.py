"""A start loads what it uses: the command its help, the portal no tool for rare occasions."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def loaded(module: str) -> set[str]:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "uses", "rare"),
    [
        (
            "services.__main__",
            {"typer"},
            {"alembic", "fastapi", "jinja2", "pydantic", "sqlalchemy", "structlog", "uvicorn"},
        ),
        (
            "services.everything",
            {"fastapi", "sqlalchemy"},
            {"alembic", "authlib", "httpx2", "kafka", "psycopg", "puremagic"},
        ),
    ],
)
def test_a_start_loads_what_it_uses(module: str, uses: set[str], rare: set[str]) -> None:
    found = loaded(module)

    assert uses <= found
    assert found & rare == set()
