# MIT-11: an end calls off what waited for its time; it is an action item then.
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
03:03 >> CONFIG SET ends with a way back: redis-cli CONFIG SET maxmemory-policy noeviction
03:03 >> ana undoes r1 in 15 min
03:03 << to be taken back at 03:18: INC-1.r1
03:04 >> ana resolves anyway because it works
03:04 << resolved: resolved by hand
03:04 << draft u10 for public: Resolved
03:04 << draft u12 for log: Resolved
03:04 << tick incident-log (tocsin)
03:04 << tell ana (level 1): resolved
03:04 << not taken back: INC-1.r1: the incident ended; it is an action item now
03:04 << stop paging
03:04 << draft the post-mortem
03:20 >> ana notes nothing was asked
