"""The tools of one call on the page: when each ran, what it sent, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..results import CallResult, Request, ToolRun
from .markup import Markup, tag
from .summary import arguments, ending, exchange, ran

Times = Callable[[float, float | None], dict[str, str | bool | None]]
"""Returns the attributes of a button that plays a part of the call."""
Place = Callable[[float, float | None], str]
"""Returns the style that puts something at its place on the time axis."""


def lane(call: CallResult, times: Times, place: Place) -> Markup | str:
    """Draw every run of a tool on the time axis; nothing where there was none."""
    if not call.tools:
        return ""
    runs = [_span(run, call, times, place) for run in call.tools]
    return tag("div", tag("span", "Tools", class_="side"), *runs, class_="lane tools")


def _span(run: ToolRun, call: CallResult, times: Times, place: Place) -> Markup:
    stopped = call.duration if run.stopped is None else run.stopped
    said = f"{run.tool}{arguments(run)}, at {run.started:.2f} s: {ending(run)}"
    return tag(
        "button",
        tag("span", run.tool, aria_hidden="true"),
        class_=run.status or "unended",
        aria_label=f"{said}. Play from here.",
        title=said,
        style=place(run.started, stopped),
        **times(run.started, stopped),
    )


def entries(call: CallResult, times: Times) -> Iterator[Markup]:
    """Write every run of a tool, with its requests and what the language model was told."""
    for run in call.tools:
        yield tag(
            "li",
            tag(
                "button",
                tag("time", f"{run.started:.2f}"),
                tag("span", run.tool, class_="who"),
                tag("span", tag("strong", ending(run), class_=run.status), f" {ran(run)}"),
                **times(run.started, run.stopped),
            ),
            tag("dl", *_facts(run)),
        )


def _facts(run: ToolRun) -> Iterator[Markup]:
    if run.arguments:
        yield from _fact("Called with", arguments(run))
    for request in run.requests:
        yield from _request(request)
    if run.told:
        yield from _fact("Told the model", run.told)


def _request(request: Request) -> Iterator[Markup]:
    yield from _fact("Request", exchange(request))
    if request.body:
        yield from _fact("Sent", request.body)
    if request.answer:
        yield from _fact("Answer", request.answer)


def _fact(name: str, value: str) -> Iterator[Markup]:
    yield tag("dt", name)
    yield tag("dd", tag("code", tag("bdi", value.strip())))
