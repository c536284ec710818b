"""Every call of the API, by the name of its operation.

Made by scripts/api.py from the table of the API; not edited by hand.
"""

from datetime import datetime
from typing import Literal

from tocsin.client.calling import Calling, segment
from tocsin.client.types import (
    AccessRole,
    Accounts,
    Agreed,
    AlertBody,
    AlertState,
    Amendments,
    AmendmentView,
    AmendmentWanted,
    Answered,
    Approval,
    Cadence,
    Calendar,
    Called,
    Cause,
    Changes,
    Channels,
    Checklist,
    Checks,
    CommandText,
    Declined,
    DoingDone,
    DrillDesk,
    DrillReport,
    DrillRunning,
    Drills,
    DrillWanted,
    Drop,
    Empty,
    Ended,
    Events,
    Evidence,
    Given,
    Handover,
    Health,
    Heartbeat,
    Heartbeats,
    HeartbeatView,
    HeartbeatWanted,
    Ical,
    Incidents,
    IncidentView,
    Insights,
    Invitation,
    InvitationWanted,
    Items,
    Judged,
    KeyMade,
    KeyRevoked,
    Keys,
    KeyWanted,
    Kind,
    Language,
    LedgerView,
    Left,
    LoginsClosed,
    Me,
    Move,
    NewText,
    Note,
    Now,
    OncallWithdrawn,
    Options,
    Other,
    Owner,
    Pages,
    Parameter,
    Plan,
    Postmortems,
    PostmortemsDone,
    PostmortemState,
    PostmortemText,
    Postponed,
    Preview,
    Readiness,
    Reason,
    Rejection,
    Released,
    Removed,
    Replayed,
    ReplayWanted,
    Request,
    Requests,
    Resolution,
    Role,
    RuleView,
    RunbookRunbookView,
    RunbookText,
    Samples,
    Section,
    Security,
    Sent,
    Sessions,
    SettingsChanges,
    SettingsInForce,
    SettingsTaken,
    Settlement,
    Severity,
    SilenceBody,
    Silences,
    SilenceView,
    Snooze,
    StatusDraft,
    StatusView,
    Stored,
    Subscribers,
    TeamClosed,
    Tick,
    Timeline,
    TokenList,
    TokenMade,
    TokenRevoked,
    TokenWanted,
    Trial,
    Undo,
    Updates,
    UpdatesDraft,
    UpdatesWithdrawn,
    Verified,
    Wanted,
    WebhookMade,
    WebhookWanted,
    WorkOver,
    Works,
    WorkView,
    WorkWanted,
    Written,
)


