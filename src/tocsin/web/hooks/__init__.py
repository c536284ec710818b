"""Where foreign senders hand in alerts: the paths their formats dictate, and ours below /hooks."""
