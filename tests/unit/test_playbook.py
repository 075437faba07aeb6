"""Releases of the playbook: the shipped one is whole, and an edit that breaks one is refused with its place."""

# ruff: noqa: E501  (in the table of mistakes one row is one mistake)

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from control.playbooks import FOLDER, SHIPPED, load_examples, load_playbook, releases
from streams.errors import ConfigurationError
from tests.unit.policy_inputs import release

PARTS = ("taxonomy.yaml", "routing.yaml", "automation.yaml", "examples.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped release, to be broken."""
    shutil.copytree(FOLDER / SHIPPED, tmp_path / SHIPPED)
    return tmp_path


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / SHIPPED / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(folder: Path, name: str, part: str) -> int:
    text = (folder / SHIPPED / name).read_text(encoding="utf-8")
    return text[: text.index(part)].count("\n") + 1


def test_the_shipped_release_is_found_and_whole() -> None:
    playbook = load_playbook()
    assert SHIPPED in releases()
    assert playbook.version == SHIPPED
    assert len(playbook.rank) == 25
    assert set(playbook.routing.intents) == set(playbook.automation.intents) == set(playbook.rank)
    assert len(playbook.team) == 11


def test_a_release_cannot_be_changed() -> None:
    playbook = load_playbook()
    with pytest.raises(ValidationError, match="frozen"):
        playbook.version = "2026.11.2"


def test_the_hash_is_of_the_content_not_of_the_layout(folder: Path) -> None:
    shipped = load_playbook().content_hash
    assert re.fullmatch("[0-9a-f]{64}", shipped)
    edit(folder, "automation.yaml", "thresholds:\n", "# a comment\nthresholds:\n\n")
    assert load_playbook(SHIPPED, folder=folder).content_hash == shipped
    edit(folder, "automation.yaml", "present: 0.30", "present: 0.31")
    assert load_playbook(SHIPPED, folder=folder).content_hash != shipped


def test_examples_cover_every_intent() -> None:
    examples = load_examples()
    assert set(examples) == set(load_playbook().rank)
    assert all(examples.values())


# file, text, what it becomes, what the message says, and text that stands on the line it must name (None: no line)
MISTAKES = {
    "an intent is misspelt": ("routing.yaml", "  cancel_order: E", "  cancel_ordr: E", "'cancel_order' is missing", "intents:"),
    "an intent is not routed": ("routing.yaml", "  refund_request: Returns Admin\n", "", "'refund_request' is missing", "intents:"),
    "an intent has no rule": ("automation.yaml", "  unknown_other: {tier: route_only}\n", "", "'unknown_other' is missing", "intents:"),
    "an intent is routed that is none": ("routing.yaml", "  unknown_other: E", "  vip: Sales Team\n  unknown_other: E", "'vip' is no intent", "vip"),
    "a team is misspelt": ("routing.yaml", "damaged_item: Returns Admin", "damaged_item: Returns Admim", "'Returns Admim' is no team", "Admim"),
    "a signal's team is unknown": ("routing.yaml", "threats, team: Leadership Team", "threats, team: Legal", "'Legal' is no team", "Legal,"),
    "a signal is not explained": ("routing.yaml", "    definition: The customer", "    # The customer", "needs a definition", "  - signal: privacy"),
    "the prompt has no place for the intents": ("prompts/classify.md", "{{intents}}", "the intents", "{{intents}} exactly once", None),
    "a signal stands for an intent that is not P0": ("routing.yaml", "intent: legal_threat", "intent: refund_request", "'refund_request' is no P0 intent", "intent: refund_request"),
    "a team has no slug": ("routing.yaml", "{name: Sales Team, slug: sales, in", "{name: Sales Team, in", "slug: Field required", "Sales Team, in"),
    "a slug stands twice": ("routing.yaml", "slug: sales", "slug: returns", "slug 'returns' stands twice", "slug: returns"),
    "a slug is no tag": ("routing.yaml", "slug: sales", "slug: Sales Team", "slug: String should match", "Sales Team, slug"),
    "a slug is a tag of its own": ("routing.yaml", "slug: sales", "slug: manual-triage", "cannot route", "manual-triage"),
    "the default team does not exist": ("routing.yaml", "email-support, in_tenant: true", "email-support, in_tenant: false", "default team must exist", "default_team"),
    "a field is unknown": ("routing.yaml", "slug: sales", "slug: sales, colour: red", "colour: is no known field", "colour"),
    "thresholds are in the wrong order": ("automation.yaml", "uncertain: 0.50", "uncertain: 0.65", "apply must not be below uncertain", "apply: 0.60"),
    "thresholds are equal": ("automation.yaml", "uncertain: 0.50", "uncertain: 0.60", "uncertain < apply", "uncertain: 0.60"),
    "a threshold is a percentage": ("automation.yaml", "tier2: 0.70", "tier2: 70", "less than or equal to 1", "tier2: 70"),
    "a threshold is a word": ("automation.yaml", "tier2: 0.70", 'tier2: "0.70"', "valid number", "tier2:"),
    "a threshold is missing": ("automation.yaml", "  verifier: 0.80", "  #", "verifier: Field required", "thresholds:"),
    "tier 3 is switched on": ("automation.yaml", "cancel_order: {tier: 1", "cancel_order: {tier: 3", "tier: Input should be", "cancel_order"),
    "a tier is a truth value": ("automation.yaml", "cancel_order: {tier: 1", "cancel_order: {tier: yes", "not true or false", "cancel_order"),
    "a P0 intent is to be answered": ("automation.yaml", "legal_threat: {tier: 0}", "legal_threat: {tier: 1, template: t_legal}", "P0 intents", "legal_threat"),
    "another intent is made tier 0": ("automation.yaml", "damaged_item: {tier: 1, template: t_damaged_item_intake}", "damaged_item: {tier: 0}", "P0 intents", "damaged_item"),
    "what was not understood is answered": ("automation.yaml", "unknown_other: {tier: route_only}", "unknown_other: {tier: 1, template: t_hello}", "is route_only", "unknown_other"),
    "a tier 1 intent has no template": ("automation.yaml", "{tier: 1, template: t_damaged_item_intake}", "{tier: 1}", "needs a template", "damaged_item"),
    "a route-only intent has a template": ("automation.yaml", "tiktok_support_request: {tier: route_only}", "tiktok_support_request: {tier: route_only, template: t_tiktok}", "needs a template", "tiktok_support_request"),
    "a template's name is no id": ("automation.yaml", "t_damaged_item_intake", "Damaged item", "String should match", "Damaged item"),
    "an intent asks for less than its tier": ("automation.yaml", "min_confidence: 0.65", "min_confidence: 0.20", "only raises", "min_confidence: 0.20"),
    "tier 2 has nothing to say without a match": ("automation.yaml", "    unmatched_template: t_order_status_ask_order_number\n", "", "needs an unmatched_template", "order_status_tracking"),
    "tier 2 has nothing verified to say": ("automation.yaml", "    tier: 2\n    verified: {tracked: t_order_status_verified, estimated: t_order_eta_no_tracking_verified, delayed: t_shipping_delay_verified}\n", "    tier: 2\n", "needs verified templates", "order_status_tracking"),
    "a template answers two things": ("automation.yaml", "delayed: t_shipping_delay_verified", "delayed: t_order_status_verified", "stands twice", "order_status_tracking"),
    "another template may close a ticket": ("automation.yaml", "auto_close: [t_order_eta", "auto_close: [t_damaged_item_intake, t_order_eta", "only those may close", "auto_close"),
    "an age is missing": ("automation.yaml", "{default: 7200, livechat", "{email: 7200, livechat", "default: Field required", "reply_max_age_s"),
    "a time zone is none": ("shipping.yaml", "America/New_York", "Eastern", "is no time zone", "Eastern"),
    "a holiday is no date": ("shipping.yaml", "holidays: []", "holidays: [Christmas]", "valid date", "Christmas"),
    "a holiday stands twice": ("shipping.yaml", "holidays: []", "holidays: [2026-12-25, 2026-12-25]", "stands twice", "holidays: ["),
    "a window is turned round": ("shipping.yaml", "least_days: 3, most_days: 5", "least_days: 5, most_days: 3", "above most_days", "least_days: 5"),
    "a pattern stands twice": ("shipping.yaml", "patterns: [rush]", "patterns: [express]", "under 'express' already", "patterns: [express], least_days: 1, most_days: 2}\n  - {name: econ"),
    "a pattern is in capitals": ("shipping.yaml", "[standard]", "[Standard]", "String should match", "[Standard]"),
    "a template is missing": ("automation.yaml", "template: t_billing_issue_intake", "template: t_billing_isue_intake", "'t_billing_isue_intake' is no template", "billing_issue:"),
    "a variable is none": ("templates.yaml", "optional: [first_name]", "optional: [fist_name]", "optional.0: Input should be", "fist_name"),
    "an address is a variable": ("templates.yaml", "optional: [first_name]", "optional: [first_name, address]", "optional.1: Input should be", "address]"),
    "a variable is not taken": ("templates.yaml", "we have your request to cancel an order and", "we have your request to cancel {{order_number}} and", "'order_number' is no variable that it takes", "text: |"),
    "a required variable is not used": ("templates.yaml", "your order {{order_number}} is {{order_status}}.", "your order {{order_number}} is on its way.", "order_status is required and never used", None),
    "an optional variable stands bare": ("templates.yaml", "Hi{{?first_name}} {{first_name}}{{/first_name}},", "Hi {{first_name}},", "first_name is optional", "text: |"),
    "a section is not closed": ("templates.yaml", "{{first_name}}{{/first_name}},", "{{first_name}},", "is never closed", "text: |"),
    "a section ends as another": ("templates.yaml", "{{first_name}}{{/first_name}},", "{{first_name}}{{/order_date}},", "does not fit", "text: |"),
    "a brace is left": ("templates.yaml", "{{first_name}}{{/first_name}},", "{first_name}{{/first_name}},", "braces that are no mark", "text: |"),
    "a variable is required and optional": ("templates.yaml", "required: [order_number]", "required: [order_number, first_name]", "required and optional", "optional: [first_name, order_date]"),
    "a template asks for a card": ("templates.yaml", "please send the order number;", "please send the card number;", "asks for what no reply may ask", None),
    "a template promises a refund": ("templates.yaml", "we have your question about a refund.", "your order has been refunded.", "promises an outcome", None),
    "a template links elsewhere": ("templates.yaml", "thank you for your interest.", "see https://shop.invalid/x.", "not in link_hosts", None),
    "a template is too long for the chat": ("templates.yaml", "Happy to look that up.", "Happy to look that up." + 40 * " We look it up now.", "too_long", None),
    "a template is for no channel": ("templates.yaml", "channels: [email, livechat]", "channels: []", "at least 1", "channels: []"),
    "a template is for the telephone": ("templates.yaml", "channels: [email, livechat]", "channels: [email, phone]", "cannot be sent on phone", None),
    "a template has two texts": ("templates.yaml", "    livechat: |\n      We have your request to cancel", "    text: |\n      We have your request to cancel", "'text' stands twice", None),
    "the disclosure is missing": ("brand.yaml", "disclosure: This is an automatic reply.\n", "", "disclosure: Field required", None),
    "the brand has braces": ("brand.yaml", "This is an automatic reply.", "This is {{name}}.", "String should match", "{{name}}"),
    "a host is an address": ("brand.yaml", "  - ups.com", "  - https://ups.com/track", "String should match", "https://ups.com"),
    "a near miss is the intent itself": ("taxonomy.yaml", "is: billing_issue", "is: chargeback_dispute", "is another intent", "is: chargeback_dispute"),
    "a near miss is no intent": ("taxonomy.yaml", "is: billing_issue", "is: biling_issue", "not 'biling_issue'", "is: biling_issue"),
    "an intent has no near miss": ("taxonomy.yaml", "    near_misses:\n      - {says: \"my bank", "    near_mises:\n      - {says: \"my bank", "near_m", None),
    "a channel goes to nobody": ("routing.yaml", "channel_first: {}", "channel_first: {tiktok: TikTok Team}", "'TikTok Team' is no team", "channel_first: {tiktok: TikTok Team}"),
    "a channel that is none goes first": ("routing.yaml", "channel_first: {}", "channel_first: {fax: TikTok Support}", "channel_first.fax", None),
    "a channel is unknown": ("automation.yaml", "[email, livechat]", "[email, fax]", "channels.1: Input should be", "fax"),
    "too many actions": ("automation.yaml", "actions_per_event: 3", "actions_per_event: 4", "less than or equal to 3", "actions_per_event"),
    "an intent stands twice": ("taxonomy.yaml", "- name: legal_threat", "- name: chargeback_dispute", "'chargeback_dispute' stands twice", "- name: chargeback_dispute"),
    "an intent is out of order": ("taxonomy.yaml", "priority: P7", "priority: P0", "move it up", "- name: unknown_other"),
    "a priority is out of range": ("taxonomy.yaml", "priority: P7", "priority: P8", "priority: String should match", "P8"),
    "a definition is missing": ("taxonomy.yaml", "    definition: None of the others, no request at all, or not understood.\n", "", "definition: Field required", "- name: unknown_other"),
    "unknown is no intent": ("taxonomy.yaml", "unknown: unknown_other", "unknown: other", "'other' is not among", "unknown: other"),
    "a key stands twice": ("routing.yaml", "  refund_request: R", "  refund_request: Sales Team\n  refund_request: R", "'refund_request' stands twice", "refund_request: R"),
    "an anchor": ("routing.yaml", "teams:\n", "teams: &all\n", "anchors", "teams: &all"),
    "an alias without anchor": ("routing.yaml", "cancel_order: Email Support Team", "cancel_order: *all", "anchors", "*all"),
    "a merge key": ("routing.yaml", "intents:\n", "intents:\n  <<: {a: b}\n", "plain word", "<<"),
    "a Python object": ("routing.yaml", "default_team: Email Support Team", "default_team: !!python/name:os.system", "no valid YAML", "!!python"),
    "a key that YAML reads as a truth value": ("routing.yaml", "intents:\n", "intents:\n  no: Sales Team\n", "plain word", "no: Sales"),
    "two documents": ("routing.yaml", "signals:\n", "---\nsignals:\n", "no valid YAML", "---"),
    "a tab": ("routing.yaml", "  cancel_order:", "\tcancel_order:", "no valid YAML", "\tcancel_order"),
    "an impossible date": ("automation.yaml", "tier2: 0.70", "tier2: 2026-99-99", "no valid YAML", None),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_file_and_line(folder: Path, mistake: str) -> None:
    name, old, new, message, stands_on = MISTAKES[mistake]
    edit(folder, name, old, new)
    with pytest.raises(ConfigurationError) as caught:
        load_playbook(SHIPPED, folder=folder)
    said = str(caught.value)
    assert message in said
    line = f":{line_of(folder, name, stands_on)}" if stands_on else r"(:\d+)?"
    assert re.match(f"{re.escape(str(folder / SHIPPED / name))}{line}: ", said)
    assert "\n" not in said


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), (b"Be good.", "at least 100"), (b"\xff\xfe", "is not UTF-8")],
)
def test_a_prompt_that_is_none_is_refused(folder: Path, content: bytes | None, message: str) -> None:
    path = folder / SHIPPED / "prompts" / "verify.md"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message) as caught:
        load_playbook(SHIPPED, folder=folder)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"- a\n- b\n", "the file: Input should be"),
        (b"just words", "the file: Input should be"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"a" * (4 * 1024 * 1024 + 1), "is it the right file"),
        (b"[" * 5000, ":1: is nested deeper than 10 levels"),
    ],
)
def test_a_file_that_is_no_part_is_refused(folder: Path, name: str, content: bytes | None, message: str) -> None:
    path = folder / SHIPPED / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        (load_examples if name == "examples.yaml" else load_playbook)(SHIPPED, folder=folder)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


