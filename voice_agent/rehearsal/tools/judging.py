"""What must hold in the derived calls of tools."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...format.tools import UNSET
from ...standin.service_server import HOSTILE
from .. import conformance
from ..call import Call
from ..conformance import TalkedOver
from ..expectations import in_seconds
from ..results import Check
from ..services import services_of
from . import samples
from .seen import Seen
from .trials import MARK, SILENCE, Trial, reads

_SHOWN = 200  # letters of what the language model is told
_ROOM = 400  # letters beyond `max_size`, for what says that there is more
_ENDS = ("ends the call", "put through")


def checks(seen: Seen, over: TalkedOver | None) -> Iterator[Check]:
    """Yield everything that was checked in a call."""
    if not seen.trial.frontend:
        yield _not_offered(seen)
        return
    called = len(seen.called)
    name = f"The language model calls {seen.trial.tool}."
    yield Check(name, called > 0, _often(called))
    if not called:
        return
    yield from _requests(seen)
    yield from _told(seen)
    if seen.trial.spoken and seen.trial.kind not in _ENDS:
        yield _no_dead_air(seen)
    if seen.trial.kind == "talked over while it runs":
        yield _heard_meanwhile(seen)
    if over is not None and (cut := conformance.playout(over)) is not None:
        yield cut
    yield from _afterwards(seen)


def _often(times: int) -> str:
    return {0: "It did not.", 1: "It was called once."}.get(times, f"It was called {times} times.")


def _not_offered(seen: Seen) -> Check:
    name = f"Without a frontend, the language model is not offered {seen.trial.tool}."
    offered = [each for each in seen.call.asked if seen.trial.tool in each.tools]
    return Check(name, not offered and bool(seen.call.asked), _offered(bool(offered)))


def _offered(was: bool) -> str:
    return "It was offered it." if was else "It was not."


def _requests(seen: Seen) -> Iterator[Check]:
    trial = seen.trial
    if not _is_behind(seen):
        return
    count = len(seen.received)
    least, most, why = _expected_requests(seen)
    if least == most:
        name = "No request is sent." if not most else "Exactly one request is sent."
    else:
        name = f"At most {most} requests are sent, {why}."
    shown = "There was none." if not count else f"There {_were(count)}."
    yield Check(name, least <= count <= most, shown)
    if trial.kind != "called with wrong arguments":
        problems = [each for request in seen.received for each in request["problems"]]
        name = "Each request is as the profile declares it."
        yield Check(name, not problems, " ".join(problems) or "It was.")
    keys = {_key(each) for each in seen.received} - {None}
    if count > 1 and keys and len(seen.called) == 1:
        name = "A request that is sent again has the same Idempotency-Key."
        yield Check(name, len(keys) == 1, f"There {_were(len(keys), 'key')}.")


def _were(count: int, noun: str = "") -> str:
    return f"{'was' if count == 1 else 'were'} {count} {noun}".rstrip()


def _key(request: Mapping[str, Any]) -> Any:
    return {k.lower(): v for k, v in request["headers"].items()}.get("idempotency-key")


def _is_behind(seen: Seen) -> bool:
    """Return whether there is anything that requests are sent to."""
    declared = seen.trial.profile.tools.declared.get(seen.trial.tool)
    if seen.trial.tool in ("end_call", "send_dtmf_events"):
        return False
    return declared is None or declared.http is not None or declared.rpc is not None


def _expected_requests(seen: Seen) -> tuple[int, int, str]:
    trial = seen.trial
    declared = trial.profile.tools.declared.get(trial.tool)
    if trial.kind == "called with wrong arguments":
        return 0, 0, ""
    http = declared.http if declared else None
    again = 0
    if http is not None:
        again = http.retries if http.retries is not None else 2 * (http.method == "GET")
    if trial.failure and again:
        return 1, 1 + again, "as it may be sent again where it failed"
    if reads(declared) and (trial.kind == "called twice at once" or trial.spoken):
        return 1, 2, "as asking twice does no harm"
    return 1, 1, ""


def is_to_end(trial: Trial) -> bool:
    """Tell whether the agent is to end the call."""
    return trial.kind in _ENDS or (
        trial.kind == "stopped in its goodbye" and _ends_all_the_same(trial)
    )


def _ends_all_the_same(trial: Trial) -> bool:
    written = trial.profile.tools.end_call
    return written is not None and written.on_interruption == "end"


def _told(seen: Seen) -> Iterator[Check]:
    trial = seen.trial
    if trial.kind in _ENDS or trial.kind == "stopped in its goodbye":
        return
    lost = [each for each in seen.ended if not _is_in(str(each.details.get("told", "")), seen.told)]
    name = "Nothing is lost: the language model is told what came of it."
    yield Check(name, bool(seen.ended) and not lost, _shown(seen.told))
    if trial.kind == "called with wrong arguments":
        yield _told_what_is_wrong(seen)
    elif trial.failure:
        yield _told_of_failure(seen)
        name = "It is told nothing of what the service wrote."
        leaked = next((each for each in _BODIES if each in seen.told), None)
        yield Check(name, leaked is None, f'It was told "{leaked}".' if leaked else "It was not.")
    elif trial.kind == "answered with 5 MB":
        yield _told_not_too_much(seen)
    elif trial.kind == "answered with orders":
        yield _told_as_data(seen)
    elif trial.kind == "goes well":
        yield from _told_answer(seen)


_BODIES = (MARK, "<html", "The service was told to answer", '"table": {', "redirected")


def _is_in(told: str, text: str) -> bool:
    return told.strip() in text


def _shown(told: str) -> str:
    if not told:
        return "It was told nothing."
    text = told if len(told) <= _SHOWN else f"{told[:_SHOWN]}…"
    return f"It was told: {text}"


def _told_what_is_wrong(seen: Seen) -> Check:
    names = ", ".join(seen.trial.wrong)
    name = f"Each time, it is told which argument is wrong: {names}."
    missing = [each for each in seen.trial.wrong if each not in seen.told]
    return Check(name, not missing, _shown(seen.told))


def _told_of_failure(seen: Seen) -> Check:
    declared = seen.trial.profile.tools.declared.get(seen.trial.tool)
    written = declared.on_error if declared else None
    texts: Mapping[str, str] = {"default": written} if isinstance(written, str) else written or {}
    keys = [key for key in (*seen.trial.failure, "default") if key in texts]
    if not keys:
        name = "It is told that the tool failed."
        failed = [each for each in seen.ended if each.details.get("status") == "error"]
        return Check(name, bool(failed and seen.told), _shown(seen.told))
    text = texts[keys[0]]
    name = f'It is told what on_error has: "{text}"'
    # What stands in a template is known to the call alone.
    return Check(name, "{{" in text or _is_in(text, seen.told), _shown(seen.told))


def _told_not_too_much(seen: Seen) -> Check:
    declared = seen.trial.profile.tools.declared[seen.trial.tool]
    most = declared.response.max_size
    name = f"It is told at most {most} bytes of it."
    size = max((len(each.output.encode()) for each in seen.outputs), default=0)
    return Check(name, 0 < size <= most + _ROOM, f"It was told {size} bytes.")


def _told_as_data(seen: Seen) -> Check:
    name = "What the service orders stands among the results of tools, and nowhere else."
    others = [
        item
        for asked in seen.call.asked
        for item in asked.items
        if item.type == "message" and HOSTILE[:20] in str(item.content)
    ]
    return Check(name, not others, "It was a message." if others else "It did.")


def _told_answer(seen: Seen) -> Iterator[Check]:
    declared = seen.trial.profile.tools.declared.get(seen.trial.tool)
    if declared is None:
        return
    name = "It is told what the service answered."
    answer = declared.result
    if answer is not UNSET:
        name = 'It is told the "result".'
    elif (service := services_of(seen.trial.profile).get(seen.trial.tool)) is None:
        return
    else:
        example = {"ok": True} if service.example is None else service.example
        answer = samples.chosen(example, declared.response.fields)
    if len(json.dumps(answer, default=str)) > declared.response.max_size:
        return
    missing = [each for each in samples.leaves(answer) if not _says(seen.told, each)]
    lacking = f' Not in it: "{missing[0]}".' if missing else ""
    yield Check(name, not missing or declared.silent, f"{_shown(seen.told)}{lacking}")


def _says(told: str, value: str) -> bool:
    return any(
        each in told
        for each in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    )


def _no_dead_air(seen: Seen) -> Check:
    """Check how long the caller heard nothing, until what came of it was said."""
    call = seen.call
    longest, at = _longest_silence(call, seen.first_stop)
    name = f"The caller is never left in silence for more than {SILENCE:g} s."
    shown = f"It was silent for {in_seconds(longest)} at {at:.1f} s, at the longest."
    hint = ""
    if longest > SILENCE:
        hint = ' Give the tool a "filler", or a shorter "timeout".'
    return Check(name, longest <= SILENCE, shown + hint)


def _longest_silence(call: Call, since: float) -> tuple[float, float]:
    """Return the longest silence after a time, and when it began.

    Until LiveKit takes the caller's turn to be over, it is the caller's silence.
    """
    spans = [(h.started - call.began, h.stopped - call.began) for h in call.heard]
    started = None
    for event in sorted(call.events, key=lambda event: event.at):
        if event.name == "user_started_speaking":
            started = event.at
        elif event.name in ("user_stopped_speaking", "llm_started") and started is not None:
            spans.append((started, event.at))
            started = None if event.name == "llm_started" else started
    longest, at, until = 0.0, since, since
    for start, stop in sorted(spans):
        if start - until > longest:
            longest, at = start - until, until
        until = max(until, stop)
    return longest, at


def _heard_meanwhile(seen: Seen) -> Check:
    name = "What the caller says meanwhile is heard."
    since = seen.called[0].at - seen.call.began
    heard = seen.call.count("user_transcription", since) > 0
    return Check(name, heard, "It was." if heard else "It was lost.")


def _afterwards(seen: Seen) -> Iterator[Check]:
    trial, call = seen.trial, seen.call
    last = max((each.at for each in seen.ended), default=0.0) - call.began
    if trial.kind in _ENDS:
        yield Check("The call ends.", call.over, "It did." if call.over else "It went on.")
        cut = [each for each in call.heard if each.cut] if trial.spoken else []
        if trial.spoken:
            name = "The goodbye is heard to its end."
            yield Check(name, not cut, "It was cut off." if cut else "It was.")
        return
    if trial.kind == "stopped in its goodbye":
        yield _stays_or_ends(seen)
        return
    if trial.kind == "talked over in its announcement":
        yield from _announced(seen)
    declared = trial.profile.tools.declared.get(trial.tool)
    if declared is not None and declared.silent and not (trial.wrong or trial.failure):
        return
    answered = call.count("response", last) > 0
    name = "The agent then says what came of it."
    yield Check(name, answered, "It did." if answered else "It said nothing.")


def _stays_or_ends(seen: Seen) -> Check:
    if _ends_all_the_same(seen.trial):
        return Check("The call ends all the same.", seen.call.over, _went_on(seen.call))
    return Check("The call goes on.", not seen.call.over, _went_on(seen.call))


def _went_on(call: Call) -> str:
    return "It ended." if call.over else "It went on."


def _announced(seen: Seen) -> Iterator[Check]:
    begun = seen.events("transfer_started")
    name = "The caller is put through once, after the announcement was heard to its end."
    since = begun[0].at if begun else 0.0
    cut = [each for each in seen.call.heard if each.cut and each.started >= since]
    passed = len(begun) == 1 and not cut
    shown = "The announcement was cut off." if cut else f"It was put through {len(begun)} times."
    yield Check(name, passed, shown)
