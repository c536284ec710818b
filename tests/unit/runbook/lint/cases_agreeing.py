"""Small runbooks for texts and commands that have to agree: for each a defect, and the same made right."""

from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import told

BACK = "Way back:"
CASES_AGREEING = (
    # a promise about this place, and one about another
    Case("TOC204", told("Start it; nothing is changed by that:", "$ systemctl restart depot"), told("Restart the standby; this changes nothing on the primary:", "$ systemctl restart depot")),
    # the same again takes nothing back, unless it brings into force what was set back before it
    Case("TOC310", told("Use the coarse model:", "$ consul kv put feed/model coarse", BACK, "$ consul kv put feed/model coarse"),
         told("Use the coarse model:", "$ consul kv put feed/model coarse\nnomad job periodic force feed", BACK, "$ consul kv put feed/model fine\nnomad job periodic force feed")),
    # a span that is asked of the world, and one that the command has to say
    Case("TOC110", told("Errors of the last hour:", "$ journalctl -u depot --since '15 minutes ago'"), told("Errors:", "$ journalctl -u depot --since '15 minutes ago'", "A release in the last hour? Then go back to the one before.")),
    Case("TOC110", told("Errors of the last hour:", "$ journalctl -u depot --since '15 minutes ago'"), told("Errors:", "$ journalctl -u depot --since '15 minutes ago'", "If there was a release in the last hour, go back to the one before.")),
    # statements that a client reads out of its own server are no dump
    Case("TOC208", told("Freeze:", "$ mysql -h db1 -e 'SET GLOBAL read_only = ON'", "Load:", "$ zcat d.sql.gz | mysql -h db1 shop"),
         told("Freeze:", "$ mysql -h db1 -e 'SET GLOBAL read_only = ON'", "End what hangs:", "$ mysql -h db1 -Nse \"SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE user = 'app'\" | mysql -h db1")),
    # what is paused, and how a command is told to be quiet
    Case("TOC208", told("Quiet the workers:", "$ kill-jobs quiet mail-1"), told("Fail over:", "$ gcloud sql instances failover db-1 --quiet")),
    # a rota of its own name is paged, a role without a number is not
    Case("TOC414", "# A\n\n## Escalation\n\n| Step | Who | After |\n|---|---|---|\n| 1 | first line | at once |\n| 2 | warehouse master | 10 minutes |\n\n## Contacts\n\n| Role | Phone |\n|---|---|\n| Desk | +46 8 555 0190 |\n",
         "# A\n\nPager rotas: `depot-first`, `depot-second`.\n\n## Escalation\n\n| Step | Who | After |\n|---|---|---|\n| 1 | first line (`depot-first`) | at once |\n| 2 | second line (`depot-second`) | 10 minutes |\n| 3 | warehouse master, Jo Ek (+46 70 555 0133) | 20 minutes |\n\n## Contacts\n\n| Role | Phone |\n|---|---|\n| Desk | +46 8 555 0190 |\n"),
    # the title of the whole document is no list of people
    Case("TOC403", "# Depot\n\n## Who to call\n\n| Who | Phone |\n|---|---|\n| Desk | +46 8 555 0190 |\n| Carrier | none |\n", "# Who answers when the depot burns\n\n## Levels\n\n| Level | Answer | Messages |\n|---|---|---|\n| P1 | 5 minutes | every hour |\n| P3 | 1 day | none |\n\n## Steps\n\nCall +46 8 555 0190.\n"),
    # the digits of a clock are no field of an expression
    Case("TOC110", "# A\n\n## Jobs\n\n| Job | When | Cron |\n|---|---|---|\n| export | daily at 02:00 | `0 2 * * 1` |\n", "# A\n\n## Jobs\n\n| Job | When | Cron |\n|---|---|---|\n| export | daily at 02:00 | `0 2 * * *` |\n"),
    # one statement among several short options is no session
    Case("TOC104", told("Look:", "$ mysql -h db1", "Then:", "$ df -h"), told("Look:", "$ mysql -h db1 -Nse 'SELECT 1'", "Then:", "$ df -h")),
    Case("TOC104", told("Look:", "$ psql -h db1 shop", "Then:", "$ df -h"), told("Look:", "$ psql -h db1 -XAtc 'SELECT 1'", "Then:", "$ df -h")),
    # the whole way to a thing names its group
    Case("TOC203", told("Look:", "$ az webapp show --resource-group rg-depot --name web\naz webapp list --resource-group rg-depot\naz webapp restart --name web"),
         told("Look:", "$ az webapp show --resource-group rg-depot --name web\naz webapp list --resource-group rg-depot\naz monitor metrics list --resource /subscriptions/1/resourceGroups/rg-depot/providers/x/web")),
)  # fmt: skip
