"""The command lines of clouds, beyond what their tables say.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects.dataflow import opaque
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.http import read_request
from tocsin.effects.inside import (
    REMOTE,
    spoken,
)
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import NO_FLAGS, Call, Inside, Reading
from tocsin.effects.ssh import names_program
from tocsin.effects.tools.bytable import by_table, says_destroy
from tocsin.effects.tools.copying import to_us
from tocsin.effects.tools.table import Found, tables
from tocsin.effects.words import Word


def read_aws(call: Call) -> Reading:
    """`aws`: the table; commands sent to machines are looked into, copies to us only look."""
    reading, found = by_table("aws", call)
    carried = _STATEMENTS.get(found.path)
    if carried is not None:
        return _carries(reading, found.args.value(carried[0]), carried[1])
    match found.path:
        case "s3 cp" | "s3 sync" | "s3 mv" if len(found.args.operands) >= 2:
            copied = _aws_copy(call, reading, found)
            if copied is not None:
                return copied
        case "ssm send-command":
            return _aws_ssm(reading, found.args)
        case "ecs execute-command":
            text = found.args.value("--command") or ""
            opens = not text or re.fullmatch(r"/?(?:bin/)?(?:ba)?sh", text)
            return Reading(
                Effect.OBSERVE,
                "aws.ecs.exec",
                needs=reading.needs,
                targets=reading.targets,
                inside=(Inside(text=text, elsewhere=True),) if text else (),
                flags=frozenset({Flag.INTERACTIVE}) if opens else NO_FLAGS,
            )
    return says_destroy(reading, call)


# Subcommands that carry a statement: the option it stands behind, and its language.
_STATEMENTS = {
    "athena start-query-execution": ("--query-string", "sql:athena"),
    "timestream-query query": ("--query-string", "sql:athena"),
    "rds-data execute-statement": ("--sql", "sql:postgres"),
    "redshift-data execute-statement": ("--sql", "sql:postgres"),
    "dynamodb execute-statement": ("--statement", "sql:postgres"),
    "spanner databases execute-sql": ("--sql", "sql:bigquery"),
    "postgres flexible-server execute": ("-q", "sql:postgres"),
    "mysql flexible-server execute": ("-q", "sql:mysql"),
}


def _carries(reading: Reading, statement: str | None, language: str) -> Reading:
    """A command that does what the statement in it does, and nothing else."""
    if statement is None or opaque(statement):
        return replace(reading, effect=Effect.UNKNOWN, sentence="runs a statement that is not written here")
    inside = (Inside(text=statement, language=language),)
    return replace(reading, effect=Effect.OBSERVE, sentence="", inside=inside)


def _aws_copy(call: Call, reading: Reading, found: Found) -> Reading | None:
    """A copy between S3 and us, or within S3; None if it is neither."""
    args = found.args
    source, destination = args.operands[0], args.operands[1]
    if args.has("--dryrun") and not args.taken_back("--dryrun"):
        return replace(reading, effect=Effect.OBSERVE, sentence="")
    if found.path == "s3 mv" or args.has("--delete") or destination.text.startswith("s3://"):
        return reading
    if not source.text.startswith("s3://"):
        return None
    sensitive = (
        frozenset({Flag.SENSITIVE, Flag.HEAVY})
        if re.search(r"backup|dump|\.sql|export", source.text)
        else NO_FLAGS
    )
    base = replace(reading, effect=Effect.OBSERVE, rule="aws.s3.cp.down", sentence="", flags=sensitive)
    return base if destination.text == "-" else to_us(destination, call, "aws.s3.cp", base)


def _aws_ssm(reading: Reading, args: Args) -> Reading:
    """`ssm send-command --parameters commands=…`: shell on that machine."""
    lines = _ssm_lines(args.value("--parameters") or "")
    # Any other document is a program of its own, and takes the words for something else.
    shell = re.fullmatch(r"AWS-Run(?:Shell|PowerShell)Script", args.value("--document-name") or "")
    if not lines or any(opaque(line) for line in lines) or shell is None:
        return replace(reading, effect=Effect.UNKNOWN, sentence="sends a command that is not written here")
    inside = tuple(Inside(text=line, flags=REMOTE, elsewhere=True) for line in lines)
    return Reading(
        Effect.OBSERVE, "aws.ssm.send-command", flags=REMOTE, needs=reading.needs, silent=True, inside=inside
    )


def _ssm_lines(given: str) -> list[str]:
    """The commands in `--parameters`: JSON, a list as JSON, or words with commas between; none if nobody can say."""
    body = given.strip()
    short = None if body.startswith("{") else re.search(r"\bcommands=(.*)", body, re.S)
    if short is not None:
        body = short[1].strip()
    try:
        read = json.loads(body)
    except ValueError:
        read = body.strip("[]") if short is not None else ""
    match read:
        case {"commands": listed}:
            read = listed
        case {}:
            return []
    match read:
        case str():
            return [part.strip().strip("\"'") for part in read.split(",") if part.strip()]
        case list() if all(isinstance(line, str) for line in read):
            return read
    return []


def read_gcloud(call: Call) -> Reading:
    """`gcloud`: `compute ssh --command` is looked into."""
    channel = next((at for at, word in enumerate(call.words) if word.text in ("alpha", "beta")), None)
    if channel is not None and parse(call.words[: channel + 1], tables()["gcloud"].grammar).operands[:1] == [
        call.words[channel]
    ]:
        found = by_table("gcloud", call)[1]
        if found.effect is Effect.UNKNOWN:
            call = replace(call, words=(*call.words[:channel], *call.words[channel + 1 :]))
    reading, found = by_table("gcloud", call)
    carried = _STATEMENTS.get(found.path)
    if carried is not None:
        return _carries(reading, found.args.value(carried[0]), carried[1])
    if found.path in ("storage cp", "storage rsync"):
        return _bucket_copy(call, reading, found)
    if found.path == "compute scp":
        return _scp(call, reading, found)
    if found.path in ("compute ssh", "app instances ssh"):
        given = "\n".join(word.text for word in found.args.values("--ssh-flag"))
        if names_program(parse(_as_options(given), Grammar(values=frozenset({"-o"})))):
            return replace(
                reading, effect=Effect.UNKNOWN, sentence="would start another program on this machine"
            )
        texts = found.args.values("--command")
        if texts:
            return Reading(
                Effect.OBSERVE,
                "gcloud.ssh",
                flags=REMOTE,
                needs=reading.needs,
                silent=True,
                inside=(Inside(text=texts[-1].text, flags=REMOTE, elsewhere=True),),
            )
        if found.args.ended:
            return Reading(
                Effect.OBSERVE,
                "gcloud.ssh",
                flags=REMOTE,
                needs=reading.needs,
                silent=True,
                inside=(Inside(text=spoken(found.args.after), flags=REMOTE, elsewhere=True),),
            )
        return Reading(
            Effect.OBSERVE,
            "gcloud.ssh",
            flags=REMOTE | {Flag.CONTEXT, Flag.INTERACTIVE},
            needs=reading.needs,
        )
    return says_destroy(reading, call)


def _as_options(given: str) -> tuple[Word, ...]:
    """The flags handed on to ssh: `-o X=y`, `-oX=y`, `-- -o X=y`, whole lines and cut at their blanks."""
    parts = [part for line in given.splitlines() for part in (line, *line.split())]
    return tuple(Word(part.strip("\"'"), 0, 0, part) for part in parts if part != "--")


def _scp(call: Call, reading: Reading, found: Found) -> Reading:
    """`gcloud compute scp host:a b`: to us it looks."""
    words = found.args.operands
    if len(words) < 2 or found.args.has("--scp-flag") or ":" in words[-1].text:
        return reading
    if not all(re.match(r"[\w.@-]+:", word.text) for word in words[:-1]):
        return reading
    base = replace(reading, effect=Effect.OBSERVE, rule="gcloud.scp.down", sentence="", flags=REMOTE)
    return to_us(words[-1], call, "gcloud.scp", base)


# Deletes at the destination, or writes a log beside it.
_MORE_THAN_A_COPY = ("-d", "--delete-unmatched-destination-objects", "-L", "--manifest-path")


def _bucket_copy(call: Call, reading: Reading, found: Found) -> Reading:
    """`gsutil cp`, `gcloud storage cp`, `rsync` of both: from a bucket to us it looks, if nothing is deleted here."""
    words = found.args.operands
    if reading.effect is not Effect.CHANGE or len(words) < 2 or found.args.has(*_MORE_THAN_A_COPY):
        return reading
    *sources, destination = words
    if "://" in destination.text or not all(source.text.startswith("gs://") for source in sources):
        return reading
    base = replace(reading, effect=Effect.OBSERVE, rule="gsutil.cp.down", sentence="")
    return base if destination.text == "-" else to_us(destination, call, "gsutil.cp", base)


def read_gsutil(call: Call) -> Reading:
    """`gsutil`: the table; copies to us only look."""
    reading, found = by_table("gsutil", call)
    if found.path in ("cp", "rsync"):
        return _bucket_copy(call, reading, found)
    return says_destroy(reading, call)


def read_az(call: Call) -> Reading:
    """`az`: `vm run-command invoke --scripts` is looked into, `az rest` is a request."""
    reading, found = by_table("az", call)
    carried = _STATEMENTS.get(found.path)
    if carried is not None:
        statement = (
            None if found.args.has("-f", "--file-path") else found.args.value(carried[0], "--querytext")
        )
        return _carries(reading, statement, carried[1])
    if found.path in ("vm run-command invoke", "vmss run-command invoke"):
        # `--scripts` takes every word up to the next option; what else takes several is not told apart.
        scripts = [*found.args.values("--scripts"), *found.args.operands]
        if found.args.has("--scripts") and not any(
            opaque(script.text) or script.text.startswith("@") for script in scripts
        ):
            return Reading(
                Effect.OBSERVE,
                "az.run-command",
                flags=REMOTE,
                needs=reading.needs,
                silent=True,
                inside=tuple(Inside(text=one.text, flags=REMOTE, elsewhere=True) for one in scripts),
            )
        return replace(reading, effect=Effect.UNKNOWN, sentence="runs a script that is not written here")
    if found.path == "aks command invoke":
        texts = found.args.values("-c", "--command")
        if texts and not opaque(texts[-1].text):
            inside = (Inside(text=texts[-1].text, flags=REMOTE, elsewhere=True),)
            return replace(reading, effect=Effect.OBSERVE, silent=True, flags=REMOTE, inside=inside)
        return replace(reading, effect=Effect.UNKNOWN, sentence="runs a command that is not written here")
    if found.path == "rest":
        method = found.args.value("-m", "--method") or "GET"
        asked = read_request(
            method, found.args.value("-u", "--url", "--uri") or "", found.args.value("-b", "--body")
        )
        return replace(asked, needs=reading.needs)
    return says_destroy(reading, call)


def read_bq(call: Call) -> Reading:
    """`bq query '…'`: the statement is judged."""
    reading, found = by_table("bq", call)
    if found.path == "query":
        # `--dry_run=false` and `--nodry_run` are in earnest.
        if found.args.options.get("--dry_run") == [None] and not found.args.has("--nodry_run"):
            return replace(reading, effect=Effect.OBSERVE)
        if found.args.operands and not opaque(found.args.operands[0].text):
            return replace(
                reading,
                flags=reading.flags | {Flag.HEAVY},
                inside=(Inside(text=found.args.operands[0].text, language="sql:bigquery"),),
            )
        return replace(reading, effect=Effect.UNKNOWN, sentence="runs a query that is not written here")
    return reading


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    "aws": read_aws,
    "gcloud": read_gcloud,
    "az": read_az,
    "bq": read_bq,
    "gsutil": read_gsutil,
}
