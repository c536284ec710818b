"""The language server: messages in, messages out. Knows no stream and no clock; see `command` for those.

Source: Language Server Protocol 3.17. Whatever comes in, an answer or silence goes out, and the next message is served.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from tocsin import __version__
from tocsin.app import lint_settings
from tocsin.app.lint_settings import LintSettings
from tocsin.app.linting import Choice, Linted, Linter
from tocsin.cli.lsp import answers
from tocsin.cli.lsp.answers import Json
from tocsin.cli.lsp.places import Places, Position, Range
from tocsin.errors import ConfigError
from tocsin.kit.clock import Clock

_PARSE, _REQUEST, _METHOD, _PARAMS, _INTERNAL, _NOT_YET = -32700, -32600, -32601, -32602, -32603, -32002
_UINT = 2**31 - 1
_CAPABILITIES: Json = {
    "positionEncoding": "utf-16",
    "textDocumentSync": {"openClose": True, "change": 2, "save": {"includeText": False}},
    "hoverProvider": True,
    "inlayHintProvider": True,
    "documentSymbolProvider": True,
    "codeActionProvider": {"codeActionKinds": ["quickfix", "source.fixAll.tocsin"]},
}


class BadParams(Exception):
    """The parameters of a message are not what the protocol says; the text says which."""


@dataclass(frozen=True, slots=True)
class Params:
    """The parameters of a message, read with the protocol's types. Each method raises BadParams."""

    values: dict[str, object]

    @staticmethod
    def of(value: object, name: str) -> "Params":
        """An object of the message."""
        if not isinstance(value, dict):
            raise BadParams(f"{name} must be an object")
        return Params(value)

    def inner(self, name: str) -> "Params":
        """An object inside it."""
        return Params.of(self.values.get(name), name)

    def text(self, name: str) -> str:
        """A string."""
        value = self.values.get(name)
        if not isinstance(value, str):
            raise BadParams(f"{name} must be a string")
        return value

    def number(self, name: str) -> int:
        """An unsigned integer."""
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _UINT:
            raise BadParams(f"{name} must be an unsigned integer")
        return value

    def items(self, name: str) -> list["Params"]:
        """A list of objects."""
        value = self.values.get(name)
        if not isinstance(value, list):
            raise BadParams(f"{name} must be a list")
        return [Params.of(each, name) for each in value]

    def position(self, name: str) -> Position:
        """A place."""
        inner = self.inner(name)
        return Position(inner.number("line"), inner.number("character"))

    def range(self, name: str) -> Range:
        """Two places."""
        inner = self.inner(name)
        return Range(inner.position("start"), inner.position("end"))


@dataclass
class _Open:
    """An open document: its text, and what was found in it, computed when it is asked for."""

    uri: str
    version: int | None
    places: Places
    linter: Linter
    linted: Linted | None = None


