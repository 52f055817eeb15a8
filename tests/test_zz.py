import asyncio, time, pytest
from support.tool_talk import *
from support.scripted_stt import *
from dataclasses import replace
from unittest import mock
from voice_agent.format.models import Model, Models
import logging
def book(url, method="POST", **k):
    return {"description":"Books","parameters":{"people":{"type":"integer"}},"http":{"method":method,"url":url+"/b"},**k}
def show(t, s):
    print(); print(t.said); print(s.requests)
    for a in t.model.asked: print("  ASK", [ (m["role"], m.get("content"), m.get("tool_calls") and [c["id"] for c in m["tool_calls"]]) for m in a])
    for e in t.events: print("  EV", round(e.at-t.events[0].at,2), e.name, e.details.get("told"), e.details.get("status"))
@pytest.mark.parametrize("method", ["POST","GET"])
@pytest.mark.parametrize("sentence", [0,1])
@pytest.mark.parametrize("allow", [True,False])
async def test_spoken(method,sentence,allow):
    ear=ScriptedSTT(); ev=asyncio.Event()
    if not sentence: ev.set()
    async with serving() as s:
        s.may_answer.clear()
        async with talking({"book": book(s.url, method)}, ["I book.", call("book", people=4), ev], "One","Two","Three", ear=ear, allow_interruptions=allow) as t:
            ear.heard.put_nowait("A table for four")
            await asyncio.wait_for(s.asked.wait(),9); await asyncio.sleep(.3)
            b=time.time()
            ear.heard.put_nowait("Are you there")
            try: await t.until(lambda: "One" in t.said)
            except Exception as e: print("NOT ANSWERED")
            print("answered after", time.time()-b)
            ev.set()
            s.may_answer.set()
            await asyncio.sleep(3)
            show(t,s)
