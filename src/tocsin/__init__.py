"""tocsin: an alarm bell that runs your runbook."""

__version__ = "0.1.0"
