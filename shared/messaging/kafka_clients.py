"""Clients of Kafka, made so that a failure leaves nothing open and says its reason.

kafka-python 3.0.12 leaves a thread and four files behind whenever a client cannot be made, which a
broker away for an hour makes thousands of. And it says no more than that time ran out: a broker
that does not take the password, and one that expects another protocol, just end the connection.
"""

import socket
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from kafka.errors import KafkaConnectionError, KafkaTimeoutError
from kafka.net.compat import KafkaNetClient

from shared.messaging.bus import BusAway

C = TypeVar("C")
SECONDS = 1.0
SETTINGS = (
    "KAFKA_SECURITY_PROTOCOL",
    "KAFKA_SASL_MECHANISM",
    "KAFKA_SASL_USERNAME",
    "KAFKA_SASL_PASSWORD",
    "KAFKA_SSL_CAFILE",
)


def made(kind: Callable[..., C], **settings: Any) -> C:
    """Return a client of a kind; what it opened before it failed is closed. Raises KafkaError."""
    opened: list[Any] = []

    def open_net(**given: Any) -> Any:
        opened.append(KafkaNetClient(**given))
        return opened[-1]

    try:
        return kind(kafka_client=open_net, **settings)
    except BaseException:
        for one in opened:
            one.close()
            one._manager._net.stop()  # noqa: SLF001 - the client's own `close` does no other
        raise


def away(settings: Mapping[str, Any], error: BaseException) -> BusAway:
    """Return the error with its reason; where the client cannot say it, look who listens."""
    if not isinstance(error, (KafkaTimeoutError, KafkaConnectionError)):
        return BusAway(str(error))
    servers: list[str] = settings["bootstrap_servers"]
    answering = [one for one in servers if _listens(one)]
    if not answering:
        return BusAway(f"Nobody answers at {', '.join(servers)}.")
    return BusAway(
        f"A broker listens at {', '.join(answering)} but does not talk to us. If it is not just"
        f" starting, one of {', '.join(SETTINGS)} is not as the broker has it."
    )


def _listens(server: str) -> bool:
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=SECONDS):
            return True
    except OSError:
        return False
