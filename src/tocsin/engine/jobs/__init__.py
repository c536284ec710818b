"""What runs or reports by the clock: heartbeats, reconciliations, synthetics."""
