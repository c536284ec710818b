"""One simple command of a shell text, as the rules see it."""

import re
from dataclasses import dataclass, field

_LETTERS = re.compile(r"-[A-Za-z0-9]+")


_KUBECTL = frozenset(
    "-n --namespace --context --cluster --user --kubeconfig -s --server --token --as --request-timeout -v".split()
)
# Options with a value of their own that stand in front of a program's verb.
_BEFORE_VERB = {
    "kubectl": _KUBECTL,
    "oc": _KUBECTL,
    "helm": frozenset("-n --namespace --kube-context --kubeconfig".split()),
    "docker": frozenset("--context -c -H --host -l --log-level --config".split()),
    "git": frozenset("-C -c --git-dir --work-tree --namespace".split()),
    "aws": frozenset("--profile --region --output --endpoint-url --query --ca-bundle".split()),
    "gcloud": frozenset("--project --account --configuration --format".split()),
}


def _verb_first(args: tuple[str, ...], valued: frozenset[str]) -> tuple[str, ...]:
    """The same words with the options in front of the verb behind its own, before what is handed on."""
    at = 0
    while at < len(args) and args[at][:1] == "-" and args[at] != "--":
        at += 2 if args[at] in valued else 1
    end = args.index("--") if "--" in args else len(args)
    return (*args[at:end], *args[:at], *args[end:]) if at < end else args


# Not frozen, because one is made per command and wrapper and a frozen one costs three times as much. Nothing changes it.
@dataclass(slots=True, unsafe_hash=True)
class Command:
    """One simple command.

    Attributes:
        words: what the program would get, quotes taken away; expansions and placeholders as written.
        raw: the words as written. start, end: offsets in the text.
        env: assignments in front of it. pipeline: number of its pipeline in the text; stage: place in it, from 0.
        last: whether it is the last of its pipeline. redirects: (operator, target) pairs.
        via: wrappers taken off, outermost first ("sudo", "xargs", "ssh", "kubectl exec").
        heredoc: the text given on standard input, or None. joined: the operator before it ("", "&&", "||", ";", "|").
        inner: whether it stands in a substitution. wrapper: the command that runs it, or None.
        name: the program, without its directory. args: the words after it, its verb first: `kubectl -n x get pods`
            and `kubectl get -n x pods` say the same.
        plain: arguments that are no options; values of separate options are among them.
        dashed: which of the arguments begin with "-".
    """

    words: tuple[str, ...]
    raw: tuple[str, ...]
    start: int
    end: int
    env: tuple[str, ...] = ()
    pipeline: int = 0
    stage: int = 0
    last: bool = True
    redirects: tuple[tuple[str, str], ...] = ()
    via: tuple[str, ...] = ()
    heredoc: str | None = None
    joined: str = ""
    inner: bool = False
    wrapper: "Command | None" = None

    name: str = field(init=False)
    args: tuple[str, ...] = field(init=False)
    plain: tuple[str, ...] = field(init=False)
    dashed: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.words[0].rsplit("/", 1)[-1] if self.words else ""
        args = self.words[1:]
        if args and args[0][:1] == "-" and self.name in _BEFORE_VERB:
            args = _verb_first(args, _BEFORE_VERB[self.name])
        self.args = args
        self.plain = tuple([word for word in self.args if word[:1] != "-"])
        self.dashed = tuple([index for index, word in enumerate(self.args) if word[:1] == "-"])

    def has(self, *options: str) -> bool:
        """Whether one of these options is given: "-f", "--force" (also "--force=x" and "-rf" for "-f")."""
        for index in self.dashed:
            word = self.args[index]
            for option in options:
                if word == option or (option[:2] == "--" and word.startswith(f"{option}=")):
                    return True
                if len(option) == 2 and option[1] in word[1:] and _LETTERS.fullmatch(word):
                    return True
        return False

    def value(self, *options: str) -> str | None:
        """The value of one of these options: "-n x", "-nx", "--namespace=x"."""
        for index in self.dashed:
            word = self.args[index]
            if not word.startswith(options):
                continue
            for option in options:
                if word == option:
                    return self.args[index + 1] if index + 1 < len(self.args) else None
                if word[: len(option)] != option:
                    continue
                if len(option) > 2 and word.startswith(f"{option}="):
                    return word[len(option) + 1 :]
                if len(option) == 2 and word[:2] == option and len(word) > 2 and option != "--":
                    return word[2:].lstrip("=")
        return None
