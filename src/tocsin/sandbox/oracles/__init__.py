"""What must not change while a runbook is at work: one small file for each kind of system, read by the sandbox itself."""
