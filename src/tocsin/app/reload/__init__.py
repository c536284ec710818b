"""Taking up a changed tocsin.toml and runbook while running: one owner reads, compares, and says what became of it."""
