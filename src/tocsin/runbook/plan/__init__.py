"""What a runbook would do, as a picture for people and programs."""
