"""Sealed texts: opened by the keys that are set, by nothing else."""

import pytest

from tocsin.kit.sealing import Sealer

OLD, NEW, OTHER = "o" * 32, "n" * 32, "x" * 32


def test_what_is_sealed_opens_with_the_same_key_and_is_not_the_text() -> None:
    sealed = Sealer([NEW]).seal("GEZDGNBV")
    assert "GEZDGNBV" not in sealed
    assert Sealer([NEW]).open(sealed) == "GEZDGNBV"


def test_the_newest_key_seals_and_every_key_opens() -> None:
    sealed = Sealer([OLD]).seal("secret")
    both = Sealer([NEW, OLD])
    assert both.open(sealed) == "secret"
    assert not both.newest(sealed)
    assert both.newest(both.seal("secret"))
    assert Sealer([OLD]).open(both.seal("secret")) is None


@pytest.mark.parametrize("sealer", [Sealer([OTHER]), Sealer([])], ids=["another key", "no key"])
def test_without_its_key_nothing_opens(sealer: Sealer) -> None:
    assert sealer.open(Sealer([NEW]).seal("secret")) is None


def test_a_changed_text_does_not_open() -> None:
    sealed = Sealer([NEW]).seal("secret")
    assert Sealer([NEW]).open(sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]) is None
    assert Sealer([NEW]).open("no seal") is None


def test_without_a_key_nothing_is_sealed() -> None:
    assert not Sealer([]).seals
