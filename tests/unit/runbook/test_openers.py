"""A line that opens a session is known for one however it is written: what follows it must not run on the operator's machine."""

import pytest

from tocsin.runbook.book import Hop
from tocsin.runbook.compile import compile as compile_text
from tocsin.runbook.shell.openers import opener

POD = Hop("pod", "web-0")
SHOP = Hop("pod", "web-0", "shop")


@pytest.mark.parametrize(
    ("line", "hops"),
    [
        ("kubectl exec -it web-0 -c app -- sh", (POD, Hop("container", "app"))),
        ("kubectl exec -it -n shop -c app web-0 -- bash", (SHOP, Hop("container", "app"))),
        ("kubectl exec -itn shop web-0 -- bash", (SHOP,)),
        ("kubectl exec -it web-0 bash -n shop", (SHOP,)),
        ("kubectl --context prod exec -it web-0 -- sh", (Hop("cluster", "prod"), POD)),
        ("kubectl --context=prod -n shop exec web-0 -it -- sh", (Hop("cluster", "prod"), SHOP)),
        ("kubectl exec -it web-0 -- env TERM=xterm bash", (POD,)),
        ("kubectl exec -n shop -it web-0 -- /bin/sh -c 'psql'", (SHOP, Hop("database", "", "postgres"))),
        ("kubectl attach -it web-0", (POD,)),
        ("oc rsh -c app -n shop web-0", (SHOP, Hop("container", "app"))),
        ("oc -n shop rsh web-0 bash", (SHOP,)),
        ("oc rsh web-0 psql -U x", (POD, Hop("database", "", "postgres"))),
        ("kubectl exec -it $(kubectl get pod -l app=x -o name) -- sh", (Hop("pod", "$(kubectl get pod -l app=x -o name)"),)),
        ("docker exec -it `docker ps -qf name=db` bash", (Hop("container", "`docker ps -qf name=db`"),)),
        ("ssh $(cat host)", (Hop("host", "$(cat host)"),)),
        ("nomad alloc exec -i -t -job web /bin/sh", (Hop("container", "web"),)),
        ("az container exec -g rg -n web --exec-command /bin/sh", (Hop("container", "web"),)),
        ("incus exec web -- bash", (Hop("container", "web"),)),
        ("docker attach web", (Hop("container", "web"),)),
        ("juju ssh app/0", (Hop("host", "app/0"),)),
        ("tsh ssh web-1", (Hop("host", "web-1"),)),
        ("minikube ssh", (Hop("host", ""),)),
    ],
)  # fmt: skip
def test_a_session_is_known_however_its_line_is_written(line: str, hops: tuple[Hop, ...]) -> None:
    assert opener(line) == hops
    typed = "SELECT 1;" if hops[-1].kind == "database" else "rm -rf /tmp/cache"
    book = compile_text(f"# X\n\n## Steps\n\n```bash\n{line}\n{typed}\n```\n")
    found = [action for section in book.sections for step in section.steps() for action in step.actions]
    assert [(action.text, action.context) for action in found] == [(typed, hops)]


@pytest.mark.parametrize(
    "line",
    [
        "kubectl exec web-0 -- df -h", "kubectl exec web-0 -- sh -c 'df -h'", "docker exec db env", "oc rsh web-0 df -h",
        "kubectl --context prod get pods", "kubectl attach web-0", "docker exec $(docker ps -q) ls", "ssh $(cat host) uptime",
    ],
)  # fmt: skip
def test_a_command_inside_is_no_session(line: str) -> None:
    assert not opener(line)


@pytest.mark.parametrize(
    "line",
    [
        "nomad alloc exec -task web 3f2a cat /etc/hosts", "az container exec -g rg -n web --exec-command 'ls /'", "incus exec web -- df -h", "juju ssh app/0 uptime",
        "tsh ssh web-1 uptime", "minikube ssh 'df -h'", "mysql -h db1 -Nse 'SELECT 1'", "psql -h db1 -XAtc 'SELECT 1'", "nomad job status web",
    ],
)  # fmt: skip
def test_a_line_that_brings_its_command_opens_nothing(line: str) -> None:
    assert opener(line) is None
