# SEV-07, COM-02: the pulse ends with the reason for it.
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
03:04 >> ana lowers to P3 because one user only
03:04 << draft u7 for public: Investigating
04:00 >> ana notes quiet
