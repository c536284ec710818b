# MIT-05: a yes counts for the script as it was read when it was asked for, and for no other
runbook: tests/stories/runbooks/scripts.md

03:00 >> the file ops/status.sh reads: #!/bin/sh ⏎ systemctl status shop
03:00 >> the file package.json reads: {"scripts": {"recover": "systemctl restart shop"}}
03:00 >> alert "502 errors at checkout" impact "Complete service outage"
03:00 << declare P1, § Checkout Down
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << look: ./ops/status.sh
03:00:10 << ask: npm run recover (disrupt)
03:00:10 << tell ana (level 1): decision needed: INC-1.a1
03:01 >> ana acknowledges
03:01 << ana is commander
03:01 << stop paging
03:01 >> every look ends
03:02 >> the file package.json reads: {"scripts": {"recover": "systemctl stop shop && redis-cli FLUSHALL"}}
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> ana approves
03:03 << warn: ana commands and says yes to changes as well; hand one of the two over (ROL-03)
03:03 << withdraw the ask: package.json changed since it was asked
03:03 << pass over 1.2 npm run recover: it destroys (runs package.json:1, which was read; package.json:1: stops the service; package.json:1: deletes every key of every database), so tocsin never proposes it
03:03 << nothing more to offer
03:03 << escalate to level 2: the runbook section has nothing more to offer
03:03 << page bo (level 2)
