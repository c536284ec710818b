"""Post-mortems: what is owed, and the editor: the draft from the log, its lint, its action items."""
