"""`tocsin synthetics` against a real server: the seed's four endpoints, its promise, its webhook.

The limit is set far from what loopback needs, so that a busy machine changes no verdict.
"""

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.synthetics.conftest import ROOT, Prep, Service, serving_tls

from tocsin.app.database import open_database
from tocsin.app.settings import load
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import Waiting
from tocsin.engine.jobs.reconciliation import only_one
from tocsin.kit import codec
from tocsin.probe.lookups import resolver_works
from tocsin.sandbox.authority import Authority
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.tools import Tools
from tocsin.store import signals

FOUR = [
    "san-francisco/requirements",
    "san-francisco/requirements/estimate",
    "joshua-tree/requirements",
    "joshua-tree/requirements/estimate",
]
PATIENT = 'timeout = "60 s"'
ONE = 'paths = ["/city/{slug}/requirements"]\nvalues.slug = ["joshua-tree"]'
LIMIT = {"SYNTHETIC_THRESHOLD_MS": "30000"}  # nothing here is ever that slow
NONE = {"SYNTHETIC_THRESHOLD_MS": "0.05"}  # everything is: a fresh connection costs more


def latest(prep: Prep) -> Any:
    return json.loads((prep.folder / "var" / "synthetics" / "latest.json").read_text())


def verdicts(found: Any) -> dict[str, str]:
    return {each["name"]: each["verdict"] for each in found["endpoints"]}


def alerts(prep: Prep) -> list[Alert]:
    with open_database(load(prep.folder / "tocsin.toml", {})) as database, database.read() as tx:
        return [codec.decode(each.body, Waiting).alert for each in signals.next_unhandled(tx)]


def test_the_runbooks_own_words_are_the_settings(prep: Prep) -> None:
    ran = prep.tocsin("propose")
    assert ran.returncode == 0, ran.stderr
    (prep.folder / "tocsin.toml").write_text(ran.stdout)
    found = load(prep.folder / "tocsin.toml", {}).synthetics
    assert found is not None
    assert found.paths == ("/city/{slug}/requirements", "/city/{slug}/requirements/estimate")
    assert found.values == {"slug": ("san-francisco", "joshua-tree")}
    assert (found.threshold, found.percentile, found.samples) == (timedelta(milliseconds=200), 95, 5)
    assert (found.setting, found.base_url) == ("SYNTHETIC_THRESHOLD_MS", "https://api.prepchef.com")


def test_a_service_that_keeps_its_promise_passes(prep: Prep, service: Service) -> None:
    prep.variables = LIMIT | {"OBS_ALERT_WEBHOOK": service.url}
    ran = prep.tocsin("run", "--base-url", service.url)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = latest(prep)
    assert verdicts(found) == dict.fromkeys(FOUR, "pass")
    assert (found["status"], found["threshold_source"]) == ("operational", "SYNTHETIC_THRESHOLD_MS")
    assert found["percentile"] == {"p": 95, "method": "nearest-rank"}
    for each in found["endpoints"]:
        assert len(each["samples_ms"]) == 5
        assert each["p95_ms"] == max(each["samples_ms"])
    assert sorted(set(service.asked)) == sorted(f"/city/{name}" for name in FOUR)
    assert len(service.asked) == 20
    assert service.told == []


def test_while_one_run_measures_another_is_refused_and_asks_nothing(prep: Prep, service: Service) -> None:
    with only_one(prep.folder / "var" / "synthetics", "tocsin synthetics run"):
        ran = prep.tocsin("run", "--base-url", service.url)
    assert ran.returncode == 5, ran.stdout + ran.stderr
    assert "is running already" in ran.stderr
    assert service.asked == []


def test_without_the_variable_the_limit_is_the_runbooks(prep: Prep, service: Service) -> None:
    prep.tocsin("run", "--base-url", service.url)
    found = latest(prep)
    assert (found["threshold_ms"], found["samples_per_endpoint"]) == (200, 5)
    assert found["threshold_source"] == "runbook.md:32"


def test_a_slow_endpoint_is_a_breach_published_and_told(prep: Prep, service: Service) -> None:
    prep.variables = {
        "SYNTHETIC_THRESHOLD_MS": "100", "OBS_ALERT_WEBHOOK": f"{service.url}/hook", "OBS_ALERT_SECRET": "s3cret-of-ci"
    }  # fmt: skip
    prep.settings(f'{PATIENT}\n{ONE}\nrunbook_url = "https://status.prepchef.com/runbook"')
    service.trouble["joshua-tree"] = service.slow(0.11)
    ran = prep.tocsin("run", "--base-url", service.url)
    found = latest(prep)
    assert found["endpoints"][0]["verdict"] == "fail", ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert found["status"] == "degraded"
    assert found["endpoints"][0]["confirmation"] == {"confirmed": True, "samples": 4, "bad": 4}
    (incident,) = found["incidents"]
    link = "https://status.prepchef.com/runbook#synthetic-monitoring--alerting"
    assert incident["remediations"] == [link]
    assert incident["remediation_details"] == [{"url": link, "title": "Synthetic Monitoring & Alerting"}]
    ((body, headers),) = service.told
    proof = hmac.new(b"s3cret-of-ci", body, hashlib.sha256).hexdigest()
    assert headers["x-tocsin-signature"] == f"sha256={proof}"
    said = json.loads(body)
    assert (said["state"], said["confirmed"], said["runbook_url"]) == ("firing", True, link)
    assert {key: said[key] for key in found} == found
    assert "s3cret-of-ci" not in ran.stdout + ran.stderr


