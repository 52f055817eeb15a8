"""`python -m voice_agent.standin`: the gateway as a process; see `process.Standin`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import threading
from pathlib import Path


async def serve(record: Path | None, misbehave: list[str]) -> None:
    """Serve until stdin is closed, as it is when the parent process ends, however it ends."""
    from .fault import Fault
    from .gateway import Gateway
    from .record import Recorder

    faults = [Fault.parse(text) for text in misbehave]
    recorder = Recorder(record) if record else None
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(closed.set)

    async with Gateway(
        record=recorder,
        misbehave=faults,
        llm_url=os.environ.get("OFFLINE_LLM_URL") or None,
        llm_model=os.environ.get("OFFLINE_LLM_MODEL") or None,
        warm=True,
    ) as gateway:
        _say({"url": gateway.url})
        threading.Thread(target=wait_for_the_end, daemon=True).start()
        await closed.wait()
    if recorder is not None:
        recorder.close()


def main() -> int:
    """Run the stand-in; its first line on stdout says where it is, or why it is not."""
    parser = argparse.ArgumentParser(prog="python -m voice_agent.standin", description=__doc__)
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep what clients send")
    parser.add_argument("--misbehave", action="append", default=[], metavar="SERVICE=KIND[*TIMES]")
    options = parser.parse_args()
    try:
        asyncio.run(serve(options.record, options.misbehave))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        _say({"failed": f"{error.strerror}: {error.filename}" if error.filename else str(error)})
        return 2
    except (ValueError, ImportError) as error:
        _say({"failed": str(error)})
        return 2
    return 0


def _say(line: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
