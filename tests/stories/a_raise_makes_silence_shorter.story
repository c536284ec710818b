# PAG-07, SEV-06: the clock of the worse severity counts from the last word.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Minor feature degraded"
03:00 << declare P2, unlisted
03:00 << page ana (level 1)
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:10 >> bo raises to P0
03:10 << page ana (level 1)
03:10 << tell chen (level 3): P0 declared
03:10 << draft u4 for public: Investigating
03:10 << next public update by 03:15
03:15 << the public update of 03:15 is overdue, ana is reminded
03:15 << draft u6 for public: Investigating
03:15 << tell ana (level 1): the public update of 03:15 UTC is overdue
03:20 << the public update of 03:20 is overdue, ana is reminded
03:20 << tell ana (level 1): the public update is still overdue
03:20 << next public update by 03:40
03:20 << draft u7 for public: Investigating
03:20 << tell ana (level 1): are you still there? paged again at 03:25 UTC; any word will do
03:25 << page again: no word from ana for 15 min
03:25 << page ana (level 1)
03:30 << escalate to level 2: nobody acknowledged in time
03:30 << page bo (level 2)
03:30 >> bo notes nobody answers me
