"""The `[[checks]]` of tocsin.toml: what is watched, how it is judged, and when nobody is to be told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from tocsin.app.cut_off_table import CutOffTable
from tocsin.app.settings_file import Place
from tocsin.detection.burn import BurnRule, factor
from tocsin.detection.check import CheckSpec
from tocsin.detection.cut_off import CutOffRule
from tocsin.detection.hold import circle
from tocsin.detection.maintenance import Window, checked
from tocsin.errors import ConfigError
from tocsin.kit.ids import CheckName

CHECK_KEYS = frozenset(
    {
        "name", "kind", "every", "timeout", "failures", "of", "successes", "hold", "slo", "depends_on",
        "maintenance", "impact", "impact_degraded", "section", "title",
    }
)  # fmt: skip
LARGEST_OF = 100  # samples remembered for "m of n"


class SloTable(msgspec.Struct, forbid_unknown_fields=True):
    """`slo` of a check: judge it by how fast an error budget is spent."""

    target: float
    period: str = "30 d"
    budget: float = 0.02
    long: str = "1 h"
    short: str | None = None
    least: int = 30
    degraded_is_bad: bool = False


class WindowTable(
    msgspec.Struct, forbid_unknown_fields=True, rename={"lasts": "for", "begins": "from", "ends": "until"}
):
    """One item of `maintenance` of a check."""

    reason: str
    begins: datetime | None = None
    ends: datetime | None = None
    cron: str | None = None
    lasts: str | None = None
    zone: str = "UTC"


def read_checks(
    tables: list[dict[str, object]],
    place: Place,
    env: Mapping[str, str],
    expanded: Callable[[object, str], object],
) -> tuple[CheckSpec, ...]:
    """The checks of the file, in its order.

    Args:
        expanded: replaces references such as ${NAME} in a value; takes the value and its key.

    Raises:
        ConfigError: naming file, line and key. Settings that only a prober knows are checked by that prober.
    """
    specs: list[CheckSpec] = []
    problems: list[ConfigError] = []
    for index, table in enumerate(tables):
        key = f"checks[{index}]"
        try:
            values = {name: _deep(value, f"{key}.{name}", expanded) for name, value in table.items()}
            spec = _check(_led(values, env), key, place)
            if any(other.name == spec.name for other in specs):
                raise place.error(f"checks[{index}].name", f'there are two checks called "{spec.name}".')
            specs.append(spec)
        except ConfigError as problem:
            problems.append(problem)
    raise_all(problems)
    _check_parents(specs, place)
    return tuple(specs)


def raise_all(problems: Sequence[ConfigError]) -> None:
    """Raise what is wrong as one error that tells all of it, a line each; nothing where nothing is."""
    match list(problems):
        case []:
            return
        case [one]:
            raise one
        case many:
            raise ConfigError("\n".join(str(each) for each in many))


def read_cut_off(table: CutOffTable, place: Place) -> CutOffRule | None:
    """When it is told that we are cut off, or None for never. Raises ConfigError naming file, line and key."""
    default = CutOffRule()
    share = default.share if table.share is None else table.share
    if not 0 < share <= 1:
        raise place.error(
            "cut_off.share", f"must be above 0 and at most 1, not {share}.", "0.5 is half of them."
        )
    after = place.duration("cut_off.after", table.after)
    hold = place.duration("cut_off.hold", table.hold)
    rule = CutOffRule(
        share,
        default.after if after is None else after,
        default.hold if hold is None else hold,
        table.impact or default.impact,
        table.section,
    )
    return rule if table.tell else None


def _deep(value: object, key: str, expanded: Callable[[object, str], object]) -> object:
    """A value with the references in it, in its tables and in its lists replaced."""
    match value:
        case dict(table):
            return {name: _deep(each, f"{key}.{name}", expanded) for name, each in table.items()}
        case list(items):
            return [_deep(each, key, expanded) for each in items]
        case _:
            return expanded(value, key)


def _check_parents(specs: list[CheckSpec], place: Place) -> None:
    names = [spec.name for spec in specs]
    for index, spec in enumerate(specs):
        for parent in spec.depends_on:
            if parent not in names:
                raise place.error(
                    f"checks[{index}].depends_on",
                    f'there is no check "{parent}".',
                    f"Known: {', '.join(names)}.",
                )
    found = circle({spec.name: spec.depends_on for spec in specs})
    if found is not None:
        raise place.error(
            f"checks[{names.index(found[0])}].depends_on",
            f"checks depend on each other in a circle: {', '.join(found)}.",
        )


# Where a check goes when its settings name no host or port; as its prober has it.
_DEFAULT_PLACE = {"redis": ("127.0.0.1", 6379)}


def _led(table: dict[str, object], env: Mapping[str, str]) -> dict[str, object]:
    """Host and port of a check as TOCSIN_CONNECT_TO leads them, so that a rehearsal reaches its room and nothing else.

    HTTP checks are led by their prober, which has to keep the real name for TLS. Files are led by TOCSIN_PATHS_TO:
    "FOLDER:FOLDER" for a folder of the machine and what stands for it, separated by commas.
    """
    table = _led_file(table, env)
    default = _DEFAULT_PLACE.get(str(table.get("kind")), (None, None))
    host, port = table.get("host", default[0]), table.get("port", default[1])
    for entry in filter(None, env.get("TOCSIN_CONNECT_TO", "").split(",")):
        parts = entry.rsplit(":", 3)
        if len(parts) == 4 and parts[0] == host and parts[1] == str(port) and parts[3].isdigit():
            return {**table, "host": parts[2], "port": int(parts[3])}
    return table


def _led_file(table: dict[str, object], env: Mapping[str, str]) -> dict[str, object]:
    path = table.get("path")
    for entry in filter(None, env.get("TOCSIN_PATHS_TO", "").split(",")):
        there, _, here = entry.partition(":")
        if isinstance(path, str) and path.startswith(f"{there}/"):
            return {**table, "path": here + path.removeprefix(there)}
    return table


def _check(table: dict[str, object], key: str, place: Place) -> CheckSpec:
    def text(name: str) -> str | None:
        value = table.get(name)
        if value is not None and not isinstance(value, str):
            raise place.error(f"{key}.{name}", "must be text.")
        return value

    def names(name: str) -> tuple[CheckName, ...]:
        match table.get(name, []):
            case str(one):
                return (CheckName(one),)
            case list(items) if all(isinstance(item, str) for item in items):
                return tuple(CheckName(str(item)) for item in items)
            case _:
                raise place.error(f"{key}.{name}", "must be a list of names.")

    def count(name: str, default: int) -> int:
        value = table.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise place.error(f"{key}.{name}", "must be a whole number of at least 1.")
        return value

    name, kind = text("name"), text("kind")
    if not name or not kind:
        raise place.error(
            key, "every check has a name and a kind.", 'For example name = "api-health", kind = "http".'
        )
    default = CheckSpec(CheckName(name), kind, {})
    failures = count("failures", default.failures)
    of = count("of", failures) if "of" in table else None
    if of is not None and not failures <= of <= LARGEST_OF:
        raise place.error(f"{key}.of", f"must be from failures ({failures}) to {LARGEST_OF}.")
    if "slo" in table and ("of" in table or "failures" in table):
        raise place.error(f"{key}.slo", "judges by a budget; failures and of have no place beside it.")
    return CheckSpec(
        name=CheckName(name),
        kind=kind,
        settings={k: v for k, v in table.items() if k not in CHECK_KEYS},
        interval=place.duration(f"{key}.every", text("every")) or default.interval,
        timeout=place.duration(f"{key}.timeout", text("timeout")) or default.timeout,
        failures=failures,
        successes=count("successes", default.successes),
        impact=text("impact"),
        impact_degraded=text("impact_degraded"),
        section=text("section"),
        title=text("title"),
        of=of,
        hold=place.duration(f"{key}.hold", text("hold")) or default.hold,
        burn=_burn(table["slo"], f"{key}.slo", place) if "slo" in table else None,
        depends_on=names("depends_on"),
        maintenance=_windows(table.get("maintenance", []), f"{key}.maintenance", place),
    )


Table = TypeVar("Table", bound=msgspec.Struct)


def _table(value: object, kind: type[Table], key: str, place: Place) -> Table:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as problem:
        raise place.error(key, f"{problem}.") from problem


def _burn(value: object, key: str, place: Place) -> BurnRule:
    table = _table(value, SloTable, key, place)
    long, period = place.duration(f"{key}.long", table.long), place.duration(f"{key}.period", table.period)
    short = place.duration(f"{key}.short", table.short)
    if not 0 < table.target < 1:
        raise place.error(key, f"target must be a share such as 0.999, not {table.target}.")
    if not 0 < table.budget <= 1:
        raise place.error(key, f"budget must be a share such as 0.02, not {table.budget}.")
    if not long or not period or long > period:
        raise place.error(key, "long must be a duration no longer than the period.")
    short = long / 12 if short is None else short
    if not timedelta(seconds=5) <= short <= long or long / short > 100:
        raise place.error(key, "short must be from a hundredth of long to long, and 5 s at least.")
    return BurnRule(
        table.target, long, short, factor(table.budget, period, long), table.least, table.degraded_is_bad
    )


def _windows(value: object, key: str, place: Place) -> tuple[Window, ...]:
    if not isinstance(value, list):
        raise place.error(
            key, "must be a list of tables.", 'For example [{cron = "0 2 * * 0", for = "2 h", reason = "…"}].'
        )
    windows = []
    for item in value:
        table = _table(item, WindowTable, key, place)
        window = Window(
            table.reason,
            begins=_utc(table.begins, key, place),
            ends=_utc(table.ends, key, place),
            cron=table.cron,
            lasts=place.duration(f"{key}.for", table.lasts) or timedelta(),
            zone=table.zone,
        )
        try:
            windows.append(checked(window))
        except ConfigError as problem:
            raise place.error(key, problem.message, problem.hint) from problem
    return tuple(windows)


def _utc(moment: datetime | None, key: str, place: Place) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise place.error(key, f"{moment} names no zone.", "Write it like 2026-01-31T02:00:00Z.")
    return moment.astimezone(UTC)