def test_one_bad_request_fails_the_run_and_pages_nobody(prep: Prep, service: Service) -> None:
    """NOI-21: the run is published as failed, twenty more samples are taken, and they do not confirm it."""
    prep.settings(f'{PATIENT}\n{ONE}\nwebhook_on = "confirmed"')
    prep.variables = LIMIT | {"OBS_ALERT_WEBHOOK": service.url}
    open_database(load(prep.folder / "tocsin.toml", {})).close()
    service.trouble["joshua-tree"] = service.status(500, first=1)
    ran = prep.tocsin("run", "--base-url", service.url)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    (found,) = latest(prep)["endpoints"]
    assert (found["verdict"], found["errors"], len(found["samples_ms"])) == ("error", 1, 4)
    assert found["confirmation"] == {"confirmed": False, "samples": 17, "bad": 0}
    assert alerts(prep) == []
    assert service.told == []


def test_a_confirmed_failure_raises_an_alert_and_a_good_run_ends_it(prep: Prep, service: Service) -> None:
    prep.settings('impact = "Major feature unavailable"\nimpact_slow = "Minor feature degraded"')
    open_database(load(prep.folder / "tocsin.toml", {})).close()
    service.trouble["joshua-tree/requirements/estimate"] = service.status(500)
    prep.variables = LIMIT
    for _ in range(2):
        assert prep.tocsin("run", "--base-url", service.url).returncode == 2
    began = latest(prep)["incidents"][0]
    assert datetime.fromisoformat(began["started_at"]) < datetime.fromisoformat(began["updated_at"])
    service.trouble.clear()
    for _ in range(2):
        assert prep.tocsin("run", "--base-url", service.url).returncode == 0
    name = "synthetics/joshua-tree/requirements/estimate"
    assert alerts(prep)[0].impact == "Major feature unavailable"
    assert [(each.fingerprint, each.state) for each in alerts(prep)] == [
        (name, AlertState.FIRING), (name, AlertState.FIRING), (name, AlertState.RESOLVED),
    ]  # fmt: skip


def test_no_alert_where_nobody_wants_one_or_where_there_is_no_store(prep: Prep, service: Service) -> None:
    service.trouble["joshua"] = service.status(503)
    prep.variables = LIMIT
    assert prep.tocsin("run", "--base-url", service.url).returncode == 2
    assert not (prep.folder / "var" / "tocsin.db").exists()
    open_database(load(prep.folder / "tocsin.toml", {})).close()
    assert prep.tocsin("run", "--no-alert", "--base-url", service.url).returncode == 2
    assert alerts(prep) == []


@pytest.mark.parametrize(
    ("trouble", "said"),
    [(Service.status(500), "HTTP 500"), (Service.status(301), "HTTP 301"), (Service.tear, "no answer from")],
)
def test_what_is_no_good_answer_is_an_error_and_no_latency(
    prep: Prep, service: Service, trouble: Any, said: str
) -> None:
    service.trouble["joshua-tree"] = trouble
    prep.variables = LIMIT
    assert prep.tocsin("run", "--base-url", service.url).returncode == 2
    found = latest(prep)
    assert found["status"] == "down"
    for each in found["endpoints"][2:]:
        assert (each["verdict"], each["errors"], each["samples_ms"], each["p95_ms"]) == ("error", 5, [], None)
        assert said in each["error_messages"][0]


def test_a_request_that_is_never_answered_is_an_error_after_its_time_limit(
    prep: Prep, service: Service
) -> None:
    prep.settings(f'timeout = "250 ms"\n{ONE}')
    service.trouble["joshua-tree"] = service.slow(60)
    ran = prep.tocsin("run", "--base-url", service.url)
    assert ran.returncode == 2, ran.stdout
    (found,) = latest(prep)["endpoints"]
    assert (found["verdict"], found["errors"]) == ("error", 5)
    assert "no whole answer within 250 ms" in found["error_messages"][0]
    assert found["confirmation"] == {"confirmed": True, "samples": 4, "bad": 4}


def test_a_port_nobody_listens_on_is_an_error(prep: Prep) -> None:
    assert prep.tocsin("run", "--base-url", "http://127.0.0.1:1").returncode == 2
    assert "onnect" in latest(prep)["endpoints"][0]["error_messages"][0]


