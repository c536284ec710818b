# COM-08: the draft for outsiders holds no title, no host, no person.
runbook: examples/prepchef/runbook.md

03:00 >> alert "502 from https://api.internal:3000 on web-7" impact "Major feature unavailable on web-7" labels "host=web-7"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> ana reads the draft for public
03:03 << | **Incident**: A problem with our service
03:03 << | **Severity**: P1
03:03 << | **Impact**: unknown
03:03 << | **Status**: Investigating
03:03 << | **ETA**: next update by 03:10 UTC
03:03 << | **Incident Commander**: our on-call team
03:03 << | **Updates**: https://status.prepchef.com
03:03 << |
03:03 << | We are looking into it; what is affected is not fully known yet.
03:03 >> ana sends public
03:03 << send u2
03:03 << tick status-page (ana)
03:03 << next public update by 03:08
