# MIT-10: what was changed last on a target is taken back first.
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
03:02 >> ana approves
03:02 << warn: ana commands and says yes to changes as well; hand one of the two over (ROL-03)
03:02 << run: redis-cli CONFIG SET maxmemory-policy allkeys-lru
03:02 << draft u7 for public: Mitigating
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> maxmemory-policy ends with a way back: redis-cli CONFIG SET maxmemory-policy noeviction
03:04 << did not help: still there: redis: OOM command not allowed
03:04 << ask: redis-cli CONFIG SET maxmemory 2gb (change)
03:04 << tell ana (level 1): decision needed: INC-1.a2
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 >> ana approves
03:05 << run: redis-cli CONFIG SET maxmemory 2gb
03:06 >> maxmemory 2gb ends with a way back: redis-cli CONFIG SET maxmemory 1073741824
03:06 >> ana undoes r1
03:06 << refused: INC-1.r2 (redis-cli CONFIG SET maxmemory 2gb) came after it: take that back first.
03:06 >> ana undoes r2
03:06 << ask: redis-cli CONFIG SET maxmemory 1073741824 (change)
03:06 << tell ana (level 1): decision needed: INC-1.a3
03:07 << did not help: still there: redis: OOM command not allowed
03:07 >> dee approves
03:07 << run: redis-cli CONFIG SET maxmemory 1073741824
03:07 << draft u12 for public: Mitigating
03:08 >> 1073741824 ends
03:08 >> ana undoes r1
03:08 << ask: redis-cli CONFIG SET maxmemory-policy noeviction (change)
03:08 << tell ana (level 1): decision needed: INC-1.a4
