"""The form of everything printed by `--json` and answered by the HTTP API. Apart from the views, which load what they show."""

SCHEMA = 1

Document = dict[str, object]
