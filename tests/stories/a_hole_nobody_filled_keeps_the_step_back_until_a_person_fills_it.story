# MIT-03: a step with an open hole is neither asked for nor run; a person's word opens the way.
runbook: tests/stories/runbooks/shop.md
targets: kubernetes

03:00 >> alert "rollout does not finish"
03:00 << declare P1, § Deployment Stuck
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << by hand: 2.2 Look into the vendor's dashboard: https://vendor.example.org/status
03:00 << pass over 2.1 kubectl get pods -n <namespace>: <namespace> is still open (namespace)
03:00 << pass over 2.3 kubectl scale deployment shop --replicas=4 -n <namespace>: <namespace> is still open (namespace)
03:00 << pass over 2.4 /opt/shop/recover --everything: it may do anything (`/opt/shop/recover` is in no table), so tocsin never proposes it
03:00 << ask: systemctl start maintenance-page (change)
03:00 << tell ana (level 1): decision needed: INC-1.a1
03:01 >> ana acknowledges
03:01 << ana is commander
03:01 << stop paging
03:02 >> ana sets namespace = checkout
03:02 << namespace is checkout
03:02 << look: kubectl get pods -n checkout
03:02 << withdraw the ask: with namespace known, 2.3 can be offered, which comes first
03:02 << ask: kubectl scale deployment shop --replicas=4 -n checkout (change)
03:02 << tell ana (level 1): decision needed: INC-1.a2
03:02 << look: kubectl scale deployment shop --replicas=4 -n checkout --dry-run=server
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page, the end of the first look
03:03 >> vic sets namespace = other
03:03 << refused: "vic" is a viewer and may not act.
03:04 >> ana sets weather = fine
03:04 << refused: The runbook has no hole weather. It has: namespace.
