"""Reading a short Python program: does it only compute and print?

A closed list of modules, functions and attributes: what is not named here makes the program unknown. Nothing is run.
Source: docs/reference/effects.md, section on programs that hide programs.
"""

import ast

from tocsin.effects.words import HOLE

_LONGEST = 4000
_MODULES = frozenset(
    "json sys re math datetime base64 hashlib string statistics collections itertools textwrap csv html ipaddress uuid time ssl urllib.parse socket".split()
)
_FUNCTIONS = frozenset(
    (
        "print len str int float round sorted sum min max list dict set tuple enumerate zip range map filter any all repr "
        "abs bool isinstance reversed format ord chr hex bin oct divmod bytes frozenset open"
    ).split()
)
_ATTRIBUTES = frozenset(
    (
        "load loads dumps get keys values items strip rstrip lstrip split rsplit splitlines join upper lower title "
        "startswith endswith replace format read readline readlines count index find append extend add sort update "
        "setdefault encode decode hexdigest digest isoformat strftime strptime fromtimestamp utcnow now utcfromtimestamp "
        "total_seconds fromisoformat timestamp b64decode b64encode urlsafe_b64decode match search findall fullmatch sub "
        "group groups groupdict compile exit mean median stdev sha1 sha256 md5 Counter most_common defaultdict OrderedDict "
        "timedelta datetime date time timezone utc days seconds reader DictReader escape unescape ip_network ip_address "
        "num_addresses uuid4 zfill ljust rjust center isdigit partition rpartition stdin stdout stderr argv pi chain islice "
        "quote quote_plus unquote unquote_plus urlencode urlparse urlsplit parse parse_qs parse_qsl netloc hostname scheme query port "
        "gmtime localtime ctime mktime OPENSSL_VERSION gethostbyname gethostname getaddrinfo getfqdn gethostbyaddr "
        "ceil floor log sqrt lower issubset union intersection difference version version_info buffer hosts"
    ).split()
)
_STATEMENTS = (
    ast.Module, ast.Import, ast.alias, ast.Assign, ast.AugAssign, ast.Expr, ast.For, ast.If, ast.Pass, ast.Continue,
    ast.Break, ast.With, ast.withitem, ast.expr, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
    ast.comprehension, ast.keyword, ast.arguments, ast.arg, ast.Constant, ast.FormattedValue, ast.Try, ast.ExceptHandler,
    ast.Assert,
)  # fmt: skip
_NEVER = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_READS = frozenset({"r", "rb", "rt"})


def only_computes(program: str) -> bool:
    """Whether this Python program reads, computes and prints, and nothing else; False if nobody can say."""
    if HOLE in program or len(program) > _LONGEST:
        return False
    try:
        tree = ast.parse(program.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    own = _own_names(tree)
    return bool(tree.body) and all(_harmless(node, own) for node in ast.walk(tree))


def _own_names(tree: ast.Module) -> frozenset[str]:
    """The names the program itself gives: its variables, parameters and modules."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.alias(name=name, asname=given):
                found.add(given or name.partition(".")[0])
    return frozenset(found)


def _harmless(node: ast.AST, own: frozenset[str]) -> bool:
    match node:
        case ast.Import(names=names):
            return all(each.name in _MODULES for each in names)
        case ast.Attribute(attr=attr):
            return attr in _ATTRIBUTES and isinstance(node.ctx, ast.Load)
        case ast.Name(id=name):
            return name in own - _FUNCTIONS or (name in _FUNCTIONS - own)
        case ast.Call(func=ast.Name(id="open")):
            return _only_reads(node)
        case ast.Call(func=ast.Name(id=name)):
            return name in _FUNCTIONS
        case ast.Call(func=ast.Attribute()):
            return True  # the attribute is judged by itself
        case ast.Call() | ast.ImportFrom():
            return False
        case _:
            return isinstance(node, _STATEMENTS) and not isinstance(node, _NEVER)


def _only_reads(call: ast.Call) -> bool:
    """Whether this `open(…)` opens a file for reading."""
    modes = [*call.args[1:2], *(word.value for word in call.keywords if word.arg in ("mode", None))]
    opens = all(isinstance(mode, ast.Constant) and mode.value in _READS for mode in modes)
    return opens and all(word.arg in ("mode", "encoding", "errors", "newline") for word in call.keywords)
