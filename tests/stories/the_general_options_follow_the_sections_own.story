# MIT-02: when the section's own remedies are used up the process's options come, the one marked fastest first.
runbook: tests/stories/runbooks/shop.md

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
03:02 >> ana rejects not that
03:02 << ask: redis-cli CONFIG SET maxmemory 2gb (change)
03:02 << tell ana (level 1): decision needed: INC-1.a2
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> ana rejects nor that
03:03 << ask: systemctl start maintenance-page (change)
03:03 << tell ana (level 1): decision needed: INC-1.a3
03:04 >> ana rejects the maintenance page frightens people
03:04 << ask: pm2 scale shop 4 (change)
03:04 << tell ana (level 1): decision needed: INC-1.a4
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 >> ana rejects no
03:05 << nothing more to offer
03:05 << escalate to level 2: the runbook section has nothing more to offer
03:05 << page bo (level 2)
