"""Events and commands as (kind, canonical JSON), and back. The kind is the class name."""

from types import UnionType
from typing import TypeVar, get_args

from tocsin.errors import StoreError
from tocsin.incident.commands import Command
from tocsin.incident.events import Event
from tocsin.kit import codec

Value = TypeVar("Value")


def _by_name(union: UnionType) -> dict[str, type]:
    return {kind.__name__: kind for kind in get_args(union)}


_EVENTS = _by_name(Event)
_COMMANDS = _by_name(Command)


def event_kinds() -> tuple[str, ...]:
    """The names of all events, for documentation and tests."""
    return tuple(_EVENTS)


def command_kinds() -> tuple[str, ...]:
    """The names of all commands, for documentation and tests."""
    return tuple(_COMMANDS)


def kind_of(value: Event | Command) -> str:
    """The name an event or command is stored under."""
    return type(value).__name__


def encode(value: Event | Command) -> str:
    """The canonical JSON of an event or command."""
    return codec.encode(value)


def decode_event(kind: str, body: str) -> Event:
    """The event written as `kind` and `body`. Raises StoreError for a kind this version does not know."""
    if kind not in _EVENTS:
        raise StoreError(
            f'The log holds an event "{kind}" that this version does not know.',
            hint="It was written by a newer tocsin: upgrade before opening this database.",
        )
    event: Event = codec.decode(body, _EVENTS[kind])
    return event


def decode_command(kind: str, body: str) -> Command:
    """The command written as `kind` and `body`. Raises StoreError for a kind this version does not know."""
    if kind not in _COMMANDS:
        raise StoreError(
            f'The outbox holds a command "{kind}" that this version does not know.',
            hint="It was written by a newer tocsin: upgrade before opening this database.",
        )
    command: Command = codec.decode(body, _COMMANDS[kind])
    return command
