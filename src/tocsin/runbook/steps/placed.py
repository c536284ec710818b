"""A judgement at its place: what a chain of sessions adds to what a line would do."""

from dataclasses import replace

from tocsin.effects.effect import Effect, Flag, Judgement
from tocsin.runbook.book import Context


def placed(judgement: Judgement, context: Context) -> Judgement:
    """A judgement at its place: remote, privileged, with the targets the chain names."""
    if not context:
        return judgement
    flags = set(judgement.flags)
    targets = list(judgement.targets)
    needs = set(judgement.needs)
    effect = judgement.effect
    for hop in context:
        match hop.kind:
            case "host":
                flags.add(Flag.REMOTE)
                targets.append(f"host:{hop.name}")
                needs.add("host")
            case "pod":
                flags.add(Flag.REMOTE)
                targets.append(f"kubernetes:pod/{hop.name}" + (f" -n {hop.detail}" if hop.detail else ""))
                needs.add("kubernetes")
            case "container":
                flags.add(Flag.REMOTE)
                targets.append(f"container:{hop.name}")
            case "database":
                named = "redis" if hop.detail == "redis" else "database"
                targets = [
                    f"{named}:{hop.name}",
                    *(t for t in targets if not t.startswith((f"{named}:", "database:"))),
                ]
            case "user" if hop.name == "root":
                flags.add(Flag.PRIVILEGED)
            case _:
                pass
    if Flag.REMOTE in flags and Flag.LOCAL in flags and effect is Effect.OBSERVE:
        # Scratch is scratch on the operator's side only; elsewhere a written file is a change.
        effect = Effect.CHANGE
    return replace(
        judgement,
        effect=effect,
        flags=frozenset(flags),
        targets=tuple(dict.fromkeys(targets)),
        needs=frozenset(needs),
    )
