"""The language server as an editor meets it: a real process, frames over its pipes."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Deadline

from tocsin.cli.lsp.command import converse
from tocsin.cli.lsp.frames import frame, read_frame
from tocsin.cli.lsp.places import Places, Position, Range
from tocsin.cli.lsp.server import Server, path_of
from tocsin.kit.clock import SystemClock

TEXT = """# Shop

## Orders stuck

**Symptoms**: orders do not move

**Resolution**:
```bash
# Flush expired keys
redis-cli FLUSHALL
```

**Verification**:
```bash
curl https://shop.internal/health
```
"""
URI = "file:///srv/runbooks/shop.md"


class Editor:
    """A client that remembers what it was told."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tocsin", "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdin
        assert self.process.stdout
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self.told: queue.Queue[dict[str, object] | None] = queue.Queue()
        self.kept: list[dict[str, object]] = []
        self.number = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while (content := read_frame(self.stdout)) is not None:
            self.told.put(json.loads(content))
        self.told.put(None)

    def raw(self, content: bytes) -> None:
        self.stdin.write(content)
        self.stdin.flush()

    def notify(self, method: str, **params: object) -> None:
        self.raw(frame(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode()))

    def ask(self, method: str, **params: object) -> object:
        self.number += 1
        number = self.number
        self.raw(
            frame(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode())
        )
        answer = self.wait(lambda message: message.get("id") == number)
        if "error" in answer:
            return answer["error"]
        return answer["result"]

    def wait(self, fits: object) -> dict[str, object]:
        assert callable(fits)
        while True:
            message = self.told.get(timeout=300)
            assert message is not None, "the server has gone"
            if fits(message):
                return message
            self.kept.append(message)

    def findings(self, version: int | None) -> list[dict[str, object]]:
        """The findings published for a version."""

        def fits(message: dict[str, object]) -> bool:
            params = message.get("params")
            return (
                message.get("method") == "textDocument/publishDiagnostics"
                and isinstance(params, dict)
                and params.get("version") == version
            )

        params = self.wait(fits)["params"]
        assert isinstance(params, dict)
        return list(params["diagnostics"])

    def open(self, text: str, uri: str = URI) -> None:
        document = {"uri": uri, "languageId": "markdown", "version": 1, "text": text}
        self.notify("textDocument/didOpen", textDocument=document)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=300)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream
            stream.close()


@pytest.fixture
def editor() -> Iterator[Editor]:
    made = Editor()
    answer = made.ask("initialize", processId=None, rootUri=None, capabilities={})
    assert isinstance(answer, dict)
    assert answer["capabilities"]["textDocumentSync"]["change"] == 2
    made.notify("initialized")
    yield made
    made.close()


def where(line: int, character: int, to: int | None = None) -> dict[str, object]:
    return {
        "start": {"line": line, "character": character},
        "end": {"line": line, "character": character if to is None else to},
    }


def test_a_conversation_from_the_first_word_to_the_last(editor: Editor) -> None:
    editor.open(TEXT)
    found = editor.findings(1)
    assert {("TOC204", 1), ("TOC301", 2)} <= {(each["code"], each["severity"]) for each in found}
    (flush,) = [each for each in found if each["code"] == "TOC204"]
    assert flush["range"] == where(9, 0, 18)

    document = {"uri": URI}
    hover = editor.ask("textDocument/hover", textDocument=document, position={"line": 9, "character": 3})
    assert isinstance(hover, dict)
    assert "**destroy**" in hover["contents"]["value"]
    assert "every key of every database" in hover["contents"]["value"]
    assert "undo: no" in hover["contents"]["value"]
    assert (
        editor.ask("textDocument/hover", textDocument=document, position={"line": 1, "character": 0}) is None
    )

    hints = editor.ask(
        "textDocument/inlayHint",
        textDocument=document,
        range=where(0, 0) | {"end": {"line": 99, "character": 0}},
    )
    assert isinstance(hints, list)
    assert [(hint["position"]["line"], hint["label"].split(" ")[0]) for hint in hints] == [
        (9, "destroy"),
        (14, "observe"),
    ]

    (top,) = editor.ask("textDocument/documentSymbol", textDocument=document)
    assert top["name"] == "Shop"
    names = json.dumps(top)
    assert "Orders stuck" in names
    assert "1.1 Flush expired keys" in names

    assert editor.ask("shutdown") is None
    editor.notify("exit")
    assert editor.process.wait(timeout=300) == 0


def test_a_certain_fix_is_offered_and_taking_it_ends_the_finding(editor: Editor) -> None:
    editor.open(TEXT)
    editor.findings(1)
    actions = editor.ask(
        "textDocument/codeAction", textDocument={"uri": URI}, range=where(14, 0), context={"diagnostics": []}
    )
    assert isinstance(actions, list)
    (mend,) = [each for each in actions if each.get("isPreferred")]
    (edit,) = mend["edit"]["changes"][URI]
    assert edit["newText"] == "curl -fsS -m 10"
    change = {"range": edit["range"], "text": edit["newText"]}
    editor.notify("textDocument/didChange", textDocument={"uri": URI, "version": 2}, contentChanges=[change])
    assert "TOC301" not in {
        each["code"] for each in editor.findings(2) if each["range"]["start"]["line"] == 14
    }


