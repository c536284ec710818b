# ESC-02: the commander, once, with a reason, no further than the time it had.
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
03:20 >> ana postpones until 03:45
03:20 << refused: Putting the escalation off needs a reason.
03:20 >> bo postpones until 03:45 because I say so
03:20 << refused: Only the commander puts the escalation off; that is ana.
03:20 >> ana postpones until 04:45 because the fix is running
03:20 << refused: It can be put off by at most 30 min from now.
03:20 >> ana postpones until 03:45 because the fix is running
03:25 << tell ana (level 1): the public update is due at 03:30 UTC; its draft is ready
03:30 << tell ana (level 1): the drafts for the team and the executives are ready
03:30 << the public update of 03:30 is overdue, ana is reminded
03:30 << tell ana (level 1): the public update of 03:30 UTC is overdue
03:30 >> ana postpones until 03:55 because it is nearly done
03:30 << refused: It was put off once already; somebody higher should know by now.
03:35 << the public update of 03:35 is overdue, ana is reminded
03:35 << tell ana (level 1): the public update is still overdue
03:35 << next public update by 03:55
03:35 << draft u9 for public: Investigating
03:40 << tell ana (level 1): level 2 is called at 03:45 UTC unless it is over
03:45 << escalate to level 2: not resolved in time
03:45 << page bo (level 2)
03:45 << tell ana (level 2): are you still there? paged again at 03:50 UTC; any word will do
03:46 >> ana notes it did not work
