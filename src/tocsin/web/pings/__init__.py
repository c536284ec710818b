"""Signs of life of other programs, in the words of the tools they were written for: one file per format."""
