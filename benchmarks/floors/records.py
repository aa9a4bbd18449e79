"""Raw kafka-python: records sent and read, and nothing else.

`read SERVERS TOPIC FILE`     a process that appends, for each record, its key and when it was read
`send(...)`                   the producer's own pace, for the drain of an outbox
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer

Headers = list[tuple[str, bytes]]


def producer(servers: str) -> KafkaProducer:
    """Return a producer with the promises that the product's has."""
    return KafkaProducer(
        bootstrap_servers=servers,
        enable_idempotence=True,
        acks="all",
        linger_ms=5,
        allow_auto_create_topics=False,
    )


def send(one: KafkaProducer, topic: str, records: Sequence[tuple[bytes, bytes, Headers]]) -> None:
    """Send records and wait until the log has confirmed all of them."""
    waiting = [
        one.send(topic, key=key, value=value, headers=headers) for key, value, headers in records
    ]
    one.flush()
    for future in waiting:
        future.get(timeout=0)


def read(servers: str, topic: str, file: Path) -> None:
    """Read for ever, committing after each batch, and note when each record was read."""
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=servers,
        group_id="floor",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    with file.open("a", buffering=1) as out:
        while True:
            for records in consumer.poll(timeout_ms=500).values():
                now = time.time()
                for record in records:
                    out.write(f"{record.key.decode()} {now!r}\n")
                consumer.commit()


if __name__ == "__main__":
    servers, topic, name = sys.argv[1:]
    read(servers, topic, Path(name))
