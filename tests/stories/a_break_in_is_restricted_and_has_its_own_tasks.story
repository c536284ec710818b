# SEC-01, SEC-02: a codename, the management called, the list in its order.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "No immediate user impact"
03:00 << declare P3, unlisted
03:00 << page ana (level 1)
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
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
03:03 >> ana declares security "Red Heron" because again
03:03 << refused: It is a security incident already.
03:05 >> ana did k1: the account is blocked
03:06 >> ana reads the draft for team
03:06 << | **Incident**: Blue Heron
03:06 << | **Severity**: P3
03:06 << | **Impact**: No immediate user impact
03:06 << | **Status**: Investigating
03:06 << | **ETA**: next update when there is news
03:06 << | **Incident Commander**: ana
03:06 << | **Updates**: https://status.prepchef.com
03:06 << |
03:06 << | **Condition**: 1 checks bad
03:06 << | **Actions**: looking
03:06 << | **Needs**: nothing
