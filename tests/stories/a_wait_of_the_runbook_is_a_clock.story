# MIT-09: "then wait 5 minutes" is a clock: nothing is asked for and nothing is judged before it has passed.
runbook: tests/stories/runbooks/shop.md

03:00 >> alert "502 errors at checkout" impact "Complete service outage"
03:00 << declare P0, § Checkout Down
03:00 << page ana (level 1)
03:00 << tell chen (level 3): P0 declared
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << look: curl -fsS http://127.0.0.1:3000/health
03:00:10 << ask: systemctl restart shop (disrupt)
03:00:10 << tell ana (level 1): decision needed: INC-1.a1
03:01 >> every look ends
03:01 >> ana acknowledges
03:01 << ana is commander
03:01 << stop paging
03:02 >> ana approves
03:02 << warn: ana commands and says yes to changes as well; hand one of the two over (ROL-03)
03:02 << run: systemctl restart shop
03:02 << draft u7 for public: Mitigating
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> restart shop ends
03:03 << wait until 03:08: the runbook says: Wait 5 minutes.
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:08 >> ana notes five minutes have passed
03:09 << did not help: still there: 502 errors at checkout
03:09 << ask: redis-cli CONFIG SET maxmemory 2gb (change)
03:09 << tell ana (level 1): decision needed: INC-1.a2
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u9 for public: Mitigating
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:10 >> ana notes and one more to settle
