"""Personal-data detectors, one file per family, and the engine that replaces what they find with placeholders."""

from agents.redaction.engine import Redacted, redact
from agents.redaction.model import Detector, Label, RedactionSettings, Span, View

__all__ = ["Detector", "Label", "Redacted", "RedactionSettings", "Span", "View", "redact"]
