"""Settings that are wrong are one line that names the variable."""

from __future__ import annotations

import pytest

from control.settings import load
from streams.errors import ConfigurationError


@pytest.mark.parametrize(
    "servers",
    [
        "localhost:notaport",
        ",,",
        "localhost:9092,",
        "kafka://localhost:9092",
        "localhost 9092",
        "a:1:2",
        "localhost:123456",
    ],
)
def test_an_address_that_no_client_library_understands_is_refused(servers: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^MW_KAFKA_BOOTSTRAP_SERVERS: [^\n]*write host:port"):
        load({"MW_KAFKA_BOOTSTRAP_SERVERS": servers})


@pytest.mark.parametrize(
    ("servers", "read"),
    [
        ("", ""),
        ("localhost", "localhost"),
        ("b1.example.com:9092, b2.example.com:9092", "b1.example.com:9092,b2.example.com:9092"),
        ("[::1]:9092", "[::1]:9092"),
        ("kafka_1:9092", "kafka_1:9092"),
    ],
)
def test_addresses_are_read_as_written(servers: str, read: str) -> None:
    assert load({"MW_KAFKA_BOOTSTRAP_SERVERS": servers}).kafka_bootstrap_servers == read
