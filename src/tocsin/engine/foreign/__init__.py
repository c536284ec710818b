"""Alerts of other programs, from their request to a signal that can be decided."""
