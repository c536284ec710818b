# COM-01, COM-02: first, second, then a steady pulse.
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
03:03 >> ana sends public
03:03 << send u2
03:03 << tick status-page (ana)
03:03 << next public update by 03:08
03:08 << the public update of 03:08 is overdue, ana is reminded
03:08 << draft u6 for public: Investigating
03:08 << tell ana (level 1): the public update of 03:08 UTC is overdue
03:08 >> ana drafts for public: Orders from Joshua Tree fail. Next update by 03:28 UTC.
03:08 >> ana sends public
03:08 << send u7
03:08 << tick status-page (ana)
03:08 << next public update by 03:28
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:23 << draft u8 for public: Investigating
03:23 << tell ana (level 1): the public update is due at 03:28 UTC; its draft is ready
03:23 >> ana sends public
03:23 << send u8
03:23 << tick status-page (ana)
03:23 << next public update by 03:43
03:24 >> ana notes on it
