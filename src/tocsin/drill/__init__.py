"""What a drill is about, what it found, and what of a runbook is proven. Values only; `sandbox` does the drilling."""
