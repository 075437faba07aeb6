"""What the wheel must hold beside Python files."""

from __future__ import annotations

from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]


def test_data_files_are_shipped() -> None:
    shipped = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    assert "control/kafka_jars.sha256" in shipped
    data = {str(path.relative_to(ROOT)) for path in (ROOT / "control/playbooks").rglob("*.yaml")}
    assert data <= shipped
    assert not any(path.startswith("tests/") for path in shipped)
