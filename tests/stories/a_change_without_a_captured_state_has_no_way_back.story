# MIT-10: without the old state there is no exact way back, and none is made up.
runbook: tests/stories/runbooks/shop.md
settle: 1 h

03:00 >> alert "redis: OOM command not allowed" impact "Partial service outage"
03:00 << declare P1, § Cache Full
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << ask: redis-cli CONFIG SET maxmemory-policy allkeys-lru (change)
03:00 << tell ana (level 1): decision needed: INC-1.a1
03:01 >> ana acknowledges
03:01 << ana is commander
03:01 << stop paging
03:02 >> ana approves
03:02 << warn: ana commands and says yes to changes as well; hand one of the two over (ROL-03)
03:02 << run: redis-cli CONFIG SET maxmemory-policy allkeys-lru
03:02 << draft u7 for public: Mitigating
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> CONFIG SET ends
03:03 >> ana undoes the last change
03:03 << refused: There is no exact way back for INC-1.r1 (redis-cli CONFIG SET maxmemory-policy allkeys-lru): its old state was not captured.
03:03 >> ana undoes r9
03:03 << refused: There is no run INC-1.r9.
