"""Mistakes in the replies of a rehearsal that hand over, record fields and choose from menus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from .agents import BACK, COLLECTED
from .declared_agents import ways
from .declared_tools import get, mapping
from .diagnostics import Diagnostic, quote
from .implied import fields
from .misfits import misfit
from .scenario_agents import Known
from .typos import closest
from .value_errors import either
from .yaml_source import Source

_Where: TypeAlias = list[str | int]

HANDOFF_TO = "handoff_to_"
"""What the name of the tool of a handoff begins with; that of the agent follows."""
HANDOFF_BACK = "handoff_back"
_KIND = "checks-nothing"
# The tools by which LiveKit's tasks record what they ask for.
_OF_TASKS = {
    "name": "update_name confirm_name decline_name_capture",
    "email": "update_email_address confirm_email_address decline_email_capture",
    "phone_number": "update_phone_number confirm_phone_number decline_phone_number_capture",
    "address": "update_address confirm_address decline_address_capture",
    "dob": "update_dob update_time confirm_dob decline_dob_capture",
    "credit_card": "update_card_number confirm_card_number update_expiration_date "
    "confirm_expiration_date update_security_code confirm_security_code update_name confirm_name "
    "decline_name_capture decline_card_capture restart_card_collection",
    "dtmf": "record_inputs confirm_inputs",
}


def handoff_tool(agent: str) -> str:
    """Return the name of the tool that hands over to an agent, or back."""
    return HANDOFF_BACK if agent == BACK else f"{HANDOFF_TO}{agent}"


def tools_of_agents(profile: Any) -> set[str]:
    """Return the names of the tools that the llm has for handoffs, fields and menus."""
    known = Known.of(profile)
    found = {handoff_tool(name) for name in _handoffs(profile)}
    found |= {"choose"} if known.keys else set()
    for name, written in known.fields.items():
        own = f"update_{name} confirm_{name} decline_{name}"
        found |= {*str(_OF_TASKS.get(str(get(written, "task")), own)).split()}
    return found | ({"out_of_scope"} if len(known.fields) > 1 else set())


def _handoffs(profile: Any) -> dict[str, list[Mapping[str, Any]]]:
    """Return the handoffs that the llm decides on, by where they lead."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for way in ways(profile):
        if isinstance(way.when, str) and way.when != COLLECTED:
            found.setdefault(way.target, []).append(way.data)
    return found


def reply_problems(
    source: Source, profile: Any, where: _Where, reply: Mapping[Any, Any]
) -> Iterator[Diagnostic]:
    """Yield what is wrong with a reply in a call of a profile, whose data may be of any shape."""
    if isinstance(reply.get("handoff"), str):
        yield from _handoff(source, profile, where, reply)
    if isinstance(reply.get("collect"), dict):
        known = Known.of(profile).fields or fields(profile)
        for name in reply["collect"]:
            if name not in known:
                place = source.key([*where, "collect", name])
                why = _there_is([*known], "nothing in the profile has collect")
                message = f"there is no field {quote(str(name))}"
                yield source.at(place, "unknown-field", message, _meant(name, known) or why)
    key = reply.get("choose")
    keys = sorted(Known.of(profile).keys)
    if isinstance(key, str) and key not in keys:
        hint = _there_is(keys, "no agent of the profile has a menu")
        node = source.value([*where, "choose"])
        yield source.at(node, _KIND, f"no menu has the key {quote(key)}", hint)


def _handoff(
    source: Source, profile: Any, where: _Where, reply: Mapping[Any, Any]
) -> Iterator[Diagnostic]:
    to, handoffs = reply["handoff"], _handoffs(profile)
    node = source.value([*where, "handoff"])
    if to not in handoffs:
        agents = mapping(get(profile, "agents"))
        if to in agents:
            message = f"the language model cannot hand over to {quote(to)}, as no handoff says when"
            hint = f'give a handoff to {to} a text under "when"'
            yield source.at(node, _KIND, message, hint)
        else:
            why = _there_is([*handoffs], "the profile has no handoffs")
            message = f"no handoff leads to {quote(to)}"
            yield source.at(node, "unknown-agent", message, _meant(to, handoffs) or why)
        return
    given = mapping(reply.get("with"))
    takes = [_parameters(each) for each in handoffs[to]]
    known = {name: schema for each in takes for name, schema in each.items()}
    for name, value in given.items():
        if name not in known:
            message = f"the handoff to {quote(to)} takes no {quote(str(name))}"
            hint = _meant(name, known) or (
                f"it takes {either([*known])}" if known else 'it takes nothing: take "with" out'
            )
            yield source.at(source.key([*where, "with", name]), "unknown-key", message, hint)
            continue
        schema = {key: each for key, each in known[name].items() if key != "optional"}
        if wrong := misfit(name, schema, value):
            place = source.value([*where, "with", name])
            message = f"the handoff to {quote(to)} is refused: {wrong}"
            yield source.at(
                place,
                "wrong-value",
                message,
                f"give it another, or {_ON_PURPOSE.format(handoff_tool(to))}",
            )
    lacking = [name for name in known if all(_needs(each, name, given) for each in takes)]
    if lacking and given.keys() <= known.keys():
        message = f"the handoff to {quote(to)} is refused without {either(lacking)}"
        hint = f'add it under "with", or {_ON_PURPOSE.format(handoff_tool(to))}'
        yield source.at(node, "missing-key", message, hint)


_ON_PURPOSE = "write {{call: {}}} with the same to see that it is refused"


def _needs(takes: Mapping[str, Any], name: str, given: Mapping[str, Any]) -> bool:
    return name in takes and name not in given and takes[name].get("optional") is not True


def _parameters(handoff: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what the llm gives with a handoff, by name."""
    written = mapping(handoff.get("with")).items()
    return {name: mapping(each) for name, each in written if "value" not in mapping(each)}


def _meant(name: Any, known: Mapping[str, Any]) -> str | None:
    found = closest(str(name), known)
    return f"did you mean {quote(found)}?" if found else None


def _there_is(names: list[str], none: str) -> str:
    return f"there is {either(names)}" if names else none
