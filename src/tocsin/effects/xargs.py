"""`xargs` and `parallel`: a command with arguments from elsewhere.

Source: docs/reference/runbook-language.md, section on wrappers.
"""

from collections.abc import Callable

from tocsin.effects.effect import Effect
from tocsin.effects.inside import WIDE, piped_script, spoken, wrapped
from tocsin.effects.prefix import prefix, skip_options
from tocsin.effects.reading import NOTHING, Call, Inside, Reading, unknown
from tocsin.effects.words import HOLE, Word


def read_xargs(call: Call) -> Reading:
    """`xargs cmd`, `parallel cmd ::: a b`: the command with arguments from elsewhere."""
    values = "-I -n -P -L -d -s -E -a --max-args --max-procs --delimiter --arg-file --replace --max-lines -J -R -S -j --jobs --joblog --results --colsep --timeout --retries --max-chars --process-slot-var --eof --delay --tmpdir --load --memfree --workdir --env"
    switches = "-0 -i -e -l -r -t -p -x -o --null --no-run-if-empty --verbose --interactive --exit -k --keep-order --bar --dry-run --will-cite --halt -u --ungroup -X -m --line-buffer --lb --tag --progress --eta --silent"
    rule = prefix(values, switches)
    index, clear = skip_options(call.words, rule)
    options = {word.text for word in call.words[:index]}
    if call.name == "parallel" and "--dry-run" in options:
        return Reading(Effect.OBSERVE, "parallel.preview")
    inner = call.words[index:]
    colons = next((place for place, word in enumerate(inner) if word.text in (":::", "::::", ":::+")), None)
    arguments = inner[colons + 1 :] if colons is not None else ()
    inner = inner[:colons] if colons is not None else inner
    if not inner:
        if arguments and call.name == "parallel":
            return wrapped(call.name, *(Inside(text=word.text, flags=WIDE) for word in arguments))
        if call.name == "parallel" and any(name.startswith(("-a", "--arg-file")) for name in options):
            return unknown("parallel.file", "runs the lines of a file that is not read here")
        if call.name == "parallel" and call.stdin != NOTHING:
            return piped_script(call, call.stdin)
        return Reading(Effect.OBSERVE, call.name)
    replaced = tuple(given._replace(text=given.text.replace("{}", HOLE)) for given in inner)
    if call.name == "parallel":
        # parallel hands one line to a shell, where quotes that were taken away here are missing; whichever
        # reading is worse counts.
        line = Inside(text=f"{spoken(replaced)} {HOLE}", flags=WIDE)
        exact = Inside((*replaced, Word(HOLE, 0, 0, HOLE)), flags=WIDE)
        if not clear:
            return unknown("parallel.option", "an option of `parallel` is not known", inside=(line, exact))
        return wrapped("parallel", line, exact)
    if {"-I", "--replace", "-i", "-J"} & options or any(
        name.startswith(("-I", "--replace=")) for name in options
    ):
        marks = [
            call.words[at + 1].text
            for at, word in enumerate(call.words[:index])
            if word.text in ("-I", "-J") and at + 1 < index
        ]
        marks += [name[2:] for name in options if name.startswith("-I") and len(name) > 2]
        for mark in marks:
            replaced = tuple(
                given._replace(text=given.text.replace(mark, HOLE)) for given in replaced if mark
            )
        inside = Inside(replaced, flags=WIDE)
    else:
        last = inner[-1]
        inside = Inside((*replaced, Word(HOLE, last.start, last.end, f"$({call.stdin.source})")), flags=WIDE)
    if not clear:
        return unknown(f"{call.name}.option", f"an option of `{call.name}` is not known", inside=(inside,))
    return wrapped(call.name, inside)


HANDLERS: dict[str, Callable[[Call], Reading]] = dict.fromkeys(("xargs", "gxargs", "parallel"), read_xargs)
