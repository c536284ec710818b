# COM-16: a correction is a new word; the old one is withdrawn, not edited away.
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
03:04 >> ana withdraws u2 because 
03:04 << refused: Withdrawing an update needs a reason.
03:04 >> ana withdraws u2 because it named the wrong city
03:05 >> ana withdraws u2 because twice
03:05 << refused: INC-1.u2 is withdrawn already.
03:06 >> ana drafts for public: Correction: only Joshua Tree is affected. Next update by 03:11 UTC.
03:06 >> ana sends public
03:06 << send u6
03:06 << tick status-page (ana)
03:06 << next public update by 03:26