def test_a_name_nobody_knows_is_an_error(prep: Prep) -> None:
    """Where no name server of ours works nothing was measured, and that is no error of theirs."""
    prep.settings(f'timeout = "2 s"\n{ONE}')
    assert prep.tocsin("run", "--base-url", "http://nowhere.invalid").returncode == 2
    (found,) = latest(prep)["endpoints"]
    expected = "error" if resolver_works("nowhere.invalid") else "unknown"
    assert (found["verdict"], found["samples_ms"]) == (expected, [])
    if expected == "error":
        assert "nowhere.invalid" in found["error_messages"][0]


def test_a_server_that_does_not_speak_tls_is_an_error(prep: Prep, service: Service) -> None:
    ran = prep.tocsin("run", "--base-url", service.url.replace("http:", "https:"))
    assert ran.returncode == 2
    assert latest(prep)["endpoints"][0]["verdict"] == "error"


def test_a_webhook_that_is_busy_is_called_again_and_one_that_refuses_is_no_silence(
    prep: Prep, service: Service
) -> None:
    prep.variables = NONE | {"OBS_ALERT_WEBHOOK": service.url}
    service.webhook = [503]
    assert prep.tocsin("run", "--base-url", service.url).returncode == 1
    assert len(service.told) == 2
    assert len({headers["idempotency-key"] for _, headers in service.told}) == 1
    service.webhook = [403]
    ran = prep.tocsin("run", "--base-url", service.url)
    assert ran.returncode == 2
    assert "HTTP 403" in ran.stderr


def test_every_run_is_kept_and_drawn(prep: Prep, service: Service) -> None:
    prep.variables = LIMIT
    assert "No run yet" in prep.tocsin("trend").stdout
    for _ in range(2):
        prep.tocsin("run", "--base-url", service.url)
    with (prep.folder / "var" / "synthetics" / "runs.jsonl").open("a") as file:
        file.write('{"run_id": "cut off')
    prep.tocsin("run", "--base-url", service.url)
    found = json.loads(prep.tocsin("trend", "--json").stdout)
    assert list(found["endpoints"]) == FOUR
    assert [len(line) for line in found["endpoints"].values()] == [3] * 4
    assert prep.tocsin("trend").stdout.count("▁") + prep.tocsin("trend").stdout.count("█") >= 1


@pytest.mark.parametrize(
    ("settings", "variables", "said"),
    [
        ("", {}, "synthetics.base_url is missing"),
        ('base_url = "${PREP_URL}"', {}, "PREP_URL is not set"),
        ('base_url = "http://x"\nthreshold = "fast"', {}, "must be a duration"),
        ('base_url = "http://x"\npaths = ["city"]', {}, "does not begin with /"),
        ('base_url = "http://x"\npaths = ["/{town}"]', {}, "synthetics.values.town is missing"),
        ('base_url = "http://x"', {"SYNTHETIC_THRESHOLD_MS": "fast"}, "not a number of milliseconds"),
        ('base_url = "http://x"', {"SYNTHETIC_THRESHOLD_MS": "nan"}, "not a number of milliseconds"),
        ('base_url = "ftp://x"', {}, "http:// or https://"),
        ('base_url = "http://x"\nsection = "nothing"', {}, 'has no "nothing"'),
        ('base_url = "http://x"\nconfirm_bad = 21', {}, "from 1 to 20"),
    ],
)
def test_a_mistake_in_the_settings_is_named_and_nothing_is_asked(
    prep: Prep, settings: str, variables: dict[str, str], said: str
) -> None:
    prep.settings(settings)
    prep.variables = variables
    ran = prep.tocsin("run")
    assert ran.returncode == 2
    assert said in ran.stderr
    assert not (prep.folder / "var" / "synthetics" / "latest.json").exists()


def test_an_untrusted_authority_and_a_trusted_one_over_tls(prep: Prep, tmp_path: Path) -> None:
    """A real TLS server with a certificate of our own authority: refused, until that authority is trusted."""
    tools = Tools.find(ROOT / ".tools")
    scratch = Scratch.make(tmp_path)
    try:
        authority = Authority(scratch, tools.openssl)
        certificate, key = authority.issue("api.prepchef.com")
        with serving_tls(certificate, key) as port:
            prep.settings('base_url = "https://api.prepchef.com"\npaths = ["/health"]')
            lead = {"TOCSIN_CONNECT_TO": f"api.prepchef.com:443:127.0.0.1:{port}", **LIMIT}
            prep.variables = lead
            assert prep.tocsin("run").returncode == 2
            assert "ertificate" in latest(prep)["endpoints"][0]["error_messages"][0]
            prep.variables = lead | {"TOCSIN_CA_FILE": str(authority.certificate)}
            ran = prep.tocsin("run")
            assert ran.returncode == 0, ran.stdout + ran.stderr
    finally:
        scratch.end()
