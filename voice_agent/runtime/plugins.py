"""LiveKit's plugins that a profile names: imported, and made into models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

from ..errors import UsageError
from ..format.plugins.packages import how_to_get, install, published
from ..format.plugins.problems import uses
from ..format.plugins.roles import PACKAGE, is_installed
from ..format.plugins.source import PluginError, constructor
from ..format.plugins.variables import variables
from ..format.profile import Profile
from .secrets import Fill, rendered


def require(profile: Profile) -> None:
    """Raise UsageError with the commands to type where plugins of a profile are not installed."""
    missing = list(dict.fromkeys(x.plugin for x in uses(profile) if not is_installed(x.plugin)))
    if missing:
        named = " and ".join(f'"{each}"' for each in missing)
        are = f"plugins {named}, which are" if missing[1:] else f"plugin {named}, which is"
        advice = _advice(missing)
        raise UsageError(f'The profile "{profile.name}" needs the {are} not installed. {advice}')


def _advice(missing: Sequence[str]) -> str:
    """Return sentences on how to get plugins that are not installed."""
    others = [f"{how_to_get(each)}." for each in missing if each not in published()]
    commands = " and ".join(install(each) for each in missing if each in published())
    return " ".join([*others, *([f"Type: {commands}"] if commands else [])])


def register(profile: Profile) -> None:
    """Import the plugins of a profile, so that LiveKit knows them and the files they need.

    LiveKit takes plugins on the main thread alone. Raises UsageError where one cannot be imported.
    """
    for use in uses(profile):
        try:
            _imported(constructor(use.name, use.role).name)
        except PluginError as error:
            raise _unusable(use.name, use.role, error) from None


def construct_written(written: Mapping[str, Any], role: str, fill: Fill = rendered) -> Any:
    """Return what the plugin that a mapping names makes of its other keys, as `construct` does.

    `fill` puts values into them. Raises ValueError where a secret in them is not set.
    """
    options = {key: value for key, value in written.items() if key != "plugin"}
    return construct(written["plugin"], role, fill(options))


def construct(name: str, role: str, options: Mapping[str, Any]) -> Any:
    """Return what a plugin makes of its options for a role, as `plugin: NAME` in a profile asks.

    Raises UsageError where it is not installed, or refuses the options.
    """
    plugin = name.partition(".")[0]
    if not is_installed(plugin):
        raise UsageError(f'The plugin "{plugin}" is not installed. {_advice([plugin])}')
    try:
        found = constructor(name, role)
    except PluginError as error:
        raise _unusable(name, role, error) from None
    parts = found.part["properties"]
    make = _imported(found.name)
    try:
        return make(**{key: _made(parts.get(key, {}), each) for key, each in options.items()})
    except Exception as error:  # whatever a plugin raises, it refuses what the profile gives it
        raise _refused(found.name, role, options, error) from error


def _imported(name: str) -> Any:
    """Return what a name in a plugin stands for, importing what is needed for it."""
    plugin, *path = name.split(".")
    try:
        found = import_module(f"{PACKAGE}.{plugin}")
        for word in path:
            if not hasattr(found, word):
                import_module(f"{found.__name__}.{word}")
            found = getattr(found, word)
    except ImportError as error:
        said = _sentence(error)
        advice = "" if "pip install" in said else f" Install the plugin anew: {install(plugin)}"
        raise UsageError(f'The plugin "{name}" cannot be imported: {said}{advice}') from None
    return found


def _made(part: Any, value: Any) -> Any:
    """Return a value as its part of the schema says that Python wants it."""
    if not isinstance(part, Mapping):
        return value
    if isinstance(value, Mapping):
        parts, others = part.get("properties", {}), part.get("additionalProperties")
        value = {key: _made(parts.get(key, others), each) for key, each in value.items()}
        return _first(part, "object", value, lambda make: make(**value))
    if isinstance(value, list):
        value = [_made(part.get("items"), each) for each in value]
        return _first(part, "array", value, lambda make: make(value))
    if isinstance(value, str):
        return _first(part, "string", value, lambda make: _from_text(make, value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _first(part, "number", value, lambda make: _from_number(make, value))
    return value


def _first(part: Mapping[str, Any], kind: str, value: Any, call: Any) -> Any:
    """Return what the first of the classes for a kind of value makes of it."""
    references = part.get("x-make", {}).get(kind, ())
    for number, reference in enumerate(references, 1):
        module, _, name = reference.partition(":")
        try:
            return call(getattr(import_module(module), name))
        except (TypeError, ValueError):  # pydantic's errors are ValueErrors
            if number == len(references):
                raise
    return value


def _from_text(make: Any, value: str) -> Any:
    members = getattr(make, "__members__", {})
    return members[value] if value in members and not _has_value(make, value) else make(value)


def _has_value(enumeration: Any, value: str) -> bool:
    return any(each.value == value for each in enumeration)


def _from_number(make: Any, value: float) -> Any:
    return make(seconds=value) if make.__name__ == "timedelta" else make(value)


def _unusable(name: str, role: str, error: PluginError) -> UsageError:
    hint = f"; {error.hint}" if error.hint else ""
    return UsageError(f'The plugin "{name}" cannot be used for {role}: {error.message}{hint}.')


def _refused(name: str, role: str, options: Iterable[str], error: Exception) -> UsageError:
    """Return the sentence for a constructor that failed."""
    unset = [each for each in variables(name, role, options) if each.is_needed]
    said = _sentence(error)
    is_of_options = bool([*options]) and not isinstance(error, ImportError)
    advice = "Check its options in the profile." if is_of_options else ""
    if unset and ("api key" in said.lower() or any(each.name in said for each in unset)):
        named = " or ".join(each.name for each in unset)
        advice = f"Put {named} in a file named .env in this folder, or in the environment."
    elif "could not find file" in said.lower():
        advice = "Download the files of plugins with the command download-files."
    return UsageError(f'The plugin "{name}" of {role} cannot start: {said} {advice}'.rstrip())


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."
