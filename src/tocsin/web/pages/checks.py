"""Checks and jobs: state, history, what was late or missed."""
