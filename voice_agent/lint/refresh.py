"""Updates what is made from the schema and the installed LiveKit.

`python -m voice_agent.lint.refresh` brings the names of models in the schema up to date, and then
writes from the schema: the types of LiveKit's options, the page docs/reference.md, and the schema
of a part that profiles share. The table in docs/plugins.md comes from the plugins, where all of
them are installed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..format import sdk_source
from ..format.schema import offered, schema_path
from . import model_names, option_types, plugin_table, reference

PARTS_FILE = "schema/part.schema.json"


def refreshed(text: str) -> str:
    """Return the schema's text with the names of models that the installed LiveKit lists.

    A name that is still known stays where it is, as the first example is quoted in messages.
    """
    for role in model_names.ROLES:
        retired = sdk_source.retired_models()
        names = [each for each in model_names.installed(role) if each not in retired]
        part = json.loads(text)["properties"][role]
        examples = [each for each in part["examples"] if model_names.bare(each) in names]
        text = _with(text, role, "examples", examples or names[:1])
        kept = [each for each in offered(part) if each in names]
        snippets = [{"label": each, "body": each} for each in dict.fromkeys((*kept, *names))]
        text = _with(text, role, "defaultSnippets", snippets)
    realtime = [{"const": each} for each in sdk_source.realtime_models()]
    return _with(text, "realtime", "oneOf", realtime)


def _with(text: str, name: str, keyword: str, entries: Sequence[Any]) -> str:
    """Return the schema's text with a keyword's list replaced in the part called `name`."""
    start = text.index("[", text.index(f'"{keyword}"', text.index(f'\n    "{name}": {{')))
    end = text.index("]", start)
    lines = ",".join(f"\n        {json.dumps(each)}" for each in entries)
    return f"{text[:start]}[{lines}\n      {text[end:]}"


def schema_of_parts(parts: dict[str, Any]) -> str:
    """Return the schema of a part that profiles share: their keys, of which it may lack any."""
    made = {
        "$schema": parts["$schema"],
        "title": "Shared part of voice agent profiles",
        "description": "Keys that profiles take over by extends. The file's name begins with _.",
        "type": "object",
        "properties": {
            key: {"$ref": f"profile.schema.json#/properties/{key}"} for key in parts["properties"]
        },
        "additionalProperties": False,
    }
    return json.dumps(made, indent=2) + "\n"


def _made_from(parts: dict[str, Any], folder: Path) -> dict[Path, str]:
    """Return the files of the checkout that are written from the schema alone."""
    made = {
        folder / option_types.FILE: option_types.option_types(parts),
        folder / reference.FILE: reference.reference(parts),
        folder / PARTS_FILE: schema_of_parts(parts),
    }
    # An installed package has no page, and its types are those it was made with.
    return {file: text for file, text in made.items() if file.exists()}


def _table(folder: Path) -> dict[Path, str]:
    """Return the page with the table of plugins; nothing where some of them are missing."""
    page = folder / plugin_table.FILE
    if not page.exists():
        return {}
    if missing := plugin_table.missing():
        print(
            f"The table in {page.name} stays as it is, as plugins are missing: "
            f"{', '.join(missing)}. Install them: pip install -e '.[plugins-for-tests]'"
        )
        return {}
    return {page: plugin_table.written_into(page.read_text("utf-8"))}


def main() -> int:
    """Write what has changed, and return the exit code."""
    if not sdk_source.realtime_models() or not all(map(model_names.installed, model_names.ROLES)):
        print("The installed LiveKit lists no models where they are looked for.", file=sys.stderr)
        return 2
    path = schema_path()
    text = refreshed(path.read_text("utf-8"))
    folder = path.parents[1]
    made = {path: text, **_made_from(json.loads(text), folder), **_table(folder)}
    for file, text in made.items():
        if file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            print(f"Updated {file.name}.")
        else:
            print(f"{file.name} is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