class Server:
    """One conversation.

    Attributes:
        waiting: documents whose findings are to be published when typing pauses.
        exit_code: None while the conversation goes on.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._documents: dict[str, _Open] = {}
        self._initialized = False
        self._shut_down = False
        self._said: list[Json] = []
        self.waiting: dict[str, None] = {}
        self.exit_code: int | None = None

    def receive(self, content: bytes) -> list[Json]:
        """What to send after a message. Never raises for any content."""
        try:
            message = json.loads(content)
        except (ValueError, RecursionError):
            return [_error(None, _PARSE, "This is not JSON.")]
        if not isinstance(message, dict):
            return [_error(None, _REQUEST, "A message is one object.")]
        identifier = message.get("id")
        asked = isinstance(identifier, int | str) and not isinstance(identifier, bool)
        method = message.get("method")
        if not isinstance(method, str):
            if "result" in message or "error" in message:
                return []  # an answer to something; we ask nothing
            return [_error(identifier if asked else None, _REQUEST, "A message names its method.")]
        try:
            answer = self._dispatch(method, message.get("params"), asked=asked)
        except BadParams as problem:
            answer = (_PARAMS, f"{method}: {problem}.")
        except Exception as failure:  # a defect of ours costs one answer, not the conversation
            answer = (_INTERNAL, f"{method} failed ({type(failure).__name__}: {failure}).")
        said, self._said = self._said, []
        if not asked:
            return said
        if isinstance(answer, tuple):
            return [*said, _error(identifier, *answer)]
        return [*said, {"jsonrpc": "2.0", "id": identifier, "result": answer}]

    def _dispatch(self, method: str, params: object, *, asked: bool) -> Json | tuple[int, str]:
        if method == "exit":
            self.exit_code = 0 if self._shut_down else 1
            return None
        if not self._initialized and method != "initialize":
            return (_NOT_YET, "Not initialized yet.")
        if self._shut_down:
            return (_REQUEST, "Shut down already.")
        if method.startswith("textDocument/") and not (asked and method not in _ASKED):
            return self._document(method, Params.of(params, "params"))
        match method:
            case "initialize":
                self._initialized = True
                return {
                    "capabilities": _CAPABILITIES,
                    "serverInfo": {"name": "tocsin", "version": __version__},
                }
            case "shutdown":
                self._shut_down = True
                return None
            case _:
                return (_METHOD, f"There is no {method} here.")

    def _document(self, method: str, params: Params) -> Json | tuple[int, str]:
        document = params.inner("textDocument")
        uri = document.text("uri")
        match method:
            case "textDocument/didOpen":
                self._open(document, uri)
                return None
            case "textDocument/didChange":
                self._change(document, uri, params)
                return None
            case "textDocument/didClose":
                if self._documents.pop(uri, None) is not None:
                    self.waiting.pop(uri, None)
                    self._publish(uri, None, [])
                return None
            case "textDocument/didSave":
                if uri in self._documents:
                    self._documents[uri].linter = self._linter(uri)
                    self._documents[uri].linted = None
                    self.waiting[uri] = None
                return None
            case _:
                opened = self._documents.get(uri)
                return self._ask(method, params, opened) if opened is not None else None

    # -- the text -----------------------------------------------------------------------------------------------------

    def _open(self, document: Params, uri: str) -> None:
        language = document.values.get("languageId")
        if isinstance(language, str) and language not in ("markdown", "quarto", "rmd", "mdx"):
            return
        version = document.values.get("version")
        self._documents[uri] = _Open(
            uri,
            version if isinstance(version, int) else None,
            Places(document.text("text")),
            self._linter(uri),
        )
        self.waiting[uri] = None

    def _change(self, document: Params, uri: str, params: Params) -> None:
        opened = self._documents.get(uri)
        if opened is None:
            return
        places = opened.places
        for change in params.items("contentChanges"):
            where = change.range("range") if change.values.get("range") is not None else None
            places = places.changed(where, change.text("text"))
        version = document.values.get("version")
        opened.places, opened.linted = places, None
        opened.version = version if isinstance(version, int) else None
        self.waiting[uri] = None

    def _linter(self, uri: str) -> Linter:
        path = path_of(uri)
        try:
            settings = lint_settings.nearest(path)
        except ConfigError as problem:
            settings = LintSettings()
            self._say("window/logMessage", {"type": 2, "message": f"tocsin: {problem}"})
        return Linter(path.name, path, settings, Choice(), self._clock.now().date())

    def _lint(self, opened: _Open) -> Linted:
        if opened.linted is None:
            opened.linted = opened.linter.lint(opened.places.text)
        return opened.linted

    # -- answers ------------------------------------------------------------------------------------------------------

    def publish(self) -> list[Json]:
        """The findings of every document that waits for it."""
        for uri in list(self.waiting):
            del self.waiting[uri]
            opened = self._documents.get(uri)
            if opened is None:
                continue
            try:
                found = answers.diagnostics(self._lint(opened), opened.places, opened.linter.settings.pages)
            except Exception as failure:  # as above: one document, not the conversation
                self._say(
                    "window/logMessage", {"type": 1, "message": f"tocsin: {uri} could not be read: {failure}"}
                )
                continue
            self._publish(uri, opened.version, found)
        said, self._said = self._said, []
        return said

    def _publish(self, uri: str, version: int | None, found: list[Json]) -> None:
        params: dict[str, Json] = {"uri": uri, "diagnostics": found}
        if version is not None:
            params["version"] = version
        self._say("textDocument/publishDiagnostics", params)

    def _say(self, method: str, params: Json) -> None:
        self._said.append({"jsonrpc": "2.0", "method": method, "params": params})

    def _ask(self, method: str, params: Params, opened: _Open) -> Json | tuple[int, str]:
        linted, places = self._lint(opened), opened.places
        match method:
            case "textDocument/hover":
                return answers.hover(linted, places, params.position("position"))
            case "textDocument/inlayHint":
                return answers.hints(linted, places, params.range("range"))
            case "textDocument/documentSymbol":
                return answers.symbols(linted, places)
            case "textDocument/codeAction":
                return self._actions(params, opened, linted)
            case _:
                return (_METHOD, f"There is no {method} here.")

    def _actions(self, params: Params, opened: _Open, linted: Linted) -> Json:
        context = params.values.get("context")
        only = context.get("only") if isinstance(context, dict) else None
        kinds = [kind for kind in only if isinstance(kind, str)] if isinstance(only, list) else None

        def wanted(kind: str) -> bool:
            return kinds is None or any(kind == each or kind.startswith(f"{each}.") for each in kinds)

        pages = opened.linter.settings.pages
        out: list[Json] = []
        if wanted("quickfix"):
            out += answers.actions(linted, opened.places, opened.uri, params.range("range"), pages)
        if kinds is not None and wanted("source.fixAll.tocsin"):
            text, made = opened.linter.mend(opened.places.text)
            out += [answers.replace_all(opened.places, text, opened.uri)] if made else []
        return out


_ASKED = frozenset(
    {"textDocument/hover", "textDocument/inlayHint", "textDocument/documentSymbol", "textDocument/codeAction"}
)


def path_of(uri: str) -> Path:
    """The file a document is, or for one that is none its last part as a name."""
    scheme, colon, rest = uri.partition(":")
    if scheme.lower() == "file" and colon and rest.startswith("//"):
        _, slash, path = rest[2:].partition("/")
        return Path(slash + unquote(path.split("?")[0].split("#")[0]).replace("\0", ""))
    return Path(unquote(rest or uri).replace("\0", "").rstrip("/").rsplit("/", 1)[-1] or "untitled.md")


def _error(identifier: Json, code: int, message: str) -> Json:
    return {"jsonrpc": "2.0", "id": identifier, "error": {"code": code, "message": message}}
