"""A real control plane in place of the simulated one: its programs, its certificates, and the node that runs its pods."""
