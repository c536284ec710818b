"""The corrected runbook: nothing to remark, the seed untouched beside it, every correction noted where it stands."""

import re

from click.testing import CliRunner
from tests.sandbox.faults.cookcam import CORRECTED, SEED

from tocsin.cli.main import cli

SECTION = re.compile(r"^#{3,4} .+$", re.MULTILINE)


def test_lint_has_nothing_to_remark_about_the_corrected_runbook() -> None:
    said = CliRunner().invoke(cli, ["lint", str(CORRECTED), "--fail-on", "note"])
    assert said.exit_code == 0, said.output


def test_every_section_of_the_seed_is_there_and_says_what_was_corrected() -> None:
    text = CORRECTED.read_text(encoding="utf-8")
    assert set(SECTION.findall(SEED.read_text(encoding="utf-8"))) <= set(SECTION.findall(text))
    for heading in ("#### Option A", "#### Option D", "### 1. API", "### 3. Stripe", "### 5. Rate"):
        section = text[text.index(heading) :]
        end = re.search(r"^#{2,4} ", section[5:], re.MULTILINE)
        assert "<!-- corrected:" in section[: end.start() if end else None]


def test_no_command_of_the_corrected_runbook_waits_for_a_person_or_lies() -> None:
    text = CORRECTED.read_text(encoding="utf-8")
    shown = "".join(re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    for gone in ("nano ", "htop", "tail -f", "watch ", "ecosystem.config.production.js", "pm2 delete"):
        assert gone not in shown
    assert all("-f" in line for line in shown.splitlines() if line.startswith("curl"))
