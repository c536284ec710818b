# MIT-03: the namespace comes from the alert's own label; what is asked for is the filled text.
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
