"""Reasons in words that support staff read; the closed enums of ``streams.reasons`` are the keys, all of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from streams.reasons import DecisionReason as Why
from streams.reasons import FailureReason as Failed

DECISIONS: Mapping[str, str] = MappingProxyType(
    {
        Why.STAGE_FAILED: "an earlier step failed, so a person sorts it",
        Why.TIER0_SIGNAL: "it speaks of a chargeback, legal steps, harassment, fraud or a privacy request",
        Why.TIER0_INTENT: "what the customer wants must always be handled by a person",
        Why.CONFIDENT: "what the customer wants was recognised with enough confidence",
        Why.CHANNEL_FIRST: "every ticket of this channel goes to one team",
        Why.UNCERTAIN: "what the customer wants was recognised, but not surely",
        Why.LOW_CONFIDENCE: "what the customer wants is not clear enough, so a person sorts it",
        Why.NO_INTENT: "nothing was recognised",
        Why.MODEL_UNAVAILABLE: "the model gave no answer, so what it would have added is missing",
        Why.MODEL_OVER_BUDGET: "what the language model may cost is spent, so it was not asked",
        Why.MODELS_DISAGREE: "the language model and the local model do not understand the same",
        Why.CONTROL_STALE: "the flags could not be proven to be the newest",
        Why.SAFE_MODE: "safe mode is on",
        Why.AUTOMATION_DISABLED: "automation is switched off",
        Why.OUTBOUND_DISABLED: "outbound is switched off",
        Why.ROLLOUT_STAGE: "the rollout has not come to replies of this kind",
        Why.ROUTE_ONLY_INTENT: "there is no template for it",
        Why.CHANNEL_NOT_AUTOMATED: "this channel is not automated",
        Why.CHANNEL_DISABLED: "replies on this channel are switched off",
        Why.TEMPLATE_NOT_FOR_CHANNEL: "its template is not written for this channel",
        Why.ROLLOUT_PERCENT: "the conversation is not in the share that is answered so far",
        Why.AUTO_REPLY: "a program wrote it, and two programs would answer each other",
        Why.ATTACHMENT_ONLY: "it has an attachment and no words",
        Why.INJECTION_SUSPECTED: "the text tries to give orders to a language model",
        Why.INTENT_DISABLED: "replies to it are switched off",
        Why.TEMPLATE_DISABLED: "its template is switched off",
        Why.BELOW_TIER_THRESHOLD: "the confidence is too low for a reply",
        Why.SMALL_MARGIN: "something else is nearly as likely",
        Why.ORDER_UNKNOWN: "its order was not looked up",
        Why.ORDER_NOT_MATCHED: "no single order matches",
        Why.ORDER_CANCELLED: "the order is cancelled",
        Why.VERIFIER_MISSING: "nothing has verified it a second time",
        Why.VERIFIER_DISAGREES: "the second look did not confirm that the template answers it",
        Why.HIGHER_RISK_INTENT: "it also speaks of something of higher risk",
        Why.TICKET_UNKNOWN: "the conversation could not be read again",
        Why.TICKET_CLOSED: "the ticket is closed",
        Why.NEWER_MESSAGE: "somebody wrote after this message",
        Why.PERSON_ACTIVE: "a person is at work on it",
        Why.ALREADY_ANSWERED: "it has been answered already",
        Why.REPLY_LIMIT: "so many automatic replies were sent that a person takes over",
        Why.REPLY_COUNTS_UNKNOWN: "how many replies were sent before is not known",
        Why.TOO_LATE: "the customer waited too long for an automatic reply",
        Why.REPLY: "everything allows an automatic reply",
        Why.REPLIES_NOT_RELEASED: "this version only routes and tags",
    }
)

FAILURES: Mapping[str, str] = MappingProxyType(
    {
        Failed.UNDECODABLE: "the record cannot be read",
        Failed.BAD_KEY: "the record names no conversation",
        Failed.OUTPUT_TOO_LARGE: "what came out is too large",
        Failed.SEAL_UNOPENABLE: "its sealed text cannot be opened",
        Failed.REDACTION_FAILED: "personal data could not be removed, so no text went on",
        Failed.DEADLINE: "it took too long, each time",
        Failed.NOT_FOUND: "the helpdesk knows no such conversation or message",
        Failed.NO_TEXT: "there is no customer's message to read",
        Failed.VENDOR_FAULT: "the helpdesk failed, each time",
        Failed.VENDOR_REFUSED: "the helpdesk refused the request",
        Failed.UNEXPECTED: "an error nobody planned for; please report it",
    }
)
