# MIT-06: without the second person only by breaking the glass: a reason, the typed target, and every level above hears of it.
runbook: tests/stories/runbooks/shop.md
targets: kubernetes

03:00 >> alert "rollout does not finish" labels "namespace=checkout"
03:00 << declare P1, § Deployment Stuck
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << by hand: 2.2 Look into the vendor's dashboard: https://vendor.example.org/status
03:00 << look: kubectl get pods -n checkout
03:00:10 << ask: kubectl scale deployment shop --replicas=4 -n checkout (change)
03:00:10 << tell ana (level 1): decision needed: INC-1.a1
03:01 >> ana acknowledges
03:01 << ana is commander
03:01 << stop paging
03:02 >> dee wants step 2.4
03:02 << refused: Step 2.4 may not run as it stands: TOC201 This destroys, and no step before it keeps what is lost.
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page, the end of the first look
03:03 >> ana breaks the glass
03:03 << refused: Breaking the glass needs a reason; everybody above hears of it.
03:04 >> ana breaks the glass because nobody else is awake
03:04 << refused: INC-1.a1 needs one yes only; there is no glass to break.
03:05 << warn: missing after the first minutes: first update of the status page, the end of the first look (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 >> ana breaks the glass typing local because nobody else is awake
03:05 << refused: INC-1.a1 needs one yes only; there is no glass to break.
