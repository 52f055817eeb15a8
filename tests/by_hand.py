"""The agent of profiles/uninterruptable.yaml, written by hand against LiveKit's API."""

from __future__ import annotations

from livekit.agents import Agent, AgentSession, inference, vad


class ByHand(Agent):
    def __init__(self) -> None:
        super().__init__(
            instructions=(
                "You are a helpful assistant communicating through voice who is not interruptable."
            ),
            allow_interruptions=False,
        )

    async def on_enter(self) -> None:
        self.session.generate_reply(
            user_input=(
                "Say something somewhat long and boring so I can test if you're interruptable."
            )
        )


def session_by_hand(loaded: vad.VAD) -> AgentSession[None]:
    return AgentSession(
        stt=inference.STT("deepgram/nova-3-general"),
        llm=inference.LLM("openai/gpt-4.1-mini"),
        tts=inference.TTS("cartesia/sonic-3", voice="9626c31c-bec5-4cca-baa8-f8ba9e84c8bc"),
        vad=loaded,
        preemptive_generation=True,
    )
