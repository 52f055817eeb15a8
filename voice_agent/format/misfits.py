"""Values that could never be what a rehearsal expects of them."""

from __future__ import annotations

import json
import re
from typing import Any


def misfit(name: str, schema: Any, value: Any) -> str:
    """Return a sentence on why nothing of this schema has this value; "" if something may."""
    from jsonschema import Draft202012Validator  # here, as importing it takes 0.1 s
    from jsonschema.exceptions import SchemaError

    from .arguments import read_arguments

    try:
        json.dumps(value)
        Draft202012Validator.check_schema(schema)
        _, wrong = read_arguments({"properties": {name: schema}}, {name: value})
    except (SchemaError, ValueError, TypeError, re.error):
        return ""  # of which something else is wrong
    return wrong[0].rstrip(".") if wrong else ""
