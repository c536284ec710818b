"""Every change of the tables, oldest first. A released file here is never edited."""
