"""What is typed and what was printed: statements, prompts, sessions, the place where each line runs."""
