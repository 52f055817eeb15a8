"""What the script that stands in for an LLM says and understands, in the languages it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of the script in one language, and the words that it understands.

    `{said}` is what was said before, and `{name}` a name. The last five are regular expressions,
    in which letters may be small or capital.
    """

    passage: str
    greeting: str
    told: str
    this_is: str
    asked: str
    named: str
    goodbye: str
    welcome: str
    hello: str
    closings: tuple[str, str, str]
    and_so_on: str
    """What follows words that are too many to repeat."""
    hears_long: str
    hears_name: str
    hears_goodbye: str
    hears_thanks: str
    hears_hello: str
    hears_question: str = r"^$"


ENGLISH = Phrases(
    passage="Very well, here is something somewhat long and rather boring, from the offline "
    "stand-in. Let us consider the ordinary paper clip, which is a short piece of wire, bent three "
    "times. It is bent once at the top, once at the bottom, and once again somewhere in between. "
    "Nobody remembers the first one, and very few people have ever asked. "
    "A box of paper clips usually holds one hundred of them, although it is seldom counted. "
    "Some of them are silver, some are coated in colour, and all of them hold paper. "
    "When a paper clip is not holding paper, it lies in a drawer, and waits. "
    "The drawer is opened in the morning, and it is closed again in the evening. "
    "In between, very little happens, and it happens slowly. "
    "That is all there is to say about paper clips, and I thank you for your patience.",
    greeting="Hello, and welcome. I am the offline stand-in for your agent's language model. "
    "What can I do for you?",
    told="I was told: {said} I am only the offline stand-in, so that is all.",
    this_is="This is {name}.",
    asked="You asked: {said} I am only the offline stand-in, so I do not know the answer, "
    "but I heard the question.",
    named="Nice to meet you, {name}. I am only the offline stand-in.",
    goodbye="Goodbye, and thank you for calling the offline stand-in.",
    welcome="You are welcome. Is there anything else for the offline stand-in?",
    hello="You said: {said} Hello to you too, from the offline stand-in.",
    closings=(
        "You said: {said} I am only the offline stand-in, so that is all I can say about it.",
        "You said: {said} I am still the offline stand-in, but I am listening.",
        "You said: {said} A stand-in like me can only repeat that, so please go on.",
    ),
    and_so_on=", and so on.",
    hears_long=r"\b(long and|(?:somewhat|rather|very|something|quite|really) long|boring|lengthy|"
    r"at length|long(?:er)? (?:story|speech|text|answer|passage|reply|explanation|talk|one)|"
    r"(?:tell|read) (?:me |us )?(?:a|another|the) story|in (?:great )?detail|essay|lecture|"
    r"monologue|keep (?:on )?talking)\b",
    hears_name=r"\bmy name(?: is|'s) (?P<name>[\w'-]+)",
    hears_goodbye=r"\b(goodbye|good bye|bye|see you|farewell|good night)\b",
    hears_thanks=r"\b(thanks|thank you|cheers)\b",
    hears_hello=r"^(?:oh |well )?(?:hello|hi|hey|good (?:morning|afternoon|evening))\b",
    hears_question=r"^(?:and |so |but |well |please )*(?:what|who|whom|whose|when|where|why|how|"
    r"which|can|could|do|does|did|is|are|am|was|were|will|would|should|may|have|has)\b",
)

