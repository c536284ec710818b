"""What a runbook promises in prose, as data."""
