# MIT-06: where one yes is enough there is no glass to break.
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
03:02 >> ana breaks the glass because I am in a hurry
03:02 << refused: INC-1.a1 needs one yes only; there is no glass to break.
