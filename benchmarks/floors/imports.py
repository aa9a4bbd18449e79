"""The packages that the portal stands on, imported and nothing more: what a cold start is."""

import alembic.command
import babel.dates
import css_inline
import fastapi
import jinja2
import joserfc.jws
import markdown_it
import nh3
import pydantic_settings
import rich.console
import sqlalchemy.orm
import structlog
import typer
import uvicorn

STANDS_ON = (
    alembic.command,
    babel.dates,
    css_inline,
    fastapi,
    jinja2,
    joserfc.jws,
    markdown_it,
    nh3,
    pydantic_settings,
    rich.console,
    sqlalchemy.orm,
    structlog,
    typer,
    uvicorn,
)
