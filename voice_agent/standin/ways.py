"""Where a caller plainly wants to go: to another agent, or to what a key of a menu leads to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .asking import asking_in, ignored_in
from .details_words import details_in
from .likeness import PUNCTUATION, common, content_words, words_of
from .spoken_numbers import digits_in
from .tool_arguments import spoken_name

_TO, _BACK = "handoff_to_", "handoff_back"
_CHOOSE = "choose"
_CLAUSES = re.compile(rf"{PUNCTUATION}|\b(?:and|but|und|aber|y|pero|e|mas|ma|et|mais|en|maar)\b")
_OR = {"de": "oder", "es": "o|u", "pt": "ou", "fr": "ou", "it": "o", "nl": "of"}
_OF_THE_NAME, _OF_ALL = 2, 2
_LONGEST = 28  # words; who asks plainly says no more
_NO_NEWS = words_of(
    "wants want wishes wish asks ask needs need would likes like has have had question about "
    "something caller user customer möchte will fragt frage hat quiere pregunta quer tem "
    "pergunta veut demande vuole chiede domanda wil vraagt heeft vraag or an of to if whether "
    "as he she it is in on oder zu er sie es um eine einer o u su lui lei sua ou il elle hij "
    "zij een het der die"
)
"""Words of a condition that say nothing of what it is about."""
_KEY_LINE = re.compile(r"^- ([0-9*#A-D](?:\.[0-9*#A-D])*): (.*)$", re.M)
_PRESSED = re.compile(
    r"\b(?:press|key|number|option|button|taste|nummer|drück\w*|número|tecla|opción|opção|touche|"
    r"numéro|tasto|numero|toets|optie)\b|按|番",
    re.I,
)
_SIGNS = {
    "*": r"\b(?:star|asterisk|stern(?:taste)?|asterisco|étoile|ster(?:retje)?)\b|星",
    "#": r"\b(?:hash|pound|raute|almohadilla|cerquilha|dièse|cancelletto|hekje)\b|井",
}


def is_handoff(tool: Mapping[str, Any]) -> bool:
    """Return whether a tool hands the call over to another agent."""
    name = str(tool.get("name"))
    return name == _BACK or name.startswith(_TO)


def agent_of(tool: str) -> str:
    """Return the agent that a tool hands over to; "" for the one that the call came from."""
    return spoken_name(tool.removeprefix(_TO)) if tool.startswith(_TO) else ""


def handoff_scores(
    said: str, tools: Sequence[Mapping[str, Any]], language: str
) -> Mapping[str, int]:
    """Return how plainly each handoff is wanted, by the name of its tool; none that is not."""
    if len(said.split()) > _LONGEST:
        return {}
    scores = {str(tool["name"]): _score(said, tool, language) for tool in tools if is_handoff(tool)}
    return {name: score for name, score in scores.items() if score > 0}


def _score(said: str, tool: Mapping[str, Any], language: str) -> int:
    spoken = asking_in(language)
    ignored = ignored_in(language) | _NO_NEWS
    name, when = str(tool["name"]), str(tool.get("description", ""))
    refused = [each.refuses for each in spoken]
    negated = any(re.search(each, when, re.I) for each in refused)
    wished = any(re.search(each.wants, said.strip(), re.I) for each in spoken)
    led = any(re.search(each.puts_through, said, re.I) for each in spoken)
    own = content_words(agent_of(name), ignored)
    either = f"or|{_OR.get(language.partition('-')[0], 'or')}"
    options = [content_words(each, ignored) for each in re.split(rf"\b(?:{either})\b", when)]
    about = [word for option in options for word in option]
    best = 0
    for clause in _clauses(said):
        denied = any(re.match(rf"{each.no}\s+\w", clause, re.I) for each in spoken)
        if not negated and (denied or any(re.search(each, clause, re.I) for each in refused)):
            continue
        heard = content_words(clause, ignored)
        back = name == _BACK and _goes_back(clause, language)
        of_name, of_when = common(own, heard), common(about, heard)
        whole = any(each and common(each, heard) == len(set(each)) for each in options)
        named = bool(own) and of_name == len(own)
        plain = of_when * 2 >= len(set(about)) and of_when > 0
        if back or (named and (led or wished)) or whole or (wished and plain) or of_when > 1:
            score = _OF_THE_NAME * of_name + of_when + _OF_ALL * (whole or back)
            best = max(best, score + (_OF_ALL if named and led else 0))
    return best


def _clauses(said: str) -> list[str]:
    """Return the parts of a sentence, so that a "not" in one says nothing of another."""
    parts = [each.strip() for each in _CLAUSES.split(said)]
    return [each for each in parts if each] or [said]


def _goes_back(clause: str, language: str) -> bool:
    return len(clause.split()) <= 8 and any(
        re.search(words.returns, clause, re.I) for words in details_in(language)
    )


def chosen_key(
    said: str, tools: Sequence[Mapping[str, Any]], language: str, opened: str = ""
) -> str | None:
    """Return the key of a menu that a caller names or describes; None where none is, or several.

    `opened` is the key that was chosen before, which may have opened a menu of its own.
    """
    tool = next((each for each in tools if each.get("name") == _CHOOSE), None)
    if tool is None or len(said.split()) > _LONGEST:
        return None
    keys: dict[str, str] = dict(_KEY_LINE.findall(str(tool.get("description", ""))))
    named = _named_key(said, language)
    below = [each for each in keys if named and each.endswith(f".{named}")]
    meant: list[str] = [f"{opened}.{named}", named, *(below if len(below) == 1 else ())]
    for key in meant:
        if key in keys:
            return key
    ways = [{"name": f"{_TO}{key}", "description": what} for key, what in keys.items()]
    scores = {way["name"]: _score(said, way, language) for way in ways}
    best = sorted(scores, key=lambda each: -scores[each])
    if not best or not scores[best[0]] or (best[1:] and scores[best[1]] == scores[best[0]]):
        return None
    return best[0].removeprefix(_TO)


def _named_key(said: str, language: str) -> str:
    """Return the one key that a caller names; "" where none is named."""
    for sign, word in _SIGNS.items():
        if re.search(word, said, re.I) or said.strip(" .!") == sign:
            return sign
    digits = digits_in(said, language)
    short = len(said.split()) <= 2
    return digits if len(digits) == 1 and (short or _PRESSED.search(said)) else ""
