# MIT-03: a value never adds a word, an option or a second command.
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
03:02 >> ana sets namespace = x; rm -rf /
03:02 << refused: namespace: "x; rm -rf /" is not a namespace.
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> ana sets namespace = -A
03:03 << refused: namespace: "-A" is not a namespace.
03:04 >> ana sets namespace = $(reboot)
03:04 << refused: namespace: "$(reboot)" is not a namespace.
