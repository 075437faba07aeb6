"""What ``mw up`` prints fits the terminal it is printed on."""

import pytest

from control.cli import tour
from control.playbooks import load_playbook
from streams.reasons import DecisionReason

TAGS = "processed intent-refund_request secondary-delivered_not_received secondary-return_request tier-1 needs-returns"
CELLS = ("demo-275e33-11", "influencer_marketing_inquiry", "Chargebacks / Disputes Team")
WHY = "tier0_signal, tier0_intent"


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_a_row_is_never_wider_than_the_terminal_and_breaks_between_words(width):
    lines = tour.row(CELLS, WHY, TAGS, width)
    assert max(map(len, lines)) <= width
    assert " ".join(" ".join(lines).split()).replace(";", "") == " ".join([*CELLS, WHY, TAGS])
    assert [line.startswith(" ") for line in lines] == [False] + [True] * (len(lines) - 1)


@pytest.mark.parametrize("width", [None, 250])
def test_a_row_is_one_line_in_a_file_and_on_a_wide_terminal(width):
    (line,) = tour.row(CELLS, WHY, TAGS, width)
    assert line.endswith(f"{WHY}; {TAGS}")


def test_every_intent_and_team_leaves_a_gap_before_the_next_column():
    playbook = load_playbook(None)
    for intent in playbook.taxonomy.intents:
        for team in playbook.routing.teams:
            (line,) = tour.row(("demo-275e33-1000", intent.name, team.name), DecisionReason.CONFIDENT, "", None)
            assert f" {intent.name} " in line
            assert f" {team.name} " in line


@pytest.mark.parametrize("width", [80, 120, None])
def test_suggestions_can_be_copied_whole(width):
    pairs = tour.suggestions(".venv/bin/mw", "demo-275e33-11")
    lines = tour.listed(pairs, width)
    for command, meaning in pairs:
        assert sum(line.strip().startswith(command) for line in lines) == 1
        assert any(meaning in line for line in lines)
    assert max(map(len, lines)) <= (width or 200)
