"""Blocks to sections with steps and choices."""
