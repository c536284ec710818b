"""`[[listeners]]` of tocsin.toml: programs outside that are told what happens in incidents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tocsin.app.settings_file import Place
from tocsin.connectors.listener import KINDS, Listener, ListenerFactory
from tocsin.errors import ConfigError
from tocsin.kit import codec
from tocsin.kit.ids import sha256
from tocsin.kit.keys import Keys, did_you_mean
from tocsin.kit.late import late

Expand = Callable[[str, str], str]
_KINDS = {
    "pagerduty": "tocsin.connectors.pagerduty_listener",
    "webhook": "tocsin.connectors.webhook_listener",
}
_OWN = ("name", "kind", "events", "drill")
_SECRET = ("url", "secret", "old_secret", "routing_key")


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """One listener. `make` builds it; `mark` is another one as soon as anything of it is set differently."""

    name: str
    make: Callable[[], Listener]
    mark: str
    events: frozenset[str]
    drill: bool
    secrets: tuple[str, ...]


def read_listeners(
    tables: Sequence[dict[str, object]], place: Place, expand: Expand
) -> tuple[ListenerSettings, ...]:
    """The tables as values. Raises ConfigError naming file, line and key.

    Args:
        expand: a text with its ${NAME} and ${file:PATH} replaced; takes the text and the key it stands under.
    """
    found: dict[str, ListenerSettings] = {}
    for table in tables:
        each = _read(table, place, expand)
        if each.name in found:
            raise place.error("listeners.name", f'"{each.name}" is the name of two listeners.')
        found[each.name] = each
    return tuple(found.values())


def _read(table: dict[str, object], place: Place, expand: Expand) -> ListenerSettings:
    try:
        keys = Keys("a listener", {key: value for key, value in table.items() if key in _OWN})
        name, kind = keys.text("name"), keys.text_or_none("kind") or "webhook"
        events = frozenset(str(each) for each in keys.list_of("events"))
        drill = keys.flag("drill")
        if kind not in _KINDS:
            raise keys.wrong("kind", f"is unknown. {did_you_mean(kind, _KINDS)}")
        for event in sorted(events - set(KINDS)):
            raise keys.wrong("events", f'names "{event}", which never happens. {did_you_mean(event, KINDS)}')
        rest = {
            key: expand(value, f"listeners.{name}.{key}") if isinstance(value, str) else value
            for key, value in table.items()
            if key not in _OWN
        }
        make: ListenerFactory = late(_KINDS[kind]).from_settings
        make(f'listener "{name}" ({kind})', rest).close()
    except ConfigError as problem:
        raise place.error("listeners", problem.message, problem.hint) from problem
    secrets = tuple(str(rest[key]) for key in _SECRET if rest.get(key))
    mark = sha256(codec.encode([kind, sorted((key, str(value)) for key, value in rest.items())]))
    return ListenerSettings(
        name, lambda: make(f'listener "{name}" ({kind})', rest), mark, events, drill, secrets
    )
