"""Which promises of the instructions the tools of a profile keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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


def kept(data: Mapping[str, Any]) -> set[str]:
    """Return the kinds of promises that the tools and variables of a profile keep.

    What an MCP server has is known by the names of the tools that are allowed; one of which all
    are allowed may keep any.
    """
    tools, servers = (_mapping(data.get(key)) for key in ("tools", "mcp_servers"))
    kinds = {kind for name, kind in RESERVED.items() if name in tools}
    texts = []
    for name, tool in tools.items():
        if name in RESERVED:
            continue
        tool = _mapping(tool)
        texts.append(f"{name} {tool.get('description')}")
        if _reads(tool):
            kinds.add("look-up")
    for server in map(_mapping, servers.values()):
        allowed = server.get("allowed_tools")
        if not isinstance(allowed, list) or "*" in allowed:
            return {*_KEEPS}
        texts += map(str, allowed)
    plain = " ".join(texts).replace("_", " ").replace("-", " ").lower()
    kinds |= {kind for kind, words in _KEEPS.items() if re.search(words, plain)}
    if _mapping(data.get("session")).get("ivr_detection") is True:  # LiveKit's, with its own tool
        kinds.add("keys")
    if any("from" in _mapping(each) for each in _mapping(data.get("variables")).values()):
        kinds.add("memory")  # What brings the values may know the caller.
    return kinds


def _reads(tool: Mapping[str, Any]) -> bool:
    """Tell whether a tool gets something, and changes nothing."""
    http = tool.get("http")
    if isinstance(http, str):
        return not re.match(r"\s*(?:POST|PUT|PATCH|DELETE)\b", http, re.IGNORECASE)
    if isinstance(http, dict):
        return str(http.get("method", "GET")).upper() == "GET"
    return "result" in tool


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
