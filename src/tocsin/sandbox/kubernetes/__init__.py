"""A Kubernetes API that the real kubectl drives, whose pods are real processes on loopback."""
