# DEC-07: closed as such, counted, listed.
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
03:03 >> ana drops it because somebody hoovered the data centre
03:03 << false alarm: somebody hoovered the data centre
03:03 << draft u6 for log: Resolved
03:03 << tick incident-log (tocsin)
03:03 << tell ana (level 1): false alarm
03:03 << stop paging
