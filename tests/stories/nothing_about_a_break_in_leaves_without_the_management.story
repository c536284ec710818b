# SEC-04: no draft for outsiders, and no word without the CTO's yes.
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
03:03 >> ana declares security "Blue Heron" because a login from nowhere
03:03 << page chen (level 1)
03:03 << task k1 for ana: stop the attack
03:03 << task k2 for ana: cut the way in
03:03 << task k3 for ana: assemble those who are needed
03:03 << task k4 for ana: isolate what is affected; delete nothing
03:03 << task k5 for ana: write down the timeline
03:03 << task k6 for ana: find out what was taken
03:03 << task k7 for ana: look at the other systems
03:03 << task k8 for ana: be ready for the next attack
03:03 << task k9 for ana: watch what was changed
03:03 << task k10 for ana: secure evidence for forensics
03:03 << task k11 for ana: tell those inside who must know
03:03 << task k12 for ana: decide about law enforcement
03:03 << task k13 for ana: tell third parties
03:03 << task k14 for ana: tell customers
03:04 >> ana drafts for public: We are looking into unusual logins. Next update by 03:30 UTC.
03:04 >> ana sends public
03:04 << refused: This is a security incident: chen has to say yes first.
03:05 >> chen agrees to public
03:06 >> ana sends public
03:06 << send u8
03:06 << tick status-page (ana)
