"""Which promises of the instructions the tools of a profile keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..format.declared_agents import agents, menus, tools_of, ways
from ..format.declared_tools import get, mapping
from .agents.texts import offered, told

# LiveKit's tools, and what they do.
RESERVED = {"end_call": "hang-up", "transfer_call": "transfer", "send_dtmf_events": "keys"}

# What a tool has in its name or description that may keep a promise of each kind. A tool that is
# taken for more than it does costs a warning, and one that is taken for less a false alarm.
_KEEPS = {
    "transfer": r"transfer|forward|rout|escalat|connect|hand|human|colleague|operator|call ?back",
    "hang-up": r"hang|\bend|disconnect|terminat|goodbye",
    "look-up": (
        r"look|find|search|check|\bgets?\b|\blists?\b|show|\bsays?\b|\btells?\b|status|fetch"
        r"|retriev|avail|quer|know|read|free"
    ),
    "send": r"send|text|sms|mail|messag|notif|alert|\bpages?\b|remind|whatsapp|invit|confirm|link",
    "book": (
        r"book|schedul|reserv|cancel|appoint|creat|\badd|updat|chang|mov|order|regist|record|sav"
        r"|\blogs?\b|submit|ticket|\bpay|refund|charg|enter|open|sign|confirm|tak"
    ),
    "keys": r"dtmf|key|press|dial|digit",
    "memory": r"remember|memor|recogni|histor|previous|past|earlier|customer|caller|account",
}


def kept(data: Mapping[str, Any], agent: str | None = None) -> set[str]:
    """Return the kinds of promises that a profile keeps, or one of its agents alone.

    A handoff keeps those that the next agent may, and transfers calls in some sense.
    """
    found = kept_by_tools(data, agent)
    whose = [*offered(data, agent)] if agent else [*ways(data)]
    if whose:
        plain = _plain([f"{way.target} {told(way)}" for way in whose])
        found |= {"transfer", *(kind for kind, words in _KEEPS.items() if re.search(words, plain))}
    for name in [agent] if agent else agents(data):
        if any(menus(data, name)):
            found.add("keys")
    return found


def kept_by_tools(data: Mapping[str, Any], agent: str | None = None) -> set[str]:
    """Return the kinds of promises that tools and variables keep; those of an agent, if named.

    What an MCP server has is known by the names of the tools that are allowed; one of which all
    are allowed may keep any.
    """
    tools, servers = (_had(data, key, agent) for key in ("tools", "mcp_servers"))
    kinds = {kind for name, kind in RESERVED.items() if name in tools}
    texts = []
    for name, tool in tools.items():
        if name in RESERVED:
            continue
        tool = mapping(tool)
        texts.append(f"{name} {tool.get('description')}")
        if _reads(tool):
            kinds.add("look-up")
    for server in map(mapping, servers.values()):
        allowed = server.get("allowed_tools")
        if not isinstance(allowed, list) or "*" in allowed:
            return {*_KEEPS}
        texts += map(str, allowed)
    plain = _plain(texts)
    kinds |= {kind for kind, words in _KEEPS.items() if re.search(words, plain)}
    if get(data, "session", "ivr_detection") is True:  # LiveKit's, with its own tool
        kinds.add("keys")
    if any("from" in mapping(each) for each in mapping(get(data, "variables")).values()):
        kinds.add("memory")  # What brings the values may know the caller.
    return kinds


def _had(data: Mapping[str, Any], key: str, agent: str | None) -> Mapping[str, Any]:
    """Return the tools or the servers of a profile, or those of one of its agents."""
    every = mapping(get(data, key))
    own = {*every} if agent is None else tools_of(data, agent)
    return {name: each for name, each in every.items() if name in own}


def _plain(texts: list[str]) -> str:
    return " ".join(texts).replace("_", " ").replace("-", " ").lower()


def _reads(tool: Mapping[str, Any]) -> bool:
    """Tell whether a tool gets something, and changes nothing."""
    http = tool.get("http")
    if isinstance(http, str):
        return not re.match(r"\s*(?:POST|PUT|PATCH|DELETE)\b", http, re.IGNORECASE)
    if isinstance(http, dict):
        return str(http.get("method", "GET")).upper() == "GET"
    return "result" in tool