class Calls(Calling):
    """What the API can do. Names in the path come first; everything else is named."""

    def post_alert(
        self,
        *,
        title: str,
        state: AlertState = "firing",
        fingerprint: str | None = None,
        labels: dict[str, str] | None = None,
        impact: str | None = None,
        runbook_url: str | None = None,
        drill: bool = False,
        idempotency_key: str | None = None,
    ) -> Stored:
        """Hand in an alert; answered after the commit. Scope: responder."""
        return self.call(
            "POST",
            "/api/v1/alerts",
            {},
            AlertBody(
                title=title,
                state=state,
                fingerprint=fingerprint,
                labels=labels or {},
                impact=impact,
                runbook_url=runbook_url,
                drill=drill,
            ),
            Stored,
            idempotency_key,
        )

    def list_changes(self, *, since: str = "24 h", limit: int = 50) -> Changes:
        """What was changed on purpose, as other tools told it. Scope: viewer."""
        return self.call("GET", "/api/v1/changes", {"since": since, "limit": limit}, None, Changes, None)

    def list_silences(
        self,
    ) -> Silences:
        """What opens no incident for a while. Scope: viewer."""
        return self.call("GET", "/api/v1/silences", {}, None, Silences, None)

    def add_silence(
        self,
        *,
        matchers: list[str],
        comment: str,
        lasts: str = "1 h",
        starts_at: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> SilenceView:
        """Hold alerts of some labels back for a while. Scope: responder."""
        return self.call(
            "POST",
            "/api/v1/silences",
            {},
            SilenceBody(matchers=matchers, comment=comment, lasts=lasts, starts_at=starts_at),
            SilenceView,
            idempotency_key,
        )

    def expire_silence(self, silence: str | int, *, idempotency_key: str | None = None) -> SilenceView:
        """End a silence now. Scope: responder."""
        return self.call(
            "POST", f"/api/v1/silences/{segment(silence)}/expire", {}, Empty(), SilenceView, idempotency_key
        )

    def intake_ledger(
        self,
    ) -> LedgerView:
        """Where every accepted alert is. Scope: viewer."""
        return self.call("GET", "/api/v1/intake/ledger", {}, None, LedgerView, None)

    def list_requests(
        self,
        *,
        integration: str = "",
        state: str = "",
        since: str = "",
        before: int = 999999999,
        limit: int = 50,
    ) -> Requests:
        """Requests of foreign senders as they came. Scope: viewer."""
        return self.call(
            "GET",
            "/api/v1/intake/requests",
            {"integration": integration, "state": state, "since": since, "before": before, "limit": limit},
            None,
            Requests,
            None,
        )

    def get_request(self, request: str | int) -> Request:
        """One request, its body, and the fate of each of its alerts. Scope: viewer."""
        return self.call("GET", f"/api/v1/intake/requests/{segment(request)}", {}, None, Request, None)

    def replay_request(
        self,
        request: str | int,
        *,
        dry_run: bool = True,
        refused: bool = False,
        idempotency_key: str | None = None,
    ) -> Replayed:
        """Read it again with today's formats and settings. Scope: admin."""
        return self.call(
            "POST",
            f"/api/v1/intake/requests/{segment(request)}/replay",
            {},
            ReplayWanted(dry_run=dry_run, refused=refused),
            Replayed,
            idempotency_key,
        )

    def list_incidents(
        self, *, state: str = "open", q: str = "", before: int = 999999999, limit: int = 100
    ) -> Incidents:
        """Incidents, the newest first. Scope: viewer."""
        return self.call(
            "GET",
            "/api/v1/incidents",
            {"state": state, "q": q, "before": before, "limit": limit},
            None,
            Incidents,
            None,
        )

    def get_incident(self, incident: str | int) -> IncidentView:
        """One incident: where it stands, what waits, its timeline. Scope: viewer."""
        return self.call("GET", f"/api/v1/incidents/{segment(incident)}", {}, None, IncidentView, None)

    def get_timeline(self, incident: str | int) -> Timeline:
        """What happened, in order. Scope: viewer."""
        return self.call("GET", f"/api/v1/incidents/{segment(incident)}/timeline", {}, None, Timeline, None)

    def get_evidence(self, incident: str | int, evidence: str | int) -> Evidence:
        """What a step showed. Scope: viewer."""
        return self.call(
            "GET",
            f"/api/v1/incidents/{segment(incident)}/evidence/{segment(evidence)}",
            {},
            None,
            Evidence,
            None,
        )

    def list_checks(
        self,
    ) -> Checks:
        """Every check with its last sample. Scope: viewer."""
        return self.call("GET", "/api/v1/checks", {}, None, Checks, None)

    def list_samples(self, check: str | int, *, hours: int = 1, limit: int = 1000) -> Samples:
        """What a check saw lately. Scope: viewer."""
        return self.call(
            "GET",
            f"/api/v1/checks/{segment(check)}/samples",
            {"hours": hours, "limit": limit},
            None,
            Samples,
            None,
        )

    def get_insights(self, *, days: int = 90, drills: bool = False) -> Insights:
        """How well it went, over many incidents. Scope: viewer."""
        return self.call("GET", "/api/v1/insights", {"days": days, "drills": drills}, None, Insights, None)

    def get_me(
        self,
    ) -> Me:
        """Who you are here, and what you may do. Scope: viewer."""
        return self.call("GET", "/api/v1/me", {}, None, Me, None)

    def get_health(
        self,
    ) -> Health:
        """Whether the engine turns. Scope: viewer."""
        return self.call("GET", "/api/v1/health", {}, None, Health, None)

    def list_events(self, *, after: int = 0, limit: int = 100) -> Events:
        """What happened anywhere, in order; `/api/v1/stream` tells it as it happens. Scope: viewer."""
        return self.call("GET", "/api/v1/events", {"after": after, "limit": limit}, None, Events, None)

    def acknowledge(self, incident: str | int, *, idempotency_key: str | None = None) -> Answered:
        """ "I have it": stops the paging of this incident. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/acknowledge",
            {},
            Empty(),
            Answered,
            idempotency_key,
        )

    def note(self, incident: str | int, *, text: str, idempotency_key: str | None = None) -> Answered:
        """Write something onto the timeline. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/notes",
            {},
            Note(text=text),
            Answered,
            idempotency_key,
        )

    def approve(
        self,
        incident: str | int,
        ask: str | int,
        *,
        digest: str,
        confirm: str | None = None,
        break_glass: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """Yes to one exact step. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/asks/{segment(ask)}/approve",
            {},
            Approval(digest=digest, confirm=confirm, break_glass=break_glass),
            Answered,
            idempotency_key,
        )

    def reject(
        self,
        incident: str | int,
        ask: str | int,
        *,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """No to the step that waits; the next option is looked at. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/asks/{segment(ask)}/reject",
            {},
            Rejection(reason=reason),
            Answered,
            idempotency_key,
        )

    def want_step(self, incident: str | int, *, step: str, idempotency_key: str | None = None) -> Answered:
        """Have another step of the runbook asked for next. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/steps",
            {},
            Wanted(step=step),
            Answered,
            idempotency_key,
        )

    def settle(
        self,
        incident: str | int,
        run: str | int,
        *,
        took_effect: bool,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """Say whether a change that was cut off took effect. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/runs/{segment(run)}/settle",
            {},
            Settlement(took_effect=took_effect, note=note),
            Answered,
            idempotency_key,
        )

    def set_severity(
        self,
        incident: str | int,
        *,
        severity: str,
        reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """Change how bad it is; the clocks follow. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/severity",
            {},
            Severity(severity=severity, reason=reason),
            Answered,
            idempotency_key,
        )

    def resolve(
        self,
        incident: str | int,
        *,
        because: str = "resolved by hand",
        anyway: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """End it; refused while a check is not good, unless you say why. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/resolve",
            {},
            Resolution(because=because, anyway=anyway),
            Answered,
            idempotency_key,
        )

    def options(self, incident: str | int) -> Options:
        """What can be done, best first, with reasons. Scope: viewer."""
        return self.call("GET", f"/api/v1/incidents/{segment(incident)}/options", {}, None, Options, None)

    def set_parameter(
        self, incident: str | int, *, name: str, value: str, idempotency_key: str | None = None
    ) -> Answered:
        """Fill a hole of the runbook. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/parameters",
            {},
            Parameter(name=name, value=value),
            Answered,
            idempotency_key,
        )

    def undo(
        self,
        incident: str | int,
        run: str | int,
        *,
        due: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """Ask for a yes to taking a change back. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/runs/{segment(run)}/undo",
            {},
            Undo(due=due),
            Answered,
            idempotency_key,
        )

    def keep(
        self, incident: str | int, run: str | int, *, because: str, idempotency_key: str | None = None
    ) -> Answered:
        """Call a way back off that waits for its time. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/runs/{segment(run)}/keep",
            {},
            Drop(because=because),
            Answered,
            idempotency_key,
        )

    def manual_done(
        self, incident: str | int, *, number: str, note: str | None = None, idempotency_key: str | None = None
    ) -> Answered:
        """Tick off a step that only a person can do. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/manual",
            {},
            DoingDone(number=number, note=note),
            Answered,
            idempotency_key,
        )

    def take_role(self, incident: str | int, *, role: str, idempotency_key: str | None = None) -> Answered:
        """Take a role: accepts an offer, or asks whoever holds it. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/roles",
            {},
            Role(role=role),
            Answered,
            idempotency_key,
        )

    def hand_over(
        self, incident: str | int, *, to: str, role: str = "commander", idempotency_key: str | None = None
    ) -> Answered:
        """Hand a role over; it moves when the other person takes it. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/roles/offer",
            {},
            Handover(to=to, role=role),
            Answered,
            idempotency_key,
        )

    def decline_role(
        self, incident: str | int, *, role: str, reason: str | None = None, idempotency_key: str | None = None
    ) -> Answered:
        """Do not take a role that was offered. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/roles/decline",
            {},
            Declined(role=role, reason=reason),
            Answered,
            idempotency_key,
        )

    def give_task(
        self,
        incident: str | int,
        *,
        to: str,
        what: str,
        minutes: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """One thing for one named person. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/tasks",
            {},
            Given(to=to, what=what, minutes=minutes),
            Answered,
            idempotency_key,
        )

    def take_task(
        self, incident: str | int, task: str | int, *, idempotency_key: str | None = None
    ) -> Answered:
        """I do it. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/tasks/{segment(task)}/take",
            {},
            Empty(),
            Answered,
            idempotency_key,
        )

    def close_task(
        self,
        incident: str | int,
        task: str | int,
        *,
        said: str,
        done: bool = True,
        idempotency_key: str | None = None,
    ) -> Answered:
        """A task is done or given up, and what was seen. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/tasks/{segment(task)}/close",
            {},
            TeamClosed(said=said, done=done),
            Answered,
            idempotency_key,
        )

    def call_responder(
        self, incident: str | int, *, person: str, why: str, idempotency_key: str | None = None
    ) -> Answered:
        """Page one person by name. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/responders/call",
            {},
            Called(person=person, why=why),
            Answered,
            idempotency_key,
        )

    def release_responder(
        self, incident: str | int, *, person: str, idempotency_key: str | None = None
    ) -> Answered:
        """Somebody is not paged for this any more. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/responders/release",
            {},
            Released(person=person),
            Answered,
            idempotency_key,
        )

    def escalate(self, incident: str | int, *, because: str, idempotency_key: str | None = None) -> Answered:
        """Call the next level now. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/escalate",
            {},
            Reason(because=because),
            Answered,
            idempotency_key,
        )

    def postpone_escalation(
        self, incident: str | int, *, minutes: int, because: str, idempotency_key: str | None = None
    ) -> Answered:
        """The commander puts the escalation off, once. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/escalation/postpone",
            {},
            Postponed(minutes=minutes, because=because),
            Answered,
            idempotency_key,
        )

    def snooze(self, incident: str | int, *, minutes: int, idempotency_key: str | None = None) -> Answered:
        """Paging goes on after this time, where it stood. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/snooze",
            {},
            Snooze(minutes=minutes),
            Answered,
            idempotency_key,
        )

    def name_cause(
        self, incident: str | int, *, cause: str, certain: bool = True, idempotency_key: str | None = None
    ) -> Answered:
        """The cause, or the best guess. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/cause",
            {},
            Cause(cause=cause, certain=certain),
            Answered,
            idempotency_key,
        )

    def declare_major(
        self, incident: str | int, *, because: str, idempotency_key: str | None = None
    ) -> Answered:
        """Treat a lesser incident as major. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/major",
            {},
            Reason(because=because),
            Answered,
            idempotency_key,
        )

    def declare_security(
        self,
        incident: str | int,
        *,
        because: str,
        codename: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """Somebody may have broken in: restricted from now on. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/security",
            {},
            Security(because=because, codename=codename),
            Answered,
            idempotency_key,
        )

    def false_alarm(
        self, incident: str | int, *, because: str, idempotency_key: str | None = None
    ) -> Answered:
        """It was none; it stays counted and listed. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/false-alarm",
            {},
            Reason(because=because),
            Answered,
            idempotency_key,
        )

    def link(
        self,
        incident: str | int,
        *,
        other: str,
        because: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """Two incidents have to do with each other. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/links",
            {},
            Other(other=other, because=because),
            Answered,
            idempotency_key,
        )

    def merge(
        self,
        incident: str | int,
        *,
        other: str,
        because: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """The same as another incident: this one ends, the other goes on. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/merge",
            {},
            Other(other=other, because=because),
            Answered,
            idempotency_key,
        )

    def updates(self, incident: str | int) -> Updates:
        """Every update and draft, with its digest. Scope: viewer."""
        return self.call("GET", f"/api/v1/incidents/{segment(incident)}/updates", {}, None, Updates, None)

    def checklist(self, incident: str | int) -> Checklist:
        """What has to be told or written down. Scope: viewer."""
        return self.call("GET", f"/api/v1/incidents/{segment(incident)}/checklist", {}, None, Checklist, None)

    def draft_update(
        self,
        incident: str | int,
        *,
        audience: Literal["customers", "executives", "public", "team"],
        text: str,
        idempotency_key: str | None = None,
    ) -> Answered:
        """Write an update in one's own words. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/updates",
            {},
            UpdatesDraft(audience=audience, text=text),
            Answered,
            idempotency_key,
        )

    def approve_update(
        self, incident: str | int, update: str | int, *, digest: str, idempotency_key: str | None = None
    ) -> Answered:
        """Yes to exactly this text. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/updates/{segment(update)}/approve",
            {},
            Agreed(digest=digest),
            Answered,
            idempotency_key,
        )

    def send_update(
        self,
        incident: str | int,
        update: str | int,
        *,
        digest: str,
        anyway: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """Send exactly this text. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/updates/{segment(update)}/send",
            {},
            Sent(digest=digest, anyway=anyway),
            Answered,
            idempotency_key,
        )

    def withdraw_update(
        self, incident: str | int, update: str | int, *, because: str, idempotency_key: str | None = None
    ) -> Answered:
        """It no longer holds. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/updates/{segment(update)}/withdraw",
            {},
            UpdatesWithdrawn(because=because),
            Answered,
            idempotency_key,
        )

    def tick(
        self, incident: str | int, *, item: str, said: str | None = None, idempotency_key: str | None = None
    ) -> Answered:
        """An item of the checklist is done. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/checklist",
            {},
            Tick(item=item, said=said),
            Answered,
            idempotency_key,
        )

    def set_cadence(
        self, incident: str | int, *, minutes: int, idempotency_key: str | None = None
    ) -> Answered:
        """A long incident: the time between public updates. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/cadence",
            {},
            Cadence(minutes=minutes),
            Answered,
            idempotency_key,
        )

    def list_postmortems(self, *, limit: int = 100) -> Postmortems:
        """Every incident that is over, and how far its post-mortem is. Scope: viewer."""
        return self.call("GET", "/api/v1/postmortems", {"limit": limit}, None, Postmortems, None)

    def list_actions(self, *, limit: int = 100, closed: bool = False) -> Items:
        """What was promised after incidents. Scope: viewer."""
        return self.call("GET", "/api/v1/actions", {"limit": limit, "closed": closed}, None, Items, None)

    def get_postmortem(self, incident: str | int) -> PostmortemText:
        """The text as it is now, and what it lacks. Scope: viewer."""
        return self.call(
            "GET", f"/api/v1/incidents/{segment(incident)}/postmortem", {}, None, PostmortemText, None
        )

    def write_postmortem(
        self, incident: str | int, *, text: str, sha256: str, idempotency_key: str | None = None
    ) -> Written:
        """The whole new text, over the one that was read. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/postmortem/text",
            {},
            NewText(text=text, sha256=sha256),
            Written,
            idempotency_key,
        )

    def draft_postmortem(self, incident: str | int, *, idempotency_key: str | None = None) -> Answered:
        """A fresh draft from the log, in a file of its own. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/postmortem/draft",
            {},
            Empty(),
            Answered,
            idempotency_key,
        )

    def own_postmortem(
        self, incident: str | int, *, owner: str, idempotency_key: str | None = None
    ) -> Answered:
        """Name the one person who answers for it. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/postmortem/owner",
            {},
            Owner(owner=owner),
            Answered,
            idempotency_key,
        )

    def move_postmortem(
        self,
        incident: str | int,
        *,
        state: PostmortemState,
        sha256: str,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """A step on, or back; published at the end. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/postmortem/state",
            {},
            Move(state=state, sha256=sha256, note=note),
            Answered,
            idempotency_key,
        )

    def close_action(
        self,
        incident: str | int,
        item: str | int,
        *,
        done: bool = True,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answered:
        """An action item is done, or will not be done. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/incidents/{segment(incident)}/actions/{segment(item)}",
            {},
            PostmortemsDone(done=done, note=note),
            Answered,
            idempotency_key,
        )

    def list_drills(self, *, limit: int = 50) -> Drills:
        """What drills have proven of each section, and every drill on record. Scope: viewer."""
        return self.call("GET", "/api/v1/drills", {"limit": limit}, None, Drills, None)

    def show_drill_running(
        self,
    ) -> DrillDesk:
        """What can be drilled here, and the drill that runs or ran last. Scope: viewer."""
        return self.call("GET", "/api/v1/drills/current", {}, None, DrillDesk, None)

    def run_drill(self, *, scenario: str, idempotency_key: str | None = None) -> DrillRunning:
        """Break a copy in a sandbox and see whether the runbook mends it. Scope: responder."""
        return self.call(
            "POST",
            "/api/v1/drills/current",
            {},
            DrillWanted(scenario=scenario),
            DrillRunning,
            idempotency_key,
        )

    def stop_drill(self, *, idempotency_key: str | None = None) -> DrillRunning:
        """End the drill that runs, with all of its sandbox. Scope: responder."""
        return self.call("POST", "/api/v1/drills/current/stop", {}, Empty(), DrillRunning, idempotency_key)

    def get_runbook(
        self,
    ) -> RunbookRunbookView:
        """The runbook in force: sections, remarks, what is proven and used. Scope: viewer."""
        return self.call("GET", "/api/v1/runbook", {}, None, RunbookRunbookView, None)

    def get_section(self, anchor: str | int) -> Section:
        """One section: its text, its plan, its remarks. Scope: viewer."""
        return self.call("GET", f"/api/v1/runbook/sections/{segment(anchor)}", {}, None, Section, None)

    def get_rule(self, rule: str | int) -> RuleView:
        """A rule of the linter, explained. Scope: viewer."""
        return self.call("GET", f"/api/v1/rules/{segment(rule)}", {}, None, RuleView, None)

    def get_drill(self, drill: str | int) -> DrillReport:
        """One drill: its verdict and everything that was seen. Scope: viewer."""
        return self.call("GET", f"/api/v1/drills/{segment(drill)}", {}, None, DrillReport, None)

    def get_on_call(
        self,
    ) -> Now:
        """Who is on call now, level by level, and why. Scope: viewer."""
        return self.call("GET", "/api/v1/oncall", {}, None, Now, None)

    def get_on_call_calendar(self, *, days: int = 14) -> Calendar:
        """The shifts of the next days, gaps included. Scope: viewer."""
        return self.call("GET", "/api/v1/oncall/calendar", {"days": days}, None, Calendar, None)

    def get_on_call_ical(self, *, person: str = "", days: int = 90) -> Ical:
        """The shifts of the next days as an iCal file. Scope: viewer."""
        return self.call("GET", "/api/v1/oncall/ical", {"person": person, "days": days}, None, Ical, None)

    def get_readiness(self, *, days: int = 14) -> Readiness:
        """What stands between a page and a person. Scope: viewer."""
        return self.call("GET", "/api/v1/oncall/readiness", {"days": days}, None, Readiness, None)

    def list_amendments(
        self,
    ) -> Amendments:
        """Overrides, swaps and absences that stand. Scope: viewer."""
        return self.call("GET", "/api/v1/oncall/amendments", {}, None, Amendments, None)

    def amend_on_call(
        self,
        *,
        kind: Kind,
        person: str,
        start: datetime,
        end: datetime,
        reason: str,
        other: str | None = None,
        level: int | None = None,
        idempotency_key: str | None = None,
    ) -> AmendmentView:
        """Take the pager, swap, or be away for a while. Scope: responder."""
        return self.call(
            "POST",
            "/api/v1/oncall/amendments",
            {},
            AmendmentWanted(
                kind=kind, person=person, start=start, end=end, reason=reason, other=other, level=level
            ),
            AmendmentView,
            idempotency_key,
        )

    def withdraw_amendment(
        self, amendment: str | int, *, idempotency_key: str | None = None
    ) -> OncallWithdrawn:
        """Take one back. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/oncall/amendments/{segment(amendment)}/withdraw",
            {},
            Empty(),
            OncallWithdrawn,
            idempotency_key,
        )

    def list_heartbeats(
        self,
    ) -> Heartbeats:
        """Jobs that have to report, and those tocsin starts. Scope: viewer."""
        return self.call("GET", "/api/v1/heartbeats", {}, None, Heartbeats, None)

    def get_heartbeat(self, heartbeat: str | int, *, limit: int = 20) -> Heartbeat:
        """One job: how it stands, what it missed, its pings. Scope: viewer."""
        return self.call(
            "GET", f"/api/v1/heartbeats/{segment(heartbeat)}", {"limit": limit}, None, Heartbeat, None
        )

    def create_heartbeat(
        self,
        *,
        name: str,
        schedule: str | None = None,
        every: str | None = None,
        zone: str = "UTC",
        grace: str = "30 min",
        limit: str | None = None,
        idempotency_key: str | None = None,
    ) -> HeartbeatView:
        """Expect a job that stands in no settings. Scope: responder."""
        return self.call(
            "POST",
            "/api/v1/heartbeats",
            {},
            HeartbeatWanted(name=name, schedule=schedule, every=every, zone=zone, grace=grace, limit=limit),
            HeartbeatView,
            idempotency_key,
        )

    def pause_heartbeat(self, heartbeat: str | int, *, idempotency_key: str | None = None) -> HeartbeatView:
        """Expect nothing of it for now. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/heartbeats/{segment(heartbeat)}/pause",
            {},
            Empty(),
            HeartbeatView,
            idempotency_key,
        )

    def resume_heartbeat(self, heartbeat: str | int, *, idempotency_key: str | None = None) -> HeartbeatView:
        """Expect it again from now on. Scope: responder."""
        return self.call(
            "POST",
            f"/api/v1/heartbeats/{segment(heartbeat)}/resume",
            {},
            Empty(),
            HeartbeatView,
            idempotency_key,
        )

    def list_heartbeat_keys(
        self,
    ) -> Keys:
        """Keys that pings show, without their texts. Scope: admin."""
        return self.call("GET", "/api/v1/heartbeat-keys", {}, None, Keys, None)

    def make_heartbeat_key(
        self, *, heartbeat: str | None = None, idempotency_key: str | None = None
    ) -> KeyMade:
        """A new key; its text is shown once. Scope: admin."""
        return self.call(
            "POST", "/api/v1/heartbeat-keys", {}, KeyWanted(heartbeat=heartbeat), KeyMade, idempotency_key
        )

    def revoke_heartbeat_key(self, key: str | int, *, idempotency_key: str | None = None) -> KeyRevoked:
        """Take a key back for good. Scope: admin."""
        return self.call(
            "POST", f"/api/v1/heartbeat-keys/{segment(key)}/revoke", {}, Empty(), KeyRevoked, idempotency_key
        )

    def get_status(
        self,
    ) -> StatusView:
        """The public's page as it is now. Scope: viewer."""
        return self.call("GET", "/api/v1/status", {}, None, StatusView, None)

    def preview_status(self, *, text: str, idempotency_key: str | None = None) -> Preview:
        """How a word to the public will look. Keeps nothing. Scope: responder."""
        return self.call(
            "POST", "/api/v1/status/preview", {}, StatusDraft(text=text), Preview, idempotency_key
        )

    def list_works(
        self,
    ) -> Works:
        """Planned work that is announced. Scope: viewer."""
        return self.call("GET", "/api/v1/status/works", {}, None, Works, None)

    def plan_work(
        self,
        *,
        name: str,
        starts_at: datetime,
        ends_at: datetime,
        components: list[str] | None = None,
        text: str = "",
        idempotency_key: str | None = None,
    ) -> WorkView:
        """Announce work; its components are under maintenance meanwhile. Scope: responder."""
        return self.call(
            "POST",
            "/api/v1/status/works",
            {},
            WorkWanted(
                name=name, starts_at=starts_at, ends_at=ends_at, components=components or [], text=text
            ),
            WorkView,
            idempotency_key,
        )

    def end_work(self, work: str | int, *, idempotency_key: str | None = None) -> WorkOver:
        """It is done before its time, or called off. Scope: responder."""
        return self.call(
            "POST", f"/api/v1/status/works/{segment(work)}/over", {}, Empty(), WorkOver, idempotency_key
        )

    def list_subscribers(
        self,
    ) -> Subscribers:
        """Who hears of updates, and what did not reach them. Scope: admin."""
        return self.call("GET", "/api/v1/status/subscribers", {}, None, Subscribers, None)

    def subscribe_webhook(self, *, url: str, idempotency_key: str | None = None) -> WebhookMade:
        """Send every public update to a webhook, signed. Scope: admin."""
        return self.call(
            "POST", "/api/v1/status/subscribers", {}, WebhookWanted(url=url), WebhookMade, idempotency_key
        )

    def remove_subscriber(self, subscriber: str | int, *, idempotency_key: str | None = None) -> Left:
        """Tell a subscriber no more. Scope: admin."""
        return self.call(
            "POST",
            f"/api/v1/status/subscribers/{segment(subscriber)}/remove",
            {},
            Empty(),
            Left,
            idempotency_key,
        )

    def list_channels(
        self,
    ) -> Channels:
        """By what people are reached, and how it stands. Scope: viewer."""
        return self.call("GET", "/api/v1/channels", {}, None, Channels, None)

    def test_channel(self, channel: str | int, *, idempotency_key: str | None = None) -> Trial:
        """Send yourself a test page by one channel. Scope: responder."""
        return self.call(
            "POST", f"/api/v1/channels/{segment(channel)}/test", {}, Empty(), Trial, idempotency_key
        )

    def verify_log(self, *, head: str = "") -> Verified:
        """Prove that nobody edited the log. Scope: viewer."""
        return self.call("GET", "/api/v1/audit", {"head": head}, None, Verified, None)

    def list_pages(self, *, person: str = "", incident: str = "", limit: int = 50) -> Pages:
        """What was handed to which channel, and what became of it. Scope: viewer."""
        return self.call(
            "GET",
            "/api/v1/pages",
            {"person": person, "incident": incident, "limit": limit},
            None,
            Pages,
            None,
        )

    def test_page(self, person: str | int, *, idempotency_key: str | None = None) -> Trial:
        """Send a test page by every one of a person's methods. Scope: responder."""
        return self.call(
            "POST", f"/api/v1/people/{segment(person)}/test-page", {}, Empty(), Trial, idempotency_key
        )

    def judge(self, *, text: str, language: Language = "bash", idempotency_key: str | None = None) -> Judged:
        """What a command would do to the world, and why. Runs nothing. Scope: viewer."""
        return self.call(
            "POST", "/api/v1/judge", {}, CommandText(text=text, language=language), Judged, idempotency_key
        )

    def plan(self, *, text: str, path: str = "runbook.md", idempotency_key: str | None = None) -> Plan:
        """A runbook read as a program. Runs nothing. Scope: viewer."""
        return self.call("POST", "/api/v1/plan", {}, RunbookText(text=text, path=path), Plan, idempotency_key)

    def settings_in_force(
        self,
    ) -> SettingsInForce:
        """Which settings and runbook hold, and whether newer ones were refused. Scope: viewer."""
        return self.call("GET", "/api/v1/settings", {}, None, SettingsInForce, None)

    def settings_changes(self, *, limit: int = 20) -> SettingsChanges:
        """When other settings or another runbook were taken up, and by whom. Scope: viewer."""
        return self.call("GET", "/api/v1/settings/changes", {"limit": limit}, None, SettingsChanges, None)

    def reload_settings(self, *, idempotency_key: str | None = None) -> SettingsTaken:
        """Take up changed files now; all of them, or none. Scope: admin."""
        return self.call("POST", "/api/v1/settings/reload", {}, Empty(), SettingsTaken, idempotency_key)

    def list_tokens(
        self,
    ) -> TokenList:
        """All tokens, without their texts. Scope: admin."""
        return self.call("GET", "/api/v1/tokens", {}, None, TokenList, None)

    def make_token(
        self,
        *,
        label: str,
        scope: AccessRole,
        person: str | None = None,
        expires_at: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> TokenMade:
        """A new token; its text is shown once. Scope: admin."""
        return self.call(
            "POST",
            "/api/v1/tokens",
            {},
            TokenWanted(label=label, scope=scope, person=person, expires_at=expires_at),
            TokenMade,
            idempotency_key,
        )

    def revoke_token(self, token: str | int, *, idempotency_key: str | None = None) -> TokenRevoked:
        """Take a token back for good. Scope: admin."""
        return self.call(
            "POST", f"/api/v1/tokens/{segment(token)}/revoke", {}, Empty(), TokenRevoked, idempotency_key
        )

    def list_accounts(
        self,
    ) -> Accounts:
        """Who may log in to the pages. Scope: admin."""
        return self.call("GET", "/api/v1/accounts", {}, None, Accounts, None)

    def invite(
        self, *, login: str, role: AccessRole, person: str | None = None, idempotency_key: str | None = None
    ) -> Invitation:
        """A one-time link to choose a password by, good for 24 hours. Scope: admin."""
        return self.call(
            "POST",
            "/api/v1/accounts",
            {},
            InvitationWanted(login=login, role=role, person=person),
            Invitation,
            idempotency_key,
        )

    def close_account(self, login: str | int, *, idempotency_key: str | None = None) -> LoginsClosed:
        """Nobody logs in with it any more. Scope: admin."""
        return self.call(
            "POST", f"/api/v1/accounts/{segment(login)}/close", {}, Empty(), LoginsClosed, idempotency_key
        )

    def remove_passkey(
        self, login: str | int, passkey: str | int, *, idempotency_key: str | None = None
    ) -> Removed:
        """Take a passkey no more. Scope: admin."""
        return self.call(
            "POST",
            f"/api/v1/accounts/{segment(login)}/passkeys/{segment(passkey)}/remove",
            {},
            Empty(),
            Removed,
            idempotency_key,
        )

    def list_sessions(
        self,
    ) -> Sessions:
        """Where people are logged in. Scope: admin."""
        return self.call("GET", "/api/v1/sessions", {}, None, Sessions, None)

    def end_session(self, session: str | int, *, idempotency_key: str | None = None) -> Ended:
        """Log somebody out there. Scope: admin."""
        return self.call(
            "POST", f"/api/v1/sessions/{segment(session)}/end", {}, Empty(), Ended, idempotency_key
        )
