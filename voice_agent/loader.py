"""From a file to a Profile, or to everything that is wrong with it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from yaml.nodes import MappingNode, Node, ScalarNode

from voice_agent.rehearsal.scenario import Scenario, scenarios

from .diagnostics import Diagnostic, InvalidProfile, quote
from .profile import Opening, Profile
from .source import BOOLEANS, Source, parse, read

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

__all__ = ["Checked", "InvalidProfile", "check", "check_text", "load", "schema"]

# A jsonschema ValidationError, whose own types would need a cast at every use.
_Error: TypeAlias = Any

_TYPES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
}

# What other voice products, or LiveKit in another place, call a key of ours.
_ALSO_CALLED = {
    "prompt": "instructions",
    "system": "instructions",
    "system_prompt": "instructions",
    "greeting": "on_enter",
    "first_message": "on_enter",
    "id": "name",
    "interruptible": "allow_interruptions",
    "interruptions": "allow_interruptions",
    "model": "llm",
}
_ELSEWHERE = {
    "voice": 'it goes into "tts", after a colon: provider/model:voice',
    "language": 'it goes into "stt", after a colon: provider/model:language',
    "vad": "every agent listens with Silero VAD, and there is nothing to set",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of reading a profile: it is there unless a diagnostic is an error."""

    profile: Profile | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, str]


def load(path: str | Path) -> Profile:
    """The profile in a file; raises InvalidProfile with everything that is wrong with it."""
    checked = check(path)
    if checked.profile is None:
        raise InvalidProfile(checked.diagnostics, checked.sources)
    return checked.profile


def check(path: str | Path) -> Checked:
    """Read a profile and report on it, without raising."""
    try:
        text = read(path)
    except InvalidProfile as error:
        return Checked(None, error.diagnostics, error.sources)
    return check_text(text, path)


def check_text(text: str, path: str | Path) -> Checked:
    """Report on the text of a profile as if it had been read from the path."""
    try:
        source = parse(text, str(path))
    except InvalidProfile as error:
        return Checked(None, error.diagnostics, error.sources)
    found = [*_schema_problems(source), *_name_problems(source, Path(path).stem)]
    # A place that is wrong as YAML would only be reported again for what YAML made of it.
    places = {(problem.line, problem.column) for problem in source.problems}
    found = [each for each in found if (each.line, each.column) not in places]
    diagnostics = tuple(sorted([*source.problems, *found]))
    profile = None
    if not any(each.severity == "error" for each in diagnostics):
        profile = _profile(source.data, Path(path))
    return Checked(profile, diagnostics, {str(path): text})


def load_scenarios(path: str | Path) -> tuple[Scenario, ...]:
    """The scenarios in a file that has nothing but a `rehearsal:`; raises InvalidProfile."""
    text = read(path)
    source = parse(text, str(path))
    rehearsal = schema()["properties"]["rehearsal"]
    alone = {**schema(), "properties": {"rehearsal": rehearsal}, "required": ["rehearsal"]}
    del alone["if"], alone["else"]
    found = tuple(sorted([*source.problems, *_schema_problems(source, alone)]))
    if found:
        raise InvalidProfile(found, {str(path): text})
    return scenarios(source.data["rehearsal"])


def _profile(data: dict[str, Any], path: Path) -> Profile:
    opening = data.get("on_enter")
    if isinstance(opening, str):
        opening = {"user_input": opening}
    values = {"name": path.stem, "stt": None, "tts": None, **data}
    values["on_enter"] = None if opening is None else Opening(**opening)
    values["rehearsal"] = scenarios(data.get("rehearsal", ()))
    return Profile(**values, path=path)


@cache
def schema() -> dict[str, Any]:
    """The schema of the format, from the checkout or from within the installed package."""
    here = Path(__file__).parent
    folder = next(each for each in (here / "schema", here.parent / "schema") if each.is_dir())
    loaded: dict[str, Any] = json.loads((folder / "profile.schema.json").read_text("utf-8"))
    return loaded


@cache
def _validator() -> Draft202012Validator:
    return _validator_for(schema())


def _validator_for(rules: dict[str, Any]) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # here, as importing it takes 0.1 s

    return Draft202012Validator(rules)


