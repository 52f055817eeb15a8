"""A rehearsal for machines, and as one page that needs nothing beside it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import count as counted
from pathlib import Path
from string import Template
from typing import Any

from voice_agent.rehearsal import waveform
from voice_agent.rehearsal.markup import Markup, join, tag
from voice_agent.rehearsal.model import BargeIn, CallResult, Check, Rehearsal, Turn
from voice_agent.rehearsal.summary import (
    Spread,
    Summary,
    count,
    failures,
    figures,
    responsible,
    summarise,
    verdict,
)

_BINS = 600  # of a waveform: more than a call is pixels wide on most screens
_ICONS = {
    "passed": "M2.5 8.5l3.5 3.5 7.5-8",
    "failed": "M3.5 3.5l9 9M12.5 3.5l-9 9",
    "blocked": "M8 1.5a6.5 6.5 0 1 0 .01 0M4.5 8h7",
    "let through": "M8 1.5v12M3.5 9L8 13.5 12.5 9",
    "ignored": "M1.5 8q3.25-5 6.5 0t6.5 0",
}
_MEANING = {
    "blocked": "blocked: the agent spoke on",
    "let through": "let through: the agent was cut off",
    "ignored": "ignored: within the first seconds, which LiveKit never lets be cut",
}


def as_json(rehearsals: Sequence[Rehearsal]) -> str:
    """All that is known, as JSON.

    `{"passed", "rehearsals": [{"profile", "path", "interruptible", "passed", "summary", "calls"}]}`.
    A call has the fields of `model.CallResult` under their names, and `passed`; `recording` is a
    path or null. `summary` has those of `summary.Summary`. Durations and times are seconds.
    """
    document = {
        "passed": all(rehearsal.passed for rehearsal in rehearsals),
        "rehearsals": [_plain(rehearsal) for rehearsal in rehearsals],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def _plain(rehearsal: Rehearsal) -> dict[str, Any]:
    calls = [
        {**asdict(call), "passed": call.passed, "recording": call.recording and str(call.recording)}
        for call in rehearsal.calls
    ]
    return {
        **asdict(rehearsal),
        "passed": rehearsal.passed,
        "summary": asdict(summarise(rehearsal)),
        "calls": calls,
    }


def html(rehearsal: Rehearsal) -> str:
    """One page with everything in it: it fetches nothing, and opens from disk."""
    script = _asset("report_page.js")
    digest = hashlib.sha256(script.encode()).digest()
    summary = summarise(rehearsal)
    return Template(_asset("report_page.html")).substitute(
        title=join(f"{rehearsal.profile}: {verdict(summary)}"),
        hash=f"sha256-{b64encode(digest).decode('ascii')}",
        style=_asset("report_page.css"),
        script=script,
        body=tag(
            "main",
            _header(rehearsal, summary),
            _failures(rehearsal),
            _contents(rehearsal),
            _legend() if any(summary.outcomes.values()) else "",
            *(_call(rehearsal, number) for number in range(len(rehearsal.calls))),
        ),
    )


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _header(rehearsal: Rehearsal, summary: Summary) -> Markup:
    manner = "lets the caller cut in" if rehearsal.interruptible else "never lets the caller cut in"
    state = "passed" if rehearsal.passed else "failed"
    sentence = verdict(summary)
    return tag(
        "header",
        tag("p", "Rehearsal", class_="over"),
        tag("h1", rehearsal.profile),
        tag("p", tag("code", rehearsal.path), f" {manner}.", class_="soft"),
        tag("p", _icon(state), tag("span", f"{sentence}."), class_=f"verdict {state}"),
        tag("dl", *(_figure(name, value) for name, value in figures(summary)), class_="figures"),
    )


def _figure(name: str, value: Spread | str) -> Markup:
    if isinstance(value, str):
        return tag("div", tag("dt", name), tag("dd", value, tag("small", "in all")))
    rest = f"median; {value.worst:.2f} s at worst" if value.count > 1 else "measured once"
    return tag("div", tag("dt", name), tag("dd", f"{value.median:.2f} s", tag("small", rest)))


def _failures(rehearsal: Rehearsal) -> str:
    broken = [
        tag(
            "li",
            tag("strong", check.name),
            " ",
            check.reason,
            " ",
            tag("a", call.name, href=f"#call-{rehearsal.calls.index(call) + 1}", class_="soft"),
        )
        for call, check in failures(rehearsal)
    ]
    if not broken:
        return ""
    heading = tag("h2", "What does not hold")
    return tag("section", heading, tag("ul", *broken), class_="failures")


def _contents(rehearsal: Rehearsal) -> Markup:
    longest = max((_length(call) for call in rehearsal.calls), default=1.0)
    rows = [
        tag(
            "li",
            tag(
                "a",
                _state(call.passed),
                tag("span", call.name, class_="name"),
                _strip(call, longest),
                tag("span", _held(call), class_="number"),
                tag("span", f"{call.duration:.1f} s", class_="number length"),
                href=f"#call-{number}",
            ),
        )
        for number, call in enumerate(rehearsal.calls, start=1)
    ]
    return tag("nav", tag("h2", "Calls"), tag("ol", *rows), class_="contents", aria_label="Calls")


def _strip(call: CallResult, longest: float) -> Markup:
    """Who speaks when, in a few pixels, on a scale that all calls share."""
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
    return _svg("0 0 1000 18", *spans, class_="strip")


def _legend() -> Markup:
    entries = [
        tag(
            "li", tag("span", _icon(outcome), class_=f"chip {_slug(outcome)}"), f"Barge-in {meaning}"
        )
        for outcome, meaning in _MEANING.items()
    ]
    return tag("ul", *entries, class_="legend")


def _call(rehearsal: Rehearsal, index: int) -> Markup:
    call = rehearsal.calls[index]
    origin = "Derived from the profile" if call.derived else "Written by the operator"
    name = f"call-{index + 1}"
    return tag(
        "article",
        tag(
            "header",
            _state(call.passed),
            tag(
                "div",
                tag("h3", call.name, id=f"{name}-name"),
                tag("p", f"{origin} · {call.duration:.1f} s · {_held(call)} checks hold"),
            ),
        ),
        *_player(call),
        tag(
            "div",
            _section("Transcript", "transcript", "ol", [_line(turn, call) for turn in call.turns]),
            tag(
                "div",
                _section("Checks", "checks", "ul", [_check(check) for check in call.checks]),
                _section("Barge-ins", "ledger", "ol", [*_ledger(call, rehearsal.path)]),
            ),
            class_="columns",
        ),
        class_="call",
        id=name,
        aria_labelledby=f"{name}-name",
        data_name=call.name,
        data_length=f"{_length(call):.3f}",
    )


def _player(call: CallResult) -> Iterator[Markup]:
    length = _length(call)
    recording = waveform.read(call.recording) if call.recording else None
    if recording:
        yield tag(
            "div",
            tag(
                "button",
                _svg("0 0 16 16", _path("M3 1.5v13l11-6.5z"), class_="starting"),
                _svg("0 0 16 16", _path("M3 2h3.5v12H3zM9.5 2H13v12H9.5z"), class_="pausing"),
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
            else _svg(
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
    yield tag(
        "div", lanes[0], band, lanes[1], playhead, class_="stage", role="group", aria_label=label
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
    """A turn on the waveform of its side."""
    kinds = [kind for kind, is_so in (("cut", turn.cut), ("typed", turn.typed)) if is_so]
    note = {"cut": "cut", "typed": "T"}
    return tag(
        "button",
        *(tag("span", note[kind], aria_hidden="true") for kind in kinds),
        class_=" ".join(kinds) or None,
        aria_label=f"{_told(turn)} Play from here.",
        title=turn.text,
        **_times(turn.started, turn.stopped, call),
        style=_place(turn.started, None if turn.typed else turn.stopped, _length(call)),
    )


def _chip(each: BargeIn, number: int, call: CallResult) -> Markup:
    """A barge-in between both waveforms."""
    return tag(
        "button",
        _icon(each.outcome),
        str(number),
        class_=f"chip {_slug(each.outcome)}",
        aria_label=f"Barge-in {number}, {each.outcome}, at {each.at:.2f} s: {each.said}",
        title=f"Barge-in {number}, {_MEANING[each.outcome]}.",
        **_times(each.at, None, call),
        style=_place(each.at, each.until, _length(call)),
    )


def _line(turn: Turn, call: CallResult) -> Markup:
    """A turn in the transcript."""
    return tag(
        "li",
        tag(
            "button",
            tag("time", f"{turn.started:.2f}"),
            tag("span", turn.who.capitalize(), class_="who"),
            tag(
                "span",
                tag("bdi", turn.text),
                tag("span", "cut off", class_="tag cut") if turn.cut else "",
                tag("span", "typed", class_="tag typed") if turn.typed else "",
                class_="text",
            ),
            class_=turn.who,
            **_times(turn.started, turn.stopped, call),
        ),
    )


def _check(check: Check) -> Markup:
    words = tag("div", tag("p", check.name), tag("p", check.reason, class_="soft"))
    state = "passed" if check.passed else "failed"
    return tag("li", _state(check.passed), words, class_=state)


def _ledger(call: CallResult, path: str) -> Iterator[Markup]:
    for number, each in enumerate(call.barge_ins, start=1):
        verb = " typed, " if each.typed else " "
        yield tag(
            "li",
            tag(
                "button",
                _icon(each.outcome),
                str(number),
                class_=f"chip {_slug(each.outcome)}",
                aria_label=f"Play barge-in {number}",
                **_times(each.at, None, call),
            ),
            tag(
                "div",
                tag("p", tag("bdi", f"“{each.said}”"), verb, tag("strong", each.outcome)),
                tag("p", f"{each.at:.2f} s · ", tag("code", responsible(each, path)), class_="soft"),
            ),
        )


def _section(title: str, class_: str, kind: str, entries: Sequence[Markup]) -> str:
    if not entries:
        return ""
    return tag("section", tag("h4", title), tag(kind, *entries), class_=class_)


def _times(at: float, until: float | None, call: CallResult) -> dict[str, str | bool | None]:
    """What the script needs to know of a part that plays the call from there."""
    return {
        "type": "button",
        "data_at": f"{at:.3f}",
        "data_until": None if until is None else f"{until:.3f}",
        "disabled": call.recording is None,
    }


def _place(start: float, stop: float | None, length: float) -> str:
    width = "" if stop is None else f";width:{100 * (stop - start) / length:.3f}%"
    return f"left:{100 * start / length:.3f}%{width}"


def _told(turn: Turn) -> str:
    verb = "types" if turn.typed else "says"
    cut = ", and is cut off" if turn.cut else ""
    return f"{turn.who.capitalize()} {verb} at {turn.started:.2f} s{cut}: {turn.text}"


def _length(call: CallResult) -> float:
    """What the time axis of a call spans."""
    return max(call.duration, *(turn.stopped for turn in call.turns), 1.0)


def _held(call: CallResult) -> str:
    return f"{sum(check.passed for check in call.checks)} of {len(call.checks)}"


def _state(passed: bool) -> Markup:
    state = "passed" if passed else "failed"
    return join(_icon(state), tag("span", f"{state.capitalize()}: ", class_="sr"))


def _icon(name: str) -> Markup:
    stroke = {"fill": "none", "stroke": "currentColor", "stroke_width": "2"}
    return _svg("0 0 16 16", _path(_ICONS[name], **stroke), class_=f"mark {_slug(name)}")


def _path(shape: str, **attributes: str) -> Markup:
    return tag("path", d=shape, **attributes)


def _svg(view: str, *content: str, class_: str) -> Markup:
    return tag(
        "svg", *content, viewBox=view, preserveAspectRatio="none", class_=class_, aria_hidden="true"
    )


def _slug(outcome: str) -> str:
    return outcome.replace(" ", "-")
