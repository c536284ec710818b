# COM-05: the commander sends, or says yes to exactly that.
runbook: examples/prepchef/runbook.md

03:00 >> alert "strange noise" impact "Major feature unavailable"
03:00 << declare P1, unlisted
03:00 << page ana (level 1)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << nothing more to offer
03:01 >> dee drafts for public: Orders fail. Next update by 03:10 UTC.
03:01 >> dee sends public
03:01 << refused: Nobody commands yet: acknowledge it, then the commander sends or says yes.
03:02 >> ana acknowledges
03:02 << ana is commander
03:02 << stop paging
03:03 << tell ana (level 1): still missing for 03:05 UTC: first update of the status page
03:03 >> dee sends public
03:03 << refused: INC-1.u4 needs ana's yes first: ana commands.
03:03 >> ana agrees to public
03:03 >> ana agrees to public
03:03 << refused: ana said yes to INC-1.u4 already.
03:04 >> dee sends-what-was-shown-before public
03:04 << refused: INC-1.u4 was shown with another text: look at it again.
03:04 >> dee sends public
03:04 << send u4
03:04 << tick status-page (dee)
03:04 << next public update by 03:09
03:04 >> dee sends public
03:04 << refused: INC-1.u4 is sent already.
