"""The pages: one file each, in one table; what they do is done by the operations of the API."""
