"""Markdown text to blocks that remember where they stood."""
