"""A rehearsal as JUnit XML, which build servers show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..results import CallResult, Check, Rehearsal
from . import covered, text
from .summary import earlier_runs, left_out, standin_failure

# Characters that XML 1.0 cannot write.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(rehearsal: Rehearsal) -> str:
    """Return a suite for each call, with a test case for each check, and one for coverage.

    What must be reached is a check too, where the operator says how much that is.
    """
    calls, floor = rehearsal.calls, _floor(rehearsal)
    checks = [*(check for call in calls for check in call.checks), *floor]
    seconds = sum(call.duration for call in calls)
    counts = _counts(checks, seconds, errors=len(rehearsal.left_out))
    suites = _element("testsuites", name=rehearsal.profile, **counts)
    for call in calls:
        suites.append(_suite(rehearsal, call))
    for name, runs in left_out(rehearsal):
        lag = rehearsal.left_out[name][-1].lag
        suite = _element("testsuite", name=name, **_counts([], errors=1))
        case = _element("testcase", classname=f"{rehearsal.profile}.{name}", name="It can be run.")
        message = f"The machine was {lag:.1f} s late, so that nothing can be said of the agent."
        case.append(_element("error", message=message, type="late"))
        suite.append(case)
        SubElement(suite, "system-out").text = _writable("\n".join(runs))
        suites.append(suite)
    for check in floor:
        suite = _element("testsuite", name="coverage", **_counts([check]))
        suite.append(_case(f"{rehearsal.profile}.coverage", check))
        lines = [*covered.lines(rehearsal.coverage), *covered.advice(rehearsal.coverage)]
        SubElement(suite, "system-out").text = _writable("\n".join(lines))
        suites.append(suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _floor(rehearsal: Rehearsal) -> list[Check]:
    """Return the check that as much of the profile is reached as must be, if it must."""
    coverage = rehearsal.coverage
    if coverage.fail_under is None:
        return []
    name = f"The calls reach at least {coverage.fail_under:g}% of the profile."
    return [Check(name, coverage.is_enough, covered.headline(coverage))]


def _suite(rehearsal: Rehearsal, call: CallResult) -> Element:
    suite = _element("testsuite", name=call.name, **_counts(call.checks, call.duration))
    properties = SubElement(suite, "properties")
    properties.append(_element("property", name="profile", value=rehearsal.path))
    properties.append(_element("property", name="runs", value=str(len(call.late_runs) + 1)))
    for note in rehearsal.notes:
        properties.append(_element("property", name="note", value=note))
    for number, run in enumerate(earlier_runs(call), start=1):
        properties.append(_element("property", name=f"run {number}", value=run))
    for check in call.checks:
        suite.append(_case(f"{rehearsal.profile}.{call.name}", check))
    SubElement(suite, "system-out").text = _writable(text.one(call, rehearsal.path))
    if failure := standin_failure(rehearsal):
        SubElement(suite, "system-err").text = _writable(failure)
    return suite


def _case(classname: str, check: Check) -> Element:
    # A check takes no time of its own: it looks at a call that is over.
    case = _element("testcase", classname=classname, name=check.name, time="0.000")
    if not check.passed:
        failure = _element("failure", message=check.reason, type="check")
        failure.text = _writable(f"{check.name}\n{check.reason}")
        case.append(failure)
    return case


def _counts(checks: Sequence[Check], seconds: float = 0.0, errors: int = 0) -> dict[str, str]:
    return {
        "tests": str(len(checks) + errors),
        "failures": str(sum(not check.passed for check in checks)),
        "errors": str(errors),
        "skipped": "0",
        "time": f"{seconds:.3f}",
    }


def _element(tag: str, **attributes: str) -> Element:
    return Element(tag, {name: _writable(value) for name, value in attributes.items()})


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
