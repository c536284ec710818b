"""Compiling never fails, loses nothing and knows where everything is: over arbitrary text and mutated seeds."""

import itertools
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.runbook.book import Choice, Node, Note, Runbook, Section, Step, StepKind, Wait
from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Span

SEEDS = [Path(__file__).parents[2] / "examples" / name / "runbook.md" for name in ("cookcam", "prepchef")]
TEXTS = [path.read_text(encoding="utf-8") for path in SEEDS]
QUIET = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Pieces real documents are made of; random sequences of them reach deeper than random characters.
PIECES = st.sampled_from(
    [
        "# Title\n", "## Common Incidents\n", "### 1. Disk full\n", "### 1. Disk full\n", "#### Option A: x (Recommended)\n",
        "#### Option B: y\n", "**Symptoms**: 502, \"a, b\"\n", "**Steps:**\n", "**Resolution**:\n", "**Rollback**: put it back\n",
        "1. **Stop:**\n", "2. Then\n", "3. `kubectl get pods -n x`\n", "   - inner\n", "- [ ] tick\n", "- plain\n", "\n", "\n\n", "---\n",
        "```bash\n", "```\n", "~~~sql\n", "~~~\n", "   ```\n", "> ```sh\n", "> quote\n", "> [!WARNING]\n", "!!! note\n    inner\n",
        "# Restart\n", "# If that fails, force\n", "# Or more careful:\n", "# If DDoS attack:\n", "# 1. first\n", "# Wait 5 minutes\n",
        "# WARNING: deletes all\n", "systemctl restart nginx\n", "kubectl get pods\n", "ssh web1\n", "psql $DB\n", "SELECT 1;\n", "\\q\n",
        "exit\n", "cd /srv/app\n", "X=$(date)\n", "cat <<EOF\n", "EOF\n", "echo 'open\n", "for i in 1 2; do\n", "done\n", "$ uptime\n",
        "user@host:~$ ls -l\n", "NAME   READY\n", "rm -rf /var/<dir>\n", "<!-- hidden\n", "-->\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "\t\tcode\n",
        "Or:\n", "If the disk is full:\n", "text ending\n", "{% include x %}\n", "é — ü\n", "\r\n", "***\n", "    df -h\n", "nano /etc/x\n", "# Change: a b\n",
    ]
)  # fmt: skip
DOCUMENTS = st.lists(PIECES, max_size=40).map("".join)


def nodes_of(node: Node) -> list[Node]:
    match node:
        case Choice():
            return [node, *(inner for o in node.options for member in o.body for inner in nodes_of(member))]
        case _:
            return [node]


def spans_of(node: Node) -> tuple[Span, ...]:
    return node.spans if isinstance(node, Step) else (node.span,)


def inside(inner: Span, outer: Span) -> bool:
    return (
        outer.start <= inner.start <= inner.end <= outer.end
        and outer.first_line <= inner.first_line <= inner.last_line <= outer.last_line
    )


def squeezed(text: str) -> str:
    """Without white space and prompts: what may differ between an action and its place."""
    return re.sub(r"[\s\ufffd]+", "", text)


def check(data: bytes, book: Runbook) -> None:
    whole = Span(0, len(data), 1, max(1, len(re.split(rb"\r\n|\n|\r", data))))
    seen_ids: list[str] = []
    seen_numbers: list[str] = []

    def visit(section: Section, outer: Span) -> None:
        assert inside(section.span, outer), (section.title, section.span, outer)
        position = section.span.start
        for child in section.children:
            assert child.span.start >= position
            position = child.span.end
            visit(child, section.span)
        flat = [inner for node in section.body for inner in nodes_of(node)]
        for node in flat:
            for span in spans_of(node):
                assert inside(span, whole), (node, span)
            match node:
                case Step():
                    seen_ids.append(node.id)
                    seen_numbers.append(node.number)
                    check_step(node)
                case Choice():
                    seen_ids.append(node.id)
                    assert len(node.options) > 1 or node.options[0].condition is not None
                    for option in node.options:
                        assert inside(option.span, node.span)
                case Note() | Wait():
                    pass
        tops = sorted(
            span for node in section.body for span in (s for s in [(x.start, x.end) for x in spans_of(node)])
        )
        for before, after in itertools.pairwise(tops):
            assert after[0] >= before[1], (section.title, before, after)

    def check_step(step: Step) -> None:
        manual = step.kind in (StepKind.MANUAL, StepKind.MESSAGE, StepKind.EDIT)
        assert step.actions or manual
        assert step.number
        for action in step.actions:
            original = data[action.span.start : action.span.end].decode("utf-8", "replace")
            # Prompts, quote signs and indentation stand between the lines of an action, nothing else.
            original_text = squeezed(original)
            position = 0
            for line in action.text.split("\n"):
                bare = squeezed(line)
                found = original_text.find(bare, position)
                assert found >= 0, (action.text, original)
                position = found + len(bare)
        for hole in step.placeholders:
            for span in hole.spans:
                assert inside(span, whole)

    for section in book.sections:
        visit(section, whole)
    # The outline covers the document: its root is the whole of it.
    assert book.sections[0].span.start == 0
    assert book.sections[0].span.end == len(data)
    assert len(set(seen_ids)) == len(seen_ids)
    assert len(set(seen_numbers)) == len(seen_numbers), sorted(
        n for n in seen_numbers if seen_numbers.count(n) > 1
    )
    anchors = [section.anchor for section in book.walk()]
    assert len(set(anchors)) == len(anchors)
    assert not [d for d in book.diagnostics if d.rule == "TOC199"], [
        d.message for d in book.diagnostics if d.rule == "TOC199"
    ]
    for diagnostic in book.diagnostics:
        assert inside(diagnostic.span, whole)
        assert all(step in seen_ids for step in diagnostic.steps)