def _schema_problems(source: Source, rules: dict[str, Any] | None = None) -> Iterator[Diagnostic]:
    validator = _validator_for(rules) if rules else _validator()
    errors = list(validator.iter_errors(source.data))
    meant: set[tuple[str | int, ...]] = set()  # what a misspelt key stands for is not missing
    for error in errors:
        if error.validator == "additionalProperties":
            yield from _unknown_keys(source, error, meant)
    several: list[Diagnostic] = []  # jsonschema has an error for each, and does not say which
    for error in errors:
        if error.validator in ("required", "anyOf"):
            several += _missing_keys(source, error, meant)
        elif error.validator is None:
            several += _conflicts(source, error)
        elif error.validator != "additionalProperties":
            yield _wrong_value(source, error)
    yield from dict.fromkeys(several)


def _wrong_value(source: Source, error: _Error) -> Diagnostic:
    where = list(error.absolute_path)
    hint: str | None = None
    if error.validator == "type":
        return _wrong_type(source, error, where)
    if error.validator == "maxLength":
        message = f"{_named(where)} must be at most {error.validator_value} characters long"
        hint = f"it is {len(error.instance)}"
        return source.at(source.value(where), "wrong-value", message, hint)
    wanted = error.schema.get("patternErrorMessage") or _wanted(error)
    choices = error.schema.get("enum", ())
    if close := _close(error.instance, choices):
        hint = f"did you mean {quote(close)}?"
    elif isinstance(error.instance, str) and (examples := error.schema.get("examples")):
        close = _close(error.instance, examples)
        hint = f"did you mean {quote(close)}?" if close else f"for example, {examples[0]}"
        if close and error.instance.rstrip("\n") == close:
            hint = "write it on the line of its key"
    message = f"{_named(where)} {wanted}"
    return source.at(source.value(where), "wrong-value", message, hint)


def _wanted(error: _Error) -> str:
    limit = error.validator_value
    if error.validator == "enum":
        return f"must be {_either(limit)}"
    if error.validator == "minItems":
        return "must not be empty"
    if error.validator == "const":
        return f"can only be {json.dumps(limit)}"
    bounds = {"minimum": "at least", "maximum": "at most"}
    if error.validator in bounds:
        return f"must be {bounds[error.validator]} {limit}"
    return str(error.message)


def _wrong_type(source: Source, error: _Error, where: list[str | int]) -> Diagnostic:
    types = error.validator_value
    types = [types] if isinstance(types, str) else types
    wanted = " or ".join(_TYPES[each] for each in types)
    node, value = source.value(where), error.instance
    hint = None
    if not where:
        message = f"a profile must be a mapping of keys to values, not {_article(node, value)}"
        return source.at(node, "wrong-type", message, "write lines such as llm: openai/gpt-4.1")
    if value is None:
        message = f"{_named(where)} is empty, and must be {wanted}"
        if "default" in error.schema:
            hint = f"leave it out for the default, {json.dumps(error.schema['default'])}"
        return source.at(source.key(where), "wrong-type", message, hint)
    message = f"{_named(where)} must be {wanted}, not {_article(node, value)}"
    if "string" in types and isinstance(node, ScalarNode):
        message = f"{_named(where)} must be text, and YAML reads this as {_article(node, value)}"
        hint = f'put it in quotes: "{node.value}"'
    elif "boolean" in types and isinstance(value, str):
        if (word := value.strip().lower()) in BOOLEANS:
            message = f"{_named(where)} must be true or false, and the quotes make this text"
            hint = f"write it without quotes: {json.dumps(BOOLEANS[word])}"
        elif close := _close(word, list(BOOLEANS)):
            hint = f"did you mean {close}?"
    return source.at(node, "wrong-type", message, hint)


def _unknown_keys(
    source: Source, error: _Error, meant: set[tuple[str | int, ...]]
) -> Iterator[Diagnostic]:
    allowed = list(error.schema["properties"])
    where = list(error.absolute_path)
    for key in error.instance:
        if key in allowed:
            continue
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower().replace("-", "_")
        close = _ALSO_CALLED.get(snake)
        if close not in allowed:
            close = _close(snake, allowed)
        if close:
            hint = f"did you mean {quote(close)}?"
            meant.add((*where, close))
        elif not where and snake in _ELSEWHERE:
            hint = _ELSEWHERE[snake]
        elif not where and (homes := _homes(snake)):
            hint = f"it goes under {_either(homes)}"
        else:
            hint = f"expected {_either(allowed)}"
        place = source.key([*where, key])
        yield source.at(place, "unknown-key", f"unknown key {quote(key)}", hint)


