"""The rule tables, one per family of tools, and their loader."""