PHRASES: Mapping[str, Phrases] = {
    "en": ENGLISH,
    "es": Phrases(
        passage="Muy bien, aquí tiene algo largo y bastante aburrido, de parte del suplente sin "
        "conexión. Hablemos del clip, que es un trozo corto de alambre, doblado tres veces. "
        "Una caja suele tener cien, aunque casi nadie los cuenta. Cuando un clip no sujeta papel, "
        "espera en un cajón. El cajón se abre por la mañana y se cierra por la noche. "
        "Eso es todo lo que se puede decir de los clips, y le agradezco su paciencia.",
        greeting="Hola, le doy la bienvenida. Soy el suplente sin conexión del modelo de lenguaje. "
        "¿En qué puedo ayudarle?",
        told="Me han pedido: {said} Solo soy el suplente sin conexión, así que eso es todo.",
        this_is="Le habla {name}.",
        asked="Ha preguntado: {said} Solo soy el suplente sin conexión y no sé la respuesta, "
        "pero he oído la pregunta.",
        named="Mucho gusto, {name}. Solo soy el suplente sin conexión.",
        goodbye="Adiós, y gracias por llamar al suplente sin conexión.",
        welcome="De nada. ¿Desea algo más del suplente sin conexión?",
        hello="Ha dicho: {said} Hola también de parte del suplente sin conexión.",
        closings=(
            "Ha dicho: {said} Solo soy el suplente sin conexión, no puedo decir más.",
            "Ha dicho: {said} Sigo siendo el suplente sin conexión, pero le escucho.",
            "Ha dicho: {said} Un suplente solo puede repetirlo, continúe por favor.",
        ),
        and_so_on=", etcétera.",
        hears_long=r"\b(larg[oa]s?|aburrid[oa]s?|historia|detalle)\b",
        hears_name=r"\b(?:me llamo|mi nombre es) (?P<name>[\w'-]+)",
        hears_goodbye=r"\b(adiós|hasta luego|hasta pronto|buenas noches)\b",
        hears_thanks=r"\bgracias\b",
        hears_hello=r"^(?:hola|buenos días|buenas tardes|buenas)\b",
    ),
    "pt": Phrases(
        passage="Muito bem, aqui vai algo longo e bastante chato, do substituto offline. "
        "Vamos falar do clipe de papel, que é um pedaço curto de arame, dobrado três vezes. "
        "Uma caixa costuma ter cem, embora quase ninguém os conte. Quando um clipe não segura "
        "papel, ele espera numa gaveta. A gaveta é aberta de manhã e fechada à noite. "
        "É tudo o que há para dizer sobre clipes, e agradeço a sua paciência.",
        greeting="Olá, seja bem-vindo. Sou o substituto offline do modelo de linguagem. "
        "Em que posso ajudar?",
        told="Pediram-me: {said} Sou apenas o substituto offline, então é só isso.",
        this_is="Aqui é {name}.",
        asked="Você perguntou: {said} Sou apenas o substituto offline e não sei a resposta, "
        "mas ouvi a pergunta.",
        named="Muito prazer, {name}. Sou apenas o substituto offline.",
        goodbye="Até logo, e obrigado por ligar para o substituto offline.",
        welcome="De nada. Deseja mais alguma coisa do substituto offline?",
        hello="Você disse: {said} Olá também, do substituto offline.",
        closings=(
            "Você disse: {said} Sou apenas o substituto offline, não posso dizer mais.",
            "Você disse: {said} Continuo a ser o substituto offline, mas estou ouvindo.",
            "Você disse: {said} Um substituto só pode repetir, continue por favor.",
        ),
        and_so_on=", e assim por diante.",
        hears_long=r"\b(long[oa]s?|chat[oa]s?|história|detalhe)\b",
        hears_name=r"\b(?:me chamo|chamo-me|meu nome é) (?P<name>[\w'-]+)",
        hears_goodbye=r"\b(adeus|tchau|até logo|boa noite)\b",
        hears_thanks=r"\b(obrigad[oa])\b",
        hears_hello=r"^(?:olá|oi|bom dia|boa tarde)\b",
    ),
    "fr": Phrases(
        passage="Très bien, voici quelque chose de long et de plutôt ennuyeux, de la doublure hors "
        "ligne. Parlons du trombone, un court fil de fer, plié trois fois. Une boîte en contient "
        "cent d'ordinaire, mais personne ne les compte. Quand un trombone ne tient pas de papier, "
        "il attend dans un tiroir. Le tiroir s'ouvre le matin et se ferme le soir. "
        "C'est tout ce qu'il y a à dire sur les trombones, et merci de votre patience.",
        greeting="Bonjour et bienvenue. Je suis la doublure hors ligne du modèle de langage. "
        "Que puis-je faire pour vous ?",
        told="On m'a demandé : {said} Je ne suis que la doublure hors ligne, c'est donc tout.",
        this_is="Ici {name}.",
        asked="Vous avez demandé : {said} Je ne suis que la doublure hors ligne et je ne connais "
        "pas la réponse, mais j'ai entendu la question.",
        named="Enchantée, {name}. Je ne suis que la doublure hors ligne.",
        goodbye="Au revoir, et merci d'avoir appelé la doublure hors ligne.",
        welcome="Je vous en prie. Autre chose pour la doublure hors ligne ?",
        hello="Vous avez dit : {said} Bonjour à vous aussi, de la doublure hors ligne.",
        closings=(
            "Vous avez dit : {said} Je ne suis que la doublure hors ligne, c'est tout.",
            "Vous avez dit : {said} Je reste la doublure hors ligne, mais je vous écoute.",
            "Vous avez dit : {said} Une doublure ne peut que répéter, continuez s'il vous plaît.",
        ),
        and_so_on=", et ainsi de suite.",
        hears_long=r"\b(long(?:ue)?s?|ennuyeu(?:x|se)|histoire|en détail)\b",
        hears_name=r"(?:\bje m'appelle|\bmon nom est) (?P<name>[\w'-]+)",
        hears_goodbye=r"\b(au revoir|à bientôt|bonne nuit|bonne soirée)\b",
        hears_thanks=r"\bmerci\b",
        hears_hello=r"^(?:bonjour|bonsoir|salut|allô)\b",
    ),
    "de": Phrases(
        passage="Nun gut, hier ist etwas ziemlich Langes und recht Langweiliges vom "
        "Offline-Ersatz. Betrachten wir die Büroklammer, ein kurzes Stück Draht, dreimal gebogen. "
        "In einer Schachtel liegen meist hundert, auch wenn sie selten jemand zählt. "
        "Hält eine Büroklammer gerade kein Papier, so liegt sie in der Schublade und wartet. "
        "Die Schublade wird morgens geöffnet und abends wieder geschlossen. "
        "Mehr gibt es über Büroklammern nicht zu sagen, und ich danke für Ihre Geduld.",
        greeting="Guten Tag und willkommen. Ich bin der Offline-Ersatz für das Sprachmodell. "
        "Was kann ich für Sie tun?",
        told="Mir wurde gesagt: {said} Ich bin nur der Offline-Ersatz, das ist also alles.",
        this_is="Hier ist {name}.",
        asked="Sie haben gefragt: {said} Ich bin nur der Offline-Ersatz und weiß die Antwort "
        "nicht, aber ich habe die Frage gehört.",
        named="Freut mich, {name}. Ich bin nur der Offline-Ersatz.",
        goodbye="Auf Wiederhören, und danke für Ihren Anruf beim Offline-Ersatz.",
        welcome="Gern geschehen. Gibt es noch etwas für den Offline-Ersatz?",
        hello="Sie haben gesagt: {said} Auch Ihnen einen guten Tag vom Offline-Ersatz.",
        closings=(
            "Sie haben gesagt: {said} Ich bin nur der Offline-Ersatz, mehr kann ich nicht sagen.",
            "Sie haben gesagt: {said} Ich bin immer noch der Offline-Ersatz, aber ich höre zu.",
            "Sie haben gesagt: {said} Ein Ersatz kann das nur wiederholen, bitte fahren Sie fort.",
        ),
        and_so_on=", und so weiter.",
        hears_long=r"\b(lang(?:e[rs]?|en)?|langweilig\w*|ausführlich\w*|geschichte)\b",
        hears_name=r"\b(?:ich heiße|mein name ist) (?P<name>[\w'-]+)",
        hears_goodbye=r"\b(auf wiedersehen|auf wiederhören|tschüss|gute nacht)\b",
        hears_thanks=r"\b(danke|dankeschön|vielen dank)\b",
        hears_hello=r"^(?:hallo|guten (?:morgen|tag|abend)|grüß gott|servus)\b",
    ),
    "it": Phrases(
        passage="Va bene, ecco qualcosa di lungo e piuttosto noioso, dal sostituto offline. "
        "Parliamo della graffetta, un corto pezzo di filo di ferro, piegato tre volte. "
        "Una scatola ne contiene di solito cento, anche se nessuno le conta. Quando una graffetta "
        "non tiene fogli, aspetta in un cassetto. Il cassetto si apre la mattina e si chiude la "
        "sera. È tutto quello che c'è da dire sulle graffette, e grazie per la pazienza.",
        greeting="Buongiorno e benvenuto. Sono il sostituto offline del modello linguistico. "
        "Che cosa posso fare per lei?",
        told="Mi è stato detto: {said} Sono solo il sostituto offline, quindi è tutto.",
        this_is="Qui è {name}.",
        asked="Ha chiesto: {said} Sono solo il sostituto offline e non so la risposta, "
        "ma ho sentito la domanda.",
        named="Piacere, {name}. Sono solo il sostituto offline.",
        goodbye="Arrivederci, e grazie per aver chiamato il sostituto offline.",
        welcome="Prego. Desidera altro dal sostituto offline?",
        hello="Ha detto: {said} Buongiorno anche a lei dal sostituto offline.",
        closings=(
            "Ha detto: {said} Sono solo il sostituto offline, non posso dire altro.",
            "Ha detto: {said} Sono ancora il sostituto offline, ma l'ascolto.",
            "Ha detto: {said} Un sostituto può solo ripeterlo, continui per favore.",
        ),
        and_so_on=", e così via.",
        hears_long=r"\b(lung[oahie]+|noios[oaie]|storia|dettaglio)\b",
        hears_name=r"\b(?:mi chiamo|il mio nome è) (?P<name>[\w'-]+)",
        hears_goodbye=r"\b(arrivederci|buonanotte|a presto)\b",
        hears_thanks=r"\bgrazie\b",
        hears_hello=r"^(?:buongiorno|buonasera|salve|ciao|pronto)\b",
    ),
    "nl": Phrases(
        passage="Goed, hier is iets langs en tamelijk saais van de offline vervanger. "
        "Laten we het over de paperclip hebben, een kort stukje draad, drie keer gebogen. "
        "In een doosje zitten er meestal honderd, al telt bijna niemand ze. Als een paperclip geen "
        "papier vasthoudt, ligt hij in een la te wachten. De la gaat 's morgens open en 's avonds "
        "weer dicht. Meer valt er over paperclips niet te zeggen, en dank u voor uw geduld.",
        greeting="Goedendag en welkom. Ik ben de offline vervanger van het taalmodel. "
        "Wat kan ik voor u doen?",
        told="Mij is gezegd: {said} Ik ben maar de offline vervanger, dus dat is alles.",
        this_is="Dit is {name}.",
        asked="U vroeg: {said} Ik ben maar de offline vervanger en weet het antwoord niet, "
        "maar ik heb de vraag gehoord.",
        named="Aangenaam, {name}. Ik ben maar de offline vervanger.",
        goodbye="Tot ziens, en bedankt voor het bellen met de offline vervanger.",
        welcome="Graag gedaan. Kan de offline vervanger nog iets doen?",
        hello="U zei: {said} Ook goedendag van de offline vervanger.",
        closings=(
            "U zei: {said} Ik ben maar de offline vervanger, meer kan ik niet zeggen.",
            "U zei: {said} Ik ben nog steeds de offline vervanger, maar ik luister.",
            "U zei: {said} Een vervanger kan dat alleen herhalen, gaat u verder.",
        ),
        and_so_on=", enzovoort.",
        hears_long=r"\b(lange?|langs|saaie?s?|verhaal|uitgebreid)\b",
        hears_name=r"\b(?:ik heet|mijn naam is) (?P<name>[\w'-]+)",
        hears_goodbye=r"\b(tot ziens|doei|welterusten)\b",
        hears_thanks=r"\b(bedankt|dank u|dank je)\b",
        hears_hello=r"^(?:hallo|hoi|goede(?:morgen|middag|navond|ndag))\b",
    ),
    "hi": Phrases(
        passage="ठीक है, ऑफ़लाइन स्थानापन्न की ओर से कुछ लंबा और नीरस सुनिए। "
        "काग़ज़ की क्लिप तार का एक छोटा टुकड़ा है, जो तीन बार मुड़ा होता है। "
        "एक डिब्बे में आम तौर पर सौ क्लिप होती हैं, पर उन्हें कोई गिनता नहीं। "
        "जब क्लिप का काम नहीं होता, तो वह दराज़ में पड़ी रहती है। "
        "दराज़ सुबह खुलती है और शाम को बंद होती है। "
        "क्लिप के बारे में बस इतना ही कहना है, और आपके धैर्य के लिए धन्यवाद।",
        greeting="नमस्ते, आपका स्वागत है। मैं भाषा मॉडल का ऑफ़लाइन स्थानापन्न हूँ। मैं आपके लिए क्या कर सकता हूँ?",
        told="मुझसे कहा गया: {said} मैं केवल ऑफ़लाइन स्थानापन्न हूँ, इसलिए बस इतना ही।",
        this_is="यह {name} है।",
        asked="आपने पूछा: {said} मैं केवल ऑफ़लाइन स्थानापन्न हूँ और उत्तर नहीं जानता, पर मैंने सवाल सुना।",
        named="आपसे मिलकर अच्छा लगा, {name}। मैं केवल ऑफ़लाइन स्थानापन्न हूँ।",
        goodbye="नमस्ते, और ऑफ़लाइन स्थानापन्न को फ़ोन करने के लिए धन्यवाद।",
        welcome="आपका स्वागत है। क्या ऑफ़लाइन स्थानापन्न से और कुछ चाहिए?",
        hello="आपने कहा: {said} ऑफ़लाइन स्थानापन्न की ओर से आपको भी नमस्ते।",
        closings=(
            "आपने कहा: {said} मैं केवल ऑफ़लाइन स्थानापन्न हूँ, और कुछ नहीं कह सकता।",
            "आपने कहा: {said} मैं अब भी ऑफ़लाइन स्थानापन्न हूँ, पर सुन रहा हूँ।",
            "आपने कहा: {said} स्थानापन्न केवल दोहरा सकता है, कृपया आगे कहिए।",
        ),
        and_so_on=", इत्यादि।",
        hears_long=r"(लंब[ाीे]|उबाऊ|नीरस|कहानी|विस्तार)",
        hears_name=r"मेरा नाम (?P<name>\S+)",
        hears_goodbye=r"(अलविदा|फिर मिलेंगे|शुभ रात्रि)",
        hears_thanks=r"(धन्यवाद|शुक्रिया)",
        hears_hello=r"^(?:नमस्ते|नमस्कार|हैलो)",
        hears_question=r"^क्या ",
    ),
    "zh": Phrases(
        passage="好的，下面是离线替身讲的一段又长又无聊的话。我们来说说回形针，它是一小段铁丝，弯了三次。"
        "一盒通常有一百个，不过很少有人去数。回形针不夹纸的时候，就躺在抽屉里等着。"
        "抽屉早上打开，晚上关上。关于回形针就说到这里，谢谢您的耐心。",
        greeting="您好，欢迎致电。我是语言模型的离线替身。请问有什么可以帮您？",
        told="我收到的要求是：{said}我只是离线替身，就说到这里。",
        this_is="这里是{name}。",
        asked="您问的是：{said}我只是离线替身，不知道答案，但我听到了您的问题。",
        named="很高兴认识您，{name}。我只是离线替身。",
        goodbye="再见，感谢您致电离线替身。",
        welcome="不客气。还有什么需要离线替身帮忙的吗？",
        hello="您说：{said}离线替身也向您问好。",
        closings=(
            "您说：{said}我只是离线替身，只能说这么多。",
            "您说：{said}我还是那个离线替身，不过我在听。",
            "您说：{said}替身只能重复您的话，请继续。",
        ),
        and_so_on="，等等。",
        hears_long="长一点|很长|又长|无聊|故事|详细",
        hears_name=r"我叫(?P<name>\w{1,4})",
        hears_goodbye="再见|拜拜|晚安",
        hears_thanks="谢谢|感谢",
        hears_hello="^(?:您好|你好|喂|早上好|下午好|晚上好)",
        hears_question="(?:吗|呢|什么|几点|多少|哪里|怎么)",
    ),
    "ja": Phrases(
        passage="わかりました。オフラインのだいやくが、ながくてたいくつなおはなしをします。"
        "クリップは、みじかいはりがねを、さんかいまげたものです。"
        "ひとはこにひゃっこはいっていますが、かぞえるひとはあまりいません。"
        "つかわないときは、ひきだしのなかでまっています。"
        "ひきだしは、あさひらかれ、よるとじられます。"
        "クリップのおはなしは、これでおわりです。ありがとうございました。",
        greeting="おでんわありがとうございます。わたしはげんごモデルのオフラインのだいやくです。"
        "どのようなごようけんでしょうか。",
        told="このようにいわれました。{said}わたしはオフラインのだいやくなので、いじょうです。",
        this_is="{name} です。",
        asked="ごしつもんは、{said}わたしはオフラインのだいやくなので、こたえはわかりませんが、"
        "しつもんはきこえました。",
        named="はじめまして、{name}さん。わたしはオフラインのだいやくです。",
        goodbye="しつれいいたします。オフラインのだいやくにおでんわ、ありがとうございました。",
        welcome="どういたしまして。ほかになにか、ございますか。",
        hello="{said}こちらこそ、オフラインのだいやくです。",
        closings=(
            "このようにおっしゃいました。{said}わたしはオフラインのだいやくなので、いじょうです。",
            "このようにおっしゃいました。{said}まだオフラインのだいやくですが、きいています。",
            "このようにおっしゃいました。{said}だいやくはくりかえすだけです。どうぞつづけてください。",
        ),
        and_so_on="、などなど。",
        hears_long="長い|長く|ながい|ながく|退屈|たいくつ|物語|くわしく|詳しく",
        hears_name="(?:名前は|なまえは)(?P<name>\\w{1,8}?)(?:です|ともうします|と申します|$)",
        hears_goodbye="さようなら|失礼します|しつれいします|おやすみ",
        hears_thanks="ありがとう|感謝",
        hears_hello="^(?:こんにちは|こんばんは|おはよう|もしもし|はじめまして)",
        hears_question="(?:ですか|ますか|でしょうか)[。？]?$",
    ),
}
"""By the code of the language, without a region."""
