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
03:00:10 << look: kubectl scale deployment shop --replicas=4 -n checkout --dry-run=server
03:01 >> ana acknowledges
03:01 << ana is commander
03:01 << stop paging
03:02 >> dee wants step 2.4
03:02 << withdraw the ask: dee asked for 2.4 instead
03:02 << ask: /opt/shop/recover --everything (unknown)
03:02 << tell ana (level 1): decision needed: INC-1.a2
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page, the end of the first look
03:03 >> ana breaks the glass
03:03 << refused: Breaking the glass needs a reason; everybody above hears of it.
03:04 >> ana breaks the glass because nobody else is awake
03:04 << refused: This would do nobody knows what: type the name of its target ("local") to confirm.
03:05 << warn: missing after the first minutes: first update of the status page, the end of the first look (INI-02)
03:05 << the public update of 03:05 is overdue, ana is reminded
03:05 << tell ana (level 1): the public update of 03:05 UTC is overdue
03:05 >> ana breaks the glass typing local because nobody else is awake
03:05 << tell bo (level 2): glass broken: nobody else is awake
03:05 << tell chen (level 3): glass broken: nobody else is awake
03:05 << warn: ana commands and says yes to changes as well; hand one of the two over (ROL-03)
03:05 << run: /opt/shop/recover --everything
03:05 << draft u7 for public: Mitigating
