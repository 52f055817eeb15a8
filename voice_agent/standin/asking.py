"""The words by which callers ask for something, in the languages that the script speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Asking:
    """What the script understands of a wish in one language, and how it asks for what is missing.

    The first ones are regular expressions, in which letters may be small or capital.
    """

    wants: str
    """Asks for something: a question, a request or an order."""
    refuses: str
    """Says that something is not wanted, is over, or is only talked about."""
    hangs_up: str
    """Asks to end the call, without a goodbye."""
    puts_through: str
    """Asks to be put through."""
    yes: str
    no: str
    now: Mapping[str, int]
    """Words for a day, in days from today."""
    weekdays: tuple[str, ...]
    """From Monday, each as the beginning of a word."""
    numbers: tuple[str, ...]
    """From 1."""
    needs: str
    """Asks for what is missing; `{tool}` and `{what}` are put in."""
    found: str
    """Says what came of it; `{facts}` is put in."""
    done: str
    """Says that it is done, where nothing more is to be told."""
    place: str = r"$^"
    """What stands before a place."""
    evening: str = r"$^"
    """Says that an hour is one of the afternoon or of the evening."""
    ignored: frozenset[str] = field(default_factory=frozenset)
    """Words that tell no tool from another."""


_TOOL_WORDS = _words(
    "get find check look lookup show list search fetch query tell say says call called make do set "
    "create run use used tool function user caller customer agent asks ask when once after before "
    "the and for with from that this which what who whom their they them its has have been will "
    "are is was were you your our not only all any one out about into onto over than then there "
    "how can could would should must may might want wants need needs like please give gives given "
    "return returns returned information related data value number name names day days time times "
    "back also some more most such each other these those here where why just very him her his she "
    "does did done being etc via per did know let lets thing things something"
)

ENGLISH = Asking(
    wants=r"\?\s*$|^(?:and |so |but |well |then |ok(?:ay)?,? )*(?:what|who|when|where|which|"
    r"how (?:much|many|long|far|late|is|are|does)|can|could|do|does|is|are|will|would|may)\b|"
    r"\bplease\b|\bi have (?:an?|some) (?:question|problem|complaint|request)|"
    r"\bi(?:'d| would) (?:like|love)\b|\bi (?:want|need|wish)\b|\b(?:give|tell|show|"
    r"send|get|read|find|look|bring|let) (?:me|us|up|for)\b|\blet'?s\b|\bwe(?:'d like| want|"
    r" need)\b|\b(?:can|could|would|will) you\b",
    refuses=r"\b(?:do not|don'?t|does not|doesn'?t|did not|didn'?t|not|never|no longer|nothing|"
    r"without|already|yesterday|last (?:week|night|month|year|time)|was|were|had|used to|what if|"
    r"what happens|how (?:do|can|could|would|should) (?:i|you|we|one)|how come|why|if i|instead of|"
    r"rather than|forget|never ?mind|imagine|suppose|i (?:have|just) \w+ed|who (?:made|wrote|"
    r"invented|are you))\b",
    hangs_up=r"\b(?:hang (?:it )?up|end (?:the|this) call|that'?s all(?: for today)?[.!]?$|"
    r"finish the call)",
    puts_through=r"\b(?:transfer me|(?:put|connect|patch) me|put through|forward me|(?:speak|"
    r"talk) (?:to|with) (?:a |an |the |some)?(?:human|person|someone|somebody|real|agent|manager|"
    r"department|colleague|operator|\w+ (?:team|department|desk)))",
    yes=r"^(?:yes|yeah|yep|sure|of course|right|correct|please do)\b",
    no=r"^(?:no|nope|not really|never ?mind|forget it|cancel that)\b",
    now={"today": 0, "tonight": 0, "tomorrow": 1},
    weekdays=("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    numbers=(
        *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        *("eleven", "twelve"),
    ),
    needs="For {tool} I still need to know: {what}",
    found="This is what I was given: {facts}",
    done="That is done.",
    place=r"\b(?:in|near|to|from|of|at|around)",
    evening=r"\b(?:p\.?m\b|in the (?:evening|afternoon)|tonight|at night)",
)

ASKING: Mapping[str, Asking] = {
    "en": ENGLISH,
    "de": Asking(
        wants=r"\?\s*$|^(?:und |also |dann )*(?:was|wer|wann|wo|welche\w*|wie (?:viel|lange|spät|"
        r"ist|sind)|können|kann|könnten|haben|gibt|ist|sind|darf)\b|\bbitte\b|\bich (?:möchte|will|"
        r"brauche|hätte|würde)\b|\b(?:gib|geben sie|sag|sagen sie|zeig|zeigen sie|nenn\w*) (?:mir|"
        r"uns)\b|\bwir (?:möchten|wollen|brauchen)\b",
        refuses=r"\b(?:nicht|kein\w*|nie|niemals|nichts|ohne|schon|bereits|gestern|war|waren|"
        r"hatte\w*|habe ich|ich habe(?! (?:\w+ )?(?:frage|bitte|problem|beschwerde))|wurde|"
        r"wie (?:kann|mache|geht)|warum|wenn ich|egal|letzte\w*)\b",
        hangs_up=r"\b(?:leg(?:en sie)? (?:\w+ )?auf|auflegen|beende\w* (?:\w+ )?(?:gespräch|"
        r"anruf))",
        puts_through=r"\b(?:verbinde\w* (?:sie )?(?:mich|uns)|stell\w* (?:sie )?mich (?:\w+ "
        r")*durch|durchstellen|weiterleiten|mit (?:einem|einer|dem|der) \w+ (?:sprechen|reden|"
        r"verbinden|verbunden))",
        yes=r"^(?:ja|jawohl|gern\w*|genau|richtig)\b",
        no=r"^(?:nein|nee|egal|vergessen sie|vergiss)\b",
        now={"heute": 0, "übermorgen": 2, "morgen": 1},
        weekdays=("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
        numbers=(
            *("eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn"),
            *("elf", "zwölf"),
        ),
        needs="Für {tool} muss ich noch wissen: {what}",
        found="Das habe ich bekommen: {facts}",
        done="Das ist erledigt.",
        place=r"\b(?:in|bei|nach|aus)",
        evening=r"\b(?:abends|nachmittags|am (?:abend|nachmittag))",
        ignored=_words(
            "der die das den dem des ein eine einen einem einer und oder für mit von auf aus bei "
            "nach wenn sobald nachdem anrufer kunde sagt nennt gibt ist sind wird werden hat haben "
            "nicht nur ich sie wir uns mir mich ihr ihre ihren ihnen bitte möchte will kann können "
            "zum zur wie was wann wer dass auch noch schon sich gern gerne würde hätte brauche tag "
            "zeit name zahl"
        ),
    ),
    "es": Asking(
        wants=r"\?\s*$|^¿|^(?:y |pues )*(?:qué|quién|cuándo|dónde|cuál|cuánt\w+|puede|podría|hay|"
        r"tienen)\b|\bpor favor\b|\b(?:quiero|quisiera|querría|necesito|me gustaría|deseo|"
        r"queremos)\b|\b(?:deme|dame|dígame|dime|muéstreme)\b",
        refuses=r"\b(?:no|nunca|nada|sin|ya|ayer|era|estaba|había|he \w+do|cómo (?:puedo|hago)|"
        r"por qué|si yo|olvide)\b",
        hangs_up=r"\b(?:cuelgue|cuelga|colgar|termine la llamada|terminar la llamada)",
        puts_through=r"\b(?:páseme|pásame|comuníqueme|conécteme|transfiérame|(?:hablar|"
        r"comunicarme) con (?:un\w*|el|la|alguien))",
        yes=r"^(?:sí|si|claro|correcto|de acuerdo)\b",
        no=r"^(?:no|olvíde\w*|da igual)\b",
        now={"hoy": 0, "pasado mañana": 2, "mañana": 1},
        weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        numbers=(
            *("uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"),
            *("once", "doce"),
        ),
        needs="Para {tool} me falta saber: {what}",
        found="Esto es lo que me han dado: {facts}",
        done="Ya está hecho.",
        place=r"\b(?:en|de|a)",
        evening=r"\bde la (?:tarde|noche)",
        ignored=_words(
            "el la los las un una unos unas de del en con por para que cuando como cliente llama "
            "dice da es son está hay me mi su sus quiero quisiera favor puede día hora nombre "
            "número una sobre"
        ),
    ),
    "pt": Asking(
        wants=r"\?\s*$|^(?:e )*(?:que|o que|quem|quando|onde|qual|quant\w+|pode|poderia|há|têm)\b|"
        r"\bpor favor\b|\b(?:quero|queria|gostaria|preciso|queremos)\b|\b(?:me dê|me diga|diga-me|"
        r"mostre)\b",
        refuses=r"\b(?:não|nunca|nada|sem|já|ontem|era|estava|como (?:posso|faço)|por que|se eu|"
        r"esquece)\b",
        hangs_up=r"\b(?:desligue|desligar|encerr\w+ a (?:chamada|ligação))",
        puts_through=r"\b(?:me (?:passe|transfira|conecte)|transfira-me|falar com (?:um\w*|o|a|"
        r"alguém))",
        yes=r"^(?:sim|claro|certo|isso)\b",
        no=r"^(?:não|esquece\w*|deixa)\b",
        now={"hoje": 0, "depois de amanhã": 2, "amanhã": 1},
        weekdays=("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"),
        numbers=(
            *("um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez"),
            *("onze", "doze"),
        ),
        needs="Para {tool} ainda preciso saber: {what}",
        found="Foi isto que recebi: {facts}",
        done="Está feito.",
        place=r"\b(?:em|no|na|de|para)",
        evening=r"\bda (?:tarde|noite)",
        ignored=_words(
            "o a os as um uma de do da em no na com por para que quando como cliente liga diz dá é "
            "são está há me meu minha seu sua quero queria gostaria favor pode dia hora nome "
            "número sobre"
        ),
    ),
    "fr": Asking(
        wants=r"\?\s*$|^(?:et |alors )*(?:que|quoi|qui|quand|où|quel\w*|combien|pouvez|pourriez|"
        r"est-ce|avez)\b|\bs'il (?:vous|te) plaît\b|\bje (?:voudrais|veux|souhaite|souhaiterais|"
        r"désire|aimerais)\b|\bj'(?:aimerais|ai besoin)\b|\b(?:donnez|dites|montrez|donne|"
        r"dis)-(?:moi|nous)\b|\bnous voudrions\b",
        refuses=r"\b(?:ne|n'\w+|pas|jamais|rien|sans|déjà|hier|était|étais|avais|j'ai \w+é|"
        r"comment (?:puis|faire)|pourquoi|si je|oubliez)\b",
        hangs_up=r"\b(?:raccroche\w*|terminez l'appel|mettez fin)",
        puts_through=r"\b(?:passez-moi|mettez-moi|transférez-moi|(?:parler|me mettre) (?:à|avec|"
        r"en relation) ?(?:un\w*|le|la|quelqu'un)?)",
        yes=r"^(?:oui|d'accord|bien sûr|exact\w*)\b",
        no=r"^(?:non|laissez|oubliez|tant pis)\b",
        now={"aujourd'hui": 0, "après-demain": 2, "demain": 1},
        weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        numbers=(
            *("un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"),
            *("onze", "douze"),
        ),
        needs="Pour {tool}, il me faut encore : {what}",
        found="Voici ce que j'ai reçu : {facts}",
        done="C'est fait.",
        place=r"\b(?:à|en|de|vers)",
        evening=r"\b(?:du soir|de l'après-midi)",
        ignored=_words(
            "le la les un une des de du en dans avec par pour que quand comme client appelle dit "
            "donne est sont il elle vous nous je mon ma mes votre vos voudrais veux plaît jour "
            "heure nom numéro sur"
        ),
    ),
    "it": Asking(
        wants=r"\?\s*$|^(?:e )*(?:che|cosa|chi|quando|dove|quale|quant\w+|può|potrebbe|c'è|"
        r"avete)\b|\bper favore\b|\b(?:voglio|vorrei|vorremmo|ho bisogno|mi serve)\b|\b(?:mi dia|"
        r"mi dica|dimmi|dammi|mi mostri)\b",
        refuses=r"\b(?:non|mai|niente|nulla|senza|già|ieri|era|ero|avevo|ho \w+to|come (?:posso|"
        r"faccio)|perché|se io|lasci)\b",
        hangs_up=r"\b(?:riagganci\w*|riattacchi|chiud\w+ la (?:chiamata|telefonata))",
        puts_through=r"\b(?:mi passi|mi metta in contatto|mi trasferisca|parlare con (?:un\w*|il|"
        r"la|qualcuno))",
        yes=r"^(?:sì|si|certo|esatto|va bene)\b",
        no=r"^(?:no|lasci\w*|non importa)\b",
        now={"oggi": 0, "dopodomani": 2, "domani": 1},
        weekdays=("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
        numbers=(
            *("uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci"),
            *("undici", "dodici"),
        ),
        needs="Per {tool} mi manca ancora: {what}",
        found="Ecco quello che ho ricevuto: {facts}",
        done="È fatto.",
        place=r"\b(?:a|in|da|di)",
        evening=r"\b(?:di sera|del pomeriggio|stasera)",
        ignored=_words(
            "il lo la i gli le un una di del della in con per che quando come cliente chiama dice "
            "è sono c'è mi mio mia suo sua voglio vorrei favore può giorno ora nome numero sul "
            "sulla"
        ),
    ),
    "nl": Asking(
        wants=r"\?\s*$|^(?:en |dus )*(?:wat|wie|wanneer|waar|welke|hoe (?:veel|laat|lang)|hoeveel|"
        r"kunt|kun|kan|mag|heeft|is)\b|\balstublieft\b|\balsjeblieft\b|\bik (?:wil|zou|moet|"
        r"heb) (?:graag|\w+ nodig)?|\b(?:geef|zeg|toon|laat) (?:me|mij|ons)\b",
        refuses=r"\b(?:niet|geen|nooit|niets|zonder|al|gisteren|was|waren|had|hoe (?:kan|doe)|"
        r"waarom|als ik|laat maar)\b",
        hangs_up=r"\b(?:ophangen|hang op|beëindig\w* (?:het )?gesprek)",
        puts_through=r"\b(?:verbind\w* (?:me|mij)|doorverbinden|zet me door|spreken met (?:een|de|"
        r"het|iemand)|met (?:een|de|het) \w+ spreken)",
        yes=r"^(?:ja|jawel|graag|klopt)\b",
        no=r"^(?:nee|laat maar|vergeet)\b",
        now={"vandaag": 0, "overmorgen": 2, "morgen": 1},
        weekdays=("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
        numbers=(
            *("één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien"),
            *("elf", "twaalf"),
        ),
        needs="Voor {tool} moet ik nog weten: {what}",
        found="Dit heb ik gekregen: {facts}",
        done="Dat is gedaan.",
        place=r"\b(?:in|bij|naar|uit)",
        evening=r"\b(?:'s avonds|'s middags|vanavond)",
        ignored=_words(
            "de het een van in met voor door dat wanneer als beller klant belt zegt geeft is zijn "
            "er mij mijn uw ons onze ik wil graag zou kunt dag tijd naam nummer over"
        ),
    ),
    "hi": Asking(
        wants=r"\?\s*$|^क्या |कृपया|चाहिए|चाहता|चाहती|बताइए|बताएं|दीजिए|कब|कहाँ|कितने",
        refuses=r"नहीं|मत |कभी नहीं|बिना|कल था|क्यों",
        hangs_up=r"फ़ोन (?:रख|काट)|कॉल (?:समाप्त|काट)",
        puts_through=r"से बात (?:करनी|करना|करवा)|ट्रांसफ़र",
        yes=r"^(?:हाँ|जी)",
        no=r"^(?:नहीं|रहने)",
        now={"आज": 0},
        weekdays=("सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार"),
        numbers=("एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ", "दस"),
        needs="{tool} के लिए यह जानना बाकी है: {what}",
        found="मुझे यह मिला: {facts}",
        done="हो गया।",
    ),
    "zh": Asking(
        wants=r"[?？]\s*$|请|我想|我要|帮我|给我|告诉我|什么|几点|多少|吗",
        refuses=r"不要|不想|别|没有|没|昨天|已经|为什么|怎么才",
        hangs_up=r"挂(?:断|了|电话)|结束通话",
        puts_through=r"转接|转到|接通|转人工|人工客服",
        yes=r"^(?:是|对|好)",
        no=r"^(?:不|算了)",
        now={"今天": 0, "后天": 2, "明天": 1},
        weekdays=("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
        numbers=("一", "二", "三", "四", "五", "六", "七", "八", "九", "十"),
        needs="{tool}还需要知道：{what}",
        found="我得到的是：{facts}",
        done="办好了。",
    ),
    "ja": Asking(
        wants=r"[?？]\s*$|ください|お願い|おねがい|したい|ほしい|教えて|おしえて|ですか|ますか",
        refuses=r"(?<!つ)ない(?:で|です|。|$)|ません|昨日|きのう|なぜ|どうして",
        hangs_up=r"電話を切|でんわをき|切って",
        puts_through=r"つないで|繋いで|転送|に代わって|にかわって",
        yes=r"^(?:はい|ええ|そう)",
        no=r"^(?:いいえ|いや|結構|けっこう)",
        now={"今日": 0, "きょう": 0, "明日": 1, "あした": 1},
        weekdays=("月曜", "火曜", "水曜", "木曜", "金曜", "土曜", "日曜"),
        numbers=("一", "二", "三", "四", "五", "六", "七", "八", "九", "十"),
        needs="{tool}のために、おしえてください。{what}",
        found="つぎのとおりです。{facts}",
        done="おわりました。",
    ),
}
"""By the code of the language, without a region."""


def asking_in(language: str) -> tuple[Asking, ...]:
    """Return how wishes are put in a language, and in English, as many tools are described so."""
    own = ASKING.get(language.partition("-")[0], ENGLISH)
    return (own,) if own is ENGLISH else (own, ENGLISH)


def ignored_in(language: str) -> frozenset[str]:
    """Return the words of a language that tell no tool from another."""
    return _TOOL_WORDS.union(*(each.ignored for each in asking_in(language)))
