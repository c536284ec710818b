# COM-08: hosts, people, addresses and fault are held back.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> ana drafts for public: Bo should have tested 10.0.0.4 and db.internal. Next update by 03:10 UTC.
03:03 >> ana sends public
03:03 << refused: "10.0.0.4" is an address: nothing for the public. "db.internal" is a host of ours: nothing for the public. "bo" is one of us: nothing for the public. "should have tested" blames somebody; say what happened. To send it all the same, give a reason.
03:04 >> ana drafts for team: Bo looks at 10.0.0.4 and db.internal.
03:04 >> ana sends team
03:04 << send u7
03:04 << tick team-channel (ana)
