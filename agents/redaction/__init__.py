"""Personal-data detectors, one file per family, and the engine that replaces what they find with placeholders."""

from agents.redaction.engine import Redacted, redact
from agents.redaction.model import Label, RedactionSettings, Span
from agents.redaction.view import Detector, View

__all__ = ["Detector", "Label", "Redacted", "RedactionSettings", "Span", "View", "redact"]
