"""The API does everything the pages do; its documents are true, valid and readable without anything from elsewhere."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import openapi_spec_validator
import pytest
from tests.web.house import House

from tocsin.oncall.person import AccessRole
from tocsin.web.api.openapi import document
from tocsin.web.api.reference import markdown
from tocsin.web.api.table import OPERATIONS
from tocsin.web.pages.act import _ELSEWHERE
from tocsin.web.pages.serve import HEADERS
from tocsin.web.pages.table import PAGES

_BROWSER = "of this browser alone: "
_LOG_IN = _BROWSER + "how somebody logs in; a program has a token"
# Each page -> the operations that do or tell the same, or why it is none of a program's business.
TWINS: dict[str, tuple[str, ...] | str] = {
    "GET /": _BROWSER + "leads to the list",
    "GET /incidents": ("list_incidents", "get_on_call"),
    "GET /incidents/stream": ("list_events",),
    "GET /incidents/{incident}": ("get_incident", "get_timeline", "updates", "options"),
    "GET /incidents/{incident}/stream": ("list_events",),
    "GET /incidents/{incident}/evidence/{evidence}": ("get_evidence",),
    "GET /incidents/{incident}/asks/{ask}": ("get_incident",),
    "POST /incidents/{incident}/asks/{ask}/approve": ("approve",),
    "GET /incidents/{incident}/updates/{update}": ("updates",),
    "GET /incidents/{incident}/ask/{what}": _BROWSER + "forms; what they do is POST …/do/{operation}",
    "GET /incidents/{incident}/runs/{run}/doubt": _BROWSER + "a form; what it does is settle",
    "GET /declare": _BROWSER + "a form",
    "POST /declare": ("post_alert",),
    "POST /incidents/{incident}/do/{operation}": "any operation of an incident",
    "POST /do/{operation}": tuple(sorted(_ELSEWHERE)),
    "GET /runbooks": ("get_runbook",),
    "GET /runbooks/{anchor}": ("get_section",),
    "GET /runbooks/rules/{rule}": ("get_rule",),
    "GET /checks": ("list_checks", "list_samples", "list_heartbeats"),
    "GET /drills": ("list_drills", "show_drill_running"),
    "GET /drills/stream": ("show_drill_running",),
    "GET /drills/{drill}": ("get_drill",),
    "GET /oncall": ("get_on_call", "get_on_call_calendar", "get_readiness", "list_amendments", "list_pages"),
    "POST /oncall/amend": ("amend_on_call",),
    "GET /oncall.ics": ("get_on_call_ical",),
    "GET /postmortems": ("list_postmortems", "list_actions"),
    "GET /postmortems/{incident}": ("get_postmortem",),
    "POST /postmortems/{incident}/text": ("write_postmortem",),
    "GET /status": ("get_status",),
    "POST /status/preview": ("preview_status",),
    "POST /status/draft": ("draft_update",),
    "GET /status/work": ("list_works",),
    "POST /status/work": ("plan_work",),
    "GET /status/work/{work}": _BROWSER + "a form; what it does is plan_work and end_work",
    "POST /status/work/{work}/move": ("plan_work", "end_work"),
    "GET /insights": ("get_insights",),
    "GET /settings": ("list_channels", "list_accounts", "list_sessions", "list_tokens"),
    "POST /settings/channels/test": ("test_channel",),
    "POST /settings/tokens": ("make_token",),
    "POST /settings/people": ("invite",),
    "POST /settings/people/close": ("close_account",),
    "GET /audit": ("verify_log",),
    "GET /jump": _BROWSER + "doors",
    "GET /keys": _BROWSER + "keys",
    "GET /me": ("get_me", "list_sessions", "list_accounts"),
    "POST /sessions/{session}/end": ("end_session",),
    "POST /me/passkeys/{passkey}/remove": ("remove_passkey",),
    "POST /me/passkeys/{passkey}/rename": _BROWSER + "what one calls one's own",
    "GET /me/passkeys/new": _BROWSER + "an authenticator",
    "POST /me/passkeys": _BROWSER + "an authenticator",
    "POST /theme": _BROWSER + "light or dark",
    "GET /login": _LOG_IN,
    "POST /login": _LOG_IN,
    "POST /logout": _LOG_IN,
    "GET /login/passkey": _LOG_IN,
    "POST /login/passkey": _LOG_IN,
    "GET /login/oidc": _LOG_IN,
    "GET /login/oidc/back": _LOG_IN,
    "GET /welcome/{secret}": _LOG_IN,
    "POST /welcome/{secret}": _LOG_IN,
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def test_everything_the_pages_do_is_in_the_api() -> None:
    """A new page belongs into the table above, beside the operation that does the same."""
    pages = {f"{each.method} {each.path}": each for each in PAGES}
    assert set(pages) == set(TWINS)
    known = {each.name: each for each in OPERATIONS}
    for page, twins in TWINS.items():
        for name in twins if isinstance(twins, tuple) else ():
            assert name in known, (page, name)
            if page.startswith("POST") and "/do/" not in page:
                assert known[name].method == "POST", (page, name)


def test_nothing_is_easier_by_a_page_than_by_the_api() -> None:
    known = {each.name: each for each in OPERATIONS}
    own = {"POST /sessions/{session}/end", "POST /me/passkeys/{passkey}/remove"}  # of one's own by anybody
    for each in PAGES:
        twins = TWINS[f"{each.method} {each.path}"]
        if each.method != "POST" or not isinstance(twins, tuple) or each.path == "/do/{operation}":
            continue
        for name in twins:
            assert f"POST {each.path}" in own or (each.needs or AccessRole.VIEWER).reaches(known[name].needs)


def test_the_document_is_openapi_3_1() -> None:
    made = json.loads(json.dumps(document(OPERATIONS)))
    openapi_spec_validator.validate(made)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", name) for name in made["components"]["schemas"])


def test_every_moment_is_said_to_be_one() -> None:
    schemas = json.loads(json.dumps(document(OPERATIONS)))["components"]["schemas"]
    for name, schema in schemas.items():
        for field, each in schema.get("properties", {}).items():
            if re.search(r"_at$|^at$|^due$|^expires$", field):
                assert "date-time" in json.dumps(each), (name, field)


def test_the_reference_is_the_one_that_the_table_makes(repository: Path) -> None:
    """`python scripts/api.py` writes it anew."""
    written = (repository / "docs/reference/api.md").read_text(encoding="utf-8")
    assert written == markdown(OPERATIONS)


class _Loads(HTMLParser):
    """What a page loads, where it leads, and what it names."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.names: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in ("script", "img", "iframe", "link"):
            self.loads.append(found.get("src") or found.get("href") or "")
        if tag == "a":
            self.leads.append(found.get("href") or "")
        if found.get("id"):
            self.names.append(found["id"] or "")
        if tag in ("script", "style") or "style" in found or any(name.startswith("on") for name in found):
            self.inline.append(tag)


def test_the_page_of_the_api_shows_every_call_and_fetches_nothing_from_elsewhere(house: House) -> None:
    answer = house.nobody.get("/api/v1/docs")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
    for each in OPERATIONS:
        assert f"{each.method} {each.path}</code>" in answer.text
    found = _Loads()
    found.feed(answer.text)
    assert found.inline == []
    assert all(each.startswith("/static/") for each in found.loads)
    assert [name for name, count in Counter(found.names).items() if count > 1] == []
    for each in found.leads:
        assert each == "/api/v1/openapi.json" or each.removeprefix("#") in found.names, each
