"""What is said in the calls that are derived from a profile, in the languages that we know.

They are what people say on the telephone, so that a recognizer and a turn detector take them for
that. The Japanese is in kana, as espeak-ng cannot read kanji.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..format.language import ENGLISH, base_of

Words = Literal["barge_in", "short"]
"""Which of them the caller says to stop the agent."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """What both sides say in the derived calls, in one language."""

    speech: str
    """What the agent says while it is talked over: some 11 seconds."""
    answers: tuple[str, str]
    """What the agent says after that."""
    request: str
    """What the caller says to get the speech."""
    barge_in: str
    """What the caller says to stop the agent: some 2 seconds."""
    short: str
    """The same in a word."""
    question: str
    """What the caller asks afterwards."""
    typed: str
    """What the caller writes in place of cutting in."""

    def said(self, words: Words) -> str:
        """Return what the caller says to stop the agent, in a sentence or in a word."""
        return self.barge_in if words == "barge_in" else self.short

    @property
    def spoken(self) -> tuple[str, ...]:
        """Everything that the caller says aloud."""
        return self.request, self.barge_in, self.short, self.question


SENTENCES: Mapping[str, Sentences] = {
    "en": Sentences(
        speech="Let me tell you about the weather. It is grey today, and it was grey yesterday as "
        "well. It will very likely be grey tomorrow, and nobody will be surprised. "
        "That is all there is to say about the weather.",
        answers=("Certainly, here is my answer.", "Certainly, here is another answer."),
        request="Please tell me about the weather.",
        barge_in="Stop please, I have a question for you.",
        short="Stop.",
        question="What are your opening hours?",
        typed="I am typing this.",
    ),
    "es": Sentences(
        speech="Permítame que le hable del tiempo. Hoy está nublado, y ayer también estuvo "
        "nublado. Lo más probable es que mañana siga nublado, y a nadie le va a sorprender. "
        "Eso es todo lo que se puede decir del tiempo.",
        answers=("Por supuesto, esta es mi respuesta.", "Por supuesto, esta es otra respuesta."),
        request="Por favor, hábleme del tiempo.",
        barge_in="Espere un momento, por favor, tengo una pregunta.",
        short="Espere.",
        question="¿Qué horario de atención tienen?",
        typed="Le escribo este mensaje.",
    ),
    "pt": Sentences(
        speech="Deixe-me falar um pouco sobre o tempo. Hoje está nublado, e ontem também esteve "
        "nublado. Amanhã é bem provável que continue nublado, e ninguém vai estranhar. "
        "É tudo o que há para dizer sobre o tempo.",
        answers=("Claro, aqui está a minha resposta.", "Claro, aqui está outra resposta."),
        request="Por favor, me fale sobre o tempo.",
        barge_in="Espere um momento, por favor, tenho uma pergunta.",
        short="Espere.",
        question="Qual é o horário de atendimento?",
        typed="Estou escrevendo esta mensagem.",
    ),
    "fr": Sentences(
        speech="Laissez-moi vous parler du temps. Aujourd'hui, le ciel est gris, et hier aussi, il "
        "était gris. Demain, il sera très probablement gris, et personne n'en sera surpris. "
        "C'est tout ce qu'il y a à dire sur le temps.",
        answers=("Bien sûr, voici ma réponse.", "Bien sûr, voici une autre réponse."),
        request="Parlez-moi du temps, s'il vous plaît.",
        barge_in="Attendez, s'il vous plaît, j'ai une question à vous poser.",
        short="Attendez.",
        question="Quels sont vos horaires d'ouverture ?",
        typed="Je vous écris ce message.",
    ),
    "de": Sentences(
        speech="Ich erzähle Ihnen gern etwas über das Wetter. Heute ist es grau, und gestern war "
        "es auch schon grau. Morgen wird es höchstwahrscheinlich wieder grau, und niemand wird "
        "sich darüber wundern. Mehr gibt es über das Wetter nicht zu sagen.",
        answers=("Gern, hier ist meine Antwort.", "Gern, hier ist noch eine Antwort."),
        request="Erzählen Sie mir bitte etwas über das Wetter.",
        barge_in="Moment bitte, ich habe eine Frage an Sie.",
        short="Moment.",
        question="Wie sind Ihre Öffnungszeiten?",
        typed="Ich schreibe Ihnen das hier.",
    ),
    "it": Sentences(
        speech="Le racconto qualcosa sul tempo. Oggi il cielo è grigio, e anche ieri era grigio. "
        "Domani con ogni probabilità sarà di nuovo grigio, e nessuno se ne meraviglierà. "
        "Questo è tutto quello che c'è da dire sul tempo.",
        answers=("Certo, ecco la mia risposta.", "Certo, ecco un'altra risposta."),
        request="Mi parli del tempo, per favore.",
        barge_in="Aspetti un momento, per favore, ho una domanda.",
        short="Aspetti.",
        question="Quali sono i vostri orari di apertura?",
        typed="Le scrivo questo messaggio.",
    ),
    "nl": Sentences(
        speech="Ik vertel u graag iets over het weer. Vandaag is het grijs, en gisteren was het "
        "ook al grijs. Morgen wordt het hoogstwaarschijnlijk weer grijs, en niemand zal daar "
        "verbaasd over zijn. Meer valt er over het weer niet te zeggen.",
        answers=("Natuurlijk, hier is mijn antwoord.", "Natuurlijk, hier is nog een antwoord."),
        request="Kunt u me iets over het weer vertellen?",
        barge_in="Wacht even alstublieft, ik heb een vraag voor u.",
        short="Wacht.",
        question="Wat zijn uw openingstijden?",
        typed="Ik typ u dit bericht.",
    ),
    "hi": Sentences(
        speech="मैं आपको मौसम के बारे में कुछ बताता हूँ। आज आसमान में बादल हैं, और कल भी बादल थे। "
        "बहुत संभव है कि आगे भी बादल ही रहेंगे, और किसी को हैरानी नहीं होगी। "
        "मौसम के बारे में बस इतना ही कहना है।",
        answers=("जी ज़रूर, यह रहा मेरा जवाब।", "जी ज़रूर, यह रहा एक और जवाब।"),
        request="कृपया मुझे मौसम के बारे में बताइए।",
        barge_in="ज़रा रुकिए, मुझे आपसे एक सवाल पूछना है।",
        short="रुकिए।",
        question="आपके खुलने और बंद होने का समय क्या है?",
        typed="मैं आपको यह संदेश लिख रहा हूँ।",
    ),
    "zh": Sentences(
        speech="我来跟您说说天气。今天是阴天，昨天也是阴天，明天很可能还是阴天。天气就说到这里。",
        answers=("好的，这是我的回答。", "好的，这是另一个回答。"),
        request="请跟我说说天气。",
        barge_in="请等一下，我有个问题。",
        short="等一下。",
        question="请问你们几点开门？",
        typed="我在给您打字。",
    ),
    "ja": Sentences(
        speech="それでは、おてんきについておはなしします。きょうはくもりで、きのうもくもりでした。"
        "あしたもおそらくくもりでしょうが、おどろくひとはいないでしょう。"
        "おてんきについては、いじょうです。",
        answers=("はい、これがわたしのこたえです。", "はい、これがもうひとつのこたえです。"),
        request="おてんきについておしえてください。",
        barge_in="すみません、しつもんがあるのですが。",
        short="まってください。",
        question="なんじからあいていますか？",
        typed="メッセージをおくります。",
    ),
}
"""By the code of the language, without a region."""


def sentences_for(language: str) -> Sentences:
    """Return the sentences of a language such as "pt-BR", or the English ones."""
    return SENTENCES.get(base_of(language), SENTENCES[ENGLISH])
