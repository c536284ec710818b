# MIT-14: what only a person can do is a task from the beginning, with its link, and is ticked off once, by name.
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
03:02 >> ana did 2.2: the vendor has an outage in eu-west
03:02 << 2.2 is done
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page, the end of the first look
03:03 >> dee did 2.2
03:03 << refused: 2.2 was done by ana at 03:02:00 UTC already.
03:04 >> dee did 9.9
03:04 << refused: INC-1 has no step 9.9 to be done by hand (2.2).
