# MIT-06: what a script is called says nothing: unread, it does not look by itself and is not proposed
runbook: tests/stories/runbooks/scripts.md

03:00 >> alert "502 errors at checkout" impact "Complete service outage"
03:00 << declare P1, § Checkout Down
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << pass over 1.1 ./ops/status.sh: it may do anything (`./ops/status.sh` is in no table), so tocsin never proposes it
03:00 << pass over 1.2 npm run recover: it may do anything (`npm run recover` is in no table), so tocsin never proposes it
03:00 << nothing more to offer
03:00 << escalate to level 2: the runbook section has nothing more to offer
03:00 << page bo (level 2)
03:01 >> ana acknowledges
03:01 << ana is commander
03:01 << stop paging
03:02 >> ana wants step 1.2
03:02 << ask: npm run recover (unknown)
03:02 << tell ana (level 2): decision needed: INC-1.a1
03:03 << tell ana (level 2): still missing for 03:05 UTC: first update of the status page
03:03 >> bo approves typing local
