# ROL-08, PAG-07: somebody has to hear it.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:02 >> dee acknowledges
03:02 << dee is commander
03:02 << tell ana (level 1): dee acknowledged your page and commands now
03:02 << stop paging
03:03 << tell dee (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> dee releases ana
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, dee is reminded
03:05 << tell dee (level 1): the public update of 03:05 UTC is overdue
03:10 << the public update of 03:10 is overdue, dee is reminded
03:10 << tell dee (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u6 for public: Investigating
03:10 << tell dee (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:15 << tell dee (level 1): what is the cause: known, a best guess, or escalate?
03:20 >> dee releases bo
03:25 << tell dee (level 1): level 2 is called at 03:30 UTC unless it is over
03:25 << tell dee (level 1): the public update is due at 03:30 UTC; its draft is ready
03:30 << escalate to level 2: not resolved in time
03:30 << page bo (level 2)
03:30 << tell dee (level 2): the drafts for the team and the executives are ready
03:30 << the public update of 03:30 is overdue, dee is reminded
03:30 << tell dee (level 2): the public update of 03:30 UTC is overdue
03:34 >> chen notes nobody there?
03:35 << the public update of 03:35 is overdue, dee is reminded
03:35 << tell dee (level 2): the public update is still overdue
03:35 << next public update by 03:55
03:35 << draft u9 for public: Investigating
03:49 >> chen notes and now
