# COM-14: no word of the end while a check is bad, and no reason lets it pass.
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
03:10 >> ana drafts for public: Everything is fixed and the problem is resolved at 03:10 UTC.
03:10 >> ana sends public anyway because it looks good
03:10 << refused: It says that it is over, and a check says otherwise: strange noise.
03:11 >> well again "strange noise"
03:11 << watch until 04:11
03:12 >> ana sends public anyway because it looks good
03:12 << refused: It says that it is over, and INC-1 is not resolved yet.
03:25 << tell ana (level 1): the public update is due at 03:30 UTC; its draft is ready
03:30 << tell ana (level 1): the drafts for the team and the executives are ready
03:30 << the public update of 03:30 is overdue, ana is reminded
03:30 << tell ana (level 1): the public update of 03:30 UTC is overdue
03:35 << the public update of 03:35 is overdue, ana is reminded
03:35 << tell ana (level 1): the public update is still overdue
03:35 << next public update by 03:55
03:50 << tell ana (level 1): the public update is due at 03:55 UTC; its draft is ready
03:55 << the public update of 03:55 is overdue, ana is reminded
03:55 << tell ana (level 1): the public update of 03:55 UTC is overdue
04:00 << the public update of 04:00 is overdue, ana is reminded
04:00 << tell ana (level 1): the public update is still overdue
04:00 << next public update by 04:20
04:00 << tell ana (level 1): the drafts for the team and the executives are ready
04:06 << tell ana (level 1): over at 04:11 UTC if it stays good; the last update is to be sent then
04:11 << resolved: good for 1 h
04:11 << draft u14 for public: Resolved
04:11 << draft u16 for log: Resolved
04:11 << tick incident-log (tocsin)
04:11 << tell ana (level 1): resolved
04:11 << stop paging
04:11 << draft the post-mortem
04:12 >> ana reads the draft for public
04:12 << | **Incident**: Major feature unavailable
04:12 << | **Severity**: P1
04:12 << | **Impact**: Major feature unavailable
04:12 << | **Status**: Resolved
04:12 << | **ETA**: resolved at 04:11 UTC
04:12 << | **Incident Commander**: our on-call team
04:12 << | **Updates**: https://status.prepchef.com
04:12 << |
04:12 << | **Recovery**: everything works again, confirmed at 04:11 UTC.
04:12 << | **Data loss**: unknown
04:12 << | **Lingering effects**: unknown
04:13 >> ana drafts for public: Orders work again since 03:11 UTC. No data was lost.
04:13 >> ana sends public
04:13 << send u17
04:13 << tick status-page (ana)
