"""Which Java is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from control.java import Java, find_java, parse_version


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime', 17),
        ('openjdk version "25.0.2" 2026-01-20', 25),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ('java version "1.8.0_392"', 8),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),  # macOS without a Java
        ("", None),
    ],
)
def test_parse_version(output: str, version: int | None) -> None:
    assert parse_version(output) == version


@pytest.mark.parametrize(("answer", "taken"), [('version "17.0.1"', True), ('version "11.0.2"', False), ("", False)])
def test_the_machine_s_java_is_taken_from_17_on(tmp_path: Path, answer: str, taken: bool) -> None:
    own = tmp_path / "java"
    own.write_text(f"#!/bin/sh\necho '{answer}' >&2\n")
    own.chmod(0o755)
    found = find_java(own=str(own))
    assert (found.binary == own) is taken
    assert found.version >= 17


def test_newer_versions_get_the_flag_that_silences_them() -> None:
    assert Java(Path("java"), 17).flags() == []
    assert Java(Path("java"), 24).flags() != []
