# RES-04, COM-02: a relapse is the same incident; the public is owed the truth.
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
03:08 << the public update of 03:08 is overdue, ana is reminded
03:08 << draft u6 for public: Investigating
03:08 << tell ana (level 1): the public update of 03:08 UTC is overdue
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:10 >> well again "strange noise"
03:10 << watch until 04:10
03:10 << draft u8 for public: Monitoring
03:13 << the public update of 03:13 is overdue, ana is reminded
03:13 << tell ana (level 1): the public update is still overdue
03:13 << next public update by 03:33
03:13 << draft u10 for public: Monitoring
03:15 >> alert "strange noise"
03:15 << relapsed: strange noise
03:15 << page ana (level 1)
03:15 << draft u12 for public: Investigating
03:15 << nothing more to offer
03:16 >> ana acknowledges
03:16 << stop paging
03:16 >> ana reads the draft for public
03:16 << | **Incident**: Major feature unavailable
03:16 << | **Severity**: P1
03:16 << | **Impact**: Major feature unavailable
03:16 << | **Status**: Investigating
03:16 << | **ETA**: next update by 03:53 UTC
03:16 << | **Incident Commander**: our on-call team
03:16 << | **Updates**: https://status.prepchef.com
03:16 << |
03:16 << | We are still looking into it.
