# MIT-03: a person's word counts before the alert's label, and the open question is asked anew with it.
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
03:01 >> every look ends
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> ana sets namespace = checkout-blue
03:03 << namespace is checkout-blue
03:03 << withdraw the ask: namespace is checkout-blue now
03:03 << ask: kubectl scale deployment shop --replicas=4 -n checkout-blue (change)
03:03 << tell ana (level 1): decision needed: INC-1.a2
03:03 << look: kubectl scale deployment shop --replicas=4 -n checkout-blue --dry-run=server
03:04 >> ana approves
03:04 << warn: ana commands and says yes to changes as well; hand one of the two over (ROL-03)
03:04 << run: kubectl scale deployment shop --replicas=4 -n checkout-blue
03:04 << draft u7 for public: Mitigating
