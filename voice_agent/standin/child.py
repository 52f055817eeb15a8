"""The stand-in's side of `process.Standin`: the gateway in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable

from .instruments import Instruments


def run(make_instruments: Callable[[], Instruments]) -> int:
    """Serve until the parent process ends, and return the exit code.

    The first line on stdout says where the gateway is, or why there is none.
    """
    try:
        asyncio.run(_serve(make_instruments()))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        _say({"failed": f"{error.strerror}: {error.filename}" if error.filename else str(error)})
        return 2
    except (ValueError, ImportError) as error:
        _say({"failed": str(error)})
        return 2
    return 0


async def _serve(instruments: Instruments) -> None:
    """Serve until stdin is closed, as it is when the parent process ends, however it ends."""
    from .gateway import Gateway

    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(closed.set)

    async with Gateway(
        instruments=instruments,
        llm_url=os.environ.get("OFFLINE_LLM_URL") or None,
        llm_model=os.environ.get("OFFLINE_LLM_MODEL") or None,
        warm=True,
    ) as gateway:
        _say({"url": gateway.url})
        threading.Thread(target=wait_for_the_end, daemon=True).start()
        await closed.wait()
    instruments.close()


def _say(line: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
