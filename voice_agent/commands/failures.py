"""The end of a command that cannot go on: a sentence and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import BUG, INTERRUPTED, UNUSABLE, WRONG, UsageError
from ..format.diagnostics import InvalidProfile, printable
from ..runtime.secrets import hidden
from ..version import versions

_SECRET = re.compile(r"(^|_)(KEY|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIALS?)(_|$)", re.IGNORECASE)
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)  # a full disk, a terminal that is gone
_SHORTEST = 4  # characters; a shorter value would stand in many a word by chance


def in_sentences(command: Callable[[], int]) -> int:
    """Run a command; return its exit code, or that of what stopped it, which is printed."""
    try:
        return command()
    except UsageError as error:
        # Some quote what stands in a profile, and a terminal obeys some characters.
        print("\n".join(map(printable, hidden(str(error)).split("\n"))), file=sys.stderr)
        return UNUSABLE
    except InvalidProfile as error:
        print(error, file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone, and nothing more can be said to them.
        _drop_output()
        return UNUSABLE
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _UNWRITABLE:
            _drop_output()
            print(f"The output cannot be written: {error.strerror}.", file=sys.stderr)
            return UNUSABLE
        print(_report(error), file=sys.stderr)
        return BUG


def _drop_output() -> None:
    # Python writes what is left of it at its exit, and would fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _report(error: Exception) -> str:
    """Return the sentences about a bug of ours, whose traceback is kept in a file."""
    import traceback

    where = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__}: {error} ({Path(where.filename).name}, line {where.lineno})"
    whole = f"{versions()}\n\n{''.join(traceback.format_exception(error))}"
    bug = "This is a bug in the voice agent, and no fault of the profile."
    try:
        kept = f"Please report it with the file {_keep(without_secrets(whole))}"
    except OSError as reason:
        kept = f"Please report it; its traceback could not be kept ({reason})"
    return printable(without_secrets(f"{bug} {kept}: {what}."))


def _keep(text: str) -> Path:
    """Write `text` to a new file that only this user may read, and return its path."""
    import tempfile

    number, path = tempfile.mkstemp(prefix="voice-agent-bug-", suffix=".txt")
    with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Path(path)


def without_secrets(text: str) -> str:
    """Return `text` with the name of a secret of the environment wherever its value stands."""
    secrets = {
        value: name
        for name, value in os.environ.items()
        if _SECRET.search(name) and len(value) >= _SHORTEST
    }
    text = hidden(text)
    for value in sorted(secrets, key=len, reverse=True):
        text = text.replace(value, f"${secrets[value]}")
    return text
