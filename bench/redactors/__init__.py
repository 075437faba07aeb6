"""Redactors as processes: a JSON line with texts in, a JSON line with seconds and what was found out."""
