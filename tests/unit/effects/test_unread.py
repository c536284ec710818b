"""What a command runs of a repository and nobody has read is unknown: a name says what somebody meant, not what runs."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.effects.repository.held import NOTHING_HELD, Repository

SCRIPTS = [
    "npm run build",
    "npm test",
    "npm t",
    "npm start",
    "npm --prefix web run build",
    "npm -w api run build",
    "npm run build --help",
    "pnpm build",
    "pnpm -r build",
    "pnpm --filter api build",
    "pnpm docs",
    "yarn build",
    "yarn deploy",
    "yarn docs",
    "env CI=1 npm run build",
    "cd web && npm run build",
    "timeout 60 npm run build | tee log",
    "ssh web-1 npm run build",
    "git pull && npm run build",
    '"np"m run build',
    "make",
    "make deploy",
    "make -n deploy",
    "make -l 2 deploy",
    "just deploy",
    "just -n deploy",
    "./x.sh",
    "./x.sh --help",
    "x.sh --version",
    "/srv/shop/x.sh --help",
    "bash x.sh",
    "source ./x.sh",
]
TEXTS = {
    "package.json": '{"scripts": {"build": "./x.sh", "test": "df -h", "start": "make deploy", "docs": "redis-cli FLUSHALL"}}',
    "Makefile": "deploy:\n\tkubectl apply -f k8s/\n",
    "justfile": "deploy:\n    uptime\n",
    "x.sh": "#!/bin/sh\ndf -h\n",
    "web/package.json": '{"scripts": {"build": "dropdb shop"}}',
}


@pytest.mark.parametrize("text", SCRIPTS)
def test_where_nothing_is_held_a_script_is_unknown_whatever_its_name(text: str) -> None:
    assert judge(text, repository=NOTHING_HELD).effect.rank >= Effect.UNKNOWN.rank


@pytest.mark.parametrize(
    "text",
    [
        "npm ci", "npm ls", "npm --version", "npm", "yarn", "yarn install", "pnpm add left-pad", "npm --prefix web ls", "make --version",
        "just --list", "bin/rails db:migrate:status", "./node_modules/.bin/pm2 list", "kubectl get pods", "df -h", "terraform --help",
        "bash -n x.sh",
    ],
)  # fmt: skip
def test_what_is_a_program_of_its_own_is_judged_as_ever(text: str) -> None:
    assert judge(text, repository=NOTHING_HELD) == judge(text)


@pytest.mark.parametrize("text", SCRIPTS)
def test_without_a_repository_names_count_as_ever(text: str) -> None:
    assert not judge(text).read


@given(st.sampled_from(SCRIPTS), st.dictionaries(st.sampled_from(sorted(TEXTS)), st.just("")))
def test_holding_less_is_never_milder_than_unknown_or_than_what_the_text_says(
    text: str, gone: Mapping[str, str]
) -> None:
    everything = judge(text, repository=Repository(TEXTS))
    some = judge(text, repository=Repository({name: TEXTS[name] for name in TEXTS if name not in gone}))
    assert some.effect.rank >= min(everything.effect.rank, Effect.UNKNOWN.rank)
    if some.effect.rank < Effect.UNKNOWN.rank:
        assert some == everything  # every file it runs was read


def test_what_runs_two_texts_one_of_which_may_replace_the_other_is_unknown() -> None:
    texts = {
        "update.sh": "#!/bin/sh\ngit pull\n",
        "look.sh": "#!/bin/sh\ndf -h\n",
        "write.sh": "#!/bin/sh\nsed -i s/a/b/ look.sh\n",
    }
    for text in (
        "./update.sh; ./look.sh",
        "./look.sh && ./write.sh",
        "for i in 1 2; do ./look.sh; ./update.sh; done",
    ):
        assert judge(text, repository=Repository(texts)).effect.rank >= Effect.UNKNOWN.rank
    assert judge("./look.sh; ./look.sh", repository=Repository(texts)).effect is Effect.OBSERVE
