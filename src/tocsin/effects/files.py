"""Commands that write, copy and remove files, where the effect depends on which file.

Source: docs/reference/effects.md, sections on where data goes and on tool tables (files).
"""

import re
from collections.abc import Callable

from tocsin.effects import paths
from tocsin.effects.dataflow import shown, written
from tocsin.effects.effect import Effect, Flag
from tocsin.effects.options import Args, Grammar, parse
from tocsin.effects.reading import NOTHING, Call, Reading, Stdin, unknown
from tocsin.effects.words import HOLE, Word

_PLAIN = Grammar()
_LOCAL = frozenset({Flag.LOCAL})
_WIDE = re.compile(r"[*?\[]")


def _wide(names: list[Word]) -> frozenset[Flag]:
    return frozenset({Flag.WIDE}) if any(_WIDE.search(name.text) for name in names) else frozenset()


def _worst(readings: list[Reading], otherwise: Reading) -> Reading:
    return max(readings, key=lambda reading: reading.effect.value, default=otherwise)


def read_rm(call: Call) -> Reading:
    """`rm`, `rmdir`, `unlink`, `shred`: content goes unless it is temporary or made anew."""
    args = parse(call.words, Grammar(values=frozenset({"-n"} if call.name == "shred" else ())))
    if call.name == "rmdir":
        return Reading(Effect.CHANGE, "rmdir", "removes empty directories")
    lost = [name for name in args.operands if not (paths.temporary(name) or paths.only_runtime(name.text))]
    flags = _wide(args.operands)
    if lost:
        names = ", ".join(shown(name) for name in lost[:3])
        return Reading(Effect.DESTROY, call.name, f"removes {names} for good", flags=flags)
    if not args.operands:
        if not call.words:
            return Reading(Effect.OBSERVE, f"{call.name}.nothing")
        return Reading(Effect.DESTROY, call.name, "removes files nobody has named", flags=flags)
    return Reading(Effect.CHANGE, f"{call.name}.temporary", "removes temporary or runtime files", flags=flags)


def read_copy(call: Call) -> Reading:
    """`cp`, `mv`, `install`, `ln`: what stands at the destination may be overwritten."""
    args = parse(
        call.words,
        Grammar(values=frozenset({"-t", "--target-directory", "-S", "--suffix", "-m", "--mode", "-o", "-g"})),
    )
    target = args.values("-t", "--target-directory")
    names = args.operands
    destination = target[-1] if target else (names[-1] if len(names) > 1 else None)
    sources = names if target else names[:-1]
    if call.name == "install" and args.has("-d", "--directory"):
        return Reading(Effect.CHANGE, "install.directory", "makes directories")
    if destination is None:
        if call.name == "ln" and names:
            return Reading(Effect.CHANGE, "ln", "makes a link")
        return unknown(f"{call.name}.unknown", f"`{call.name}` without a destination")
    path = destination.text
    if paths.device(path):
        return Reading(Effect.DESTROY, f"{call.name}.device", f"overwrites the device {path}")
    if any(source.text == "/dev/null" for source in sources):
        return Reading(
            Effect.DESTROY, f"{call.name}.truncate", f"throws away the content of {shown(destination)}"
        )
    if call.name == "ln":
        force = args.has("-f", "--force")
        sentence = f"points {shown(destination)} somewhere else" if force else "makes a link"
        return Reading(Effect.DISRUPT if force else Effect.CHANGE, "ln.force" if force else "ln", sentence)
    if call.name == "mv" and not all(paths.temporary(source) for source in sources):
        return _moved(sources, destination, args)
    if paths.temporary(destination) or path == "/dev/null":
        return Reading(Effect.OBSERVE, f"{call.name}.scratch", flags=_LOCAL)
    if args.has("-n", "--no-clobber", "-b", "--backup") or _is_a_new_name(sources, destination):
        own = not call.place.elsewhere and not path.startswith("/")
        effect = Effect.OBSERVE if own and paths.capture(destination) else Effect.CHANGE
        return Reading(
            effect,
            f"{call.name}.new",
            f"makes the copy {shown(destination)}" if effect is Effect.CHANGE else "",
        )
    if paths.data(path) and not path.endswith("/"):
        return Reading(
            Effect.DESTROY,
            f"{call.name}.over",
            f"overwrites {shown(destination)}, which holds data or access",
        )
    return Reading(Effect.CHANGE, call.name, f"writes {shown(destination)}")


