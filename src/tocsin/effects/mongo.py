"""Judging what mongosh evaluates: single calls that are known, everything else unknown.

Source: docs/reference/effects.md, tool table (mongosh).
"""

import re

from tocsin.effects.effect import Effect, Flag
from tocsin.effects.reading import Reading, unknown
from tocsin.effects.words import HOLE

_LOOKS = frozenset(
    (
        "find findOne count countDocuments estimatedDocumentCount distinct stats storageSize totalSize "
        "totalIndexSize dataSize getIndexes explain serverStatus currentOp hostInfo version "
        "getCollectionNames getCollectionInfos getMongo getName getProfilingStatus getProfilingLevel "
        "isMaster hello status conf config printReplicationInfo printSecondaryReplicationInfo "
        "printSlaveReplicationInfo printShardingStatus getReplicationInfo getUsers getRoles getUser "
        "serverBuildInfo latencyStats getShardDistribution validate listDatabases sort limit skip pretty "
        "toArray forEach map hint maxTimeMS readPref itcount size length hasNext next projection "
        "getLogComponents aggregate getSiblingDB getCollection printjson print JSON stringify EJSON ping "
        "buildInfo now isBalancerRunning getBalancerState serverCmdLineOpts batchSize comment collation"
    ).split()
)
_CHANGES = frozenset(
    (
        "insert insertOne insertMany updateOne createIndex createIndexes ensureIndex setProfilingLevel "
        "createCollection createUser grantRolesToUser createRole enableSharding shardCollection "
        "setLogLevel save add addShard startBalancer"
    ).split()
)
_DISRUPTS = frozenset(
    (
        "killOp stepDown reconfig freeze fsyncLock fsyncUnlock compact dropIndex dropIndexes "
        "shutdownServer reIndex revokeRolesFromUser stopBalancer initiate syncFrom convertToCapped "
        "renameCollection moveChunk"
    ).split()
)
_DESTROYS = frozenset(
    (
        "drop dropDatabase remove deleteOne deleteMany findOneAndDelete findAndModify bulkWrite dropUser "
        "dropAllUsers dropRole changeUserPassword updateUser resetIndexes removeShard"
    ).split()
)
_COMMANDS = {
    "ping": Effect.OBSERVE, "serverStatus": Effect.OBSERVE, "currentOp": Effect.OBSERVE, "dbStats": Effect.OBSERVE,
    "collStats": Effect.OBSERVE, "replSetGetStatus": Effect.OBSERVE, "getParameter": Effect.OBSERVE,
    "listDatabases": Effect.OBSERVE, "top": Effect.OBSERVE, "connPoolStats": Effect.OBSERVE, "hello": Effect.OBSERVE,
    "isMaster": Effect.OBSERVE, "buildInfo": Effect.OBSERVE, "setParameter": Effect.CHANGE, "killOp": Effect.DISRUPT,
    "replSetStepDown": Effect.DISRUPT, "compact": Effect.DISRUPT, "shutdown": Effect.DISRUPT, "fsync": Effect.DISRUPT,
}  # fmt: skip
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`")
# A stage or command whose name is spelled in pieces or with escapes, or a variable in its place.
_ESCAPED = re.compile(r"\\[ux]|['\"]\s*\+\s*['\"]")
_NAMED = re.compile(
    r"(?:aggregate|runCommand|adminCommand)\s*\(\s*(?:\[\s*)?(?:\.\.\.|[A-Za-z_$])|\}\s*,\s*(?:\.\.\.|[A-Za-z_$]\w*\s*[\],])"
)
_CALL = re.compile(r"([A-Za-z_$][\w$]*)\s*\(")
_SCRIPT = re.compile(
    r"\bfunction\b|\bfor\b|\bwhile\b|\bload\s*\(|\beval\b|\brequire\b|\[\s*['\"`]|\bprocess\b|(?<![=!<>])=(?![=>])|\$where|\$function"
)


def read_mongo(text: str) -> Reading:
    """What this JavaScript does, if it is calls and nothing else; else unknown."""
    quoted_names = text
    bare = _STRING.sub('""', text)
    calls = _CALL.findall(bare)
    worst = Effect.OBSERVE
    named = ""
    for call in calls:
        effect = _call_effect(call, quoted_names)
        if effect.value > worst.value or (not named and effect is not Effect.OBSERVE):
            worst, named = Effect.join([worst, effect]), call
    if "expireAfterSeconds" in text and worst is not Effect.OBSERVE:
        worst, named = Effect.DESTROY, "expireAfterSeconds"
    if re.search(r"\$out|\$merge", text):
        worst, named = Effect.join([worst, Effect.DESTROY]), "$out"
    if re.search(r"\bupdate(?:Many)?\s*\(\s*(?:\{\s*\}|" + HOLE + r")", text):
        worst, named = Effect.DESTROY, "update of every document"
    acts = _DESTROYS | _DISRUPTS | _CHANGES
    carried = "=>" in bare and any(
        name in acts for name in re.findall(r"\.\s*([A-Za-z]\w*)\b(?!\s*\()", bare)
    )
    computed = ("aggregate" in calls or "runCommand" in calls or "adminCommand" in calls) and (
        _ESCAPED.search(text) is not None or _NAMED.search(bare) is not None
    )
    if computed:
        return Reading(
            Effect.join([worst, Effect.UNKNOWN]),
            "mongosh.computed",
            "what the pipeline or command says is put together elsewhere",
        )
    if "${" in text or re.search(r"\bvalidate\s*\(\s*[^)\s]", text):
        # A template runs what stands in it; `validate` of more than the defaults locks, or repairs.
        return Reading(
            Effect.join([worst, Effect.UNKNOWN]),
            "mongosh.script",
            "JavaScript beyond single calls is not read",
        )
    if (carried or _SCRIPT.search(bare)) and worst is not Effect.DESTROY:
        return unknown("mongosh.script", "JavaScript beyond single calls is not read")
    shows = re.fullmatch(
        r"\s*(?:show (?:dbs|databases|collections|users|roles|profile|logs?)|use \w+|db|exit|it)\s*;?\s*",
        text,
    )
    if not calls and not shows:
        return unknown("mongosh.unknown", "nothing that is known")
    flags = frozenset({Flag.SENSITIVE}) if {"find", "findOne", "aggregate"} & set(calls) else frozenset()
    rule = f"mongosh.{named}" if named else "mongosh"
    sentence = f"`{named}` on the database" if named else ""
    return Reading(worst, rule, sentence, flags)


def _call_effect(name: str, text: str) -> Effect:
    if name in _DESTROYS:
        return Effect.DESTROY
    if name in _DISRUPTS:
        return Effect.DISRUPT
    if name in _CHANGES or name in (
        "update",
        "updateMany",
        "replaceOne",
        "findOneAndUpdate",
        "findOneAndReplace",
    ):
        return Effect.CHANGE
    if name in ("runCommand", "adminCommand"):
        keys = re.findall(r"(?:runCommand|adminCommand)\s*\(\s*(?:\{\s*)?['\"]?(\w+)", text)
        return Effect.join(_COMMANDS.get(key, Effect.UNKNOWN) for key in keys) if keys else Effect.UNKNOWN
    if name in _LOOKS or name in ("ISODate", "ObjectId", "NumberLong", "NumberInt", "Date", "UUID"):
        return Effect.OBSERVE
    return Effect.UNKNOWN
