# COM-08: the word is held back below a full outage.
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
03:03 >> ana drafts for public: We have an outage of orders. Next update by 03:10 UTC.
03:03 >> ana sends public
03:03 << refused: "outage" is said, and this is no full outage; say what does not work. To send it all the same, give a reason.
03:04 >> ana raises to P0
03:04 << page ana (level 1)
03:04 << tell chen (level 3): P0 declared
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 >> ana drafts for public: We have an outage. Next update by 03:10 UTC.
03:05 >> ana sends public
03:05 << send u9
03:05 << tick status-page (ana)
03:05 << next public update by 03:10
