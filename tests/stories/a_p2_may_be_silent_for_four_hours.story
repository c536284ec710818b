# PAG-07: the limit follows the severity.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Minor feature degraded"
03:00 << declare P2, unlisted
03:00 << page ana (level 1)
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
06:57 << tell ana (level 1): are you still there? paged again at 07:02 UTC; any word will do
07:02 << page again: no word from ana for 4 h
07:02 << page ana (level 1)
07:03 >> bo notes good morning
