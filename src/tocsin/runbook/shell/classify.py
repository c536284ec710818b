"""What kind of text a fence holds. Content decides, the label is a hint; doubt is "not a command".

Source: docs/reference/runbook-language.md, section 6.1.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from tocsin.runbook.markdown.blocks import Fence, Line
from tocsin.runbook.shell.cmdlets import all_powershell
from tocsin.runbook.shell.printed import is_log, is_promql, is_table_header, names_a_file, none_typed
from tocsin.runbook.shell.prompts import Typed, typed
from tocsin.runbook.shell.starts import lines_inside, mongo_start, sql_start
from tocsin.runbook.shell.statements import logical, parses, statement_end
from tocsin.runbook.words.programs import first_word, reads_like_command, starts_command
from tocsin.runbook.words.subcommands import is_subcommand


class Form(Enum):
    """What a fence holds."""

    SHELL = "shell"
    SQL = "sql"
    REDIS = "redis"
    MONGO = "mongo"
    QUERY = "query"
    MANIFEST = "manifest"
    CONFIG = "config"
    DATA = "data"
    SAMPLE = "sample"
    TEMPLATE = "template"
    PROSE = "prose"
    SCRIPT = "script"
    CMDLETS = "cmdlets"
    BATCH = "batch"
    DIAGRAM = "diagram"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Kind:
    """The form of a fence, its language, whether that is in doubt (TOC109), and its prompted commands."""

    form: Form
    language: str
    doubt: str | None = None
    typed: tuple[Typed, ...] | None = None


_SHELL_LABELS = frozenset(
    """
    bash sh shell zsh console terminal shell-session shellsession sh-session command commands cli ksh fish
    """.split()
)
_SQL_LABELS = frozenset(
    """
    sql postgresql postgres psql pgsql plpgsql mysql mariadb sqlite tsql cql clickhouse
    """.split()
)
_SCRIPT_LABELS = frozenset(
    """
    python py python3 ruby rb perl php go golang java kotlin scala rust typescript ts
    groovy elixir ipython lua r c cpp csharp node tsx jsx
    """.split()
)
_POWERSHELL_LABELS = frozenset(("powershell", "ps1", "pwsh"))
_BATCH_LABELS = frozenset(("cmd", "bat", "batch", "dos"))
_CONFIG_LABELS = frozenset(
    """
    ini toml conf config nginx apache properties env dotenv hcl terraform tf dockerfile makefile xml systemd cfg
    caddyfile haproxy cron crontab css html diff patch jsonnet rego graphql vcl
    """.split()
)
_SAMPLE_LABELS = frozenset(["output", "log", "logs", "console-output", "plaintext-output"])
_QUERY_LABELS = frozenset(["promql", "logql", "traceql", "kql", "kusto", "nrql", "spl", "lucene", "datadog"])
_TEXT_LABELS = frozenset(["text", "txt", "plaintext", "plain", "markdown", "md", "none"])


def classify(fence: Fence) -> Kind:
    """The kind of a fence."""
    label = fence.language
    if label in _SHELL_LABELS or _nearly(label):
        return _labelled_shell(fence)
    if label in _SQL_LABELS:
        lines = [line for line in _meaningful(fence.lines) if not line.text.lstrip().startswith("--")]
        if lines and not sql_start(lines[0].text) and _is_settings(lines):
            return Kind(Form.CONFIG, "ini", "the fence is labelled as SQL and holds settings")
        return Kind(Form.SQL, "sql")
    if label in ("redis", "redis-cli"):
        return Kind(Form.REDIS, "redis")
    if label in ("mongo", "mongodb", "mongosh"):
        return Kind(Form.MONGO, "mongo")
    if label in ("javascript", "js"):
        mongo = all(mongo_start(line.text) for line in fence.lines[:1])
        return Kind(Form.MONGO, "mongo") if mongo and fence.lines else Kind(Form.SCRIPT, label)
    if label in _QUERY_LABELS:
        return Kind(Form.QUERY, label)
    if label in ("yaml", "yml"):
        return Kind(Form.MANIFEST if is_manifest(fence.text) else Form.CONFIG, "yaml")
    if label in ("json", "json5", "jsonc"):
        return Kind(Form.MANIFEST if is_manifest(fence.text) else Form.DATA, "json")
    if label in _POWERSHELL_LABELS:
        return Kind(Form.CMDLETS, "powershell")
    if label in _BATCH_LABELS:
        return Kind(Form.BATCH, "batch")
    if label in _SCRIPT_LABELS:
        return Kind(Form.SCRIPT, label)
    if label in _CONFIG_LABELS:
        return Kind(Form.CONFIG, label)
    if label in _SAMPLE_LABELS:
        return Kind(Form.SAMPLE, label)
    if label in ("mermaid", "plantuml", "dot", "graphviz", "ascii", "d2"):
        return Kind(Form.DIAGRAM, label)
    if label == "http":
        return Kind(Form.TEXT, label, "an HTTP request is shown, not run")
    return _by_content(fence, strict=label not in _TEXT_LABELS and label != "")


def _nearly(label: str) -> bool:
    """Whether a label is a shell label misspelt by one letter ("bahs", "shel")."""
    if (
        not 3 <= len(label) <= 9
        or label in _SCRIPT_LABELS | _POWERSHELL_LABELS | _BATCH_LABELS | _CONFIG_LABELS | _SQL_LABELS
        or label in ("dash", "hash")
    ):
        return False
    return any(_one_off(label, name) for name in ("bash", "shell", "console", "terminal"))


def _one_off(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1:
        return False
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    swapped = a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
    return a[at + 1 :] == b[at + 1 :] or a[at + 1 :] == b[at:] or a[at:] == b[at + 1 :] or swapped


def _labelled_shell(fence: Fence) -> Kind:
    lines = _meaningful(fence.lines)
    commands = typed(fence.lines, fence.language)
    if not lines or commands is not None:
        return Kind(Form.SHELL, "shell", typed=commands)
    first = lines[0].text
    if is_promql(fence.text):
        return Kind(Form.QUERY, "promql", "the fence is labelled as shell and holds a query")
    if not starts_command(first):
        text = fence.text
        if sql_start(first) and all(sql_start(line.text) or not starts_command(line.text) for line in lines):
            return Kind(Form.SQL, "sql", "the fence is labelled as shell and holds SQL")
        if is_manifest(text):
            return Kind(Form.MANIFEST, "yaml", "the fence is labelled as shell and holds a manifest")
        if _is_json(text):
            return Kind(Form.DATA, "json", "the fence is labelled as shell and holds a JSON document")
        if _HTTP.match(first):
            return Kind(Form.TEXT, "http", "the fence is labelled as shell and holds an HTTP request")
        if not any(starts_command(line.text) for line in lines) and (_is_config(lines) or _is_sample(lines)):
            return Kind(Form.SAMPLE, "text", "the fence is labelled as shell and holds no command")
    if none_typed(first):
        return Kind(Form.SAMPLE, "text", "the fence is labelled as shell and begins with what no shell runs")
    if all(names_a_file(line.text) for line in lines):
        return Kind(Form.TEXT, "text", "the fence is labelled as shell and names files")
    return Kind(Form.SHELL, "shell")


def _by_content(fence: Fence, *, strict: bool) -> Kind:
    lines = _meaningful(fence.lines)
    prompted = typed(fence.lines, fence.language)
    if prompted is not None:
        return Kind(Form.SHELL, "shell", typed=prompted)
    if not lines:
        return Kind(Form.TEXT, fence.language)
    if is_promql(fence.text):
        return Kind(Form.QUERY, "promql")
    if all_powershell(fence.lines):
        return Kind(Form.CMDLETS, "powershell")
    inside = lines_inside(fence.lines)
    outside = [line for line in fence.lines if id(line) not in inside] if inside else fence.lines
    starts = _logical_starts(outside)
    functions = {found[1] for text in starts if (found := _NAMES.match(text)) is not None}
    commands = [text for text in starts if _is_command(text) or first_word(text) in functions]
    if commands and len(commands) + len(_set_for(commands, starts)) == len(starts):
        if not strict and parses("\n".join([line.text for line in outside]) if inside else fence.text):
            return Kind(Form.SHELL, "shell")
        return Kind(Form.TEXT, fence.language, "this may be meant as commands; it is read as text")
    if sql_start(lines[0].text) and (
        ";" in fence.text or re.search(r"\b(?:FROM|SET|INTO|TABLE)\b", fence.text)
    ):
        return Kind(Form.SQL, "sql")
    if is_manifest(fence.text):
        return Kind(Form.MANIFEST, "yaml")
    if _is_json(fence.text):
        return Kind(Form.DATA, "json")
    if _is_diagram(fence.text):
        return Kind(Form.DIAGRAM, fence.language)
    if _is_template(lines):
        return Kind(Form.TEMPLATE, fence.language)
    if _is_prose(lines):
        return Kind(Form.PROSE, fence.language)
    if _is_sample(lines):
        return Kind(Form.SAMPLE, fence.language)
    if _is_config(lines):
        return Kind(Form.CONFIG, fence.language)
    doubt = "some lines may be meant as commands; all are read as text" if commands else None
    return Kind(Form.TEXT, fence.language, doubt)


_SETS = re.compile(r"([A-Za-z_]\w*)=(?:[^\s;&|$`]*|\"[^\"$`]*\"|'[^']*')\s*(?:#.*)?$")


def _set_for(commands: Sequence[str], starts: Sequence[str]) -> list[str]:
    """The lines that only give a variable a value which a command after them uses: "NS=shop" above `kubectl -n $NS …`."""
    found = []
    for at, text in enumerate(starts):
        sets = _SETS.match(text) if text not in commands else None
        if sets is not None:
            uses = re.compile(rf"\$\{{?{sets[1]}\b")
            if any(later in commands and uses.search(later) for later in starts[at + 1 :]):
                found.append(text)
    return found


def _meaningful(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.text.strip() and not line.text.lstrip().startswith("#")]


def _logical_starts(lines: Sequence[Line]) -> list[str]:
    out: list[str] = []
    index = 0
    while index < len(lines):
        text = lines[index].text
        if text.strip() and not text.lstrip().startswith("#"):
            if out and text[0].isspace() and re.match(r"\s+(?:-|\||done|fi|esac|[})])", text):
                index += 1
                continue
            out.append(text)
            index = (_block_end(lines, index) or logical(lines, index)) + 1
        else:
            index += 1
    return out


# What only a shell opens, and what closes it there: "if the queue grows" opens nothing.
_BLOCKS = (
    (re.compile(r"\s*(?:for\s+\w+\s+in\b|for\s*\(\(|while\s|until\s|select\s+\w+\s+in\b)"), re.compile(r"(?:^|;)\s*done\b", re.M)),
    (re.compile(r"\s*if\s+\S"), re.compile(r"(?:^|;)\s*fi\b", re.M)),
    (re.compile(r"\s*case\s+\S+\s+in\b"), re.compile(r"(?:^|;)\s*esac\b", re.M)),
    (re.compile(r"\s*(?:function\s+[\w-]+\s*(?:\(\))?|[A-Za-z_][\w-]*\s*\(\))\s*\{\s*(?:#.*)?$"), re.compile(r"^\}", re.M)),
)  # fmt: skip
_NAMES = re.compile(r"\s*(?:function\s+)?([A-Za-z_][\w-]*)\s*(?:\(\))?\s*\{\s*(?:#.*)?$")
_INSIDE = re.compile(r"\s*(?:do|done|then|else|elif|fi|esac|\}|;;|[^()\s]+\))(?:[\s;|&<>]|$)")


def _block_end(lines: Sequence[Line], first: int) -> int | None:
    """The last line of the loop, condition or function of a shell that begins at `first`, or None if it is none.

    Other languages have functions, too: what stands in one has to be commands.
    """
    closer = next((close for opens, close in _BLOCKS if opens.match(lines[first].text)), None)
    if closer is None:
        return None
    last = statement_end(lines, first)
    text = "\n".join([line.text for line in lines[first : last + 1]])
    if closer.search(text) is None or not parses(text):
        return None
    inner = [line.text for line in lines[first + 1 : last + 1] if line.text.strip(" \t")]
    function = closer is _BLOCKS[-1][1]
    sure = all(starts_command(text) or _INSIDE.match(text) or text.lstrip().startswith("#") for text in inner)
    return last if sure or not function else None


_TYPED_ALONE = frozenset(
    [
        "bash", "cal", "clear", "date", "df", "dmesg", "env", "exit", "free", "fuser", "hostname", "htop", "id", "ifconfig",
        "iostat", "iotop", "ip", "jobs", "journalctl", "last", "logout", "ls", "lsblk", "lscpu", "lsmod", "lsof", "mongosh",
        "mount", "mpstat", "mysql", "netstat", "nproc", "nvidia-smi", "printenv", "ps", "psql", "pwd", "redis-cli", "reboot",
        "route", "sensors", "sync", "top", "uname", "uptime", "visudo", "vmstat", "w", "who", "whoami",
    ]
)  # fmt: skip


# A house's own program by its name: "relayctl --pool out disable mx-2".
_OWN_TOOL = re.compile(
    r"(?:sudo\s+)?[a-z][a-z0-9-]*(?:ctl|adm|-admin|-cli)\s+(?:-{1,2}[a-z][\w-]*|[a-z][\w:-]*)(?:\s+[\w./:@=${}\"'?<>-]+)*$"
)


_REMARK = re.compile(r"\s{1,20}#\s[^'\"`]*$")


def _is_command(text: str) -> bool:
    """Whether an unlabelled line is surely a command."""
    word = first_word(text)
    bare = _REMARK.sub("", text).strip()  # "systemctl restart web   # drops all connections!"
    if _BLOCKS[-1][0].match(text):
        return True  # its body was looked at where it was found to end
    if not starts_command(text):
        return _OWN_TOOL.match(bare) is not None
    if none_typed(text):
        return False
    if bare == word:
        # One word alone is as often the name of a service or a file; only what is looked at every day is typed so.
        return word in _TYPED_ALONE or (word.islower() and "/" in word and not names_a_file(word))
    return (
        reads_like_command(bare)
        or is_subcommand(bare)
        or "=" in word
        or "/" in word
        or word in ("if", "for", "while", "until", "case", "export", "cd")
    )


_HTTP = re.compile(r"\s*(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+(?:https?://|/)\S*")


_API = re.compile(r"^\s*['\"]?apiVersion['\"]?\s*:", re.M)
_KIND = re.compile(r"^\s*['\"]?kind['\"]?\s*:", re.M)


def is_manifest(text: str) -> bool:
    """Whether a text is a Kubernetes object: it has `apiVersion` and `kind`."""
    return _API.search(text) is not None and _KIND.search(text) is not None


def _is_json(text: str) -> bool:
    bare = text.strip()
    if not bare.startswith(("{", "[")) or len(bare) > 200_000:
        return False
    try:
        json.loads(bare)
    except (ValueError, RecursionError):
        return bool(re.match(r"[{\[]\s*(?:\"[^\"]+\"\s*:|\{)", bare)) and bare.endswith(("}", "]"))
    return True


_BOX = re.compile(r"[─│┌┐└┘├┤┬┴┼═║╔╗╚╝▼▲►◄]|[-=]{2,}>\s|<[-=]{2,}|\+[-=]{3,}\+")


def _is_diagram(text: str) -> bool:
    return len(_BOX.findall(text)) >= 3


def _is_sample(lines: Sequence[Line]) -> bool:
    return is_table_header(lines[0].text) or any(is_log(line.text) for line in lines[:3])


_KEY = re.compile(
    r"^\s*(?:\[[\w .:-]+\]\s*$|[\w.-]+\s*[=]\s*\S|[\w.-]+:\s|[\w.-]+:$|\w[\w_]*\s+[^;{}]*[;{]\s*(?:#.*)?$|}\s*$|- )"
)


def _is_config(lines: Sequence[Line]) -> bool:
    return sum(1 for line in lines if _KEY.match(line.text)) * 10 >= len(lines) * 8


_SETTING = re.compile(r"\s*(?:\[[\w .:-]+\]\s*$|[\w.-]+\s*[=:](?:\s|\S))")


def _is_settings(lines: Sequence[Line]) -> bool:
    """Whether nearly all lines give values to names: what no statement of SQL begins with."""
    return sum(1 for line in lines if _SETTING.match(line.text)) * 10 >= len(lines) * 8


_FIELD = re.compile(r"^\s*[-*]?\s*(?:\*\*)?[A-Z][\w /()-]{1,40}(?:\*\*)?\s*:(?:\*\*)?\s*(.*)$")
_HOLE = re.compile(r"\[[A-Z#@][^\]\n]{1,80}\]|\{\{?[\w .-]+\}?\}|<[A-Za-z][\w .-]{1,60}>|\w \| \w.*\|")


def _is_template(lines: Sequence[Line]) -> bool:
    if lines[0].text.strip().lower().startswith(("subject:", "betreff:", "assunto:", "asunto:", "objet:")):
        return True
    fields = [found for line in lines if (found := _FIELD.match(line.text))]
    holes = sum(1 for line in lines if _HOLE.search(line.text))
    return holes >= 2 and (len(fields) >= 2 or holes * 2 >= len(lines))


_MARKED = re.compile(r"^\s*(?:✅|✔|✓|☑|☐|□|→|➜|➡|•|❌|⚠|[-*]\s|\d{1,2}[.)]\s|\[[ xX]\]\s)")
_FACT = re.compile(r"^\s*(?:[-*•]\s+)?(?:[\w./-]+\s+=\s+\S|\.{3}\s*$)")
_PROSE = re.compile(r"^\s*[A-Z][a-z]+(?: [\w'’,()/-]+){2,}[.:!]?\s*$")


def _is_prose(lines: Sequence[Line]) -> bool:
    if sum(1 for line in lines if _FACT.match(line.text)) * 2 >= len(lines):
        return False  # labels of an alert, settings: nothing to do
    marked = sum(1 for line in lines if _MARKED.match(line.text))
    words = sum(1 for line in lines if _PROSE.match(line.text))
    return (marked >= 1 and (marked + words) * 2 >= len(lines)) or words * 3 >= len(lines) * 2
