"""The command lines of clouds, beyond what their tables say.

Source: docs/reference/runbook-language.md, sections on wrappers and on tool tables.
"""

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
from tocsin.effects.options import Args, parse
from tocsin.effects.reading import NO_FLAGS, Call, Inside, Reading
from tocsin.effects.tools.bytable import by_table, says_destroy
from tocsin.effects.tools.copying import to_us
from tocsin.effects.tools.table import Found, tables


def read_aws(call: Call) -> Reading:
    """`aws`: the table; commands sent to machines are looked into, copies to us only look."""
    reading, found = by_table("aws", call)
    match found.path:
        case "s3 cp" | "s3 sync" | "s3 mv" if len(found.args.operands) >= 2:
            copied = _aws_copy(call, reading, found)
            if copied is not None:
                return copied
        case "ssm send-command":
            return _aws_ssm(reading, found.args)
        case "athena start-query-execution":
            statement = found.args.value("--query-string")
            if statement is None or opaque(statement):
                return replace(
                    reading, effect=Effect.UNKNOWN, sentence="runs a statement that is not written here"
                )
            return replace(reading, inside=(Inside(text=statement, language="sql:athena"),))
        case "rds-data execute-statement":
            statement = found.args.value("--sql")
            if statement is None or opaque(statement):
                return replace(
                    reading, effect=Effect.UNKNOWN, sentence="runs a statement that is not written here"
                )
            return replace(
                reading, effect=Effect.OBSERVE, inside=(Inside(text=statement, language="sql:postgres"),)
            )
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
    commands = re.search(r"commands=(.*)", args.value("--parameters") or "", re.S)
    body = commands[1].strip("[]\"'") if commands else ""
    if opaque(body):
        return replace(reading, effect=Effect.UNKNOWN, sentence="sends a command that is not written here")
    inside = (Inside(text=body, flags=REMOTE, elsewhere=True),)
    return Reading(
        Effect.OBSERVE, "aws.ssm.send-command", flags=REMOTE, needs=reading.needs, silent=True, inside=inside
    )


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
    if found.path in ("compute ssh", "app instances ssh"):
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


def read_az(call: Call) -> Reading:
    """`az`: `vm run-command invoke --scripts` is looked into, `az rest` is a request."""
    reading, found = by_table("az", call)
    if found.path in ("vm run-command invoke", "vmss run-command invoke"):
        scripts = found.args.values("--scripts")
        if scripts and not opaque(scripts[-1].text) and not scripts[-1].text.startswith("@"):
            return Reading(
                Effect.OBSERVE,
                "az.run-command",
                flags=REMOTE,
                needs=reading.needs,
                silent=True,
                inside=(Inside(text=scripts[-1].text, flags=REMOTE, elsewhere=True),),
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
}
