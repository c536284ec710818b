"""The status page kept true, and its subscribers told."""
