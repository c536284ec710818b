# COM-07: the next word can be promised, the end cannot.
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
03:03 >> ana drafts for public: Orders will be back within 30 minutes. Next update by 03:10 UTC.
03:03 >> ana sends public
03:03 << refused: "will be back within 30 minutes" promises an end; name the time of the next update instead. To send it all the same, give a reason.
03:04 >> ana drafts for public: We are repairing it. ETA: 30 min. Next update by 03:10 UTC.
03:04 >> ana sends public
03:04 << refused: "ETA: 30 min" promises an end; name the time of the next update instead. To send it all the same, give a reason.
03:04 >> ana sends public anyway because the vendor guarantees it
03:04 << send u7
03:04 << tick status-page (ana)
03:04 << next public update by 03:09
