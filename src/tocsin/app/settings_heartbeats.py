"""`[[heartbeats]]` of tocsin.toml: jobs that have to report, when, and what their silence means."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from tocsin.app.settings_file import Place
from tocsin.detection.heartbeat import Kind, Rules
from tocsin.engine.jobs.heartbeat_spec import NAME, Catalog, Spec, Words, key_digest, possible
from tocsin.errors import ConfigError
from tocsin.kit.keys import Keys

Expand = Callable[[str, str], str]

GRACE = timedelta(minutes=30)
_OTHERWISE = {"ignore": Kind.IGNORED, "fail": Kind.FAIL, "success": Kind.SUCCESS}
_MOST_IN_A_ROW = 1_000


def read_heartbeats(tables: Sequence[Mapping[str, object]], place: Place, expand: Expand) -> Catalog:
    """The heartbeats of the file. Raises ConfigError naming file, line and key."""
    specs: dict[str, Spec] = {}
    keys: dict[str, str] = {}
    for number, table in enumerate(tables):
        where = _where(place, number)
        spec, digests = _heartbeat(table, where, expand)
        if spec.name in specs:
            raise ConfigError(
                f"{where}: key 'name': there are two heartbeats \"{spec.name}\".", hint="Rename one."
            )
        specs[spec.name] = spec
        for digest in digests:
            if keys.setdefault(digest, spec.name) != spec.name:
                raise ConfigError(
                    f"{where}: key 'uuid': {keys[digest]} has the same one.",
                    hint="Every heartbeat has its own: tocsin heartbeat key NAME makes one.",
                )
    return Catalog(specs, keys)


def _heartbeat(table: Mapping[str, object], where: str, expand: Expand) -> tuple[Spec, list[str]]:
    keys = Keys(f"{where}", table)
    name = keys.text("name")
    if NAME.fullmatch(name) is None:
        raise keys.wrong("name", f'holds "{name}": lower case letters, digits, - and _ only, up to 100')
    cron, every = keys.text_or_none("schedule"), keys.duration_or_none("every")
    if (cron is None) == (every is None):
        raise keys.wrong(
            "schedule", 'says when it runs ("0 2 * * *"), or every how often ("1 h"); one of them'
        )
    zone = keys.text_or_none("zone")
    if zone is not None and cron is None:
        raise keys.wrong("zone", "belongs to a schedule; an interval has none")
    grace = keys.duration_or_none("grace") or GRACE
    factor = keys.number_or_none("slow_factor", 0, 1000)
    spec = Spec(
        name=name,
        rules=Rules(
            grace=grace,
            limit=keys.duration_or_none("limit") or grace,
            wall=cron is not None,
            start_counts=keys.flag("start_counts"),
            failures=keys.whole("failures", 1, least=1, most=_MOST_IN_A_ROW),
            recoveries=keys.whole("recoveries", 1, least=1, most=_MOST_IN_A_ROW),
            manual_resume=keys.flag("manual_resume"),
            slow_factor=3.0 if factor is None else factor,
            slow_least=keys.duration_or_none("slow_least") or timedelta(minutes=1),
        ),
        cron=cron,
        zone=zone or "UTC",
        every=every or timedelta(),
        group=keys.text_or_none("group") or "",
        only_post=keys.flag("only_post"),
        words=_words(keys),
        section=keys.text_or_none("section"),
        impact=keys.text_or_none("impact"),
        severity=keys.text_or_none("severity"),
        runbook_url=keys.text_or_none("runbook_url"),
        owner=keys.text_or_none("owner"),
    )
    try:
        possible(spec)
    except ValueError as problem:
        raise keys.wrong("schedule", f"cannot be used: {problem}") from problem
    digests = [_digest(each, keys, where, expand) for each in keys.list_of("uuid")]
    keys.done()
    return spec, digests


def _words(keys: Keys) -> Words | None:
    lists = [
        tuple(str(word) for word in keys.list_of(f"{each}_words")) for each in ("success", "start", "fail")
    ]
    written = keys.text_or_none("otherwise")
    if written is not None and written not in _OTHERWISE:
        raise keys.wrong("otherwise", f'is one of {", ".join(_OTHERWISE)}, not "{written}"')
    if not any(lists):
        if written is not None:
            raise keys.wrong("otherwise", "needs success_words, start_words or fail_words")
        return None
    if not all(word for words in lists for word in words):
        raise keys.wrong("success_words", "and its like hold no empty word, which every text would contain")
    return Words(lists[0], lists[1], lists[2], _OTHERWISE[written or "ignore"])


def _digest(written: object, keys: Keys, where: str, expand: Expand) -> str:
    """Of a UUID of the file, which is a secret: the message never shows it."""
    text = expand(written, "heartbeats.uuid") if isinstance(written, str) else ""
    digest = key_digest(text.strip())
    if digest is None:
        raise keys.wrong(
            "uuid", 'is no UUID of 32 hexadecimal digits; write uuid = "${BACKUP_UUID}" and set that variable'
        )
    return digest


def _where(place: Place, number: int) -> str:
    """File and line of the heartbeat of this number."""
    headers = [
        line
        for line, text in enumerate(place.text.splitlines(), start=1)
        if re.match(r"\s*\[\[\s*heartbeats\s*\]\]", text)
    ]
    line = f":{headers[number]}" if number < len(headers) else ""
    return f"{place.file}{line}: heartbeats"
