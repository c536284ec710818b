"""The public status page: what it says, and how it is written in every format. Values in, texts out."""
