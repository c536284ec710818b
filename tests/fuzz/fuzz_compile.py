"""Coverage-guided fuzzing of the compiler: any bytes compile, keep every invariant, and take no time beyond their length.

Needs the extra `fuzz` (atheris); pytest does not collect it. Run: python tests/fuzz/fuzz_compile.py [FOLDER] [libFuzzer
options], for example `-max_total_time=120`. FOLDER keeps what was found interesting.
"""

import re
import sys
import time
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "properties"))

with atheris.instrument_imports(include=["tocsin.runbook"]):
    from test_compile_invariants import check

    from tocsin.runbook.compile import compile

DOCUMENTS = [*ROOT.glob("examples/*/runbook.md"), *ROOT.glob("tests/data/runbooks/*.md")]
# Lines of real documents; the fuzzer's bytes choose among them, so that it reaches past the first paragraph.
LINES = sorted({line for path in DOCUMENTS for line in path.read_bytes().splitlines(keepends=True)})
MOST_SECONDS = 2.0  # for a few kilobytes; a document of that size takes some hundredths


def document(data: bytes) -> bytes:
    """A document from the fuzzer's bytes: even first byte, they are the text; odd, pairs of bytes pick real lines."""
    if not data or data[0] % 2 == 0:
        return data[1:]
    out: list[bytes] = []
    index = 1
    while index + 1 < len(data):
        pick = int.from_bytes(data[index : index + 2], "big")
        index += 2
        if pick < 0xE000:
            out.append(LINES[pick % len(LINES)])
        else:
            length = pick & 0x3F
            out.append(data[index : index + length])
            index += length
    return b"".join(out)


def one_input(data: bytes) -> None:
    """One document: compiled, checked against the invariants of the language, and timed."""
    text = document(data)
    began = time.process_time()
    book = compile(text)
    spent = time.process_time() - began
    if spent > MOST_SECONDS:
        raise TimeoutError(f"{len(text)} bytes took {spent:.1f} s")
    if not re.search(rb"\x00", text):
        check(text, book)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
