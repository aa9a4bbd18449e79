"""In which part of a topic a key stands, the same wherever it is asked."""


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition of a key, the same as Kafka's own clients choose (murmur2)."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Return the 32-bit murmur2 hash with Kafka's seed."""
    multiplier, mask = 0x5BD1E995, 0xFFFFFFFF
    length = len(data)
    result = (0x9747B28C ^ length) & mask
    whole = length & ~3
    for at in range(0, whole, 4):
        part = int.from_bytes(data[at : at + 4], "little") * multiplier & mask
        part = (part ^ (part >> 24)) * multiplier & mask
        result = (result * multiplier & mask) ^ part
    if rest := data[whole:]:
        result = (result ^ int.from_bytes(rest, "little")) * multiplier & mask
    result = (result ^ (result >> 13)) * multiplier & mask
    return result ^ (result >> 15)
