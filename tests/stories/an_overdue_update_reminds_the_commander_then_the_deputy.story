# COM-03: reminded, never sent by itself.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:01 >> ana acknowledges
03:01 << ana is commander
03:01 << stop paging
03:02 >> bo takes deputy
03:02 << bo is deputy
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:10 << the public update of 03:10 is overdue, bo is reminded
03:10 << tell bo (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u6 for public: Investigating
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:12 >> ana notes no time