def test_a_finding_can_be_silenced_once_a_reason_is_written(editor: Editor) -> None:
    editor.open(TEXT)
    editor.findings(1)
    actions = editor.ask(
        "textDocument/codeAction",
        textDocument={"uri": URI},
        range=where(14, 0),
        context={"diagnostics": [], "only": ["quickfix"]},
    )
    assert isinstance(actions, list)
    (silence,) = [each for each in actions if "Silence TOC301" in each["title"]]
    (edit,) = silence["edit"]["changes"][URI]
    assert edit["range"] == where(13, 0), "above the fence, not inside it"
    editor.notify(
        "textDocument/didChange",
        textDocument={"uri": URI, "version": 2},
        contentChanges=[{"range": edit["range"], "text": edit["newText"]}],
    )
    found = {each["code"] for each in editor.findings(2)}
    assert {"TOC123", "TOC301"} <= found, "without a reason it silences nothing"
    dots = edit["newText"].index("…")
    reason = {"range": where(13, dots, dots + 1), "text": "the page answers 401"}
    editor.notify("textDocument/didChange", textDocument={"uri": URI, "version": 3}, contentChanges=[reason])
    left = [each for each in editor.findings(3) if each["range"]["start"]["line"] > 11]
    assert {each["code"] for each in left} & {"TOC123", "TOC301"} == set()


def test_everything_certain_is_mended_at_once(editor: Editor) -> None:
    editor.open(TEXT)
    actions = editor.ask(
        "textDocument/codeAction",
        textDocument={"uri": URI},
        range=where(0, 0),
        context={"diagnostics": [], "only": ["source.fixAll"]},
    )
    assert isinstance(actions, list)
    assert [each["kind"] for each in actions] == ["source.fixAll.tocsin"]
    assert "curl -fsS -m 10 https" in actions[0]["edit"]["changes"][URI][0]["newText"]


def test_columns_are_utf_16_beyond_the_basic_plane(editor: Editor) -> None:
    text = TEXT.replace("curl https", "echo 😀😀; curl https")
    editor.open(text)
    (found,) = [
        each
        for each in editor.findings(1)
        if each["code"] == "TOC301" and each["range"]["start"]["line"] == 14
    ]
    assert found["range"] == where(
        14, len("echo ") + 4 + len("; "), len("echo ") + 4 + len("; curl https://shop.internal/health")
    )
    actions = editor.ask(
        "textDocument/codeAction", textDocument={"uri": URI}, range=where(14, 0), context={"diagnostics": []}
    )
    assert isinstance(actions, list)
    (mend,) = [each for each in actions if each.get("isPreferred")]
    assert mend["edit"]["changes"][URI][0]["range"] == where(14, 11, 15)


def typed(text: str) -> list[dict[str, object]]:
    """One change for each key, from version 2 on."""
    ends = [{"line": 0, "character": place} for place in range(len(text))]
    return [
        {
            "textDocument": {"uri": URI, "version": version},
            "contentChanges": [{"range": {"start": end, "end": end}, "text": char}],
        }
        for version, (char, end) in enumerate(zip(text, ends, strict=True), 2)
    ]


def test_typing_is_told_when_it_pauses(editor: Editor) -> None:
    editor.open("")
    for change in typed("# Shop and more"):
        editor.notify("textDocument/didChange", **change)
    editor.findings(16)
    editor.notify("textDocument/didClose", textDocument={"uri": URI})
    assert editor.findings(None) == []


class Told(BytesIO):
    """What a server says to an editor that leaves as soon as it has heard of the last version."""

    def __init__(self, incoming: "queue.SimpleQueue[bytes | None]", last: int) -> None:
        super().__init__()
        self._incoming, self._last = incoming, last
        self.versions: list[object] = []

    def write(self, content: bytes, /) -> int:  # type: ignore[override]  # the server writes nothing else
        message = json.loads(content.partition(b"\r\n\r\n")[2])
        if message.get("method") == "textDocument/publishDiagnostics":
            self.versions.append(message["params"]["version"])
            if message["params"]["version"] == self._last:
                self._incoming.put(b'{"method": "exit"}')
        return len(content)


def test_what_was_typed_already_is_told_once_however_slow_the_machine() -> None:
    incoming: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    document = {"uri": URI, "languageId": "markdown", "version": 1, "text": ""}
    said: list[tuple[str, dict[str, object]]] = [("textDocument/didOpen", {"textDocument": document})]
    said += [("textDocument/didChange", change) for change in typed("# Shop and more")]
    incoming.put(b'{"id": 0, "method": "initialize", "params": {}}')
    for method, params in said:
        incoming.put(json.dumps({"method": method, "params": params}).encode())
    sink = Told(incoming, 16)
    assert converse(incoming, sink) == 1
    assert sink.versions == [16]


