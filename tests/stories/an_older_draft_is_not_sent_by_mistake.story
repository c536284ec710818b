# COM-05: the newest words are the ones that leave.
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
03:03 >> ana drafts for public: Orders fail. Next update by 03:10 UTC.
03:03 >> ana drafts for public: 
03:03 << refused: An empty update says nothing.
03:04 >> ana drafts for passengers: Orders fail.
03:04 << refused: "passengers" is no audience; they are public, customers, executives, team.
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 >> ana sends public
03:05 << send u6
03:05 << tick status-page (ana)
03:05 << next public update by 03:10