_COPY_NAME = re.compile(
    r"(?:[._-](?:bak|backup|old|orig|save|saved|copy|prev|before|broken|corrupt\w*|bad)|~|\.\d+|[-_.]\d{4}[\w-]*|"
    + HOLE
    + r")(?:\.\w+)*/?$",
    re.I,
)


def _is_a_new_name(sources: list[Word], destination: Word) -> bool:
    """Whether the name says that it keeps a copy: `x.conf` to `x.conf.bak`."""
    if destination.text.strip("/") == HOLE:
        return paths.capture(destination)
    return _COPY_NAME.search(destination.text) is not None and not any(
        _COPY_NAME.search(source.text) for source in sources
    )


def _moved(sources: list[Word], destination: Word, args: Args) -> Reading:
    kept = args.has("-n", "--no-clobber", "-b", "--backup") or _is_a_new_name(sources, destination)
    if paths.data(destination.text) and not kept and not destination.text.endswith("/"):
        return Reading(
            Effect.DESTROY, "mv.over", f"overwrites {shown(destination)}, which holds data or access"
        )
    if any(paths.data(source.text) for source in sources):
        return Reading(Effect.DISRUPT, "mv.data", "moves a file that a running program may have open")
    return Reading(
        Effect.CHANGE, "mv", f"moves {shown(sources[0]) if sources else 'files'} to {shown(destination)}"
    )


def _is_nothing(stdin: Stdin) -> bool:
    """Whether what arrives is nothing at all, so that writing it empties a file."""
    if stdin == NOTHING or (stdin.known and stdin.literal is not None and not stdin.literal.strip()):
        return True
    return re.fullmatch(r"\s*(?:sudo\s+)?cat\s+/dev/null\s*", stdin.source) is not None


def read_tee(call: Call) -> Reading:
    """`tee`, `sponge`: writes its input to files and passes it on."""
    args = parse(call.words, _PLAIN)
    appends = args.has("-a", "--append")
    readings = [
        written(
            name,
            appends=appends,
            empties=_is_nothing(call.stdin),
            elsewhere=call.place.elsewhere,
            copies=call.stdin.literal is None,
            rule=call.name,
        )
        for name in args.operands
    ]
    silent = Reading(Effect.OBSERVE, call.name)
    return _worst([reading for reading in readings if reading is not None], silent)


def read_dd(call: Call) -> Reading:
    """`dd`: the operand of= says where it writes."""
    for word in call.words:
        key, _, value = word.text.partition("=")
        if HOLE in key:
            return unknown("dd.unknown", "an operand of dd is not known")
        if key == "of":
            reading = written(word._replace(text=value, raw=value), elsewhere=call.place.elsewhere, rule="dd")
            if reading is not None and reading.effect is Effect.CHANGE:
                return Reading(Effect.DESTROY, "dd.of", f"overwrites {value}")
            return reading or Reading(Effect.OBSERVE, "dd")
    return Reading(Effect.OBSERVE, "dd", flags=frozenset({Flag.HEAVY}))


def read_truncate(call: Call) -> Reading:
    """`truncate`, `fallocate`: the size decides."""
    args = parse(
        call.words, Grammar(values=frozenset({"-s", "--size", "-r", "--reference", "-l", "-o", "--length"}))
    )
    size = args.value("-s", "--size") or ""
    if call.name == "fallocate" and not args.has(
        "-p", "--punch-hole", "-c", "--collapse-range", "-z", "--zero-range"
    ):
        return Reading(Effect.CHANGE, "fallocate", "reserves space on disk")
    if size.startswith("+"):
        return Reading(Effect.CHANGE, "truncate.extend", "makes a file longer")
    if args.operands and all(paths.temporary(name) for name in args.operands):
        return Reading(Effect.OBSERVE, "truncate.scratch", flags=_LOCAL)
    names = ", ".join(shown(name) for name in args.operands[:3]) or "a file"
    return Reading(
        Effect.DESTROY, call.name, f"throws away the content of {names}", flags=_wide(args.operands)
    )


