# ROL-01, COM-03: who speaks for us hears when the next word is due.
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
03:03 >> dee takes communications
03:03 << dee is communications
03:04 >> ana sends public
03:04 << send u2
03:04 << tick status-page (ana)
03:04 << next public update by 03:09
03:09 << the public update of 03:09 is overdue, ana is reminded
03:09 << draft u6 for public: Investigating
03:09 << tell ana (level 1): the public update of 03:09 UTC is overdue
03:09 >> ana drafts for public: We know which part it is. Next update by 03:29 UTC.
03:09 >> ana sends public
03:09 << send u7
03:09 << tick status-page (ana)
03:09 << next public update by 03:29
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:24 << draft u8 for public: Investigating
03:24 << tell dee (level 1): the public update is due at 03:29 UTC; its draft is ready
03:25 << tell ana (level 1): level 2 is called at 03:30 UTC unless it is over
03:25 >> ana notes still looking
