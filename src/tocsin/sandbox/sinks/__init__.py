"""Stand-ins for vendors: each keeps what it was sent and answers as the vendor does."""
