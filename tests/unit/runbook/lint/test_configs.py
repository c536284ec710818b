"""What a program would refuse to read is told where it stands, and whole or templated texts are left alone."""

import pytest
from tests.unit.runbook.lint.linted import found

TOP = "# Gate controller\n\n## Symptoms\n\nGates stay shut.\n\n## Steps\n\n"


def rules(text: str) -> set[str]:
    return {d.rule for d in found(TOP + text) if d.rule in ("TOC306", "TOC315")}


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("```bash\naws sns publish --topic-arn a:b --message x\naws events put-rule --name r --event-pattern '{\"source\": [\"gate\"'\n```", "```bash\naws events put-rule --name r --event-pattern '{\"source\": [\"gate\"]}'\n```"),
        ("```bash\nkubectl -n gate patch deploy g --patch '{\"spec\": {\"replicas\": 2}'\n```", "```bash\nkubectl -n gate patch deploy g --patch '{\"spec\": {\"replicas\": 2}}'\n```"),
        ("```json\n{\"open\": true\n \"hold\": 5}\n```", "```json\n{\"open\": true,\n \"hold\": 5}\n```"),
        ("```yaml\ngate:\n  open: yes\n hold: 5\n```", "```yaml\ngate:\n  open: yes\n  hold: 5\n```"),
        ("```nginx\nupstream gate {\n  server 10.0.0.4:80;\n```", "```nginx\nupstream gate {\n  server 10.0.0.4:80;\n}\n```"),
        ("```crontab\n*/5 * * * root /usr/local/bin/gate-sync\n```", "```crontab\n*/5 * * * * root /usr/local/bin/gate-sync\n```"),
        ("```crontab\n61 * * * * root /usr/local/bin/gate-sync\n```", "```crontab\n59 * * * * root /usr/local/bin/gate-sync\n```"),
        ("The cron expression is `0 */2 * *`.", "The cron expression is `0 */2 * * *`."),
        ("```ini\n[Unit]\nDescription=Gate\n\n[Service]\nUser=gate\n\n[Install]\nWantedBy=multi-user.target\n```", "```ini\n[Unit]\nDescription=Gate\n\n[Service]\nExecStart=/usr/bin/gate\n\n[Install]\nWantedBy=multi-user.target\n```"),
        ("```yaml\nservices:\n  gate:\n    image: gate:1.2\n    depends_on: [cache]\n  redis:\n    image: redis:7.2\n```", "```yaml\nservices:\n  gate:\n    image: gate:1.2\n    depends_on: [redis]\n  redis:\n    image: redis:7.2\n```"),
        ("```yaml\nservices:\n  gate:\n    image: gate:1.2\n    volumes: [state:/var/gate]\nvolumes:\n  data:\n```", "```yaml\nservices:\n  gate:\n    image: gate:1.2\n    volumes: [data:/var/gate]\nvolumes:\n  data:\n```"),
        ("```yaml\napiVersion: apps/v1\nkind: CronJob\nmetadata:\n  name: gate\nspec:\n  schedule: '0 * * * *'\n  jobTemplate: {}\n```", "```yaml\napiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: gate\nspec:\n  schedule: '0 * * * *'\n  jobTemplate: {}\n```"),
    ],
)  # fmt: skip
def test_what_nothing_can_read_is_told_and_the_whole_text_is_not(broken: str, whole: str) -> None:
    assert rules(broken)
    assert not rules(whole)


@pytest.mark.parametrize(
    "text",
    [
        "```yaml\nreplicas: {{ .Values.replicas }}\n```",
        "```json\n{\"open\": true, ...}\n```",
        "```yaml\n    name: gate\n  image: gate:1.2\n```",
        "```json\n{\"open\": true}\n{\"open\": false}\n```",
        "```ini\n[Service]\nEnvironment=GATE=1\n```",
        "```nginx\nlocation ~ \"^/g/\\d{3}$\" { return 204; }\n```",
        "```bash\ncurl -fsS -m 5 -d '{\"gate\": \"'\"$GATE\"'\"}' https://gate.internal/open\n```",
        "The cron job prints:\n\n```\n3 7 12 gates are open\n```",
        "```yaml\napiVersion: serving.knative.dev/v1\nkind: Service\nmetadata:\n  name: gate\nspec:\n  template: {}\n```",
    ],
)  # fmt: skip
def test_templates_excerpts_and_other_peoples_kinds_are_left_alone(text: str) -> None:
    assert not rules(text)


def test_a_service_that_leads_past_its_pods_is_told_at_its_port() -> None:
    deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: gate\nspec:\n  selector:\n    matchLabels: {app: gate}\n  template:\n    metadata:\n      labels: {app: gate}\n    spec:\n      containers:\n        - name: gate\n          image: gate:1.2\n          ports:\n            - containerPort: 9000\n              name: api\n"
    service = "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: gate\nspec:\n  selector: {app: gate}\n  ports:\n    - port: 80\n      targetPort: {}\n"
    bad = [
        d
        for d in found(TOP + "```yaml\n" + deployment + service.replace("{}", "web") + "```\n")
        if d.rule == "TOC315"
    ]
    assert [d.span.first_line for d in bad] == [36]
    assert not rules("```yaml\n" + deployment + service.replace("{}", "api") + "```\n")
