"""Commands that run a text of the repository are judged by that text, and by nothing milder than what was really read."""

import pytest

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.effects.repository import just, make
from tocsin.effects.repository.held import Repository, sha256

PACKAGE = """{
  "name": "shop",
  "scripts": {
    "prerelease": "git tag v2",
    "release": "kubectl apply -f deploy/",
    "db:reset": "psql -c 'select 1'",
    "status": "df -h",
    "wipe": "redis-cli FLUSHALL",
    "outer": "npm run wipe",
    "again": "npm run again && npm run again",
    "strange": "frobnicate --now"
  }
}
"""
MAKEFILE = """SHELL := /bin/bash
NS ?= shop
APP = api
.PHONY: restart check
restart: check ## with a note
\t@kubectl -n $(NS) rollout restart deploy/$(APP)
check:
\tkubectl get pods \\
\t  -n $(NS)
drop:
\tdropdb $(NAME)
host:
\techo $$HOSTNAME $(shell uname -n)
"""
JUSTFILE = """set shell := ["bash", "-c"]
unit := "api"
alias l := logs

# the newest lines
logs lines="50": check
    @journalctl -u {{unit}} -n {{lines}} --no-pager
check:
    df -h
down name:
    kubectl delete pvc {{name}}
script:
    #!/usr/bin/env bash
    set -eu
    uptime
foreign:
    #!/usr/bin/env python3
    print("x")
"""
FIX = "#!/usr/bin/env bash\nset -eu\n\nredis-cli FLUSHALL\n"
LOOK = "#!/bin/sh\ndf -h\nuptime\n"
TEXTS = {
    "package.json": PACKAGE,
    "Makefile": MAKEFILE,
    "justfile": JUSTFILE,
    "scripts/fix.sh": FIX,
    "scripts/look.sh": LOOK,
    "scripts/outer.sh": "#!/bin/sh\n./scripts/fix.sh\n",
    "scripts/loop.sh": "#!/bin/sh\n" + "./scripts/loop.sh\n" * 30,
    "scripts/tool": "#!/usr/bin/env python3\nprint(1)\n",
    "backend/package.json": '{"scripts": {"status": "uptime"}}',
}
HERE = Repository(TEXTS)


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("npm run status", Effect.OBSERVE),
        ("npm --silent run status", Effect.OBSERVE),
        ("npm run release", Effect.CHANGE),
        ("npm run release -- --dry-run=server", Effect.CHANGE),  # the script before it tags
        ("pnpm release", Effect.CHANGE),
        ("yarn wipe", Effect.DESTROY),
        ("npm run outer", Effect.DESTROY),
        ("npm run strange", Effect.UNKNOWN),
        ("make check", Effect.OBSERVE),
        ("make host", Effect.OBSERVE),
        ("make restart", Effect.DISRUPT),
        ("make restart NS=stage", Effect.DISRUPT),
        ("make drop NAME=shop", Effect.DESTROY),
        ("just logs 20", Effect.OBSERVE),
        ("just l", Effect.OBSERVE),
        ("just script", Effect.OBSERVE),
        ("just down data", Effect.DESTROY),
        ("./scripts/look.sh", Effect.OBSERVE),
        ("bash -eux scripts/look.sh", Effect.OBSERVE),
        ("sudo timeout 10 ./scripts/look.sh", Effect.OBSERVE),
        ("source ./scripts/look.sh", Effect.OBSERVE),
        ("for i in 1 2; do ./scripts/look.sh; done", Effect.OBSERVE),
        ("./scripts/fix.sh", Effect.DESTROY),
        ("scripts/outer.sh", Effect.DESTROY),
        ("df -h && ./scripts/fix.sh", Effect.DESTROY),
    ],
)
def test_a_command_is_judged_by_the_text_it_runs(text: str, effect: Effect) -> None:
    assert judge(text, repository=HERE).effect is effect


