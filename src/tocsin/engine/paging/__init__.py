"""Pages on their way to people, and what comes back."""
