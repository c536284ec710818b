# PAG-09: a person and a time; then paging goes on where it stood.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:01 >> ana snoozes until 03:10
03:01 << stop paging
03:05 << warn: missing after the first minutes: acknowledgement, first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, nobody is reminded
03:10 << the public update of 03:10 is overdue, nobody is reminded
03:10 << next public update by 03:30
03:10 << draft u4 for public: Investigating
03:10 << page ana (level 1)
03:12 >> ana acknowledges
03:12 << ana is commander
03:12 << stop paging
