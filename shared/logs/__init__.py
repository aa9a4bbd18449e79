"""Logs: one JSON object a line, without bodies, tokens or personal data.

Every line says time, level, event, service and trace; the last is null for what belongs to no
request, event or job.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import structlog

from shared.logs import discretion

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
CHATTY = ("kafka", "httpx2", "httpcore2", "alembic")
"""Libraries that say much of what is no news to an operator."""
PORTAL = "portal"
"""Who speaks in lines of no one service."""


@contextmanager
def of(service: str) -> Iterator[None]:
    """Name the service that lines written meanwhile are of."""
    with structlog.contextvars.bound_contextvars(service=service):
        yield


def configure(level: str = "info", *, machine: bool = True, to: TextIO | None = None) -> None:
    """Write log lines to standard error: JSON for machines, plain for a person at a terminal."""
    stream = to or sys.stderr
    number = LEVELS[level]
    first: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    last: list[structlog.typing.Processor] = (
        [_complete, discretion.failure, discretion.masked, structlog.processors.JSONRenderer()]
        if machine
        else [structlog.processors.format_exc_info, structlog.dev.ConsoleRenderer()]
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(number),
        processors=[*first, *last],
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    # What libraries and our own plain loggers say takes the same form, with the trace.
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=number, handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    if machine and to is None:
        _catch_what_else_is_printed()


def _complete(_logger: Any, _method: str, line: structlog.typing.EventDict) -> dict[str, Any]:
    return {"service": PORTAL, "trace": None, **line}


def _catch_what_else_is_printed() -> None:
    """Have warnings and what nobody caught written as lines, too."""
    logging.captureWarnings(capture=True)
    ends = structlog.get_logger()

    def uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        ends.critical("process.failed", exc_info=(kind, error, trace))

    def uncaught_in_thread(found: threading.ExceptHookArgs) -> None:
        name = found.thread.name if found.thread else ""
        ends.critical("thread.failed", thread=name, exc_info=found.exc_value)

    sys.excepthook = uncaught
    threading.excepthook = uncaught_in_thread