@QUIET
@given(DOCUMENTS)
def test_any_sequence_of_known_pieces_compiles_and_keeps_the_invariants(text: str) -> None:
    check(text.encode(), compile(text))


@QUIET
@given(st.text(max_size=400))
def test_any_text_compiles(text: str) -> None:
    check(text.encode("utf-8", "surrogatepass"), compile(text))


@QUIET
@given(st.binary(max_size=300))
def test_any_bytes_compile(data: bytes) -> None:
    check(data, compile(data))


@pytest.mark.parametrize(
    "data",
    [
        b"# A\n~~~sh\n\xff%[git checkout <good-commit>\n",  # a hole behind bytes that are no UTF-8
        b"```bash\n$ kubectl scale deployment/web \\\n# a note\n\n - printed\n",  # a comment between a command and its output
        b"**When**: slow\n\x009\x00 (x)\n",  # NUL bytes that look like our own marks
        b"**Option B: Grow**\n# Title\n   - User reports\n**Option A: Clean**\n\nLIMIT 10;\n",  # a title between two ways
    ],
)
def test_what_the_fuzzer_found_keeps_the_invariants(data: bytes) -> None:
    check(data, compile(data))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(TEXTS), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_seed_cut_anywhere_compiles(text: str, start: int, length: int) -> None:
    data = text.encode()[start % 9000 :][:length]
    check(data, compile(data))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(TEXTS), st.integers(0, 2**32), st.integers(1, 200))
def test_a_seed_with_shuffled_lines_compiles(text: str, seed: int, swaps: int) -> None:
    chance = random.Random(seed)
    lines = text.splitlines(keepends=True)
    for _ in range(swaps):
        a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
    shuffled = "".join(lines)
    check(shuffled.encode(), compile(shuffled))


@pytest.mark.parametrize("text", TEXTS, ids=["cookcam", "prepchef"])
def test_the_seeds_keep_the_invariants(text: str) -> None:
    check(text.encode(), compile(text))


@QUIET
@given(st.one_of(DOCUMENTS, st.sampled_from(TEXTS)))
def test_compiling_twice_gives_equal_values(text: str) -> None:
    assert compile(text) == compile(text)


def ids(text: str | bytes) -> list[str]:
    return [step.id for section in compile(text).sections for step in section.steps()]


@pytest.mark.parametrize("text", TEXTS, ids=["cookcam", "prepchef"])
def test_line_ends_a_bom_and_trailing_spaces_change_no_id(text: str) -> None:
    expected = ids(text)
    assert ids(text.replace("\n", "\r\n")) == expected
    assert ids("\ufeff" + text) == expected
    # A space after a continuation backslash is no trailing space: the shell reads another command there.
    assert ids(re.sub(r"(?<!\\)\n", "  \n", text)) == expected


@pytest.mark.parametrize("text", TEXTS, ids=["cookcam", "prepchef"])
def test_editing_another_section_changes_no_id(text: str) -> None:
    before = compile(text)
    grown = text.replace(
        "## Common Incidents\n",
        "## Common Incidents\n\n### 0. New\n\n**When**: x\n\n```bash\nuptime\n```\n",
        1,
    )
    after = compile(grown)
    for section in before.incidents():
        twin = after.section(section.anchor)
        assert twin is not None
        assert [step.id for step in twin.steps()] == [step.id for step in section.steps()]


def test_renumbering_rewording_a_comment_and_a_prompt_change_no_id() -> None:
    plain = "## Common Incidents\n### 3. Disk full\n**When**: x\n```bash\n# Look\ndf -h\n# Clean\nrm -rf /tmp/cache\n```\n"
    changed = "## Common Incidents\n### 7. Disk full\n**When**: y\n```bash\n# Look closely\ndf  -h\n# Make room\nrm -rf   /tmp/cache;\n```\n"
    prompted = (
        "## Common Incidents\n### 3. Disk full\n**When**: x\n```console\n$ df -h\n$ rm -rf /tmp/cache\n```\n"
    )
    assert ids(plain) == ids(changed) == ids(prompted)


@pytest.mark.parametrize(
    ("old", "new"),
    [("df -h", "df -i"), ("rm -rf /tmp/cache", "rm -rf /tmp/other"), ("Disk full", "Disk almost full")],
)
def test_changing_a_flag_a_value_or_the_heading_makes_another_step(old: str, new: str) -> None:
    text = "## Common Incidents\n### 3. Disk full\n**When**: x\n```bash\n# Look\ndf -h\n# Clean\nrm -rf /tmp/cache\n```\n"
    assert ids(text) != ids(text.replace(old, new))
