"""What the draft asks people to write. A line that is still one of these has not been written."""

WRITE = "_To be written._"
FACTORS = (
    "_Name at least two contributing factors, one list item each: what had to be true for this to happen?_"
)
DETECT = "_How would it have been noticed in half the time?_"
MITIGATE = "_How would it have been over in half the time?_"
RUNBOOK = "_Did the section of the runbook help, and what must change in it?_"
NAME = "_to be named_"
SET = "_to be set_"

# As whole lines.
LINES = frozenset((WRITE, FACTORS, DETECT, MITIGATE, RUNBOOK))
# As cells of a table.
CELLS = frozenset((NAME, SET, "_to be written_"))
