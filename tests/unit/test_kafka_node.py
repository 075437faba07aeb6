"""A node's configuration, its ports, and the line of a log that tells why it failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control import kafka_node
from control.kafka_node import Ports
from streams.errors import DependencyError


def as_dict(text: str) -> dict[str, str]:
    """Keys and values of a properties text."""
    return dict(line.split("=", 1) for line in text.splitlines())


def test_one_node() -> None:
    values = as_dict(kafka_node.properties(1, [Ports(19092, 19093)], Path("/data/node-1")))
    assert values["controller.quorum.voters"] == "1@127.0.0.1:19093"
    assert values["listeners"] == "PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093"
    assert values["advertised.listeners"] == "PLAINTEXT://127.0.0.1:19092"
    assert values["log.dirs"] == "/data/node-1"
    assert values["auto.create.topics.enable"] == "false"
    assert values["group.initial.rebalance.delay.ms"] == "0"
    assert values["offsets.topic.replication.factor"] == "1"
    assert values["min.insync.replicas"] == "1"


def test_three_nodes_replicate_three_times_and_confirm_with_two() -> None:
    ports = [Ports(1, 2), Ports(3, 4), Ports(5, 6)]
    values = as_dict(kafka_node.properties(2, ports, Path("/data/node-2")))
    assert values["node.id"] == "2"
    assert values["controller.quorum.voters"] == "1@127.0.0.1:2,2@127.0.0.1:4,3@127.0.0.1:6"
    assert values["listeners"].startswith("PLAINTEXT://127.0.0.1:3,")
    for key in ("default", "offsets.topic", "transaction.state.log"):
        assert values[f"{key}.replication.factor"] == "3"
    assert values["min.insync.replicas"] == values["transaction.state.log.min.isr"] == "2"


def test_a_further_listener_is_added_and_other_properties_win() -> None:
    more = {"listeners": "SECURE://127.0.0.1:7", "listener.security.protocol.map": "SECURE:SSL", "node.id": "7"}
    values = as_dict(kafka_node.properties(1, [Ports(19092, 19093)], Path("/data/node-1"), more))
    assert values["listeners"] == "PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093,SECURE://127.0.0.1:7"
    assert values["listener.security.protocol.map"] == "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SSL"
    assert values["advertised.listeners"] == "PLAINTEXT://127.0.0.1:19092"
    assert values["node.id"] == "7"


@given(st.text(st.characters(exclude_characters="\x00/", exclude_categories=["Cs"]), min_size=1))
def test_any_folder_name_survives_the_properties_format(name: str) -> None:
    values = as_dict(kafka_node.properties(1, [Ports(1, 2)], Path("/d") / f"x{name}"))
    written = values["log.dirs"]
    assert written.isascii()
    units = bytearray()  # read as java.util.Properties does: \\ and \uXXXX, in UTF-16
    position = 0
    while position < len(written):
        if written.startswith("\\u", position):
            units += int(written[position + 2 : position + 6], 16).to_bytes(2, "little")
            position += 6
        else:
            position += written[position] == "\\"
            units += written[position].encode("utf-16-le")
            position += 1
    assert units.decode("utf-16-le") == f"/d/x{name}"


@pytest.mark.parametrize(
    ("nodes", "remembered", "preferred", "taken", "expected"),
    [
        (1, [], 19092, set(), [(19092, 19093)]),
        (3, [], 19092, set(), [(19092, 19093), (19094, 19095), (19096, 19097)]),
        (1, [Ports(30000, 30001)], 19092, set(), [(30000, 30001)]),  # a restart stays where it was
        (1, [Ports(30000, 30001)], 19092, {30001}, [(19092, 19093)]),
        (1, [], 19092, {19093}, [(20000, 20001)]),
        (1, [], None, {20000}, [(20001, 20002)]),
        (3, [Ports(30000, 30001)], None, set(), [(20000, 20001), (20002, 20003), (20004, 20005)]),
    ],
)
def test_ports(
    nodes: int, remembered: list[Ports], preferred: int | None, taken: set[int], expected: list[tuple[int, int]]
) -> None:
    upwards = iter(range(20000, 32000))
    chosen = kafka_node.choose_ports(
        nodes,
        remembered=remembered,
        preferred=preferred,
        free=lambda port: port not in taken,
        draw=lambda _: next(upwards),
    )
    assert [(p.client, p.controller) for p in chosen] == expected


def test_no_free_port_is_one_clear_line() -> None:
    with pytest.raises(DependencyError, match=r"no 2 free ports .* MW_KAFKA_BOOTSTRAP_SERVERS"):
        kafka_node.choose_ports(1, preferred=None, free=lambda _: False)


@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("", ""),
        ("just this\n", "just this"),
        (
            "a\n[x] ERROR Fatal\njava.net.BindException: Address already in use\n\tat sun.nio\nExiting\n",
            "BindException",
        ),
        ("ERROR Exiting Kafka due to fatal exception\nCaused by: java.io.IOException: the cause\n\tat x", "the cause"),
        ("WARN a\nERROR b\nbye\n", "ERROR b"),
    ],
)
def test_telling_line(log: str, line: str) -> None:
    found = kafka_node.telling_line(log)
    assert line in found
    assert "\n" not in found
