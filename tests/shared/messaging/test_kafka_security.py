"""Signing in at a broker: the right password works, a wrong setting is said in a sentence."""

import gc
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.apart.settings import Kafka
from shared import ids
from shared.contracts.topics import Topic
from shared.messaging.bus import Appended, BusAway, Record, Refused
from tests.support.certificates import certified
from tests.support.kafka import PASSWORD, USER
from tests.support.needs import free_port

if TYPE_CHECKING:
    from shared.messaging.kafka import KafkaBus
    from tests.support.kafka import Broker

pytestmark = pytest.mark.kafka


def bus(address: str, **security: str) -> "KafkaBus":
    from shared.messaging.kafka import KafkaBus  # noqa: PLC0415 - only where Kafka is asked for

    return KafkaBus([address], patience=3, security=security)


def guarded(broker: "Broker", mechanism: str, password: str) -> "KafkaBus":
    return bus(
        broker.guarded_address,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism=mechanism,
        sasl_plain_username=USER,
        sasl_plain_password=password,
    )


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_who_signs_in_makes_topics_sends_and_hears(kafka_broker: "Broker", mechanism: str) -> None:
    log, name = guarded(kafka_broker, mechanism, PASSWORD), f"t.{ids.new().hex}"
    assert log.ensure_topics([Topic(name, owner="registry", readers=(), partitions=1)]) == []
    [result] = log.append([Record(name, b"k", b"v")])
    assert isinstance(result, Appended)
    assert [record.value for record in log.read(name)] == [b"v"]
    feed = log.consumer(f"g.{name}", [name])
    batches = feed.poll(20)
    feed.close()
    log.close()
    assert [record.value for batch in batches for record in batch.records] == [b"v"]


def test_a_wrong_password_is_said_in_a_sentence(kafka_broker: "Broker") -> None:
    log = guarded(kafka_broker, "SCRAM-SHA-512", "wrong")
    with pytest.raises(BusAway, match="KAFKA_SASL_PASSWORD") as refused:
        log.lag("g", ["t"])
    assert kafka_broker.guarded_address in str(refused.value)
    assert "wrong" not in str(refused.value)
    log.close()


def test_over_tls_who_signs_in_sends_and_hears(
    kafka_broker: "Broker", monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the settings of the environment, as an operator writes them."""
    log, name = sealed(kafka_broker, kafka_broker.authority, monkeypatch), f"t.{ids.new().hex}"
    log.ensure_topics([Topic(name, owner="registry", readers=(), partitions=1)])
    [result] = log.append([Record(name, b"k", b"v")])
    assert isinstance(result, Appended)
    assert [record.value for record in log.read(name)] == [b"v"]
    log.close()


def test_a_broker_of_another_authority_is_not_spoken_to(
    kafka_broker: "Broker", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _key, other = certified(tmp_path, "other")
    log = sealed(kafka_broker, other, monkeypatch)
    [result] = log.append([Record("t", b"k", b"v")])
    assert isinstance(result, Refused)
    assert "KAFKA_SSL_CAFILE" in str(result.error)
    log.close()


def sealed(broker: "Broker", authority: Path, monkeypatch: pytest.MonkeyPatch) -> "KafkaBus":
    for name, value in {
        "SERVERS": broker.sealed_address,
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SSL_CAFILE": str(authority),
        "SASL_MECHANISM": "SCRAM-SHA-512",
        "SASL_USERNAME": USER,
        "SASL_PASSWORD": PASSWORD,
    }.items():
        monkeypatch.setenv(f"KAFKA_{name}", value)
    return Kafka().bus(patience=3)


def test_without_signing_in_nothing_is_taken(kafka_broker: "Broker") -> None:
    log = bus(kafka_broker.guarded_address)
    [result] = log.append([Record("t", b"k", b"v")])
    assert isinstance(result, Refused)
    assert "KAFKA_SECURITY_PROTOCOL" in str(result.error)
    log.close()


def test_nobody_there_is_said_otherwise() -> None:
    from kafka.errors import KafkaTimeoutError  # noqa: PLC0415 - as above

    from shared.messaging.kafka_clients import away  # noqa: PLC0415 - as above

    address = f"127.0.0.1:{free_port()}"
    said = str(away({"bootstrap_servers": [address]}, KafkaTimeoutError("Unable to bootstrap")))
    assert said == f"Nobody answers at {address}."


def test_a_client_that_cannot_be_made_leaves_nothing_open(kafka_broker: "Broker") -> None:
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer  # noqa: PLC0415 - as above
    from kafka.errors import KafkaError  # noqa: PLC0415 - as above

    from shared.messaging.kafka_clients import made  # noqa: PLC0415 - as above

    refused = {"bootstrap_servers": kafka_broker.guarded_address, "bootstrap_timeout_ms": 200}
    for kind in (KafkaAdminClient, KafkaConsumer, KafkaProducer):
        before = left_open()
        for _ in range(3):
            with pytest.raises(KafkaError):
                made(kind, **refused)
        threads, files = left_open()
        # Fewer are no leak: what earlier tests let go of is closed when it is collected.
        assert threads <= before[0], kind
        assert files <= before[1], kind


def left_open() -> tuple[int, int]:
    gc.collect()
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
