"""Which section speaks about an alert, and how bad it is."""