@pytest.mark.parametrize("version", ["2026.11.9", "", "..", "../2026.11.1", "2026.11.1/..", "latest"])
def test_a_release_that_is_not_there_is_refused_and_the_others_named(folder: Path, version: str) -> None:
    if version == "":
        assert load_playbook(version, folder=folder).version == SHIPPED
        return
    with pytest.raises(ConfigurationError, match=f"releases found: {re.escape(SHIPPED)}"):
        load_playbook(version, folder=folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("unknown_other: [hello]\nvip: [I am a VIP]\n", "2: 'vip' is no intent"),
        ("unknown_other:\n  - hello\n  - Hello \n", "3: this example stands under 'unknown_other' already"),
        ('unknown_other:\n  - hello\n  - " "\n', "3: an example is empty"),
        ("unknown_other: [hello]\n", "1: intent 'chargeback_dispute' has no examples: add some (and 23 more)"),
        ("unknown_other:\n  - no\n", "2: unknown_other.0: Input should be a valid string"),
        ("unknown_other: [a]\nunknown_other: [b]\n", "2: key 'unknown_other' stands twice"),
    ],
)
def test_bad_examples_are_refused_with_their_line(folder: Path, content: str, message: str) -> None:
    path = folder / SHIPPED / "examples.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_examples(SHIPPED, folder=folder)
    assert str(caught.value).startswith(f"{path}:{message}")


def test_parts_that_do_not_agree_make_no_playbook() -> None:
    routing = load_playbook().routing.model_copy(update={"default_team": "Nobody"})
    with pytest.raises(ValidationError, match="'Nobody' is no team"):
        release(routing=routing)
