"""What the repository holds under a name that a command runs: scripts, and recipes of npm, make and just."""
