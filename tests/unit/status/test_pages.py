"""The pages: valid, without anything from outside, readable, and nothing of ours in them."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest
from tests.unit.status.boards import EMPTY, FULL, NOW, OPEN

from tocsin.status import look, site
from tocsin.status.board import Board

PAGES = {name: text for name, text in site.files(FULL).items() if name.endswith(".html")}
PAGES |= {f"empty {name}": text for name, text in site.files(EMPTY).items() if name.endswith(".html")}
HTML = "{http://www.w3.org/1999/xhtml}"


def parsed(text: str) -> Element:
    """Strict: every parse error of the HTML standard raises."""
    found: Element = html5lib.HTMLParser(strict=True).parse(text)
    return found


def elements(text: str, name: str) -> list[Element]:
    return list(parsed(text).iter(HTML + name))


@pytest.mark.parametrize("name", PAGES)
def test_it_is_valid_html_with_one_h1_landmarks_and_headings_without_gaps(name: str) -> None:
    root = parsed(PAGES[name])
    tags = [str(each.tag).removeprefix(HTML) for each in root.iter()]
    assert [tags.count(tag) for tag in ("h1", "header", "main", "footer")] == [1, 1, 1, 1]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert root.get("lang") == "en"


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_loaded_and_nothing_of_a_text_is_obeyed(name: str) -> None:
    text = PAGES[name]
    root = parsed(text)
    for each in root.iter():
        assert not any(key.startswith("on") or key in ("style", "src", "srcset") for key in each.attrib), (
            each.attrib
        )
        assert not (each.get("href") or "").startswith("javascript:")
    assert len(elements(text, "script")) == (1 if name.endswith("index.html") else 0)
    assert not elements(text, "img") + elements(text, "iframe") + elements(text, "form")
    assert look.POLICY in [each.get("content") for each in elements(text, "meta")]
    assert not [each for each in elements(text, "meta") if each.get("http-equiv") == "refresh"]


@pytest.mark.parametrize("path", sorted(site.files(FULL)))
def test_no_public_file_names_what_is_ours(path: str) -> None:
    text = site.files(FULL)[path]
    assert not re.search(r"INC-\d|secret-runbook|remediations", text)


def test_every_link_of_a_page_leads_to_a_file() -> None:
    files = site.files(FULL)
    for name, text in ((name, text) for name, text in files.items() if name.endswith(".html")):
        for link in elements(text, "a") + elements(text, "link"):
            href = link.get("href") or ""
            if "://" in href or href.startswith("#"):
                continue
            up = name.count("/")
            assert href.startswith("../" * up)
            assert href.removeprefix("../" * up).split("#")[0] in files, (name, href)


def test_bars_have_a_sentence_and_the_bad_days_are_listed() -> None:
    drawn = [each for each in parsed(PAGES["index.html"]).iter() if each.get("role") == "img"]
    assert len(drawn) == len(FULL.components)
    assert "API, last 90 days: 3 days with an outage, 4 degraded, 63 without trouble, 20 without data" in str(
        drawn[0].get("aria-label")
    )
    assert "16 Nov: down 14 min" in PAGES["index.html"]


def test_it_says_how_old_it_is_without_script_and_how_to_judge_that() -> None:
    text = PAGES["index.html"]
    assert 'As of <time datetime="2026-11-21T03:00:00+00:00">21 Nov 2026, 03:00 UTC</time>' in text
    assert "more than 5 min ago" in text
    assert re.search(r'id="late" role="alert" hidden', text)


def test_a_passed_promise_is_shown_as_overdue() -> None:
    assert '<strong class="over bad" hidden>' in PAGES["index.html"]
    later = site.files(replace(FULL, at=NOW + timedelta(hours=1)))["index.html"]
    assert '<strong class="over bad">, overdue since 03:10 UTC' in later


def test_a_page_of_an_incident_changes_only_when_something_is_said() -> None:
    def page(board: Board) -> str:
        return site.files(board)[f"incidents/{OPEN.id}.html"]

    assert page(FULL) == page(replace(FULL, at=NOW + timedelta(minutes=1)))


def contrast(one: str, other: str) -> float:
    """As WCAG 2 counts it."""

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [look.LIGHT, look.DARK], ids=["light", "dark"])
def test_text_and_bars_stand_out_from_what_they_stand_on(colours: dict[str, str]) -> None:
    for name in ("text", "text-2", "text-3", "accent", "bad"):
        for ground in ("bg", "surface"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in ("ok", "warn", "bad", "work", "none"):
        assert contrast(colours[name], colours[f"{name}-bg"]) >= 4.5, name
    for name in ("bar-ok", "bar-warn", "bar-bad", "none"):
        assert contrast(colours[name], colours["surface"]) >= 3, name
