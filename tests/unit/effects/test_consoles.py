"""Clients whose whole command is one quoted word: varnishadm, BIRD, BIND, unbound, vtysh."""

import pytest

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import NOTHING, Call, Place, Stdin
from tocsin.effects.tools.consoles import HANDLERS, read_console, read_vtysh
from tocsin.effects.words import HOLE, Word


def _call(name: str, *words: str, stdin: Stdin = NOTHING) -> Call:
    return Call(name, tuple(Word(text, 0, 0, text) for text in words), stdin, Place())


def _vtysh(*commands: str) -> Effect:
    return read_vtysh(_call("vtysh", *(part for command in commands for part in ("-c", command)))).effect


@pytest.mark.parametrize(
    ("name", "text", "effect"),
    [
        ("varnishadm", "backend.list", Effect.OBSERVE),
        ("varnishadm", "param.set default_ttl 10", Effect.CHANGE),
        ("birdc", "show protocols all", Effect.OBSERVE),
        ("birdc", "disable peer1", Effect.DISRUPT),
        ("rndc", "status", Effect.OBSERVE),
        ("unbound-control", "stats_noreset", Effect.OBSERVE),
    ],
)
def test_a_quoted_command_means_what_its_words_mean(name: str, text: str, effect: Effect) -> None:
    whole, apart = read_console(_call(name, text)), read_console(_call(name, *text.split()))
    assert whole.effect is apart.effect is effect


@pytest.mark.parametrize("name", [name for name in HANDLERS if name != "vtysh"])
def test_two_lines_in_one_word_are_never_a_look(name: str) -> None:
    assert read_console(_call(name, "status\nstop")).effect is Effect.UNKNOWN


def test_vtysh_shows() -> None:
    assert _vtysh("show ip bgp summary") is Effect.OBSERVE
    assert _vtysh("show ip route", "show version") is Effect.OBSERVE


def test_the_worst_of_several_commands_counts() -> None:
    assert _vtysh("show ip bgp", "clear ip bgp *", "show version") is Effect.DISRUPT


def test_what_looks_elsewhere_changes_behind_configure() -> None:
    assert _vtysh("configure terminal", "ping 10.0.0.1") is Effect.DISRUPT


def test_a_filter_of_a_show_is_a_look_and_any_other_pipe_is_unknown() -> None:
    assert _vtysh("show running-config | include bgp") is Effect.OBSERVE
    assert _vtysh("show running-config | redirect /etc/frr/frr.conf") is Effect.UNKNOWN
    assert _vtysh("show running-config | tee x") is Effect.UNKNOWN


@pytest.mark.parametrize(
    "words", [("-f", "x.conf"), ("-b",), ("-w",), ("-H", "/etc/x", "-c", "show version")]
)
def test_a_file_that_nobody_reads_is_unknown(words: tuple[str, ...]) -> None:
    assert read_vtysh(_call("vtysh", *words)).effect is Effect.UNKNOWN


def test_what_arrives_on_the_input_is_unknown() -> None:
    assert read_vtysh(_call("vtysh", stdin=Stdin("configure", True, "echo"))).effect is Effect.UNKNOWN


def test_an_open_command_is_unknown_and_no_command_is_a_session() -> None:
    assert _vtysh(f"{HOLE} ip bgp") is Effect.UNKNOWN
    assert {Flag.INTERACTIVE, Flag.CONTEXT} <= read_vtysh(_call("vtysh")).flags
