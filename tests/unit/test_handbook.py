"""The handbook's pages are made from the shipped playbook, and are what is committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from control.handbook import PAGES, write_pages
from streams.errors import ConfigurationError
from tests.unit.policy_inputs import PLAYBOOK, RELEASED

HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook"


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_what_the_playbook_says(name: str) -> None:
    assert (HANDBOOK / name).read_text(encoding="utf-8") == PAGES[name](PLAYBOOK), "run `mw playbook pages`"


def test_every_intent_team_and_template_is_on_its_page(tmp_path: Path) -> None:
    routing, templates = (path.read_text(encoding="utf-8") for path in write_pages(PLAYBOOK, tmp_path / "new"))
    assert all(f"`{name}`" in routing for name in PLAYBOOK.rank)
    assert all(f"## {name}\n" in templates for name in PLAYBOOK.templates.templates)
    assert templates.count(PLAYBOOK.brand.disclosure) >= 2 * len(PLAYBOOK.templates.templates)
    assert PAGES["routing.md"](RELEASED) != routing


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_pages(PLAYBOOK, tmp_path / "file" / "below")
