"""The runbook library: text and compiled plan side by side, lint in place."""
