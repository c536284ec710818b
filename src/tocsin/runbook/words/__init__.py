"""What words say: markup taken off, synonyms, roles of headings, waits, expectations, instructions."""
