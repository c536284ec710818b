"""`curl`, `wget`, `httpie`: their options decide the method, each address is a request.

Source: docs/reference/runbook-language.md, section on judging HTTP.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from tocsin.effects import paths
from tocsin.effects.dataflow import written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.http import read_request
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import NO_FLAGS, Call, Reading, unknown
from tocsin.effects.words import HOLE, Word

_CURL_VALUES = frozenset(
    (
        "-X --request -d --data --data-raw --data-binary --data-ascii --data-urlencode -F --form "
        "--form-string --json -H --header -o --output -u --user -A --user-agent -e --referer -b --cookie "
        "-c --cookie-jar -m --max-time --connect-timeout -w --write-out -T --upload-file -x --proxy -K "
        "--config -E --cert --key --cacert --capath --resolve --connect-to --retry --retry-delay "
        "--retry-max-time -y -Y -z -r --range --limit-rate --interface -D --dump-header --output-dir "
        "--url -C --continue-at --max-redirs --ciphers --tls-max --unix-socket --abstract-unix-socket "
        "--proto --oauth2-bearer --aws-sigv4 --trace --trace-ascii --stderr --expect100-timeout "
        "--keepalive-time --dns-servers --pass --cert-type --key-type --local-port --socks5 "
        "--socks5-hostname --noproxy --proxy-user -U --url-query --variable -Q --quote -P -t "
        "--max-filesize --etag-save --etag-compare --hsts --alt-svc --libcurl --happy-eyeballs-timeout-ms"
    ).split()
)


_CURL = Grammar(values=_CURL_VALUES)
_BODY = (
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-ascii",
    "--data-urlencode",
    "-F",
    "--form",
    "--form-string",
    "--json",
)


_FILES = (
    "-o --output -D --dump-header -c --cookie-jar --trace --trace-ascii --stderr --etag-save --hsts --alt-svc --libcurl"
).split()
_OVERRIDE = re.compile(r"x-(?:http-)?method(?:-override)?\s*:\s*(\w+)", re.I)
_SECRET_HEADER = re.compile(r"authorization|api-?key|token|secret|cookie|private-token|x-auth", re.I)


def read_curl(call: Call) -> Reading:
    """`curl`: its options decide the method; each URL is a request."""
    args = parse(call.words, _CURL)
    if args.has("-K", "--config"):
        return unknown("curl.config", "reads its options from a file")
    if args.has("--engine"):
        return unknown("curl.engine", "loads a library")
    if _abbreviated(args, _CURL):
        return unknown("curl.option", "an option is cut short; curl may take it for one that sends")
    if args.has("-V", "--version", "-h", "--manual", "--help", "-M"):
        return Reading(Effect.OBSERVE, "curl.version")
    urls = [*args.operands, *args.values("--url")]
    if not urls:
        return unknown("curl.unknown", "curl without an address")
    bodies = args.values(*_BODY)
    body = "&".join(word.text for word in bodies) if bodies else None
    method = _method(args, sends=bool(bodies))
    if args.has("-Q", "--quote") or any(
        re.match(r"(?:s?ftp|smtps?|imaps?|telnet|dict|gopher|ldaps?|scp|mqtt|pop3s?)://", url.text, re.I)
        and not url.text.lower().startswith("ftp://")
        for url in urls
    ):
        return unknown("curl.protocol", "speaks something other than HTTP")
    flags = _secrets(args, urls)
    sent = None if body is not None and body.startswith("@") else body
    if body is not None and args.has("-G", "--get"):
        urls = [url._replace(text=f"{url.text}{'&' if '?' in url.text else '?'}{body}") for url in urls]
    readings = [_one(method, url, sent, bool(bodies) and sent is None) for url in urls]
    readings += _outputs(args, call)
    worst = max(readings, key=lambda reading: reading.effect.value)
    together = frozenset().union(*(reading.flags for reading in readings))
    return replace(
        worst,
        flags=worst.flags | flags | together,
        targets=tuple(f"http:{url.raw.strip(chr(34) + chr(39))}" for url in urls),
    )


def _method(args: Args, *, sends: bool) -> str:
    """The method the options ask for; a header may ask the server for another one."""
    override = next(
        (found[1] for word in args.values("-H", "--header") if (found := _OVERRIDE.match(word.text))), None
    )
    given = override or args.value("-X", "--request")
    if given is not None:
        return given
    if args.has("-I", "--head"):
        return "HEAD"
    if args.has("-G", "--get"):
        return "GET"
    return "PUT" if args.has("-T", "--upload-file") else "POST" if sends else "GET"


def _outputs(args: Args, call: Call) -> list[Reading]:
    """What the files do that curl writes."""
    found = [
        written(name, elsewhere=call.place.elsewhere, rule="curl.output") for name in args.values(*_FILES)
    ]
    readings = [replace(reading, silent=False) for reading in found if reading is not None]
    into = args.values("--output-dir")
    found = [_written_by_format(word, call) for word in args.values("-w", "--write-out")]
    readings += [reading for reading in found if reading is not None]
    if args.has("-O", "--remote-name", "--remote-name-all", "-J"):
        own = (
            all(paths.temporary(name) or not name.text.startswith("/") for name in into)
            and not call.place.elsewhere
        )
        effect, sentence = (Effect.OBSERVE, "") if own else (Effect.CHANGE, "writes a file")
        readings.append(Reading(effect, "curl.output", sentence, frozenset({Flag.LOCAL})))
    return readings


def _written_by_format(given: Word, call: Call) -> Reading | None:
    """`-w '%output{file}…'` writes that file."""
    name = re.search(r"%output\{(?:>>)?([^}]*)\}", given.text)
    if name is None:
        return None
    return written(
        given._replace(text=name[1], raw=name[1]), elsewhere=call.place.elsewhere, rule="curl.output"
    )


def _one(method: str, url: Word, body: str | None, unread: bool) -> Reading:
    reading = read_request(method, url.text, body)
    if (
        url.text.startswith(HOLE)
        and method in ("GET", "HEAD")
        and reading.effect is Effect.OBSERVE
        and url.text == HOLE
    ):
        if re.search(r"(?:HEALTH|URL|API|BASE|ENDPOINT|HOST|SITE|PROM|GRAFANA)", url.raw, re.I):
            return reading
        return Reading(Effect.OBSERVE, "http.get.open")
    return reading


def _abbreviated(args: Args, grammar: Grammar) -> bool:
    """Whether an unknown long option is the beginning of one that takes a value (`--req DELETE`)."""
    return any(
        name.startswith("--")
        and name not in grammar.values
        and name not in _WHOLE
        and any(known.startswith(name) for known in grammar.values)
        for name in args.options
    )


_WHOLE = frozenset(
    {
        "--retry-all-errors",
        "--proxy-insecure",
        "--head",
        "--get",
        "--trace-time",
        "--form-escape",
        "--location",
    }
)


def _secrets(args: Args, urls: list[Word]) -> frozenset[Flag]:
    """A secret stands in the text only if it is written out; a variable or a file keeps it out."""
    given = [word for word in args.values("-H", "--header") if _SECRET_HEADER.match(word.text)]
    given += args.values("-u", "--user", "--oauth2-bearer", "-U", "--proxy-user", "-b", "--cookie")
    given += [
        url
        for url in urls
        if re.search(
            r"://[^/@]*:[^/@]*@|[?&](?:token|api_?key|secret|password|access_token)=", url.text, re.I
        )
    ]
    return frozenset({Flag.SECRET}) if any(word.known for word in given) else NO_FLAGS


_WGET = Grammar(values=frozenset(["-O", "--output-document", "-o", "--output-file", "-P", "--directory-prefix", "--header", "--post-data", "--post-file", "--method", "--body-data", "--body-file", "-T", "--timeout", "-t", "--tries", "--user", "--password", "-U", "--user-agent", "-e", "--execute", "-i", "--input-file", "-w", "--wait", "--limit-rate", "--save-cookies", "--load-cookies", "--warc-file", "-a", "--append-output", "--config", "--hsts-file", "--rejected-log"]))  # fmt: skip


def read_wget(call: Call) -> Reading:
    """`wget`: fetches into files, or asks with --method, --post-data."""
    args = parse(call.words, _WGET)
    if _abbreviated(args, _WGET):
        return unknown("wget.option", "an option is cut short; wget may take it for one that sends")
    if args.has("-e", "--execute", "-i", "--input-file", "--use-askpass", "--config"):
        return unknown("wget.config", "reads addresses or options from elsewhere")
    if not args.operands:
        if args.has("-V", "--version", "-h", "--help"):
            return Reading(Effect.OBSERVE, "wget.version")
        return unknown("wget.unknown", "wget without an address")
    override = next(
        (found[1] for word in args.values("--header") if (found := _OVERRIDE.match(word.text))), None
    )
    method = (
        override or args.value("--method") or ("POST" if args.has("--post-data", "--post-file") else "GET")
    )
    readings = [
        read_request(method, url.text, args.value("--post-data", "--body-data")) for url in args.operands
    ]
    readings += _wget_files(args, call)
    flags: frozenset[Flag] = NO_FLAGS
    if args.has("-b", "--background"):
        flags |= {Flag.BACKGROUND}
    if args.has("-r", "--recursive", "-m", "--mirror"):
        flags |= {Flag.HEAVY}
    if args.has("--password") or any(re.search(r"://[^/@]*:[^/@]*@", url.text) for url in args.operands):
        flags |= {Flag.SECRET}
    worst = max(readings, key=lambda reading: reading.effect.value)
    return replace(
        worst, flags=worst.flags | flags, targets=tuple(f"http:{url.raw}" for url in args.operands)
    )


def _wget_files(args: Args, call: Call) -> list[Reading]:
    """What the files do that wget writes."""
    output = args.values("-O", "--output-document")
    readings: list[Reading] = []
    if args.has("--spider") or (output and output[-1].text in ("-", "/dev/null", "/dev/stdout")):
        pass
    elif output:
        reading = written(output[-1], elsewhere=call.place.elsewhere, rule="wget.output")
        if reading is not None:
            readings.append(replace(reading, silent=False))
    else:
        prefix = args.values("-P", "--directory-prefix")
        scratch = (
            not call.place.elsewhere
            if not prefix
            else paths.temporary(prefix[-1]) or not prefix[-1].text.startswith("/")
        )
        readings.append(
            Reading(
                Effect.OBSERVE if scratch else Effect.CHANGE,
                "wget.output",
                "" if scratch else "writes files",
                frozenset({Flag.LOCAL}),
            )
        )
    for name in args.values(
        "--save-cookies",
        "--warc-file",
        "-o",
        "--output-file",
        "-a",
        "--append-output",
        "--hsts-file",
        "--rejected-log",
    ):
        into = written(name, appends=args.has("-a"), elsewhere=call.place.elsewhere, rule="wget.output")
        if into is not None:
            readings.append(replace(into, silent=False))
    return readings


_HTTPIE = Grammar(
    values=frozenset(
        (
            "-a --auth -A --auth-type -o --output --timeout -s --style --verify --proxy --session -p --print "
            "--cert --boundary --raw"
        ).split()
    )
)


def read_httpie(call: Call) -> Reading:
    """`http`, `https`, `xh`: a method word, or data items that mean POST."""
    args = parse(call.words, _HTTPIE)
    words = list(args.operands)
    method = ""
    if (
        words
        and re.fullmatch(r"[A-Za-z]+", words[0].text)
        and len(words) > 1
        and words[0].text.upper() in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PURGE")
    ):
        method = words.pop(0).text
    if not words:
        return unknown(f"{call.name}.unknown", "a request without an address")
    items = [word.text for word in words[1:]]
    files = [*args.values("-o", "--output"), *args.values("--session", "--session-read-only")]
    into = [
        written(name, elsewhere=call.place.elsewhere, rule=f"{call.name}.output")
        for name in files
        if "/" in name.text or name in args.values("-o", "--output")
    ]
    sends = any(re.match(r"[^=:@]+(?:=(?!=)|:=|@)", item) for item in items) or args.has(
        "--raw", "-f", "--form"
    )
    asked = read_request(method or ("POST" if sends else "GET"), words[0].text, "&".join(items))
    worst = max(
        (asked, *(reading for reading in into if reading is not None)), key=lambda one: one.effect.rank
    )
    flags = worst.flags | asked.flags
    return replace(worst, flags=flags, silent=False, targets=(f"http:{words[0].raw}",))


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    "curl": read_curl,
    "wget": read_wget,
    **dict.fromkeys(("http", "https", "xh", "httpie"), read_httpie),
}