_PACKERS = r"(?:gzip|pigz|zstd|zstdmt|unzstd|xz|pixz|bzip2|pbzip2|lbzip2|lz4|lzma|lzop)(?: -[\w-]+)*"


def _packs(option: Word, words: tuple[Word, ...]) -> bool:
    """Whether the program this option names is one that only packs and unpacks."""
    if "=" in option.text:
        return re.fullmatch(_PACKERS, option.text.partition("=")[2]) is not None
    if not re.fullmatch(r"-[A-Za-z]*I|--use-c[a-z-]*", option.text):
        return re.fullmatch("-I" + _PACKERS, option.text) is not None
    behind = words[words.index(option) + 1 :]
    return bool(behind) and re.fullmatch(_PACKERS, behind[0].text) is not None


def read_archive(call: Call) -> Reading:
    """`tar`: listing looks, creating writes an archive, extracting overwrites."""
    words = call.words
    if words and re.fullmatch(r"[A-Za-z]+", words[0].text):
        first = words[0]
        words = (first._replace(text="-" + first.text), *words[1:])
    hidden = next(
        (
            word
            for word in words
            if re.match(r"--(?:to-c|checkpoint-a|use-c|info-s|new-v|rsh-c|rmt-c)|-[A-Za-z]*[IF]", word.text)
        ),
        None,
    )
    if hidden is not None and "checkpoint-action=dot" not in hidden.text and not _packs(hidden, words):
        return unknown("tar.program", "tar would start another program")
    letters = "".join(word.text[1:] for word in words if re.fullmatch(r"-[A-Za-z]+", word.text))
    longs = {word.text.partition("=")[0] for word in words if word.text.startswith("--")}
    if "--remove-files" in longs:
        return Reading(Effect.DESTROY, "tar.remove", "removes the files it has packed")
    index = [word for word in words if word.text.startswith("--index-f")]
    if index:
        name = index[0].text.partition("=")[2]
        file = index[0]._replace(text=name, raw=name)
        into = written(file, elsewhere=call.place.elsewhere, rule="tar.index")
        if into is not None and into.effect is not Effect.OBSERVE:
            return into
    if "t" in letters or "--list" in longs:
        return Reading(Effect.OBSERVE, "tar.list")
    if re.fullmatch(r"[dfvzjJ]*d[dfvzjJ]*", letters) or longs & {"--diff", "--compare"}:
        return Reading(Effect.OBSERVE, "tar.compare")
    grammar = Grammar(values=frozenset({"-f", "-C", "--file", "--directory", "-T", "-X", "--exclude"}))
    args = parse(words, grammar)
    if "x" in letters or "--extract" in longs or "--get" in longs:
        where = args.values("-C", "--directory")
        if "O" in letters or "--to-stdout" in longs:
            return Reading(Effect.OBSERVE, "tar.stdout")
        if where and (where[-1].text == "/" or paths.data(where[-1].text)):
            return Reading(Effect.DESTROY, "tar.extract.over", f"unpacks over {shown(where[-1])}")
        if where and paths.temporary(where[-1]):
            return Reading(Effect.OBSERVE, "tar.extract.scratch", flags=_LOCAL)
        return Reading(Effect.CHANGE, "tar.extract", "unpacks files, over those of the same name")
    if re.search(r"[cruA]", letters) or longs & {"--create", "--append", "--update"}:
        archive = args.values("-f", "--file")
        if not archive or archive[-1].text == "-":
            return Reading(Effect.OBSERVE, "tar.create")
        if not paths.temporary(archive[-1]) and (
            re.search(r"[ruA]", letters) or longs & {"--append", "--update"}
        ):
            return Reading(Effect.CHANGE, "tar.append", f"adds to the archive {shown(archive[-1])}")
        reading = written(archive[-1], elsewhere=call.place.elsewhere, rule="tar.create")
        return reading or Reading(Effect.OBSERVE, "tar.create")
    return unknown("tar.unknown", "tar without a known operation")


