"""Small runbooks for the rules about what a document says of itself: for each a defect, and the same made right."""

from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import told

LEVELS = "| Level | Meaning | Answer within | Manager told after | Updates |\n|---|---|---|---|---|\n| Red | all | 10 min | 30 min | every 20 min |\n| Amber | some | 1 h | 4 h | every hour |\n"
PEOPLE = "## Who to call\n\n- Duty: +44 20 7946 0001\n- Line supplier (Telva): +44 20 7946 0002\n"

CASES_SAID = (
    # TOC404: parts that are not there
    Case("TOC404", told("1. Look.\n2. Restart it.\n3. See step 5 for the rest."), told("1. Look.\n2. Restart it.\n3. See step 1 for the rest.")),
    Case("TOC404", told("Compare it with checklist D.") + "\n## Checklist A\n\nx\n\n## Checklist B\n\ny\n", told("Compare it with checklist B.") + "\n## Checklist A\n\nx\n\n## Checklist B\n\ny\n"),
    Case("TOC404", "# Depot\n\n## 1 Start\n\nUse the number of section 4.2.\n\n## 2 Stop\n\nx\n", "# Depot\n\n## 1 Start\n\nUse the number of section 2.\n\n## 2 Stop\n\nx\n"),
    Case("TOC404", told('As described above in "Moving the store", wait.'), told('As described above in "Moving the store", wait.') + "\n## Moving the store\n\nx\n"),
    Case("TOC404", told("Volver al modo normal, véase el apartado “Cierre total”."), told("Volver al modo normal, véase el apartado “Cierre total”.") + "\n## Cierre total\n\nx\n"),
    Case("TOC404", told("1. Regarder.\n2. Relancer, comme à l'étape 4.\n"), told("1. Regarder.\n2. Relancer, comme à l'étape 1.\n")),
    # TOC208: what a later step gives
    Case("TOC208", told("1. Set the image that step 2 prints.\n2. List the images.\n3. Look."), told("1. List the images.\n2. Set the image that step 1 prints.\n3. Look.")),
    Case("TOC208", told("1. Only after step 3 has been confirmed: switch.\n2. Look.\n3. Restore."), told("1. Restore.\n2. Look.\n3. Only after step 1 has been confirmed: switch.")),
    Case("TOC208", "# D\n\n## Phase 1: Look\n\nWrite the id, which you get in phase 2, down.\n\n## Phase 2: Tell\n\nOpen the incident.\n", "# D\n\n## Phase 1: Tell\n\nOpen the incident.\n\n## Phase 2: Look\n\nWrite the id, which you got in phase 1, down.\n"),
    # TOC110: cron beside words
    Case("TOC110", told("The import runs hourly (`*/10 * * * *`)."), told("The import runs every 10 minutes (`*/10 * * * *`).")),
    Case("TOC110", told("The import starts at 04:30 every day (`30 5 * * *`)."), told("The import starts at 04:30 every day (`30 4 * * *`) and is done by 06:00.")),
    Case("TOC110", told("Sweeping: every Sunday (`0 6 * * 1`)."), told("Sweeping: every Sunday (`0 6 * * 0`).")),
    Case("TOC110", told("L'envoi part tous les jours ouvrés à 06h30 (`30 7 * * 1-5`)."), told("L'envoi part tous les jours ouvrés à 06h30 (`30 6 * * 1-5`).")),
    Case("TOC110", told("La carga corre cada 15 minutos (`0 * * * *`)."), told("La carga corre cada hora (`0 * * * *`).")),
    # TOC110: announced and counted
    Case("TOC110", told("Do the following three steps:\n\n1. Look.\n2. Stop.\n3. Start.\n4. Look again.\n"), told("Do the following four steps:\n\n1. Look.\n2. Stop.\n3. Start.\n4. Look again.\n")),
    Case("TOC110", told("In drei Schritten:\n\n1. Ansehen.\n2. Anhalten.\n"), told("In zwei Schritten:\n\n1. Ansehen.\n2. Anhalten.\n")),
    Case("TOC110", f"# D\n\n## Levels\n\nThere are three severities.\n\n{LEVELS}", f"# D\n\n## Levels\n\nThere are two severities.\n\n{LEVELS}"),
    # TOC110: times told twice
    Case("TOC110", f"# D\n\n## Levels\n\n{LEVELS}\nA red incident is acknowledged within 25 minutes.\n", f"# D\n\n## Levels\n\n{LEVELS}\nA red incident is acknowledged within 10 minutes.\n"),
    Case("TOC110", f"# D\n\n## Levels\n\n{LEVELS}\nInform the manager after 45 minutes.\n", f"# D\n\n## Levels\n\n{LEVELS}\nInform the manager after 30 minutes.\n"),
    Case("TOC110", f"# D\n\n## Levels\n\n{LEVELS}\n> We are on it. The next update follows in 90 minutes.\n", f"# D\n\n## Levels\n\n{LEVELS}\n> We are on it. The next update follows in 20 minutes.\n"),
    Case("TOC110", told("Customers are informed within 30 minutes.", "The account managers inform the customers within 2 hours."), told("Customers are informed within 30 minutes.", "The account managers inform the customers within 30 minutes.")),
    # TOC110: spans of time that a sentence before has told, or the range of a query
    Case("TOC110", told("Locks live for 10 minutes. Count those that are older than that:", "$ psql -h db1 -d depot -c \"SELECT count(*) FROM seat WHERE at < now() - interval '15 minutes'\""), told("Locks live for 10 minutes. Count those that are older than that:", "$ psql -h db1 -d depot -c \"SELECT count(*) FROM seat WHERE at < now() - interval '10 minutes'\"")),
    Case("TOC110", told("Errors of the last 15 minutes:", "$ curl -fsS -m 5 -G --data-urlencode 'query=rate(errors[5m])' http://prom/api/v1/query"), told("Errors of the last 15 minutes:", "$ curl -fsS -m 5 -G --data-urlencode 'query=rate(errors[15m])' http://prom/api/v1/query")),
    Case("TOC110", told("Supprimer les fichiers de plus de 30 jours :", "$ find /srv/spool -type f -name '*.eml' -mtime +3 -delete"), told("Supprimer les fichiers de plus de 30 jours :", "$ find /srv/spool -type f -name '*.eml' -mtime +30 -delete")),
    # TOC110: limits told twice
    Case("TOC110", told("More than 2 % of wrong pages means that the model is broken.", "Count the wrong pages again; below 5 % is good."), told("More than 2 % of wrong pages means that the model is broken.", "Count the wrong pages again; below 1 % is good.")),
    Case("TOC110", told("If the last beat is older than five minutes, it is stuck.", "It worked if the beat is younger than ten minutes."), told("If the last beat is older than five minutes, it is stuck.", "It worked if the beat is younger than two minutes.")),
    Case("TOC110", told("The alert comes at 5,000 pages.", "Wait until the pile is below the alert's 3,000."), told("The alert comes at 5,000 pages.", "Wait until the pile is below the alert's 5,000.")),
    Case("TOC110", told("p95 of the stamps below 400 ms.", "p95 has to be under 250 ms again."), told("p95 of the stamps below 400 ms.", "p95 has to be under 400 ms again.")),
    Case("TOC110", told("RPO 5 minutes.", "The backup is made every 6 hours."), told("RPO 6 hours.", "The backup is made every 6 hours.")),
    Case("TOC110", told('It ends after four hours (`"ttl_minutes": 60`).'), told('It ends after four hours (`"ttl_minutes": 240`).')),
    Case("TOC110", told("They fetch lists every 60 seconds.", "They come back at once (they fetch every 5 minutes)."), told("They fetch lists every 60 seconds.", "They come back at once (they fetch every minute).")),
    Case("TOC110", told("The bank takes files until 16:00.", "The bank's cut-off is 14:00."), told("The bank takes files until 16:00.", "The bank's cut-off is 16:00.")),
    # TOC310, TOC204: there and back by the same command, a twin
    Case("TOC310", told("Let people in for nothing:", "$ kubectl -n d set env deploy/gate ACCEPT_ALL=true", "Take the gate out of this mode again:", "$ kubectl -n d set env deploy/gate ACCEPT_ALL=true"), told("Let people in for nothing:", "$ kubectl -n d set env deploy/gate ACCEPT_ALL=true", "Take the gate out of this mode again:", "$ kubectl -n d set env deploy/gate ACCEPT_ALL=false")),
    Case("TOC204", told("Switch to the other store:", "$ kubectl -n d set env deploy/edge BUCKET=a-eu", "To return, run the same with `BUCKET=a-eu`."), told("Switch to the other store:", "$ kubectl -n d set env deploy/edge BUCKET=a-us", "To return, run the same with `BUCKET=a-eu`.")),
    Case("TOC204", told("Make `tsa-b` the first one:", "$ consul kv put trust/primary tsa-a"), told("Make `tsa-b` the first one:", "$ consul kv put trust/primary tsa-b")),
    # TOC204: first, and not done
    Case("TOC204", told("Restart it. Drain it first, so that nobody loses a basket:", "$ ssh box-2 'sudo systemctl restart box'"), told("Restart it. Drain it first, so that nobody loses a basket:", "$ ssh lb 'drain box-2'\nssh box-2 'sudo systemctl restart box'")),
    Case("TOC204", told("Borrar los duplicados. Antes se hace una copia de la tabla:", "$ psql -h db1 depot -c 'DELETE FROM lot WHERE twice'"), told("Borrar los duplicados. Antes se hace una copia de la tabla:", "$ psql -h db1 depot -c 'CREATE TABLE lot_old AS SELECT * FROM lot'\npsql -h db1 depot -c 'DELETE FROM lot WHERE twice'")),
    Case("TOC204", told("Read only, nothing is changed here:", "$ kubectl -n d logs deploy/a --since=30m --tail=-1\nkubectl -n d delete secret cache"), told("Read only, nothing is changed here:", "$ kubectl -n d logs deploy/a --since=30m --tail=-1\nkubectl -n d get secret cache")),
    # TOC203: another machine is looked at
    Case("TOC203", told("$ ssh fr-b 'sudo systemctl restart feed'\nssh fr-a 'systemctl is-active feed'"), told("$ ssh fr-b 'sudo systemctl restart feed'\nssh fr-b 'systemctl is-active feed'")),
    Case("TOC203", told("$ kubectl -n d rollout restart deploy/gate\nkubectl -n d rollout status deploy/tariff --timeout=60s", "$ kubectl -n d rollout history deploy/gate"), told("$ kubectl -n d rollout restart deploy/gate\nkubectl -n d rollout status deploy/gate --timeout=60s", "$ kubectl -n d rollout history deploy/gate")),
    # wordings of another round
    Case("TOC404", told("3.1 Look.\n\n3.2 Stop it.\n\n3.3 If it takes more than two minutes, go to 3.6."), told("3.1 Look.\n\n3.2 Stop it.\n\n3.3 If it takes more than two minutes, go to 3.1.")),
    Case("TOC404", told("Sind es weniger, wie in Abschnitt 4.2 beschrieben nachsenden."), told("Sind es weniger, nachsenden.")),
    Case("TOC208", told("1. Is it ready? Its state has to be green, as seen in step 3.\n2. Switch.\n3. Ask for its state."), told("1. Ask for its state.\n2. Switch.\n3. Is it ready? Its state was green, as seen in step 1.")),
    Case("TOC110", told("Four levels:\n\n- **P1** all\n- **P2** some\n- **P3** one\n"), told("Three levels:\n\n- **P1** all\n- **P2** some\n- **P3** one\n")),
    Case("TOC110", told("The job is started by cron at every full hour:", "$ */30 * * * * /opt/depot/list"), told("The job is started by cron at every full hour:", "$ 0 * * * * /opt/depot/list")),
    Case("TOC110", told("The run is on the 1st of the month at 05:00 (cron: 0 5 15 * *)."), told("The run is on the 1st of the month at 05:00 (cron: 0 5 1 * *).")),
    Case("TOC110", told("Healthy means fewer than 50 jobs.", "More than 200 jobs? Then restart the workers.", "Look once more, under 500 we are good."), told("Healthy means fewer than 50 jobs.", "More than 200 jobs? Then restart the workers.", "Look once more, under 100 we are good.")),
    Case("TOC110", told("Above 180 seconds: give it more memory.", "It is well again at under 240 seconds."), told("Above 180 seconds: give it more memory.", "It is well again at under 120 seconds.")),
    Case("TOC110", told("La media de la última hora:", "$ psql -h db1 -d depot -Atc \"SELECT avg(s) FROM pago WHERE c > now() - interval '1 day'\""), told("La media de la última hora:", "$ psql -h db1 -d depot -Atc \"SELECT avg(s) FROM pago WHERE c > now() - interval '1 hour'\"")),
    Case("TOC204", told("When it is over, go down to the usual three:", "$ kubectl -n d scale deploy/api --replicas=4"), told("When it is over, go down to the usual three:", "$ kubectl -n d scale deploy/api --replicas=3")),
    Case("TOC204", told("Raise the memory from 16G to 32G:", "$ sudo systemctl set-property depot MemoryMax=24G"), told("Raise the memory from 16G to 32G:", "$ sudo systemctl set-property depot MemoryMax=32G")),
    Case("TOC204", told("Ansehen, ohne etwas zu verändern:", "$ sudo rm -rf /var/lib/tomcat10/work/Catalina"), told("Ansehen, ohne etwas zu verändern:", "$ ls -l /var/lib/tomcat10/work/Catalina")),
    Case("TOC204", told("No borra nada; sólo suma:", "$ /opt/depot/cierre --borrar-sesiones"), told("No borra nada; sólo suma:", "$ /opt/depot/cierre --sumar")),
    Case("TOC203", told("Restart the gate of this port:", "$ ssh gate-nord 'sudo systemctl restart gated'", "Do the same in the other port:", "$ ssh gate-nord 'sudo systemctl restart gated'"), told("Restart the gate of this port:", "$ ssh gate-nord 'sudo systemctl restart gated'", "Do the same in the other port:", "$ ssh gate-sued 'sudo systemctl restart gated'")),
    Case("TOC310", told("Let all in:", "$ curl -fsS -m 10 -X PUT -d '{\"mode\":\"open\"}' https://gate/mode", "Back to normal:", "$ curl -fsS -m 10 -X PUT -d '{\"mode\":\"open\"}' https://gate/mode"), told("Let all in:", "$ curl -fsS -m 10 -X PUT -d '{\"mode\":\"open\"}' https://gate/mode", "Back to normal:", "$ curl -fsS -m 10 -X PUT -d '{\"mode\":\"checked\"}' https://gate/mode")),
    Case("TOC409", told("Send the file again:", "$ ssh pay-1 'sudo -u pay /opt/pay/bin/send --run 2025-08'"), told("Send the file again:", "$ ssh pay-1 'sudo -u pay /opt/pay/bin/send --run latest'")),
    Case("TOC403", "# D\n\n## Phone list\n\nDuty: +45 33 55 01 10. Night editor: number to follow.\n", "# D\n\n## Phone list\n\nDuty: +45 33 55 01 10. Night editor: +45 33 55 01 11.\n"),
    Case("TOC403", "# D\n\n## Wer ist wer\n\n* Bereitschaft – 0261 55 01 77\n* Rechenzentrum – (Nummer fehlt noch)\n", "# D\n\n## Wer ist wer\n\n* Bereitschaft – 0261 55 01 77\n* Rechenzentrum – 0261 55 01 99\n"),
    Case("TOC401", told("Überarbeitet am 11.05.2024, Wiedervorlage 11.11.2024"), told("Überarbeitet am 11.05.2025, Wiedervorlage 11.11.2026")),
    # and of a third
    Case("TOC110", told("Under 1,500 terminals? Restart the gateway.", "It is solved when more than 1,200 terminals are online."), told("Under 1,500 terminals? Restart the gateway.", "It is solved when more than 1,600 terminals are online.")),
    Case("TOC110", told("Prices come over night: `price-sync`, 01:15 UTC, `15 2 * * *`."), told("Prices come over night: `price-sync`, 02:15 UTC, `15 2 * * *`.")),
    Case("TOC110", "# D\n\n## Ranking\n\n| Rank | Meaning | Someone looks within | Squad lead hears within |\n|---|---|---|---|\n| R1 | all | 10 minutes | 20 minutes |\n\n## Later\n\nThe squad lead is told of an R1 no later than one hour after it began.\n", "# D\n\n## Ranking\n\n| Rank | Meaning | Someone looks within | Squad lead hears within |\n|---|---|---|---|\n| R1 | all | 10 minutes | 20 minutes |\n\n## Later\n\nThe squad lead is told of an R1 no later than 20 minutes after it began.\n"),
    Case("TOC204", told("Run it for the building that complains, not for all:", "$ /opt/depot/price-sync --all-buildings"), told("Run it for the building that complains, not for all:", "$ /opt/depot/price-sync --building 7")),
    Case("TOC204", told("Without a restart, the film goes on:", "$ sudo systemctl restart projd"), told("Without a restart, the film goes on:", "$ sudo systemctl reload projd")),
    Case("TOC204", told("Verteilung anhalten, damit nichts doppelt hinausgeht:", "$ sudo systemctl restart verteiler"), told("Verteilung anhalten, damit nichts doppelt hinausgeht:", "$ sudo systemctl stop verteiler")),
    # TOC401: a month without a day, another language
    Case("TOC401", told("Next review: March 2025", "Owner: Depot"), told("Next review: March 2027", "Owner: Depot")),
    Case("TOC401", told("Nächste Durchsicht: 3. August 2024"), told("Nächste Durchsicht: 3. August 2027")),
    Case("TOC110", told("- P1: nobody can buy. Be on it in 10 min; tell the editor-in-chief in 20 min.\n- P2: slow. Be on it in 30 min.", "Editor-in-chief: +45 33 55 01 10", "The editor-in-chief has to know of a P1 within 45 minutes."), told("- P1: nobody can buy. Be on it in 10 min; tell the editor-in-chief in 20 min.\n- P2: slow. Be on it in 30 min.", "Editor-in-chief: +45 33 55 01 10", "The editor-in-chief has to know of a P1 within 20 minutes.")),
    Case("TOC110", told("1. Rot: alles steht. Beginn binnen 15 Minuten.\n2. Gelb: manches steht. Beginn binnen 60 Minuten.", "Eine rote Störung wird spätestens nach 30 Minuten bearbeitet."), told("1. Rot: alles steht. Beginn binnen 15 Minuten.\n2. Gelb: manches steht. Beginn binnen 60 Minuten.", "Eine rote Störung wird spätestens nach 15 Minuten bearbeitet.")),
    Case("TOC110", "# D\n\n## Clases\n\n| Prioridad | Caso | Empezar en | Avisar a dirección |\n|---|---|---|---|\n| Urgente | todo | 10 min | 30 min |\n\n## Uno\n\nSi en 45 minutos no se vende, avisar a dirección.\n", "# D\n\n## Clases\n\n| Prioridad | Caso | Empezar en | Avisar a dirección |\n|---|---|---|---|\n| Urgente | todo | 10 min | 30 min |\n\n## Uno\n\nSi en 30 minutos no se vende, avisar a dirección.\n"),
    Case("TOC110", told("Tell civil defence within 15 minutes, and then each half hour.", "> We are late. Next news at noon, within one hour."), told("Tell civil defence within 15 minutes, and then each half hour.", "> We are late. Next news at noon, within half an hour.")),
    # TOC414: levels without a clock, levels nobody knows
    Case("TOC414", f"# D\n\n## Levels\n\n{LEVELS}| Green | one | | | |\n", f"# D\n\n## Levels\n\n{LEVELS}| Green | one | 1 day | | |\n"),
    Case("TOC414", told("*Urgent*: 15 minutes. *Important*: one hour.", "Send it for the classes urgent, important and critical."), told("*Urgent*: 15 minutes. *Important*: one hour.", "Send it for the classes urgent and important.")),
    # TOC403: people nobody can reach
    Case("TOC403", f"# D\n\n{PEOPLE}- Bank desk: pending\n", f"# D\n\n{PEOPLE}- Bank desk: +44 20 7946 0003\n"),
    Case("TOC403", f"# D\n\n{PEOPLE}- Carriers: see the sheet in the office\n", f"# D\n\n{PEOPLE}- Carriers: carriers@depot.example\n"),
    Case("TOC403", "# D\n\n## Ansprechpartner\n\n- Bereitschaft: 0711 216 9110\n- Leitung: Frau Seidel, Durchwahl ???\n", "# D\n\n## Ansprechpartner\n\n- Bereitschaft: 0711 216 9110\n- Leitung: Frau Seidel, Durchwahl 412\n"),
    Case("TOC403", f"# D\n\n{PEOPLE}- Head: +44 20 7946 0004\n\n## Later\n\nThe communications lead informs the stations.\n", f"# D\n\n{PEOPLE}- Communications lead: +44 20 7946 0004\n\n## Later\n\nThe communications lead informs the stations.\n"),
    Case("TOC403", f"# D\n\n{PEOPLE}\n## Line down\n\nCall the registrar.\n", f"# D\n\n{PEOPLE}\n## Line down\n\nCall the line supplier.\n"),
)  # fmt: skip
