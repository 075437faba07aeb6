"""Every metric as a typed constant, each explained on the line above. Base units, low cardinality, prefix ``mw_``.

Labels come from closed enums and from names of our own; never from a ticket.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # one more series per series, and nothing of ours reads it

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0)
_SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)

# Webhook requests by what was answered (HTTP status).
INGRESS_REQUESTS = Counter("mw_ingress_requests_total", "Webhook requests by result", ["result"])
# From the first byte of a webhook to the answer that the broker has it.
INGRESS_ACK_SECONDS = Histogram("mw_ingress_ack_seconds", "Seconds until a webhook was answered", buckets=_FAST)
# Events a stage finished, failed, tried again or gave back.
STAGE_EVENTS = Counter("mw_stage_events_total", "Events by what became of them", ["stage", "result"])
# One attempt at one event, from handing over to the handler's return; for a batch once, its seconds per event.
STAGE_SECONDS = Histogram("mw_stage_seconds", "Seconds of an attempt, per event", ["stage"], buckets=_FAST)
# Events taken from the topic and not yet acknowledged, per stage.
STAGE_UNACKED = Gauge("mw_stage_unacked_events", "Events taken and not yet acknowledged", ["stage"])
# From ingress to the confirmed outcome.
END_TO_END_SECONDS = Histogram("mw_end_to_end_seconds", "Seconds from ingress to outcome", buckets=_SLOW)
# Dead letters written, by stage and reason.
DEAD_LETTERS = Counter("mw_dead_letters_total", "Dead letters written", ["stage", "reason"])
# Requests to a vendor, by result (ok, or the error class).
VENDOR_REQUESTS = Counter("mw_vendor_requests_total", "Vendor requests by result", ["vendor", "result"])
# One request to a vendor.
VENDOR_SECONDS = Histogram("mw_vendor_seconds", "Seconds of one vendor request", ["vendor"], buckets=_SLOW)
# 429 answers.
VENDOR_RATE_LIMITED = Counter("mw_vendor_rate_limited_total", "Vendor answers that asked us to slow down", ["vendor"])
# Decisions by tier and first reason.
DECISIONS = Counter("mw_decisions_total", "Decisions by tier and first reason", ["tier", "reason"])
# Why no automatic reply was possible: one count per failed gate.
AUTOMATION_BLOCKED = Counter("mw_automation_blocked_total", "Gates that stopped an automatic reply", ["reason"])
# What came of asking the language model about a ticket (ModelResult).
MODEL_RESULTS = Counter("mw_model_results_total", "Tickets by what came of asking the language model", ["result"])
# Tokens by the kind of their price (input, cached, cache_write, output) and by what was asked.
TOKENS = Counter("mw_tokens_total", "Tokens of the language model", ["purpose", "kind"])
# Tokens of one ticket's classification, all kinds together.
TICKET_TOKENS = Histogram(
    "mw_ticket_tokens", "Tokens per ticket", buckets=(250, 500, 1000, 1500, 2000, 3000, 4000, 6000, 8000, 16000)
)
# What the language model cost, by what was asked; a call whose answer never came with what it may have cost at most.
COST_USD = Counter("mw_cost_usd_total", "US dollars spent on the language model", ["purpose"])
# Share of this worker's part of the language model's budget that is used, per period (day, hour).
BUDGET_USED_RATIO = Gauge("mw_budget_used_ratio", "Used share of this worker's part of the budget", ["period"])
# Highest epoch of control.flags this process has applied.
CONTROL_EPOCH = Gauge("mw_control_epoch", "Applied control epoch")
# 1 while this process cannot prove that it holds the newest control state, and so uses the safest values.
CONTROL_STALE = Gauge("mw_control_stale", "1 while control state is not proven fresh")
# 1 while this worker's place in its group is proven: act writes nothing to the helpdesk without it. Others: 0.
MEMBERSHIP_HELD = Gauge("mw_membership_held", "1 while the worker's place in its group is proven")
# Texts that were not let through because redaction failed.
REDACTION_FAILURES = Counter("mw_redaction_failures_total", "Texts held back: redaction failed, or a seal did not open")

CONTROL_STALE.set(1)  # stale until proven fresh, from the first scrape on
