"""The tool that is plainly asked for in what was typed, if one is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .asking import asking_in, ignored_in
from .likeness import common, content_words, same
from .phrases import ENGLISH, PHRASES
from .tool_arguments import choices, find_arguments, inlined, spoken_name
from .ways import handoff_scores, is_handoff

_KEYS = re.compile(
    r"^(?:\w+ ){0,3}(?:press|dial|drück\w*|tippe\w*|wähle\w*|marque|pulse|tecle|tapez|appuyez|"
    r"prema|digiti|druk|toets)\b[^.?]*[\d#*]|按[\d#*]|[\d#*]を押",
    re.I,
)
_OF_THE_NAME, _OF_AN_ARGUMENT = 2, 1
_ENOUGH, _PLAIN_WITHOUT_A_WISH = 3, 5
_APART = ("end_call", "send_dtmf_events", "choose")
_SHORT = 14  # words; who asks plainly says no more


def choose(said: str, tools: Sequence[Mapping[str, Any]], language: str) -> str | None:
    """Return the name of the tool that is plainly asked for; None where none is, or several."""
    named = {str(tool["name"]): tool for tool in tools}
    for name in named:
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) and "_" in name:
            return name
    spoken = asking_in(language)
    if "end_call" in named and _wants_to_end(said, language):
        return "end_call"
    ways = handoff_scores(said, tools, language)
    if any(re.search(each.refuses, said, re.IGNORECASE) for each in spoken):
        return _plainest(ways)
    if "transfer_call" in named and any(
        re.search(each.puts_through, said, re.IGNORECASE) for each in spoken
    ):
        return _plainest(ways) or "transfer_call"
    wished = any(re.search(each.wants, said.strip(), re.IGNORECASE) for each in spoken)
    if "send_dtmf_events" in named and _KEYS.search(said):
        return "send_dtmf_events"
    scores = {
        name: _score(said, name, tool, language, wished=wished)
        for name, tool in named.items()
        if name not in _APART and not is_handoff(tool)
    }
    return _plainest({**scores, **ways})


def _plainest(scores: Mapping[str, int]) -> str | None:
    """Return what has the highest score; None where nothing has any, or several have it."""
    best = sorted(scores, key=lambda name: -scores[name])
    if not best or scores[best[0]] <= 0:
        return None
    if len(best) > 1 and scores[best[1]] == scores[best[0]]:
        return None
    return best[0]


def _wants_to_end(said: str, language: str) -> bool:
    phrases = PHRASES.get(language.partition("-")[0], ENGLISH)
    spoken = asking_in(language)
    for each in spoken:
        if match := re.search(each.hangs_up, said, re.IGNORECASE):
            refused = re.search(each.refuses, said[: match.end()], re.IGNORECASE)
            return not refused
    goodbyes = (phrases.hears_goodbye, ENGLISH.hears_goodbye)
    return len(said.split()) <= _SHORT and any(
        re.search(rf"(?:{each})\W*(?:\w+\W*){{0,2}}$", said, re.IGNORECASE) for each in goodbyes
    )


def _score(said: str, name: str, tool: Mapping[str, Any], language: str, *, wished: bool) -> int:
    """Return how plainly a tool is asked for; 0 for not plainly enough."""
    ignored = ignored_in(language)
    heard = content_words(said, ignored)
    own = content_words(spoken_name(name), ignored)
    described = [
        each for each in content_words(str(tool.get("description", "")), ignored) if each not in own
    ]
    schema = tool.get("parameters")
    schema = inlined(schema) if isinstance(schema, Mapping) else {}
    of_name = common(own, heard)
    of_description = common(described, heard)
    found = find_arguments(said, _without_talk(schema), language)
    score = _OF_THE_NAME * of_name + of_description + _OF_AN_ARGUMENT * len(found)
    options = _only_choice(schema)
    if options is not None:
        score += _OF_THE_NAME * bool(found)
    whole_name = own and of_name == len(own)
    about_it = of_name or of_description >= 2 or (options is not None and found)
    if not about_it or len(said.split()) > 2 * _SHORT:
        return 0
    begins = heard and own and same(heard[0], own[0])
    if wished or begins:
        return score if score >= _ENOUGH or whole_name else 0
    return score if score >= _PLAIN_WITHOUT_A_WISH and whole_name else 0


def _only_choice(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the one parameter of a tool that takes nothing but a name out of a list."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or len(properties) != 1:
        return None
    (only,) = properties.values()
    return only if isinstance(only, Mapping) and choices(only) else None


def _without_talk(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema without the arguments for which any words would do."""
    properties = schema.get("properties")
    kept = properties if isinstance(properties, Mapping) else {}
    texts = ("query", "question", "topic", "text", "message")
    return {**schema, "properties": {k: v for k, v in kept.items() if k not in texts}}
