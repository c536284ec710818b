# ESC-02: what does not run cannot be put off.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Minor feature degraded"
03:00 << declare P2, unlisted
03:00 << page ana (level 1)
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 >> ana postpones until 03:45 because later
03:03 << refused: No escalation is due.
