"""Closed enums shared by logs, metrics, dead letters, decisions and reports: one vocabulary for all of them."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """The four stages, in the order a ticket passes them."""

    SANITIZE = "sanitize"
    CLASSIFY = "classify"
    POLICY = "policy"
    ACT = "act"


class Channel(StrEnum):
    """Where the customer wrote. ``UNKNOWN`` is never automated."""

    EMAIL = "email"
    LIVECHAT = "livechat"
    SOCIAL = "social"
    TIKTOK = "tiktok"
    PHONE = "phone"
    UNKNOWN = "unknown"


class FailureReason(StrEnum):
    """Why a stage could not do its work on one ticket event (dead letters, ``Failure``)."""

    UNDECODABLE = "undecodable"  # the record is not what the topic promises
    BAD_KEY = "bad_key"  # the record's key names no conversation: it cannot go on
    OUTPUT_TOO_LARGE = "output_too_large"  # the broker or our own limit refused the record for itself
    SEAL_UNOPENABLE = "seal_unopenable"  # key removed, or bytes altered
    REDACTION_FAILED = "redaction_failed"  # the redactor raised or took too long: no text may pass
    DEADLINE = "deadline"  # every attempt ran into its deadline
    NOT_FOUND = "not_found"  # the helpdesk knows no such conversation or message
    NO_TEXT = "no_text"  # no customer message could be found to read
    VENDOR_FAULT = "vendor_fault"  # 5xx or time-outs beyond the attempts allowed
    VENDOR_REFUSED = "vendor_refused"  # a 4xx that is the request's own: asking again changes nothing
    UNEXPECTED = "unexpected"  # an exception nobody planned for: a bug


class DecisionReason(StrEnum):
    """Why policy decided what it decided; every decision carries at least one."""

    STAGE_FAILED = "stage_failed"  # an earlier stage failed: manual triage
    TIER0_SIGNAL = "tier0_signal"  # a rule or model saw chargeback, legal, harassment, fraud or privacy
    TIER0_INTENT = "tier0_intent"  # an intent present in the message belongs to tier 0
    CONFIDENT = "confident"  # routing confidence reached the apply threshold
    CHANNEL_FIRST = "channel_first"  # every ticket of its channel goes to one team
    UNCERTAIN = "uncertain"  # between the two thresholds
    LOW_CONFIDENCE = "low_confidence"  # below both: a person sorts it
    NO_INTENT = "no_intent"  # nothing recognised
    MODEL_UNAVAILABLE = "model_unavailable"  # no language model answered: rules and the local model spoke alone
    MODEL_OVER_BUDGET = "model_over_budget"  # it was not asked: what it may cost is spent
    MODELS_DISAGREE = "models_disagree"  # local and language model do not understand the same
    CONTROL_STALE = "control_stale"  # flags could not be proven fresh
    SAFE_MODE = "safe_mode"
    AUTOMATION_DISABLED = "automation_disabled"
    OUTBOUND_DISABLED = "outbound_disabled"
    ROLLOUT_STAGE = "rollout_stage"  # the rollout stage does not allow the effect yet
    ROUTE_ONLY_INTENT = "route_only_intent"  # the intent has no template
    CHANNEL_NOT_AUTOMATED = "channel_not_automated"
    CHANNEL_DISABLED = "channel_disabled"
    INTENT_DISABLED = "intent_disabled"
    TEMPLATE_DISABLED = "template_disabled"
    TEMPLATE_NOT_FOR_CHANNEL = "template_not_for_channel"
    ROLLOUT_PERCENT = "rollout_percent"  # the conversation is not in the share that may be answered
    AUTO_REPLY = "auto_reply"  # a program wrote it: two programs would answer each other for ever
    ATTACHMENT_ONLY = "attachment_only"  # no words to understand
    INJECTION_SUSPECTED = "injection_suspected"  # the text gives orders to a model
    BELOW_TIER_THRESHOLD = "below_tier_threshold"
    SMALL_MARGIN = "small_margin"  # the second intent is too close to the first
    ORDER_UNKNOWN = "order_unknown"  # tier 2 needs exactly one matched order, and none was looked for
    ORDER_NOT_MATCHED = "order_not_matched"  # none matched for certain, or more than one
    ORDER_CANCELLED = "order_cancelled"  # what the verified templates say would be wrong
    VERIFIER_MISSING = "verifier_missing"  # tier 2 needs a confirming verifier, and none was asked
    VERIFIER_DISAGREES = "verifier_disagrees"  # or not surely enough
    HIGHER_RISK_INTENT = "higher_risk_intent"  # a P0 to P2 intent stands beside a tier 2 one
    TICKET_UNKNOWN = "ticket_unknown"  # the conversation was not read immediately before
    TICKET_CLOSED = "ticket_closed"
    NEWER_MESSAGE = "newer_message"  # somebody wrote after the message that was decided on
    PERSON_ACTIVE = "person_active"  # a person has answered or is at work on it
    ALREADY_ANSWERED = "already_answered"
    REPLY_LIMIT = "reply_limit"  # so many automatic replies that the next is a person's
    REPLY_COUNTS_UNKNOWN = "reply_counts_unknown"
    TOO_LATE = "too_late"  # the answer is older than it may be
    REPLY = "reply"  # every gate let it pass
    REPLIES_NOT_RELEASED = "replies_not_released"  # this release routes and tags only


class OpinionSource(StrEnum):
    """Who says what a text means."""

    RULES = "rules"
    LOCAL = "local"
    LANGUAGE = "language"


class ModelResult(StrEnum):
    """What came of asking the language model about a ticket."""

    NOT_ASKED = "not_asked"  # this installation has none, or there was nothing to ask
    ANSWERED = "answered"
    REMEMBERED = "remembered"  # the same text was answered before
    FAILED = "failed"  # no answer, or none that can be used
    LEFT_ALONE = "left_alone"  # it failed so often that it is not asked for a while
    OVER_BUDGET = "over_budget"


class OutcomeResult(StrEnum):
    """How a ticket event ended."""

    ROUTED = "routed"  # tags and routing applied
    SHADOWED = "shadowed"  # decided, deliberately without effect (rollout stage shadow)
    FAILED = "failed"  # act itself could not do it: dead letter, a person must look


class StageResult(StrEnum):
    """What became of one event in one stage (metric label)."""

    DONE = "done"
    FAILED = "failed"  # dead-lettered; the ticket goes on carrying its failure
    RETRIED = "retried"
    DROPPED = "dropped"  # given back unacked on revoke or stop, or of an older generation
