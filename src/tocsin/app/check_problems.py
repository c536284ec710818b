"""What is wrong with the checks of a tocsin.toml: every kind and key of all of them, each with its line."""

from collections.abc import Iterable
from dataclasses import replace

from tocsin.app.settings import Settings
from tocsin.app.settings_checks import CHECK_KEYS, raise_all
from tocsin.app.settings_file import Place
from tocsin.detection.check import CheckSpec
from tocsin.errors import ConfigError
from tocsin.kit.ids import CheckName
from tocsin.kit.keys import KeyProblem, did_you_mean
from tocsin.probe.registry import Probers

# What may stand for a value that is missing, so that the keys after it are looked at too; never used for a sample.
_STAND_INS: tuple[object, ...] = (
    "placeholder", "http://placeholder.invalid/", "postgresql://placeholder.invalid/x", "SELECT 1", 1,
)  # fmt: skip
_MOST = 50  # problems of one check


def refuse_wrong(settings: Settings, probers: Probers, names: Iterable[CheckName] | None = None) -> None:
    """Look at kinds and keys of these checks (of all of them by default).

    Raises:
        ConfigError: names file, line, check and key of everything that is wrong, a line for each.
    """
    wanted = None if names is None else set(names)
    place = Place(settings.file, settings.text)
    problems: list[ConfigError] = []
    for index, spec in enumerate(settings.checks):
        if wanted is None or spec.name in wanted:
            problems += _of(spec, f"checks[{index}]", probers, place)
    raise_all(problems)


def _of(spec: CheckSpec, at: str, probers: Probers, place: Place) -> list[ConfigError]:
    """Everything that is wrong with one check: what was found is mended in a copy, and the copy looked at again."""
    found: list[ConfigError] = []
    told: set[str] = set()
    while len(found) < _MOST:
        try:
            probers.validate(spec)
            return found
        except KeyProblem as problem:
            if problem.key in told:
                return found  # a consequence of how it was mended
            told.add(problem.key)
            found.append(_placed(problem, at, place))
            mended = _mended(spec, problem, probers)
            if mended is None:
                return found
            spec = mended
        except ConfigError as problem:
            where = place.where(f"{at}.kind")
            found.append(ConfigError(f"{where}: {problem.message}", hint=problem.hint))
            return found
    return found


def _placed(problem: KeyProblem, at: str, place: Place) -> ConfigError:
    hint = problem.hint
    if problem.known:
        hint = did_you_mean(problem.key, problem.known | CHECK_KEYS)
        if hint.startswith("Did you mean"):
            hint = hint.partition(" Known:")[0]  # thirty names help nobody who only slipped
    where = place.where(f"{at}.{problem.stands or problem.key}")
    return ConfigError(f"{where}: {problem.message}", hint=hint)


def _mended(spec: CheckSpec, problem: KeyProblem, probers: Probers) -> CheckSpec | None:
    """The check without this problem, or None if nobody can say how."""
    table = dict(spec.settings)
    if problem.stands is not None and problem.stands in table:
        table[problem.key] = table.pop(problem.stands)
        return replace(spec, settings=table)
    if problem.key in table:
        del table[problem.key]
        return replace(spec, settings=table)
    for stand_in in _STAND_INS:
        guess = replace(spec, settings={**table, problem.key: stand_in})
        try:
            probers.validate(guess)
        except KeyProblem as next_one:
            if next_one.key == problem.key:
                continue
        except ConfigError:
            continue
        return guess
    return None
