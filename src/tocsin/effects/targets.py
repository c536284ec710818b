"""What a command acts on, as far as its text says.

Source: docs/reference/targets.md.
"""

from tocsin.effects.options import Args
from tocsin.effects.tools.table import Found
from tocsin.effects.words import Word

_NO_OBJECT = frozenset({"top", "cluster-info", "version", "api-resources", "config", "auth", "explain"})


def targets_of(kind: str, found: Found) -> tuple[str, ...]:
    """The targets of a command that its table has read.

    Args:
        kind: what the targets are called, e.g. "kubernetes": `kubernetes:deployment/redis -n shop`.
        found: the command, with its operands.
    """
    args = found.args
    match kind:
        case "kubernetes":
            return _kubernetes(found)
        case "aws" | "gcp" | "azure":
            place = _shown(args.values("--profile", "--project", "--subscription", "--region"))
            named = " ".join(_written(word) for word in args.operands[:1])
            return (f"{kind}:{named or found.path}{' ' + place if place else ''}",)
        case _:
            return tuple(f"{kind}:{_written(word)}" for word in args.operands[:1])


def _kubernetes(found: Found) -> tuple[str, ...]:
    args = found.args
    where = _namespace(args)
    if not found.path or found.path.split()[0] in _NO_OBJECT:
        return (f"kubernetes:{found.path or 'cluster'}{where}",)
    operands = [word for word in args.operands if "=" not in word.text and not word.text.endswith("-")]
    if not operands:
        named = _shown(args.values("-f", "--filename", "-l", "--selector", "-k"))
        return (f"kubernetes:{named or found.path}{where}",)
    if "/" in operands[0].text:
        return tuple(f"kubernetes:{_written(word)}{where}" for word in operands)
    kind = _written(operands[0])
    names = operands[1:]
    selector = args.values("-l", "--selector")
    if not names:
        chosen = f" -l {_written(selector[-1])}" if selector else ""
        return (f"kubernetes:{kind}{chosen}{where}",)
    return tuple(f"kubernetes:{kind}/{_written(name)}{where}" for name in names)


def _namespace(args: Args) -> str:
    if args.has("-A", "--all-namespaces"):
        return " -A"
    given = args.values("-n", "--namespace")
    context = args.values("--context", "--kubeconfig")
    return (f" -n {_written(given[-1])}" if given else "") + (
        f" --context {_written(context[-1])}" if context else ""
    )


def _shown(words: list[Word]) -> str:
    return " ".join(_written(word) for word in words)


def _written(word: Word) -> str:
    """A word as it stands in the text, without quotes around it; an attached value without its option."""
    raw = word.raw.strip("\"'")
    if word.known:
        return word.text
    return raw.partition("=")[2] if raw.startswith("-") and "=" in raw else raw
