"""Scheduled work a runbook promises: its deadlines, and the reconciliation of records. Values only; no I/O, no clock."""