def read_to_file(call: Call) -> Reading:
    """`gzip`, `zip` and the like: replace a file by its packed form, or only print."""
    args = parse(call.words, _PLAIN)
    if call.name == "zip" and args.has("-d", "--delete", "-m", "--move"):
        return Reading(Effect.DESTROY, "zip.remove", "removes what is packed, or what was packed")
    stdout = args.has("-c", "--stdout", "--to-stdout", "-t", "--test", "-l", "--list", "-p")
    if call.name in ("zcat", "bzcat", "xzcat", "zstdcat", "lz4cat") or stdout or not args.operands:
        return Reading(Effect.OBSERVE, call.name)
    if call.name == "unzip" and args.has("-v", "-z", "-Z"):
        return Reading(Effect.OBSERVE, "unzip.list")
    if call.name == "unzip" and args.has("-d") and paths.temporary(args.operands[-1]):
        return Reading(Effect.OBSERVE, "unzip.scratch", flags=_LOCAL)
    if all(paths.temporary(name) for name in args.operands):
        return Reading(Effect.OBSERVE, f"{call.name}.scratch", flags=_LOCAL)
    return Reading(Effect.CHANGE, call.name, "packs or unpacks files in place")


def read_split(call: Call) -> Reading:
    """`split`, `csplit`: write new files beside us, or where their prefix says."""
    args = parse(
        call.words,
        Grammar(values=frozenset("-b -l -n -a -C -f --bytes --lines --number --prefix --filter".split())),
    )
    if args.has("--filter"):
        return unknown("split.program", "starts another program on each part")
    if call.name == "split" and len(args.operands) > 2:
        return unknown("split.unknown", "another tool of that name")
    prefixes = args.values("-f", "--prefix") if call.name == "csplit" else args.operands[1:2]
    for prefix in prefixes:
        into = written(prefix, elsewhere=call.place.elsewhere, rule=call.name)
        if "/" in prefix.text and into is not None:
            return into
    own = not call.place.elsewhere
    return Reading(
        Effect.OBSERVE if own else Effect.CHANGE, call.name, "" if own else "writes new files", flags=_LOCAL
    )


def read_sort(call: Call) -> Reading:
    """`sort`: looks, unless -o names a file or --compress-program a program."""
    args = parse(
        call.words,
        Grammar(values=frozenset({"-o", "--output", "-k", "-t", "-S", "-T", "--key", "--compress-program"})),
    )
    if args.has("--compress-program"):
        return unknown("sort.program", "sort would start another program")
    for name in args.values("-o", "--output"):
        reading = written(name, elsewhere=call.place.elsewhere, rule="sort")
        if reading is not None:
            return reading
    return Reading(Effect.OBSERVE, "sort")


HANDLERS: dict[str, Callable[[Call], Reading]] = {
    **dict.fromkeys(("rm", "rmdir", "unlink", "shred", "srm"), read_rm),
    **dict.fromkeys(("cp", "mv", "install", "ln"), read_copy),
    **dict.fromkeys(("tee", "sponge"), read_tee),
    "dd": read_dd,
    **dict.fromkeys(("truncate", "fallocate"), read_truncate),
    **dict.fromkeys(("tar", "bsdtar", "gtar"), read_archive),
    **dict.fromkeys(
        ("gzip", "gunzip", "zcat", "bzip2", "bunzip2", "bzcat", "xz", "unxz", "xzcat", "zstd", "unzstd", "zstdcat",
         "lz4", "pigz", "unpigz", "zip", "unzip"),
        read_to_file,
    ),
    **dict.fromkeys(("split", "csplit"), read_split),
    "sort": read_sort,
}  # fmt: skip
