"""Words that nothing a client reads may use, in English and Spanish, inflected.

Each entry is a regular expression for a whole word or phrase, without regard to case. They are what
blames, belittles, orders, cheers, promises, compares with others or claims something of medicine.
"""

import re
from functools import lru_cache

ENGLISH = (
    # Verdicts on a person or a date.
    r"fail\w*", r"miss(ed|es|ing)?", r"overdue", r"over due", r"behind", r"late(r|ly)?",
    r"delay\w*",
    r"non-?compli\w*", r"non-?adher\w*", r"incomplian\w*", r"poor(ly)?", r"bad(ly)?", r"wors\w+",
    r"lack\w*", r"insufficient\w*", r"inadequate\w*", r"unable", r"unsuccess\w*", r"setbacks?",
    r"relaps\w*", r"deteriorat\w*", r"declin\w*", r"disappoint\w*", r"excuses?", r"fault\w*",
    r"lapse[sd]?", r"lapsing", r"neglect\w*", r"ignor\w*", r"no[- ]?shows?", r"violat\w*",
    r"blam\w*", r"guilt\w*", r"sham\w*", r"weak\w*", r"lazy", r"laziness", r"giv\w+ up", r"quit\w*",
    r"(br[eo]k\w*|broken|lost|los[et]\w*) (your |a |the )?streaks?", r"streaks?",
    # Pressure, and what makes little of something.
    r"only", r"just", r"merely", r"should(n['’]t)?", r"must(n['’]t)?", r"ought",
    r"ha(ve|s|d) to", r"ha(ve|s) got to", r"need(s|ed)? to",
    r"supposed to", r"simply", r"at most", r"at least", r"still (not|no|have|has)\b.*", r"still",
    r"again", r"once more",
    r"never", r"always", r"every time", r"but", r"however", r"unfortunately", r"sadly", r"sorry",
    r"try harder", r"harder", r"more effort", r"efforts?",
    # Cheering, promises, comparison with others.
    r"you can do it", r"well done", r"great", r"good job", r"proud", r"congrat\w*", r"excellent",
    r"amazing", r"awesome", r"will", r"promis\w*", r"guarantee\w*", r"certain(ly)?", r"sure(ly)?",
    r"other people", r"others", r"most people", r"(the )?average", r"better", r"best",
    # Claims of medicine.
    r"cur(e|es|ed|ing)", r"recover\w*", r"remission", r"health(y|ier)", r"normal", r"symptom\w*",
    r"depress\w*", r"disorder\w*", r"diagnos\w*", r"sever(e|ity)", r"clinical(ly)?", r"reliabl\w*",
    r"significant\w*", r"prov(e|es|ed|en|ing)", r"respon(d|ds|se|ded)", r"treat\w*", r"therap\w*",
    r"improv\w*", r"reduc\w+ risk",
    # Contractions, all of them: they read as haste, and hide a not.
    r"\w+n['’]t", r"cannot", r"can not",
)  # fmt: skip

SPANISH = (
    r"fracas\w*", r"fall\w+",
    r"atras\w*", r"retras\w*",
    r"incumpl\w*", r"venci(ó|do|da|dos|das|miento)", r"vence\w*", r"mal(o|a|os|as)?", r"peor(es)?",
    r"empeor\w*", r"insuficient\w*", r"inadecuad\w*", r"incapa\w*", r"recaíd\w*", r"deterior\w*",
    r"decepcion\w*", r"excus\w*", r"culp\w*", r"vergüenza", r"débil(es)?", r"perezos\w*", r"pereza",
    r"rend(irse|ido|ida|ición)", r"abandon\w*", r"perd(ió|ido|ida|er)\b.*racha", r"rachas?",
    r"s[oó]lo", r"solamente", r"únicamente", r"apenas",
    r"deb(e|es|en|o|emos|er|erse|ería\w*|ía\w*|erá\w*|eré|iste|ió|ieron|iera\w*|id[oa]s?)",
    r"(tengo|tien(e|es|en)|tenemos|tenía\w*|tuvo|tendr\w+) que",
    r"simplemente", r"meramente",
    r"(al|como) mínimo", r"nada más", r"omiti\w*", r"olvid(ó|ado|aste|aron|os?)", r"desatend\w*",
    r"se salt(ó|aron)", r"te saltaste", r"saltado", r"desilusion\w*",
    r"reproch\w*", r"hay que", r"hace falta", r"necesita\w*", r"al menos", r"por lo menos",
    r"todavía", r"aún", r"nunca", r"jamás", r"siempre", r"otra vez", r"de nuevo", r"nuevamente",
    r"pero", r"sin embargo", r"lamenta\w*", r"desgraciada\w*", r"lástima",
    r"esfuer\w*", r"esforz\w*",
    r"no (ha|has|han|logr\w+|consigui\w+|pud\w+|alcanz\w+|lleg\w+|cumpl\w+)", r"sin lograr",
    r"(usted )?puedes? (lograrlo|hacerlo)", r"sin excusas",
    # A cheer; the noun is another matter.
    r"(?<!de )ánimo", r"felicid\w*", r"felicit\w*",
    r"enhorabuena", r"excelente\w*",
    r"genial(es)?", r"orgull\w*", r"promet\w*", r"promesas?", r"garant\w*", r"segur(o|a|amente)",
    r"las demás personas", r"l[oa]s demás", r"otras personas", r"la mayoría", r"(el |la )?promedio",
    r"mejor(es|a|as|ar|ó|ado|ando|ía)?", r"cur(a|ar|ado|ada|ó)", r"recuper\w*",
    r"remisión", r"san(o|a)",
    r"normal(es)?", r"síntom\w*", r"depres\w*", r"trastorn\w*", r"diagn\w*", r"grave(s|dad)?",
    r"clínic\w*", r"significativ\w*", r"prueb(a|an)", r"demuestr\w*", r"tratamiento", r"terap\w*",
    # Futures: a promise hides in them.
    r"\w+(aré|arás|ará|aremos|arán|eré|erás|erá|eremos|erán|iré|irás|irá|iremos|irán)",
)  # fmt: skip

SIGNS = ("!", "¡", "↓", "↑", "😞", "🎉", "❌", "✗", "…", "--", "{", "}", "  ")
# What a program says where a number or a name is absent.
LEAKS = re.compile(r"(?<!\w)(None|nan|inf)(?!\w)")

# The names of instruments and of a helpline are names.
NAMES = re.compile(
    r"CESD-R|CORE-10|DASS-21 depression|PROMIS depression( T-score)?|HAM-D 17"
    r"|Suicide Crisis Helpline"
)


def compiled(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, as a whole word."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", flags=re.IGNORECASE)


AVOIDED = {"en": compiled(ENGLISH), "es": compiled(SPANISH)}


@lru_cache(maxsize=100_000)
def found_in(text: str, language: str) -> tuple[str, ...]:
    """What of the avoided is in a text."""
    words = AVOIDED["es" if language == "es" else "en"].finditer(NAMES.sub("BDI-II", text))
    leaks = LEAKS.findall(text)
    return (*(hit.group(0) for hit in words), *leaks, *(sign for sign in SIGNS if sign in text))
