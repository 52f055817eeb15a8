"""One call on the page: its waveforms, transcript, checks and barge-ins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count as counted

from ..results import BargeIn, CallResult, Check, Turn
from . import html_steps, html_tools, waveform
from .markup import Markup, join, tag
from .step_words import heading
from .summary import earlier_runs, responsible, stopped, tally

_BINS = 600  # of a waveform: more than a call is pixels wide on most screens
_ICONS = {
    "passed": "M2.5 8.5l3.5 3.5 7.5-8",
    "failed": "M3.5 3.5l9 9M12.5 3.5l-9 9",
    "blocked": "M8 1.5a6.5 6.5 0 1 0 .01 0M4.5 8h7",
    "let through": "M8 1.5v12M3.5 9L8 13.5 12.5 9",
    "ignored": "M1.5 8q3.25-5 6.5 0t6.5 0",
}
MEANING = {
    "blocked": "blocked, the agent spoke on",
    "let through": "let through, the agent was cut off",
    "ignored": "ignored, too short, too late, or in the first seconds, which LiveKit protects",
}


ORIGINS = {
    "profile": "profile's words",
    "replies": "from replies",
    "test sentence": "test sentence",
}


def article(call: CallResult, number: int, path: str, *, longest: float, unfolded: bool) -> Markup:
    """Show one call of the profile at `path`.

    `number` counts from 1, and `longest` is how many seconds the longest call's axis spans.
    """
    origin = "Derived from the profile." if call.derived else "Written by the operator."
    name = f"call-{number}"
    checks = sorted(call.checks, key=lambda check: check.passed)
    times = partial(_times, call=call)
    steps = [*html_steps.entries(call, path, times)]
    return tag(
        "article",
        tag(
            "details",
            tag(
                "summary",
                outcome_icon(call.passed),
                tag("h3", call.name, id=f"{name}-name"),
                _strip(call, longest),
                tag("span", tally(call), class_="number"),
                tag("span", f"{call.duration:.1f} s", class_="number length"),
            ),
            tag("p", f"{origin} {call.talked_over}".rstrip(), class_="soft"),
            *(tag("p", run, class_="late") for run in earlier_runs(call)),
            *_player(call, path),
            tag(
                "div",
                tag(
                    "div",
                    _section(
                        "Transcript", "transcript", "ol", [_line(turn, call) for turn in call.turns]
                    ),
                    _section(heading(call.steps), "runs held", "ol", steps),
                    _section("Tools", "runs", "ol", [*html_tools.entries(call, times)]),
                ),
                tag(
                    "div",
                    _section("Checks", "checks", "ul", [_check(check) for check in checks]),
                    _section("Barge-ins", "ledger", "ol", [*_ledger(call, path)]),
                ),
                class_="columns",
            ),
            open=unfolded,
        ),
        class_="call",
        id=name,
        aria_labelledby=f"{name}-name",
        data_name=call.name,
        data_length=f"{axis(call):.3f}",
    )


def _strip(call: CallResult, longest: float) -> Markup:
    """Draw who speaks when, in a few pixels, on a scale that all calls share."""
    spans = [
        tag(
            "rect",
            class_=turn.who,
            x=round(1000 * turn.started / longest),
            y=0 if turn.who == "caller" else 10,
            width=max(4, round(1000 * (turn.stopped - turn.started) / longest)),
            height=8,
        )
        for turn in call.turns
    ]
    return svg("0 0 1000 18", *spans, class_="strip")


def _player(call: CallResult, path: str) -> Iterator[Markup]:
    length = axis(call)
    recording = waveform.read(call.recording) if call.recording else None
    if recording:
        yield tag(
            "div",
            tag(
                "button",
                svg("0 0 16 16", _path("M3 1.5v13l11-6.5z"), class_="starting"),
                svg("0 0 16 16", _path("M3 2h3.5v12H3zM9.5 2H13v12H9.5z"), class_="pausing"),
                class_="play",
                type="button",
                aria_label=f"Play {call.name}",
            ),
            tag("span", class_="time"),
            class_="controls",
            hidden=True,
        )
    heights = waveform.peaks(recording, length, _BINS) if recording else None
    lanes = [
        tag(
            "div",
            tag("span", name, class_="side"),
            ""
            if heights is None
            else svg(
                f"0 -100 {_BINS - 1} 200", _path(waveform.outline(heights[:, side])), class_="wave"
            ),
            *(_span(turn, call) for turn in call.turns if turn.who == who),
            class_=f"lane {who}",
        )
        for side, (who, name) in enumerate((("caller", "Caller"), ("agent", "Agent")))
    ]
    chips = [_chip(each, number, call) for number, each in enumerate(call.barge_ins, start=1)]
    band = tag("div", *chips, class_="band")
    playhead = tag("div", class_="playhead") if recording else ""
    label = "Both sides on one time axis; arrow keys go from one turn to the next"
    at_times, at_place = partial(_times, call=call), partial(_place, length=length)
    tools = html_tools.lane(call, at_times, at_place)
    steps = html_steps.lanes(call, path, at_times, at_place)
    yield tag(
        "div",
        lanes[0],
        band,
        lanes[1],
        steps,
        tools,
        playhead,
        class_="stage",
        role="group",
        aria_label=label,
    )
    if recording:
        yield tag(
            "input",
            class_="scrub",
            type="range",
            min=0,
            max=f"{length:.2f}",
            step=0.1,
            value=0,
            aria_label=f"Position in {call.name}",
            hidden=True,
        )
    yield tag("div", *_ticks(length), class_="axis", aria_hidden="true")
    if recording:
        yield tag("audio", controls=True, preload="metadata", src=waveform.as_data_uri(recording))
    else:
        yield tag("p", "No recording of this call was kept.", class_="soft")


def _ticks(length: float) -> Iterator[Markup]:
    step = next((step for step in (1, 2, 5, 10, 15, 30, 60, 120, 300) if length / step <= 12), 600)
    for second in counted(0, step):
        # One at the very end would stick out.
        if second and second > 0.98 * length:
            return
        yield tag("span", f"{second} s", class_="tick", style=f"left:{100 * second / length:.2f}%")


def _span(turn: Turn, call: CallResult) -> Markup:
    """Draw a turn on the waveform of its side."""
    kinds = [kind for kind, is_so in (("cut", turn.cut), ("typed", turn.typed)) if is_so]
    note = {"cut": "cut", "typed": "#" if turn.pressed else "T"}
    return tag(
        "button",
        *(tag("span", note[kind], aria_hidden="true") for kind in kinds),
        class_=" ".join(kinds) or None,
        aria_label=f"{_in_words(turn)} Play from here.",
        title=turn.text,
        **_times(turn.started, turn.stopped, call),
        style=_place(turn.started, None if turn.typed else turn.stopped, axis(call)),
    )


def _chip(each: BargeIn, number: int, call: CallResult) -> Markup:
    """Draw a barge-in between both waveforms."""
    return tag(
        "button",
        icon(each.outcome),
        str(number),
        class_=f"chip {slug(each.outcome)}",
        aria_label=f"Barge-in {number}, {each.outcome}, at {each.at:.2f} s: {each.said}",
        title=f"Barge-in {number}, {MEANING[each.outcome]}.",
        **_times(each.at, None, call),
        style=_place(each.at, each.until, axis(call)),
    )


def _line(turn: Turn, call: CallResult) -> Markup:
    """Write a turn into the transcript."""
    kind = "pressed" if turn.pressed else "typed"
    return tag(
        "li",
        tag(
            "button",
            tag("time", f"{turn.started:.2f}"),
            tag("span", turn.who.capitalize(), class_="who"),
            tag(
                "span",
                tag("span", turn.agent, class_="holder") if turn.agent else "",
                tag("bdi", turn.text),
                tag("span", "cut off", class_="tag cut") if turn.cut else "",
                tag("span", kind, class_="tag typed") if turn.typed else "",
                tag("span", ORIGINS[turn.origin], class_="tag origin") if turn.origin else "",
                class_="text",
            ),
            class_=turn.who,
            **_times(turn.started, turn.stopped, call),
        ),
    )


def _check(check: Check) -> Markup:
    words = tag("div", tag("p", check.name), tag("p", check.reason, class_="soft"))
    state = "passed" if check.passed else "failed"
    return tag("li", outcome_icon(check.passed), words, class_=state)


def _ledger(call: CallResult, path: str) -> Iterator[Markup]:
    for number, each in enumerate(call.barge_ins, start=1):
        verb = " typed, " if each.typed else " "
        yield tag(
            "li",
            tag(
                "button",
                icon(each.outcome),
                str(number),
                class_=f"chip {slug(each.outcome)}",
                aria_label=f"Play barge-in {number}",
                **_times(each.at, None, call),
            ),
            tag(
                "div",
                tag("p", tag("bdi", f"“{each.said}”"), verb, tag("strong", each.outcome)),
                tag(
                    "p",
                    " · ".join(filter(None, (f"{each.at:.2f} s", stopped(each)))),
                    class_="soft",
                ),
                tag("p", tag("code", responsible(each, path)), class_="soft"),
            ),
        )


def _section(title: str, class_: str, kind: str, entries: Sequence[Markup]) -> str:
    if not entries:
        return ""
    return tag("section", tag("h4", title), tag(kind, *entries), class_=class_)


def _times(at: float, until: float | None, call: CallResult) -> dict[str, str | bool | None]:
    """Return the attributes of a button that plays the call from `at` on."""
    return {
        "type": "button",
        "data_at": f"{at:.3f}",
        "data_until": None if until is None else f"{until:.3f}",
        "disabled": call.recording is None,
    }


def _place(start: float, stop: float | None, length: float) -> str:
    width = "" if stop is None else f";width:{100 * (stop - start) / length:.3f}%"
    # What happens at the very end is seen as well.
    return f"left:min({100 * start / length:.3f}%, calc(100% - 5px)){width}"


def _in_words(turn: Turn) -> str:
    cut = ", and is cut off" if turn.cut else ""
    name = f"Agent {turn.agent}" if turn.agent else turn.who.capitalize()
    return f"{name} {turn.verb} at {turn.started:.2f} s{cut}: {turn.text}"


def axis(call: CallResult) -> float:
    """Return how many seconds the time axis of a call spans."""
    return max(call.duration, *(turn.stopped for turn in call.turns), 1.0)


def outcome_icon(passed: bool) -> Markup:
    state = "passed" if passed else "failed"
    return join(icon(state), tag("span", f"{state.capitalize()}: ", class_="sr"))


def icon(name: str) -> Markup:
    stroke = {"fill": "none", "stroke": "currentColor", "stroke_width": "2"}
    return svg("0 0 16 16", _path(_ICONS[name], **stroke), class_=f"mark {slug(name)}")


def _path(shape: str, **attributes: str) -> Markup:
    return tag("path", d=shape, **attributes)


def svg(view: str, *content: str, class_: str) -> Markup:
    return tag(
        "svg", *content, viewBox=view, preserveAspectRatio="none", class_=class_, aria_hidden="true"
    )


def slug(outcome: str) -> str:
    return outcome.replace(" ", "-")
