"""The stand-in's side of `process.Standin`: the gateway in a process of its own.

It speaks to its parent in lines of JSON: first `{"url": …}`, or `{"failed": …}` where it cannot
start, and then `{"error": …}` for every error that is logged.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from collections.abc import Callable

from .instruments import Instruments

_Say = Callable[[dict[str, str]], None]


def run(make_instruments: Callable[[], Instruments]) -> int:
    """Serve until the parent process ends, and end with it; return the exit code of a failure."""
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    say = _channel()
    logging.basicConfig(
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[logging.StreamHandler(), _ErrorsToParent(say)],
    )
    try:
        asyncio.run(_serve(make_instruments(), say))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        say({"failed": f"{error.strerror}: {error.filename}" if error.filename else str(error)})
        return 2
    except (ValueError, ImportError) as error:
        say({"failed": str(error)})
        return 2
    return 0


def _end_with_the_parent() -> None:
    """End when stdin is closed, as it is when the parent process ends, however it ends."""
    sys.stdin.buffer.read()
    # Nobody needs what is still under way, such as a model that is being loaded.
    os._exit(0)


def _channel() -> _Say:
    """Return what sends a line to the parent; whatever else is printed goes to the log."""
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(message: dict[str, str]) -> None:
        lines.write(json.dumps(message) + "\n")
        lines.flush()

    return say


class _ErrorsToParent(logging.Handler):
    """Sends what each error says to the parent process, in one line and without its traceback."""

    def __init__(self, say: _Say) -> None:
        super().__init__(logging.ERROR)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Send one error."""
        text = record.getMessage()
        if record.exc_info and (error := record.exc_info[1]):
            text += f": {type(error).__name__}: {error}"
        line = " ".join(text.split()).rstrip(".")
        try:
            self._say({"error": "".join(char if char.isprintable() else "\ufffd" for char in line)})
        except OSError:
            self.handleError(record)


async def _serve(instruments: Instruments, say: _Say) -> None:
    """Serve until the process ends."""
    from .gateway import Gateway

    async with Gateway(
        instruments=instruments,
        llm_url=os.environ.get("OFFLINE_LLM_URL") or None,
        llm_model=os.environ.get("OFFLINE_LLM_MODEL") or None,
        warm=True,
    ) as gateway:
        say({"url": gateway.url})
        await asyncio.Event().wait()
