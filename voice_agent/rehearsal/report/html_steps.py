"""The agents of one call on the page: which held when, what was collected, what was pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..results import CallResult, Step
from .markup import Markup, join, tag
from .step_words import decided, in_words, label

Times = Callable[[float, float | None], dict[str, str | bool | None]]
"""Returns the attributes of a button that plays a part of the call."""
Place = Callable[[float, float | None], str]
"""Returns the style that puts something at its place on the time axis."""


def lanes(call: CallResult, path: str, times: Times, place: Place) -> Markup:
    """Draw which agent held when, and below it fields, keys and refusals; nothing without any."""
    entered = [step for step in call.steps if step.name == "agent_entered"]
    others = [step for step in call.steps if step.name != "agent_entered"]
    return join(
        _lane("Who holds", "agents", entered, call, path, times, place),
        _lane("Steps", "steps", others, call, path, times, place),
    )


def _lane(
    title: str,
    class_: str,
    steps: Sequence[Step],
    call: CallResult,
    path: str,
    times: Times,
    place: Place,
) -> Markup | str:
    if not steps:
        return ""
    following = [*(step.at for step in steps[1:]), max(call.duration, steps[-1].at)]
    spans = [
        _span(step, until, path, times, place) for step, until in zip(steps, following, strict=True)
    ]
    return tag("div", tag("span", title, class_="side"), *spans, class_=f"lane {class_}")


def _span(step: Step, until: float, path: str, times: Times, place: Place) -> Markup:
    said = f"{step.at:.2f} s: {in_words(step)} {decided(step, path)}".rstrip()
    return tag(
        "button",
        tag("span", label(step), aria_hidden="true"),
        class_="refused" if step.name.endswith("_refused") else None,
        aria_label=f"{said}. Play from here.",
        title=said,
        style=place(step.at, until),
        **times(step.at, until),
    )


def entries(call: CallResult, path: str, times: Times) -> Iterator[Markup]:
    """Write every step with the line of the profile that decided it."""
    for step in call.steps:
        yield tag(
            "li",
            tag(
                "button",
                tag("time", f"{step.at:.2f}"),
                tag("span", tag("bdi", in_words(step))),
                **times(step.at, None),
            ),
            tag("p", tag("code", where.strip("()")), class_="soft")
            if (where := decided(step, path))
            else "",
        )
