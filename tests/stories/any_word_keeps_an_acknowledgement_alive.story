# PAG-07: a note, a yes, an update: somebody is there.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u6 for public: Investigating
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:20 >> ana notes looking at the fan
03:25 << tell ana (level 1): level 2 is called at 03:30 UTC unless it is over
03:25 << tell ana (level 1): the public update is due at 03:30 UTC; its draft is ready
03:30 << escalate to level 2: not resolved in time
03:30 << page bo (level 2)
03:30 << tell ana (level 2): the drafts for the team and the executives are ready
03:30 << the public update of 03:30 is overdue, ana is reminded
03:30 << tell ana (level 2): the public update of 03:30 UTC is overdue
03:35 << the public update of 03:35 is overdue, ana is reminded
03:35 << tell ana (level 2): the public update is still overdue
03:35 << next public update by 03:55
03:35 << draft u9 for public: Investigating
03:40 >> ana guesses: the fan
03:50 << tell ana (level 2): the public update is due at 03:55 UTC; its draft is ready
03:55 << the public update of 03:55 is overdue, ana is reminded
03:55 << tell ana (level 2): the public update of 03:55 UTC is overdue
04:00 << the public update of 04:00 is overdue, ana is reminded
04:00 << tell ana (level 2): the public update is still overdue
04:00 << next public update by 04:20
04:00 << draft u10 for public: Investigating
04:00 << tell ana (level 2): the drafts for the team and the executives are ready
04:00 >> ana notes replacing it
04:15 << tell ana (level 2): the public update is due at 04:20 UTC; its draft is ready
04:20 << the public update of 04:20 is overdue, ana is reminded
04:20 << tell ana (level 2): the public update of 04:20 UTC is overdue
04:20 >> ana notes nearly done
