"""The outermost blocks told by their first characters are those of the Markdown parser."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.runbook.markdown.ignore import blanked
from tocsin.runbook.markdown.read import _parse, _segment
from tocsin.runbook.markdown.segments import segments, split_lines

LINES = st.sampled_from(
    ["# T", "## A #", "#x", "######", "# ", "text", "  text", "    code", "\tcode", "- a", "  b", "- ", "+ x", "  - n", "    - nn", "1. x",
     "2) y", "10. z", "5 x", "5.", "   ```bash", "```", "```bash", "~~~", "   ```", "  ```", "    ```", "      ```", "```x` y", "> q", ">",
     "| a | b |", "|---|---|", "| 1 | 2 |", "a | b", "---|---", "---", "===", "***", "* * *", ":---", "**Bold**:", "**b** t", "__x__", "_x_",
     "*i* t", "`code` x", "<!-- c -->", "<!-- c", "-->", "x -->", "!!! note", "!x", "[a]: b", "", "", "", " \t", "\u00a0x", "x  ", "x\t",
     "\x0c", "- [x] c", "- **N**: v", "3. **b**", "1. x  ", "- 5. a", "- `c` d", "* b", "___", "2. y", "é ü", "plain words of a paragraph"]
)  # fmt: skip


@settings(max_examples=800, deadline=None)
@given(st.lists(LINES, max_size=12).map("\n".join))
@example("```x` y\n>\n\n```\n\n`code` x")
@example(">\n\n~~~")
@example("1. a\n   ```bash\n\nleft\n   ```\n\nb")
def test_the_outermost_blocks_are_those_of_the_parser(text: str) -> None:
    lines = blanked(split_lines(text.encode()))
    for first, last in segments(lines, 0, len(lines)):
        assert _segment(lines[first:last]) == _parse(lines[first:last])