def test_malformed_messages_are_answered_or_passed_over_and_the_next_one_is_served(editor: Editor) -> None:
    editor.raw(b"no header at all\r\n\r\n")
    editor.raw(b"Content-Length: many\r\n\r\n")
    editor.raw(frame(b"{not json"))
    assert editor.wait(lambda m: "error" in m)["error"]["code"] == -32700
    editor.raw(frame(b"[1, 2]"))
    assert editor.wait(lambda m: "error" in m)["error"]["code"] == -32600
    editor.raw(frame(b"[" * 100_000))
    assert editor.wait(lambda m: "error" in m)["error"]["code"] == -32700
    for method, code in [
        ("no/such", -32601),
        ("textDocument/hover", -32602),
        ("textDocument/definition", -32601),
    ]:
        answer = editor.ask(method, textDocument=7)
        assert isinstance(answer, dict)
        assert answer["code"] == code
    editor.notify(
        "textDocument/didChange", textDocument={"uri": "file:///never/opened.md"}, contentChanges="x"
    )
    editor.notify("$/cancelRequest", id=1)
    editor.open(TEXT)
    assert editor.findings(1)


def test_before_the_first_word_and_after_the_last_nothing_is_answered() -> None:
    editor = Editor()
    try:
        early = editor.ask("textDocument/hover")
        assert isinstance(early, dict)
        assert early["code"] == -32002
        editor.ask("initialize", capabilities={})
        editor.ask("shutdown")
        late = editor.ask("textDocument/hover")
        assert isinstance(late, dict)
        assert late["code"] == -32600
        editor.notify("exit")
        assert editor.process.wait(timeout=300) == 0
    finally:
        editor.close()


@pytest.mark.parametrize("how", ["exit", "gone"])
def test_an_editor_that_leaves_without_a_word_ends_the_server_with_1(how: str, deadline: Deadline) -> None:
    editor = Editor()
    try:
        if how == "exit":
            editor.notify("exit")
        else:
            editor.stdin.close()
        assert editor.process.wait(timeout=300) == 1
    finally:
        editor.stdin.close()
        editor.close()


# -- the parts, without a process --------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=50))
def test_after_any_bytes_the_next_frame_is_found_or_the_stream_ends(noise: bytes, content: bytes) -> None:
    stream = BytesIO(noise + b"\r\n\r\n" + frame(content))
    seen = []
    while (found := read_frame(stream)) is not None:
        seen.append(found)
    if b"ontent-" not in noise.lower():
        assert seen[-1:] == [content]


def test_a_frame_that_is_too_large_is_passed_over() -> None:
    size = 65 * 1024 * 1024
    stream = BytesIO(b"Content-Length: %d\r\n\r\n%s%s" % (size, b"x" * size, frame(b"{}")))
    assert read_frame(stream) == b"{}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["textDocument", "uri", "text", "position", "range", "start", "end", "line", "character", "contentChanges", "context", "only", "version"]
    ), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip
METHODS = st.sampled_from(
    ["initialize", "textDocument/didOpen", "textDocument/didChange", "textDocument/hover", "textDocument/codeAction",
     "textDocument/inlayHint", "textDocument/documentSymbol", "textDocument/didClose", "textDocument/didSave", "shutdown", "x"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(METHODS, JSON, st.booleans()), max_size=8))
def test_any_messages_get_well_formed_answers(messages: list[tuple[str, object, bool]]) -> None:
    server = Server(SystemClock())
    server.receive(b'{"id": 0, "method": "initialize", "params": {}}')
    for method, params, asked in messages:
        message = {"method": method, "params": params} | ({"id": 1} if asked else {})
        said = [*server.receive(json.dumps(message).encode()), *server.publish()]
        answers = [each for each in said if isinstance(each, dict) and "id" in each]
        assert len(answers) == asked
        for each in answers:
            assert ("result" in each) != ("error" in each)
            assert "-32603" not in json.dumps(each), each


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet="ab\n\r😀é", max_size=30),
    st.integers(0, 8),
    st.integers(0, 20),
    st.integers(0, 8),
    st.integers(0, 20),
    st.text(max_size=5),
)
def test_an_edit_is_the_same_as_on_utf_16_code_units(
    text: str, a: int, b: int, c: int, d: int, new: str
) -> None:
    places = Places(text)
    first, second = sorted([places.offset(Position(a, b)), places.offset(Position(c, d))])
    assert (
        places.changed(Range(Position(a, b), Position(c, d)), new).text == text[:first] + new + text[second:]
    )
    for line in range(len(places.starts)):
        whole = places.line(line)
        for column in range(len(whole) + 1):
            at = places.position(line, column)
            assert at.character == len(whole[:column].encode("utf-16-le")) // 2
            assert places.offset(at) == places.starts[line] + column


def test_any_uri_is_some_path() -> None:
    assert path_of("file:///srv/a%20b.md") == Path("/srv/a b.md")
    assert path_of("untitled:Untitled-1").name == "Untitled-1"
    assert path_of("http://[bad").name
    assert path_of("").name
