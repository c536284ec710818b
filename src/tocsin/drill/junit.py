"""Drills as JUnit XML, which every CI server shows: a verdict that is not the expected one is a failure, a broken sandbox an error."""

from collections.abc import Sequence
from datetime import timedelta
from xml.sax.saxutils import quoteattr

from tocsin.drill.record import Times
from tocsin.drill.result import Result, in_words


def as_junit(results: Sequence[Result]) -> str:
    """The whole document."""
    errors = sum(1 for each in results if each.verdict.sandbox is not None)
    failures = sum(1 for each in results if each.wrong and each.verdict.sandbox is None)
    took = sum((_took(each) for each in results), timedelta()).total_seconds()
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name="tocsin drill" tests="{len(results)}" failures="{failures}" errors="{errors}" time="{took:.3f}">',
        *(line for each in results for line in _case(each)),
        "</testsuite>",
    ]
    return "\n".join(lines) + "\n"


def _case(each: Result) -> list[str]:
    name, where = quoteattr(f"{each.scenario}: {each.section}"), quoteattr(each.runbook)
    head = f'  <testcase classname={where} name={name} time="{_took(each).total_seconds():.3f}">'
    said = quoteattr(in_words(each.verdict))
    body = [
        "    <properties>",
        f'      <property name="verdict" value={said}/>',
        *(
            f'      <property name="{one.name}" value={quoteattr(one.said)}/>'
            for one in each.measured
            if one.took is not None
        ),
        "    </properties>",
    ]
    if each.verdict.sandbox is not None:
        body.append(f"    <error message={quoteattr(each.verdict.sandbox)}/>")
    elif each.wrong:
        body.append(f"    <failure message={quoteattr('; '.join(each.wrong))}/>")
    return [head, *body, "  </testcase>"]


def _took(each: Result) -> timedelta:
    """From the first process of the first run to the end of the last."""
    times: list[Times] = [run.times for run in each.runs]
    return sum((one.since(one.began, one.ended) or timedelta() for one in times), timedelta())
