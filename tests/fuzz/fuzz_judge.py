"""Fuzzing the judge, guided by coverage: `python -m tests.fuzz.fuzz_judge -max_total_time=180`.

Needs atheris, which is no dependency of the project: `uv run --with atheris python -m tests.fuzz.fuzz_judge …`.
The corpus starts with the labelled commands. A finding is printed with its text; put it into tests/fuzz/test_fuzz.py.
"""

import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tocsin.effects"]):
    from tests.fuzz.claims import LANGUAGES, PIECES, broken

    from tocsin.effects.judge import judge

DATA = Path(__file__).resolve().parents[1] / "data"


def text_of(data: bytes) -> tuple[str, str]:
    """A language and a text: after the first byte either UTF-8, or one piece per byte."""
    if not data:
        return "shell", ""
    language = LANGUAGES[0] if data[0] < 160 else LANGUAGES[data[0] % len(LANGUAGES)]
    if data[0] % 2:
        return language, "".join(PIECES[byte % len(PIECES)] for byte in data[1:60])
    return language, data[1:].decode("utf-8", "replace")


def one(data: bytes) -> None:
    """One input. Raises AssertionError with the text if a claim does not hold."""
    language, text = text_of(data)
    judge.cache_clear()
    found = broken(text, language)
    assert found is None, f"{found}: {language} {text!r}"


def main() -> None:
    """Start with the labelled commands and run until told to stop."""
    with tempfile.TemporaryDirectory() as corpus:
        for listed in DATA.glob("judged_*.jsonl"):
            for number, line in enumerate(listed.read_text(encoding="utf-8").splitlines()):
                seed = b"\0" + json.loads(line)["text"].encode()
                (Path(corpus) / f"{listed.stem}{number}").write_bytes(seed)
        atheris.Setup([*sys.argv, corpus], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