def _homes(key: str) -> list[str]:
    """The keys of a profile whose mappings have the key."""
    properties = schema()["properties"].items()
    return [name for name, value in properties if key in value.get("properties", {})]


def _missing_keys(
    source: Source, error: _Error, meant: set[tuple[str | int, ...]]
) -> Iterator[Diagnostic]:
    where = list(error.absolute_path)
    place = source.key(where) if where else source.value(where).start_mark.index
    if error.validator == "anyOf":
        choices = [choice["required"][0] for choice in error.validator_value]
        if not any((*where, choice) in meant for choice in choices):
            lacking = "what to open with" if where == ["on_enter"] else "what the caller does"
            message = f"{_named(where)} lacks {lacking}"
            yield source.at(place, "missing-key", message, f"give it {_either(choices)}")
        return
    for key in error.validator_value:
        if key in error.instance or (*where, key) in meant:
            continue
        message = f"missing key {quote(key)}"
        if "else" in error.absolute_schema_path:
            message += ", which only a realtime llm makes unnecessary"
        examples = schema()["properties"].get(key, {}).get("examples")
        hint = f"for example, {key}: {examples[0]}" if examples and not where else None
        yield source.at(place, "missing-key", message, hint)


def _conflicts(source: Source, error: _Error) -> Iterator[Diagnostic]:
    """The keys that cannot stand beside the first of their kind, as dependentSchemas has it."""
    path = list(error.absolute_schema_path)
    depth = path.index("dependentSchemas") + 1
    rules = reduce(getitem, path[:depth], schema())
    choices = {*rules, *(key for rule in rules.values() for key in rule["properties"])}
    where, data = list(error.absolute_path), {}
    # Whether the path has the key at its end depends on the version of jsonschema.
    for end in (len(where), len(where) - 1):
        data = reduce(getitem, where[:end], source.data)
        if isinstance(data, dict) and path[depth] in data:
            where = where[:end]
            break
    keys = [source.key([*where, key]) for key in data if key in choices]
    first, *others = sorted(keys, key=lambda key: int(key.start_mark.index))
    for key in others:
        message = f"{quote(key.value)} cannot stand beside {quote(first.value)}"
        message += f" on line {source.line(first)}"
        yield source.at(key, "conflict", message, "keep one of the two")


def _name_problems(source: Source, stem: str) -> Iterator[Diagnostic]:
    """What is wrong with the file's name where the profile goes by it."""
    if not isinstance(source.data, dict) or "name" in source.data:
        return
    rule = schema()["properties"]["name"]
    if len(stem) > rule["maxLength"] or not re.search(rule["pattern"], stem):
        message = f"the file's name, {quote(stem)}, cannot be the agent's name"
        hint = 'rename the file, or add a "name" of letters, digits, "-" and "_"'
        yield source.at(source.value([]).start_mark.index, "wrong-value", message, hint)


def _close(word: object, choices: Sequence[object]) -> str | None:
    if not isinstance(word, str):
        return None
    texts = [each for each in choices if isinstance(each, str)]
    return next(iter(difflib.get_close_matches(word, texts, 1)), None)


def _either(words: Sequence[str]) -> str:
    """The words as a choice, in quotes."""
    quoted = [quote(word) for word in words]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)


def _named(where: Sequence[str | int]) -> str:
    """A path into a profile as people write it."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return quote(path.removeprefix("."))


def _article(node: Node, value: object) -> str:
    """What YAML made of a node, in words."""
    if isinstance(node, ScalarNode):
        if isinstance(value, bool):
            return f"the boolean {json.dumps(value)}"
        if isinstance(value, (int, float)):
            return "a number"
        return "text" if value is not None else "nothing"
    return "a mapping" if isinstance(node, MappingNode) else "a list"
