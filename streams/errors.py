"""The error tree. ``retriable`` and ``outage`` are properties of the class, so no caller guesses.

MiddlewareError
├── ConfigurationError            exit 2: a setting, flag or argument is wrong
├── DependencyError               exit 3: a broker or vendor cannot be reached
├── CheckFailed                   exit 1: asked, answered, and the answer is bad
└── TicketError                   one ticket event failed; has a FailureReason
    ├── Undecodable
    ├── BadKey
    ├── OutputTooLarge
    ├── SealUnopenable
    ├── RedactionFailed
    ├── NoText
    ├── DeadlineExceeded          retriable
    ├── OutboundPaused            retriable, outage: waits at the gate, nothing was sent
    └── VendorError
        ├── VendorUnavailable     retriable, outage: the vendor as a whole does not answer
        ├── VendorRateLimited     retriable, outage: 429, may say how long to wait
        ├── VendorDenied          retriable, outage: 401 or 403, our key is refused for every ticket
        │   └── QuotaExhausted    the account has no money left
        ├── VendorFault           retriable: 5xx or a time-out, may be this ticket's own
        ├── AnswerUnusable        the language model answered, and nothing can be made of it
        ├── CallNotAllowed        no call was made: the budget is spent, or the vendor is left alone for a while
        ├── VendorRefused         another 4xx: asking again changes nothing
        └── VendorNotFound        404

``retriable``: another attempt may succeed. ``outage``: the cause is not the ticket, so attempts are not
counted against it and its lane waits for as long as it takes. ``everyones``: such an outage meets every ticket; where
others succeed meanwhile it is this ticket's own after all, and its lane gives up some time.

Messages never hold a value from a ticket: they are logged.
"""

from __future__ import annotations

from typing import ClassVar

from streams.reasons import FailureReason, ModelResult


class MiddlewareError(Exception):
    """Base of all errors this project raises on purpose; ``exit_code`` is what a command ends with."""

    exit_code: ClassVar[int] = 1


class ConfigurationError(MiddlewareError):
    """A setting, flag or argument is missing or wrong. The message says which, and what to do."""

    exit_code = 2


class DependencyError(MiddlewareError):
    """A broker or vendor cannot be reached. The message says which, where, and what to do."""

    exit_code = 3


class CheckFailed(MiddlewareError):
    """A check was made and failed."""


class TicketError(MiddlewareError):
    """One ticket event cannot be handled (now, or ever: see ``retriable``)."""

    reason: ClassVar[FailureReason] = FailureReason.UNEXPECTED
    retriable: ClassVar[bool] = False
    outage: ClassVar[bool] = False
    everyones: ClassVar[bool] = False
    retry_after_s: float | None = None


class Undecodable(TicketError):
    """The bytes are not the event that the topic promises."""

    reason = FailureReason.UNDECODABLE


class BadKey(TicketError):
    """The record's key names no conversation, so the ticket cannot go on."""

    reason = FailureReason.BAD_KEY


class OutputTooLarge(TicketError):
    """A derived record exceeds what its topic takes."""

    reason = FailureReason.OUTPUT_TOO_LARGE


class SealUnopenable(TicketError):
    """A sealed body cannot be opened: its key is gone or its bytes were altered."""

    reason = FailureReason.SEAL_UNOPENABLE


class RedactionFailed(TicketError):
    """The redactor failed, so no text may pass."""

    reason = FailureReason.REDACTION_FAILED


class NoText(TicketError):
    """The event has no text and the helpdesk holds no customer message for it."""

    reason = FailureReason.NO_TEXT


class DeadlineExceeded(TicketError):
    """One attempt took longer than the stage allows."""

    reason = FailureReason.DEADLINE
    retriable = True


class OutboundPaused(TicketError):
    """The outbound switch is off or cannot be proven on: nothing was sent, try again when it is on."""

    reason = FailureReason.VENDOR_FAULT
    retriable = True
    outage = True


class VendorError(TicketError):
    """A vendor did not do what was asked."""

    reason = FailureReason.VENDOR_FAULT

    def __init__(self, message: str, *, vendor: str, status: int | None = None) -> None:
        super().__init__(message)
        self.vendor = vendor
        self.status = status


class VendorUnavailable(VendorError):
    """No connection, or 502/503: the vendor as a whole is away."""

    retriable = True
    outage = True
    everyones = True


class VendorRateLimited(VendorError):
    """429. ``retry_after_s`` holds the Retry-After header in seconds where one was sent."""

    retriable = True
    outage = True

    def __init__(self, message: str, *, vendor: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, vendor=vendor, status=429)
        self.retry_after_s = retry_after_s


class VendorDenied(VendorError):
    """401 or 403: our key is wrong or was revoked. No ticket's fault, so tickets wait until it is put right."""

    retriable = True
    outage = True
    everyones = True


class QuotaExhausted(VendorDenied):
    """429 with ``insufficient_quota``: until somebody pays no call will succeed."""


class AnswerUnusable(VendorError):
    """The language model was paid for an answer that is cut off, of another form, a refusal or a failure.

    ``texts_own``: the text is the likely reason, so it says nothing of how the vendor fares.
    """

    def __init__(self, message: str, *, vendor: str, texts_own: bool = False) -> None:
        super().__init__(message, vendor=vendor, status=200)
        self.texts_own = texts_own


class CallNotAllowed(VendorError):
    """A call that was not made. ``result`` says why, in the closed vocabulary of records."""

    def __init__(self, message: str, *, vendor: str, result: ModelResult) -> None:
        super().__init__(message, vendor=vendor)
        self.result = result


class VendorFault(VendorError):
    """Another 5xx, a time-out, or an answer that makes no sense. Whether it was applied is unknown."""

    retriable = True


class VendorRefused(VendorError):
    """A 4xx other than 401, 403, 404 and 429."""

    reason = FailureReason.VENDOR_REFUSED


class VendorNotFound(VendorError):
    """404: the vendor knows no such thing."""

    reason = FailureReason.NOT_FOUND
