"""`[[integrations]]` of tocsin.toml: who may hand in alerts, in which format, and how it proves itself."""

import re
from collections.abc import Callable, Sequence

from tocsin.app.settings_file import Place
from tocsin.connectors import sources
from tocsin.engine.foreign.integrations import Integration
from tocsin.errors import ConfigError
from tocsin.kit.keys import Keys

Expand = Callable[[str, str], str]
KEY_CHARS = 22  # of base 64: 132 random bits (C21)
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_TAKEN = frozenset(("check", "api", "person", "user", "tocsin", "synthetics", "intake", "job"))
_OWN = (
    "name",
    "kind",
    "key",
    "old_key",
    "secret",
    "old_secret",
    "severity",
    "labels",
    "group_by",
    "enabled",
    "drill",
    "acts_as",
)
_GIVEN_BY_PAGERDUTY = 32  # the length its senders insist on


def read_integrations(
    tables: Sequence[dict[str, object]], place: Place, expand: Expand
) -> tuple[Integration, ...]:
    """The tables as values.

    Args:
        expand: a text with its ${NAME} and ${file:PATH} replaced; takes the text and the key it stands under.

    Raises:
        ConfigError: names file, line and key.
    """
    found: dict[str, Integration] = {}
    for number, table in enumerate(tables):
        each = _read(number, table, place, expand)
        if each.name in found:
            raise place.error("integrations.name", f'"{each.name}" is the name of two integrations.')
        for other in found.values():
            if other.kind == each.kind and set(other.keys) & set(each.keys):
                raise place.error(
                    "integrations.key", f'"{other.name}" and "{each.name}" have the same key.',
                    "Each needs its own, so that it is known who speaks.",
                )  # fmt: skip
        found[each.name] = each
    return tuple(found.values())


def secrets(every: Sequence[Integration]) -> tuple[str, ...]:
    """What must appear nowhere: keys and secrets."""
    return tuple(value for each in every for value in (*each.keys, *each.secrets))


def _read(number: int, table: dict[str, object], place: Place, expand: Expand) -> Integration:
    name = table.get("name")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None or name in _TAKEN:
        raise place.error(
            "integrations.name",
            f"the {_ordinal(number)} integration needs a name of small letters, digits, - _ and . (not {', '.join(sorted(_TAKEN))}).",
            'For example name = "prod-alertmanager".',
        )
    where = f"integrations.{name}"
    try:
        keys = Keys(f'integration "{name}"', {key: value for key, value in table.items() if key in _OWN})
        keys.text("name")
        format_ = sources.find(keys.text("kind"))
        mine = _values(keys, ("key", "old_key"), where, place, expand)
        signing = _values(keys, ("secret", "old_secret"), where, place, expand)
        severities = {word.casefold(): to for word, to in keys.texts("severity")}
        labels = dict(keys.texts("labels"))
        grouped = tuple(str(each) for each in keys.list_of("group_by"))
        enabled, drill = keys.flag("enabled", True), keys.flag("drill")
        acts_as = keys.text_or_none("acts_as")
        rest = {
            key: _expanded(value, f"{where}.{key}", expand) for key, value in table.items() if key not in _OWN
        }
        source = format_.make(f'integration "{name}" ({format_.kind})', rest)
    except ConfigError as problem:
        raise place.error("integrations.name", problem.message, problem.hint) from problem
    if not mine and not (format_.own_routes and format_.signed):
        raise place.error(
            "integrations.key", f'"{name}" has no key.',
            "Make one: openssl rand -hex 16; name it as key = \"${PROD_KEY}\".",
        )  # fmt: skip
    for each in mine:
        if (
            len(each) < KEY_CHARS
            or not each.isascii()
            or not each.isprintable()
            or "/" in each
            or " " in each
        ):
            raise place.error(
                "integrations.key", f'the key of "{name}" is not {KEY_CHARS} or more letters and digits.',
                f"Make one of {_GIVEN_BY_PAGERDUTY}: openssl rand -hex 16.",
            )  # fmt: skip
    if format_.signed and not signing:
        raise place.error(
            "integrations.secret", f'"{name}": requests of kind {format_.kind} are signed, and there is no secret.',
            "Take it from the sender's own settings.",
        )  # fmt: skip
    return Integration(
        name, format_, source, mine, signing, severities, labels, grouped, enabled, drill, acts_as
    )


def _values(keys: Keys, names: tuple[str, str], where: str, place: Place, expand: Expand) -> tuple[str, ...]:
    """The value of a key and of its predecessor, as far as they are set."""
    found = []
    for name in names:
        written = keys.text_or_none(name)
        if written is not None:
            found.append(expand(written, f"{where}.{name}"))
    return tuple(value for value in found if value)


def _expanded(value: object, key: str, expand: Expand) -> object:
    return expand(value, key) if isinstance(value, str) else value


def _ordinal(number: int) -> str:
    return ("first", "second", "third")[number] if number < 3 else f"{number + 1}th"
