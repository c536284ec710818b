"""`[reconcile.NAME]` of tocsin.toml: two sides, when they count as the same, and by when that has to be known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tocsin.app.settings_file import Place
from tocsin.connectors.row_form import RowForm
from tocsin.errors import ConfigError
from tocsin.jobs.deadline import Schedule, schedule
from tocsin.jobs.money import AmountForm, read_currency
from tocsin.jobs.reconcile import Rule
from tocsin.kit.keys import Keys, did_you_mean

Expand = Callable[[str, str], str]

WITHIN = timedelta(minutes=30)  # the deadline after the planned start
_SIDES = ("left", "right")
_KINDS = ("csv", "parquet", "postgres")
_MOST_LAG = 366
_STARTERS = ("tocsin", "others")


@dataclass(frozen=True, slots=True)
class SideSettings:
    """One side.

    Attributes:
        name: in the team's words. kind: "csv", "parquet" or "postgres".
        where: path or URL; `{day}` stands for the day, ${NAME} for a variable.
        query: for PostgreSQL; `{day}` becomes DATE '2026-11-21'.
        within: how long a query may take.
    """

    key: str
    name: str
    kind: str
    where: str
    query: str
    form: RowForm
    delimiter: str
    encoding: str
    within: timedelta


@dataclass(frozen=True, slots=True)
class ReconcileSettings:
    """One job.

    Attributes:
        cron, zone: as written, or None: then the runbook's promise is asked (`section` names it).
        impact: what a missing result, or findings, mean for users, in the runbook's words: decides the severity.
        started_by: "tocsin" (by `tocsin serve`, when it is due) or "others" (a timer of yours).
        lag: days from the day that is reconciled to the day of the planned start.
        expand: replaces ${NAME} in a text when it is needed, so that other commands work without these variables.
    """

    name: str
    cron: str | None
    zone: str | None
    within: timedelta
    lag: int
    section: str | None
    impact: str | None
    rule: Rule
    may_be_empty: bool
    alert_on_findings: bool
    left: SideSettings
    right: SideSettings
    expand: Expand
    started_by: str = "tocsin"


def read_reconcile(
    tables: Mapping[str, Mapping[str, object]], place: Place, expand: Expand
) -> tuple[ReconcileSettings, ...]:
    """The jobs of the file. Raises ConfigError naming file, line and key."""
    return tuple(_job(name, table, place, expand) for name, table in tables.items())


def _job(name: str, table: Mapping[str, object], place: Place, expand: Expand) -> ReconcileSettings:
    key = f"reconcile.{name}"
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise place.error(key, "a job's name becomes a folder: letters, digits, - and _ only.")
    keys = Keys(f"{place.file}: {key}", {each: value for each, value in table.items() if each not in _SIDES})
    cron, zone = keys.text_or_none("schedule"), keys.text_or_none("zone")
    within = keys.duration_or_none("deadline") or WITHIN
    try:
        schedule(cron or "0 0 * * *", zone or "UTC", within)
    except ValueError as problem:
        raise place.error(
            f"{key}.schedule", f"{problem}.", 'For example schedule = "0 2 * * *", zone = "UTC".'
        ) from problem
    tolerance, digits = _tolerance(keys.text_or_none("tolerance") or "0", key, place)
    money = keys.whole("digits", -1, least=0, most=9) if "digits" in table else None
    form = AmountForm(digits=money)
    sides = [_side(word, f"{place.file}: {key}", table, form) for word in _SIDES]
    found = ReconcileSettings(
        name=name,
        cron=cron,
        zone=zone,
        within=within,
        lag=keys.whole("lag_days", 1, most=_MOST_LAG),
        section=keys.text_or_none("section"),
        impact=keys.text_or_none("impact"),
        rule=Rule(tolerance, digits, money, sides[0][1], sides[1][1]),
        may_be_empty=keys.flag("may_be_empty"),
        alert_on_findings=keys.flag("alert_on_findings"),
        left=sides[0][0],
        right=sides[1][0],
        expand=expand,
        started_by=keys.text_or_none("started_by") or _STARTERS[0],
    )
    if found.started_by not in _STARTERS:
        raise keys.wrong("started_by", 'is "tocsin" (tocsin serve) or "others" (a timer of yours)')
    keys.done()
    return found


def _tolerance(text: str, key: str, place: Place) -> tuple[int, int]:
    whole, _, part = text.partition(".")
    if not whole.isdecimal() or not (part.isdecimal() or not part) or not text.isascii() or len(text) > 18:
        raise place.error(f"{key}.tolerance", f'"{text}" is not an amount.', 'Write it as text, like "0.05".')
    return int(whole + part), len(part)


def _side(word: str, key: str, table: Mapping[str, object], amounts: AmountForm) -> tuple[SideSettings, bool]:
    """One side, and whether its records of one key are added up."""
    side = table.get(word)
    if not isinstance(side, dict):
        raise ConfigError(
            f"{key}: the table of the {word} side is missing.",
            hint="It says where that side's records are: csv = …",
        )
    mine = Keys(f"{key}.{word}", side)
    kinds = [kind for kind in _KINDS if kind in side]
    if len(kinds) != 1:
        raise ConfigError(
            f"{key}.{word}: one of csv, parquet and postgres says where the records are.",
            hint='For example csv = "exports/ledger-{day}.csv". '
            + did_you_mean(next(iter(side), ""), _KINDS),
        )
    (kind,) = kinds
    fixed = mine.text_or_none("fixed_currency")
    currency = mine.text_or_none("currency")
    if (fixed is None) == (currency is None):
        raise mine.wrong(
            "currency", "names the column, or fixed_currency the one currency of all records; one of them"
        )
    try:
        fixed = read_currency(fixed) if fixed is not None else None
    except ValueError as problem:
        raise mine.wrong("fixed_currency", str(problem)) from problem
    columns = tuple(str(column) for column in mine.list_of("key"))
    if not columns or not all(columns):
        raise mine.wrong(
            "key", 'names the column, or the columns, that both sides know a record by: key = "payout_id"'
        )
    unit = mine.text_or_none("unit") or "major"
    if unit not in ("major", "minor"):
        raise mine.wrong("unit", 'is "major" (12.50) or "minor" (1250)')
    form = RowForm(
        columns, mine.text("amount"), currency, fixed,
        AmountForm(unit == "minor", amounts.digits, mine.flag("decimal_comma")),
    )  # fmt: skip
    delimiter = mine.text_or_none("delimiter") or ","
    if len(delimiter) != 1:
        raise mine.wrong("delimiter", "is one character")
    found = SideSettings(
        key=f"{key}.{word}",
        name=mine.text_or_none("name") or word,
        kind=kind,
        where=mine.text(kind),
        query=mine.text("query") if kind == "postgres" else "",
        form=form,
        delimiter=delimiter,
        encoding=mine.text_or_none("encoding") or "utf-8",
        within=mine.duration_or_none("within") or timedelta(minutes=15),
    )
    add = mine.flag("add_up")
    mine.done()
    return found, add


def planned(job: ReconcileSettings, cron: str | None, zone: str | None) -> Schedule | None:
    """When the job runs: as the settings say, else as the runbook promises, else never by itself."""
    chosen = job.cron or cron
    if chosen is None:
        return None
    try:
        return schedule(chosen, job.zone or zone or "UTC", job.within)
    except ValueError as problem:
        raise ConfigError(
            f"reconcile.{job.name}: the runbook's schedule cannot be used: {problem}.",
            hint="Set schedule and zone in tocsin.toml.",
        ) from problem
