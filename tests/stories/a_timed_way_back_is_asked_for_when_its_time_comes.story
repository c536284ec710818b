# MIT-11: a temporary measure has a clock; when it passes, the way back is asked for, never done unasked.
runbook: tests/stories/runbooks/shop.md
settle: 1 h
watch: 2 h

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
03:04 >> well again "redis: OOM command not allowed"
03:04 << watch until 05:04
03:04 << draft u10 for public: Monitoring
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u12 for public: Monitoring
03:18 << ask: redis-cli CONFIG SET maxmemory-policy noeviction (change)
03:18 << tell ana (level 1): decision needed: INC-1.a2
03:20 >> dee approves
03:20 << run: redis-cli CONFIG SET maxmemory-policy noeviction
03:21 >> noeviction ends
03:21 << watch until 05:21
