# MIT-06, MIT-10, INV-08: PrepChef 5: "Flush expired keys" over FLUSHALL is passed over with the reason, and so is its "more conservative" twin.
runbook: examples/prepchef/runbook.md
watch: 10 min

03:00 >> alert "redis-writes: OOM command not allowed when used memory > 'maxmemory'." impact "Major feature unavailable"
03:00 << declare P1, § Redis Memory Full
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << by hand: 5.5 Upgrade Redis instance size, implement TTLs on all keys
03:00 << look: redis-cli INFO memory
03:00:10 << pass over 5.2a redis-cli FLUSHALL ASYNC: TOC201 This destroys, and no step before it keeps what is lost; TOC204 The heading says "Flush expired keys", the command destroys (deletes every key of every database): nothing in it is limited to what the heading names; it destroys (deletes every key of every database), so tocsin never proposes it
03:00:10 << pass over 5.2b redis-cli --scan --pattern "booking:lock:*" | xargs redis-cli DEL: TOC201 This destroys, and no step before it keeps what is lost; TOC206 `xargs` without -r and -0 runs once with nothing when the list is empty, and splits names at spaces and quotes; it destroys (deletes keys with their values), so tocsin never proposes it
03:00:10 << pass over 5.3 kubectl set env deployment/redis REDIS_MAXMEMORY=2gb -n prepchef: it acts on a Kubernetes cluster, and tocsin.toml binds none (targets.kubernetes)
03:00:10 << ask: redis-cli CONFIG SET maxmemory-policy allkeys-lru (change)
03:00:10 << tell ana (level 1): decision needed: INC-1.a1
03:01 >> every look ends
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> ana approves
03:03 << warn: ana commands and says yes to changes as well; hand one of the two over (ROL-03)
03:03 << run: redis-cli CONFIG SET maxmemory-policy allkeys-lru
03:03 << draft u7 for public: Mitigating
03:04 >> CONFIG SET ends
03:04:30 >> well again "redis-writes: OOM command not allowed when used memory > 'maxmemory'."
03:04:30 << watch until 03:14
03:04:30 << draft u10 for public: Monitoring
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:09:30 << tell ana (level 1): over at 03:14 UTC if it stays good; the last update is to be sent then
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u12 for public: Monitoring
03:14:30 << resolved: good for 10 min
03:14:30 << draft u14 for public: Resolved
03:14:30 << draft u16 for log: Resolved
03:14:30 << tick incident-log (tocsin)
03:14:30 << tell ana (level 1): resolved
03:14:30 << stop paging
03:14:30 << draft the post-mortem
03:16 >> the write-up is done
03:16 << post-mortem due 2025-10-09 03:14
03:16 << ana owns the post-mortem
