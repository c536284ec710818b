# RES-04, RES-07: told before, told after.
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
03:10 >> well again "strange noise"
03:10 << watch until 04:10
03:10 << draft u8 for public: Monitoring
03:25 << tell ana (level 1): the public update is due at 03:30 UTC; its draft is ready
03:30 << tell ana (level 1): the drafts for the team and the executives are ready
03:30 << the public update of 03:30 is overdue, ana is reminded
03:30 << tell ana (level 1): the public update of 03:30 UTC is overdue
03:35 << the public update of 03:35 is overdue, ana is reminded
03:35 << tell ana (level 1): the public update is still overdue
03:35 << next public update by 03:55
03:35 << draft u11 for public: Monitoring
03:50 << tell ana (level 1): the public update is due at 03:55 UTC; its draft is ready
03:55 << the public update of 03:55 is overdue, ana is reminded
03:55 << tell ana (level 1): the public update of 03:55 UTC is overdue
04:00 << the public update of 04:00 is overdue, ana is reminded
04:00 << tell ana (level 1): the public update is still overdue
04:00 << next public update by 04:20
04:00 << draft u12 for public: Monitoring
04:00 << tell ana (level 1): the drafts for the team and the executives are ready
04:05 << tell ana (level 1): over at 04:10 UTC if it stays good; the last update is to be sent then
04:10 << resolved: good for 1 h
04:10 << draft u16 for public: Resolved
04:10 << draft u18 for log: Resolved
04:10 << tick incident-log (tocsin)
04:10 << tell ana (level 1): resolved
04:10 << stop paging
04:10 << draft the post-mortem
04:11 >> ana notes over
