# ESC-04: the database team of the runbook is called beside level 1, and that moves no escalation.
runbook: examples/prepchef/runbook.md
contact database: dee

03:00 >> alert "High database load" impact "Service completely down"
03:00 << declare P0, § High Database Load (CPU > 90%)
03:00 << page ana (level 1)
03:00 << tell chen (level 3): P0 declared
03:00 << page dee (level 0)
03:00 << draft u2 for public: Investigating
03:00 << next public update by 03:05
03:00 << by hand: 4.6 Review query performance, add caching (Redis), consider read replicas
03:00 << pass over 4.1 SELECT pid, now() - pg_stat_activity.query_start AS duration, query ⏎ FROM pg_stat_activity ⏎ WHERE state = 'active' AND now() - pg_stat_activity.query_start > interval '5 seconds' ⏎ ORDER BY duration DESC;: it is SQL, and tocsin.toml does not say for which database (targets.database)
03:00 << pass over 4.2 SELECT pg_terminate_backend(pid) FROM pg_stat_activity ⏎ WHERE state = 'active' AND now() - query_start > interval '10 minutes';: TOC205 This ends sessions by a selector that spares neither the own session nor replication and maintenance; it is SQL, and tocsin.toml does not say for which database (targets.database)
03:00 << pass over 4.3 psql -c "ALTER SYSTEM SET max_connections = 50;" ⏎ psql -c "SELECT pg_reload_conf();": TOC211 `psql` names no database and no host: the environment decides where it acts
03:00 << pass over 4.4 kubectl scale deployment postgres-read --replicas=3 -n prepchef: it acts on a Kubernetes cluster, and tocsin.toml binds none (targets.kubernetes)
03:00 << pass over 4.5 CREATE INDEX CONCURRENTLY idx_bookings_kitchen_time ⏎ ON bookings (kitchen_id, start_time, end_time);: it is SQL, and tocsin.toml does not say for which database (targets.database)
03:00 << nothing more to offer
03:00 << escalate to level 2: the runbook section has nothing more to offer
03:00 << page bo (level 2)
03:03 >> ana acknowledges
03:03 << ana is commander
03:03 << stop paging