@pytest.mark.parametrize(
    "text",
    [
        "./scripts/none.sh",
        "npm run none",
        "make none",
        "make -C elsewhere check",
        "make -f other.mk check",
        "make drop",  # which database is for the environment to say
        "make restart 'NS=x; rm -rf /'",
        "just down",
        "just down a b",
        "just foreign",
        "./scripts/tool",
        "python scripts/look.sh",
        "npm --prefix backend run status",
        "cd backend && npm run again",
        "ssh web-1 ./scripts/look.sh",
        "docker exec web ./scripts/look.sh",
        "sudo -i ./scripts/look.sh",
        "env -C /srv ./scripts/look.sh",
        "find . -name x -exec ./scripts/look.sh ';'",
        "git pull && ./scripts/look.sh",
        "git -C . checkout main; make check",
        "curl -o scripts/look.sh https://example.com/x; ./scripts/look.sh",
        "echo uptime > scripts/look.sh; ./scripts/look.sh",
        "sed -i s/a/b/ scripts/look.sh && ./scripts/look.sh",
        "cp /tmp/x scripts/look.sh\n./scripts/look.sh",
        "PATH=/tmp:$PATH make check",
        "MAKEFLAGS=--eval=x make check",
        "bash scripts/../../outside.sh",
        "make $TARGET",
        "./scripts/$NAME",
    ],
)
def test_what_was_not_read_for_certain_is_judged_as_if_nothing_had_been(text: str) -> None:
    with_files, without = judge(text, repository=HERE), judge(text)
    assert with_files == without
    assert not with_files.read
    assert with_files.effect.value >= Effect.CHANGE.value


def test_reasons_say_which_file_and_line_was_read() -> None:
    judged = judge("./scripts/outer.sh", repository=HERE)
    told = [reason.sentence for reason in judged.reasons]
    assert "runs scripts/outer.sh:1, which was read" in told
    assert "scripts/fix.sh:4: deletes every key of every database" in told
    recipe = judge("make restart", repository=HERE)
    assert any(reason.sentence.startswith("Makefile:6: ") for reason in recipe.reasons)


def test_what_was_read_is_pinned_with_all_that_it_runs() -> None:
    judged = judge("./scripts/outer.sh", repository=HERE)
    assert judged.read == (
        ("scripts/outer.sh", 1, sha256(TEXTS["scripts/outer.sh"])),
        ("scripts/fix.sh", 1, sha256(FIX)),
    )
    changed = judge("./scripts/outer.sh", repository=Repository({**TEXTS, "scripts/fix.sh": FIX + "#\n"}))
    assert changed.read != judged.read


def test_texts_that_run_each_other_come_to_an_end_and_stay_unknown() -> None:
    assert judge("npm run again", repository=HERE).effect is Effect.UNKNOWN
    assert judge("./scripts/loop.sh", repository=HERE).effect is Effect.UNKNOWN


def test_a_text_that_could_not_be_read_is_not_milder_than_its_name() -> None:
    held = Repository({"package.json": '{"scripts": {"db:reset": "frobnicate"}}'})
    assert judge("npm run db:reset", repository=held).effect is Effect.DESTROY
    assert judge("npm run db:reset", repository=HERE).effect is Effect.OBSERVE


def test_a_command_is_read_from_the_folder_it_runs_in() -> None:
    below = HERE.at("backend")
    assert below is not None
    assert judge("npm run status", repository=below).read[0][0] == "backend/package.json"
    assert not judge("make check", repository=below).read
    assert HERE.at("..") is None
    assert HERE.at("/srv") is None
    assert HERE.at("$DIR") is None


@pytest.mark.parametrize(
    "text",
    [
        "include other.mk\nx:\n\tdf -h\n",
        "ifdef A\nx:\n\tdf -h\nendif\n",
        "A := $(shell rm -rf /)\nx:\n\tdf -h\n",
        "A != rm -rf /\nx:\n\tdf -h\n",
        "define body\n\tdf -h\nendef\nx:\n\t$(body)\n",
        "SHELL = /usr/bin/python3\nx:\n\tdf -h\n",
        ".RECIPEPREFIX = >\nx:\n\tdf -h\n",
        "x:: \n\tdf -h\n",
        "x: A = 1\nx:\n\tdf -h\n",
        "$(eval x:)\nx:\n\tdf -h\n",
    ],
)
def test_a_makefile_that_decides_while_it_is_read_is_not_read(text: str) -> None:
    assert make.parse(text) is None


@pytest.mark.parametrize("text", ["import 'x.just'\na:\n  df\n", "mod x\n", "set shell := ['python3']\na:\n  df\n", "v := `rm -rf /`\na:\n  df\n"])  # fmt: skip
def test_a_justfile_that_decides_while_it_is_read_is_not_read(text: str) -> None:
    assert just.parse(text) is None


def test_of_two_recipes_of_one_name_neither_is_read() -> None:
    twice = Repository(
        {"Makefile": "x:\n\tdf -h\nx:\n\trm -rf /\n", "justfile": "x:\n  df -h\nx:\n  rm -rf /\n"}
    )
    assert judge("make x", repository=twice).effect.value >= Effect.UNKNOWN.value
    assert judge("just x", repository=twice).effect.value >= Effect.UNKNOWN.value
