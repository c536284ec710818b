# MIT-11: a person may keep the measure, with a reason.
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
03:04 >> ana keeps r1 because it is the new setting
03:04 << not taken back: INC-1.r1: it is the new setting
03:05 << warn: missing after the first minutes: first update of the status page (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:10 << the public update of 03:10 is overdue, ana is reminded
03:10 << tell ana (level 1): the public update is still overdue
03:10 << next public update by 03:30
03:10 << draft u9 for public: Mitigating
03:10 << tell ana (level 1): cause wanted by 03:15 UTC: known, a best guess, or escalate
03:13 << tell ana (level 1): it should be good by 03:18 UTC and is not yet
03:15 << tell ana (level 1): what is the cause: known, a best guess, or escalate?
03:18 << did not help: not good again within 15 min
03:20 >> ana notes nothing was asked
