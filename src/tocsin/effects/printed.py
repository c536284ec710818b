"""`source <(kubectl completion bash)`, `eval "$(ssh-agent -s)"`: a shell takes what a known program prints for it.

Such a program says how this shell talks to it: completions, and variables that name its socket or its host. The list is
closed, and the program itself is judged where it stands.
Source: docs/reference/effects.md, section on judging shell.
"""

import re

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import Reading
from tocsin.effects.scope import Scope
from tocsin.effects.words import Word

TAKERS = frozenset({"eval", "source", "."})
_SHELL = r"(?:bash|zsh|fish|sh)"
_PRINTS = re.compile(
    r"(?:kubectl|oc|helm|flux|argocd|kind|k3d|minikube|eksctl|istioctl|linkerd|cilium|velero|gh|glab|doctl|docker|podman|kustomize|"
    rf"kubeadm|crictl|stern|tkn|velero|consul|nomad|vault|pulumi|k9s|kops|skaffold|talosctl|hcloud|flyctl|npm|rustup) completion(?: {_SHELL})?"
    r"|ssh-agent(?: -[sc])?|minikube(?: -p [\w-]+)? (?:docker|podman)-env|docker-machine env [\w.-]+|podman machine env"
    rf"|(?:rbenv|pyenv|nodenv|goenv|jenv) (?:init|virtualenv-init)(?: -)?(?: (?:--path|{_SHELL}))?|(?:/opt/homebrew/bin/|/usr/local/bin/)?brew shellenv"
    rf"|direnv (?:hook|export) {_SHELL}|starship init {_SHELL}|zoxide init {_SHELL}|crc (?:oc|podman)-env|op signin(?: --account [\w.-]+)?"
    r"|aws configure export-credentials(?: --profile [\w.-]+)? --format env(?: --profile [\w.-]+)?|dircolors(?: -b)?|lesspipe|resize"
)
_OUTPUT = re.compile(r"[\"']?(?:\$\((?P<a>[^()`$]+)\)|`(?P<b>[^()`$]+)`|<\((?P<c>[^()`$]+)\))[\"']?")


def read_printed(words: tuple[Word, ...], scope: Scope, depth: int) -> Reading | None:
    """What a shell takes from a program that is known to print settings of its own; None for anything else.

    Args:
        words: of which the first is one of `TAKERS`.
        scope: what the text has defined so far: where names may mean something else, nothing is known.
        depth: how many texts are around this one; what those define is not known here.
    """
    if depth or len(words) != 2 or scope.functions or scope.aliases:
        return None
    output = _OUTPUT.fullmatch(words[1].raw)
    if output is None:
        return None
    written = output["a"] or output["b"] or output["c"]
    if _PRINTS.fullmatch(" ".join(written.split())) is None:
        return None
    return Reading(Effect.OBSERVE, f"{words[0].text}.printed", flags=frozenset({Flag.CONTEXT}))
