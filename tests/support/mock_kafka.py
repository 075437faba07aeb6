"""librdkafka's mock cluster, in this process: for answers that a real broker cannot be made to give.

The library comes with the confluent-kafka wheel; its mock is reached by ctypes since the Python package does not offer
it. It knows neither compaction nor consumer groups as Apache Kafka does: for the producer's protocol alone.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import confluent_kafka

PRODUCE = 0  # Kafka's number of the produce request
_PRODUCER = 0  # rd_kafka_type_t


@cache
def _library() -> ctypes.CDLL:
    package = Path(confluent_kafka.__file__).parent
    places = (package.with_name("confluent_kafka.libs"), package / ".dylibs")
    found = [file for place in places for file in place.glob("librdkafka*")]
    assert found, f"no librdkafka beside {package}"
    library = ctypes.CDLL(str(found[0]))
    pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    signatures = {
        "rd_kafka_conf_new": (pointer, []),
        "rd_kafka_conf_set": (number, [pointer, text, text, text, ctypes.c_size_t]),
        "rd_kafka_new": (pointer, [number, pointer, text, ctypes.c_size_t]),
        "rd_kafka_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_new": (pointer, [pointer, number]),
        "rd_kafka_mock_cluster_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_bootstraps": (text, [pointer]),
        "rd_kafka_mock_topic_create": (number, [pointer, text, number, number]),
        "rd_kafka_mock_broker_set_down": (number, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_broker_set_up": (number, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_push_request_errors_array": (
            None,
            [pointer, ctypes.c_int16, ctypes.c_size_t, ctypes.POINTER(number)],
        ),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class MockKafka:
    """A mock cluster of one broker."""

    def __init__(self, cluster: int) -> None:
        self._cluster, self._library = cluster, _library()
        self.servers: str = self._library.rd_kafka_mock_cluster_bootstraps(cluster).decode()

    def create(self, topic: str, partitions: int = 1) -> None:
        """Create ``topic``."""
        assert self._library.rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, 1) == 0

    def answer_produce_with(self, codes: Iterable[int]) -> None:
        """The next produce requests are answered with these error codes, one each, and append nothing."""
        wanted = list(codes)
        array = (ctypes.c_int * len(wanted))(*wanted)
        self._library.rd_kafka_mock_push_request_errors_array(self._cluster, PRODUCE, len(wanted), array)

    def down(self) -> None:
        """The broker ends its connections and takes no new ones."""
        assert self._library.rd_kafka_mock_broker_set_down(self._cluster, 1) == 0

    def up(self) -> None:
        """The broker is back."""
        assert self._library.rd_kafka_mock_broker_set_up(self._cluster, 1) == 0


@contextmanager
def mock_kafka() -> Iterator[MockKafka]:
    """A mock cluster for the length of a ``with``."""
    library = _library()
    reason = ctypes.create_string_buffer(512)
    quiet = library.rd_kafka_conf_new()
    assert library.rd_kafka_conf_set(quiet, b"log_level", b"0", reason, 512) == 0, reason.value
    owner = library.rd_kafka_new(_PRODUCER, quiet, reason, 512)
    assert owner, reason.value
    cluster = library.rd_kafka_mock_cluster_new(owner, 1)
    try:
        yield MockKafka(cluster)
    finally:
        library.rd_kafka_mock_cluster_destroy(cluster)
        library.rd_kafka_destroy(owner)
