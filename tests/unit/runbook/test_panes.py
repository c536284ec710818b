"""Panes beside each other are a choice: GitBook, Hugo and MyST tabs, of which a reader takes one."""

from collections.abc import Sequence

import pytest

from tocsin.runbook.book import Choice, ChoiceKind, Section, Step
from tocsin.runbook.compile import compile
from tocsin.runbook.markdown.blocks import Block, Paragraph, text_of
from tocsin.runbook.markdown.read import read
from tocsin.runbook.steps.drafts import Unit
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.panes import pane_units

FENCE = "```bash\nsystemctl restart depot-{}\n```\n"
GITBOOK = (
    '{% tabs %}\n{% tab title="NAME1" %}\n'
    + FENCE.format(1)
    + '{% endtab %}\n{% tab title="NAME2" %}\n'
    + FENCE.format(2)
    + "{% endtab %}\n{% endtabs %}\n"
)
HUGO = (
    '{{< tabs >}}\n{{< tab "NAME1" >}}\n'
    + FENCE.format(1)
    + '{{< /tab >}}\n{{< tab "NAME2" >}}\n'
    + FENCE.format(2)
    + "{{< /tab >}}\n{{< /tabs >}}\n"
)
MYST = "::::{tab-set}\n:::{tab-item} NAME1\n" + FENCE.format(1) + ":::\n:::{tab-item} NAME2\n" + FENCE.format(2) + ":::\n::::\n"  # fmt: skip
KINDS = pytest.mark.parametrize("tabs", [GITBOOK, HUGO, MYST], ids=["gitbook", "hugo", "myst"])


def section(tabs: str, one: str = "Systemd", two: str = "OpenRC") -> Section:
    text = "# Depot\n\n## Slow\n\nRestart it:\n\n" + tabs.replace("NAME1", one).replace("NAME2", two)
    return compile(text).walk()[-1]


@KINDS
def test_of_two_panes_only_one_is_taken(tabs: str) -> None:
    [choice] = [node for node in section(tabs).body if isinstance(node, Choice)]
    assert choice.kind is ChoiceKind.ALTERNATIVES
    texts = [[action.text for node in option.body if isinstance(node, Step) for action in node.actions] for option in choice.options]  # fmt: skip
    assert texts == [["systemctl restart depot-1"], ["systemctl restart depot-2"]]


@KINDS
def test_the_name_of_a_pane_is_the_name_of_its_way(tabs: str) -> None:
    [choice] = [node for node in section(tabs).body if isinstance(node, Choice)]
    assert [option.label for option in choice.options] == ["Systemd", "OpenRC"]


@KINDS
def test_panes_that_are_called_cases_say_when_each_holds(tabs: str) -> None:
    read_as = section(tabs, "If the disk is full", "If the network is down")
    [choice] = [node for node in read_as.body if isinstance(node, Choice)]
    assert choice.kind is ChoiceKind.CASES
    assert [option.condition.text for option in choice.options if option.condition] == [
        "If the disk is full",
        "If the network is down",
    ]


@KINDS
def test_a_single_pane_is_no_choice(tabs: str) -> None:
    one = tabs.replace(FENCE.format(2), "Nothing to do there.\n")
    assert [type(node) for node in section(one).body if isinstance(node, Choice)] == []
    assert [step.actions[0].text for step in section(one).steps() if step.actions] == [
        "systemctl restart depot-1"
    ]


def test_blocks_that_are_no_panes_are_read_as_they_stand() -> None:
    blocks = [block for block in read("Look first.\n\nThen act.\n").blocks if isinstance(block, Paragraph)]
    seen: list[str] = []

    def reader(run: Sequence[Block], lead: Lead) -> list[Unit]:
        seen.extend(text_of(block.lines) for block in run if isinstance(block, Paragraph))
        return []

    assert pane_units(blocks, Lead("", "heading"), reader) == ([], None)
    assert seen == ["Look first.", "Then act."]
