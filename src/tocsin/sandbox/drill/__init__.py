"""Carries a scenario out: a world of its own, the room, the production engine, the fault, the response, the proof."""
