"""Updates what is taken from the installed LiveKit: `python -m voice_agent.lint.refresh`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from ..format import sdk_source
from ..format.schema import schema, schema_path
from . import model_names, reference


def refreshed(text: str) -> str:
    """The schema's text with the names that the installed LiveKit lists.

    An example that is still known stays where it is, as the first one is quoted in messages.
    """
    for role in model_names.ROLES:
        names = [
            each for each in model_names.installed(role) if each not in sdk_source.retired_models()
        ]
        kept = [
            each
            for each in schema()["properties"][role]["examples"]
            if model_names.bare(each) in names
        ]
        new = list(dict.fromkeys((*kept, *names)))
        text = _with(text, role, "examples", new)
    return _with(text, "realtime", "enum", sdk_source.realtime_models())


def _with(text: str, name: str, keyword: str, names: Sequence[str]) -> str:
    """The schema's text with the names as the list of a keyword in the part called `name`."""
    start = text.index("[", text.index(f'"{keyword}"', text.index(f'\n    "{name}": {{')))
    end = text.index("]", start)
    lines = ",".join(f"\n        {json.dumps(each)}" for each in names)
    return f"{text[:start]}[{lines}\n      {text[end:]}"


def main() -> int:
    """Write the schema anew, and return the exit code."""
    if not sdk_source.realtime_models() or not all(map(model_names.installed, model_names.ROLES)):
        print("The installed LiveKit lists no models where they are looked for.", file=sys.stderr)
        return 2
    path = schema_path()
    path.write_text(refreshed(path.read_text("utf-8")), "utf-8")
    reference.write(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
