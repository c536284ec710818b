"""On-call: who is on now and why, the days ahead with gaps in red, overrides, swaps, absences, test pages."""
