"""Words that nothing a client reads may use, in English and Spanish, inflected.

Each entry is a regular expression for a whole word or phrase, without regard to case. They are what
blames, belittles, orders, cheers, promises, compares with others or claims something of medicine.
"""

import re
from functools import lru_cache

ENGLISH = (
    # Verdicts on a person or a date.
    r"fail\w*", r"fell short", r"falls? short", r"miss(ed|es|ing)?", r"mist(ake|ook|aken)\w*",
    r"over[- ]?due", r"past due", r"behind", r"late(r|ly|ness|st thing)?", r"tard(y|iness)",
    r"delay\w*", r"slow(ly|ness)?", r"slipp\w*", r"stuck", r"stall\w*", r"lag(s|ged|ging)?",
    r"trail(s|ed|ing)?", r"non[- ]?compli\w*", r"not compl\w+", r"compliant", r"compliance",
    r"non[- ]?adher\w*", r"not adher\w*", r"adheren(t|ce)", r"incomplian\w*", r"poor(ly)?",
    r"bad(ly)?", r"wors\w+", r"wrong\w*", r"lack\w*", r"insufficient\w*", r"inadequate\w*",
    r"not (good )?enough", r"(too|so|very) (little|few|low|slow)", r"unable", r"incapab\w*",
    r"incompet\w*",
    r"unsuccess\w*", r"set[- ]?backs?", r"back to square one", r"regress\w*", r"relaps\w*",
    r"deteriorat\w*", r"declin\w*", r"disappoint\w*", r"excuses?", r"fault\w*", r"lapse[sd]?",
    r"lapsing", r"neglect\w*", r"ignor\w*", r"forg(e|o)t\w*", r"no[- ]?shows?", r"violat\w*",
    r"blam\w*", r"guilt\w*", r"asham\w*", r"sham\w*", r"embarrass\w*", r"weak\w*", r"laz(y|ily)",
    r"laziness", r"slack\w*", r"g(ive|ives|ave|iven|iving) (it |this |that |things )?(all )?up",
    r"quit\w*", r"abandon\w*", r"drop(s|ped|ping)? out", r"let (\w+ )?(yourself|us|me) down",
    r"l(ose|oses|osing|ost|oser|osers|oss|osses)", r"(br[eo]k\w*|broken)( \w+)? streaks?",
    r"streaks?", r"wast(e|es|ed|ing|eful)",
    r"unfortunate",
    # Pressure, and what makes little of something.
    r"only", r"just", r"mere(ly)?", r"barely", r"hardly", r"should(n['’]?t)?", r"must(n['’]?t)?",
    r"ought(n['’]?t)?", r"ha(ve|s|d|ving) to", r"got(ta| to)", r"need(s|ed|ing)? to",
    r"required?", r"requires", r"oblig\w*", r"mandatory", r"compulsory", r"supposed to",
    r"expected (to|of)", r"simply", r"at most", r"at (the very )?least", r"at last", r"finally",
    r"still", r"yet again", r"again", r"once more", r"not even", r"never", r"ever", r"always",
    r"every (single )?time", r"but", r"however", r"unfortunately", r"sadly", r"regrettably",
    r"sorry", r"pity", r"tr(y|ies|ied|ying)( harder)?", r"harder", r"more effort", r"efforts?",
    # Cheering, promises, comparison with others.
    r"you can do (it|this)", r"you (have )?got this", r"keep (it|that) up", r"well done",
    r"(good|nice|great) (job|work|going)", r"great(ly)?", r"good", r"nice(ly)?", r"super", r"bravo",
    r"hooray", r"fantastic\w*", r"wonderful\w*", r"perfect\w*", r"brilliant\w*", r"proud\w*",
    r"pride", r"congrat\w*", r"excellent\w*", r"amazing\w*", r"awesome", r"incredibl\w*", r"will",
    r"won", r"w(in|ins|inner|inning)", r"promis\w*", r"guarant\w*", r"certain(ly|ty)?",
    r"sure(ly)?", r"definitely", r"other people", r"(an)?others", r"anyone else", r"everyone",
    r"everybody", r"most people", r"than most", r"most clients", r"compared (to|with)",
    r"(the )?average",
    r"better", r"best",
    # Claims of medicine.
    r"cur(e|es|ed|ing)", r"heal(s|ed|ing)?", r"recover\w*", r"remi(ssion|tted)", r"health(y|ier)",
    r"sick\w*", r"ill(ness)?", r"normal(ly)?", r"symptom\w*", r"depress\w*", r"disorder\w*",
    r"diagnos\w*", r"sever(e|ely|ity)", r"clinical(ly)?", r"reliabl\w*", r"significant\w*",
    r"prov(e|es|ed|en|ing)", r"proof", r"respon(d|ds|se|ded|ding|der)", r"treat\w*", r"therap\w*",
    r"improv\w*", r"reduc\w+ risk",
    # Contractions, all of them: they read as haste, and hide a not or a promise.
    r"\w+n['’]t", r"\w+['’](ll|re|ve|d|m)", r"(it|that|there|here|what|he|she|let|who)['’]s",
    r"cannot", r"can not", r"(should|would|could|did|does|was|were|is|have|has|had|must|wo)nt",
)  # fmt: skip

# Verb endings that accuse: "dejó", "dejaste", "ha dejado" and so on.
_DONE = r"(é|aste|ó|amos|aron|ado|ada|ados|adas|ar|ando|a|an|as|o)"
SPANISH = (
    # Verdicts on a person or a date.
    r"fracas\w*", r"fall(?!ec)\w+", rf"falt{_DONE}", r"faltas?", r"atras\w*", r"retras\w*",
    r"con retraso", r"demor(a|as|ado|ada|ó)", r"rezag\w*", r"incumpl\w*", r"(no|sin) cumpl\w*",
    r"venci(ó|do|da|dos|das|mientos?)", r"vence\w*", r"caduc\w*", r"expir\w*", r"tard(e|ío|ía|ó)",
    r"mal(o|a|os|as)?", r"peor(es)?", r"empeor\w*", r"insuficient\w*", r"inadecuad\w*",
    r"incapa\w*", r"inútil\w*", r"torpe\w*", r"reca(ída|ídas|er|yó|ído|yeron|es|e|igo)",
    r"retroce(so|sos|dió|der|dido|de|den|diste|dieron)", r"deterior\w*", r"decepci\w*",
    r"desilusi\w*", r"defraud\w*", r"excus\w*", r"pretext\w*", r"culp\w*", r"vergüenza",
    r"avergonz\w*", r"débil(es|mente)?", r"debilidad(es)?", r"perezos\w*", r"pereza",
    r"floj(o|a|os|as|era)",
    r"vag(o|a|os|as)", r"descuid\w*", r"negligen\w*", r"(?<!margen de )error(es)?",
    r"err(ó|ado|ada)",
    r"equivoc\w*", r"fiasco", r"infructuos\w*", r"sin (lograr|éxito|conseguir|falta)",
    r"(me|te|se|nos) (rend|rind)\w+", r"rend(irse|ido|ida|ición)", r"abandon\w*",
    r"(tirar|tiró|tiraste|tirado) la toalla", r"perd(ió|ido|ida|er|iste|ieron)", r"pierd\w*",
    r"pérdidas?", r"rachas?", r"romp(er|ió|iste|ieron)", r"rot(o|a)", r"omiti\w*",
    r"olvid(a|ó|ado|ada|ar|aste|aron|os?)", r"desatend\w*", r"se salt(ó|aron)", r"te saltaste",
    r"saltado", r"reproch\w*", r"desgracia\w*", r"problema\w*", r"no (ha|has|han|he|hemos)",
    r"no (l[oa]s? )?(logr|consig|consegu|pud|alcanz|lleg|hizo|hicist|hicier|basta)\w*",
    r"no es suficiente",
    r"dej(ó|aste|aron|ado) de", r"se quedó (corto|corta|atrás)", r"(demasiado|muy|tan) poc[oa]s?",
    # Pressure, and what makes little of something.
    r"s[oó]lo", r"solamente", r"únicamente", r"tan s[oó]lo", r"apenas", r"escas(o|a|os|as|amente)",
    r"deb(e|es|en|o|emos|er|erse|ería\w*|ía\w*|erá\w*|eré|iste|ió|ieron|iera\w*|id[oa]s?)",
    r"(tengo|tien(e|es|en)|tenemos|tenía\w*|tuvo|tuv\w+|tendr\w+) que", r"hay que", r"había que",
    r"oblig\w*", r"exig\w*", r"imprescindible\w*", r"simplemente", r"meramente",
    r"(al|como) mínimo",
    r"a lo sumo", r"como mucho", r"nada más", r"ni siquiera", r"hac(e|ía) falta", r"necesari\w*",
    r"necesita\w*", r"al menos", r"(por|cuando) (lo )?menos", r"todavía", r"aún", r"sigue sin",
    r"por fin", r"finalmente", r"nunca", r"jamás", r"siempre", r"cada vez que", r"otra vez",
    r"de nuevo", r"nuevamente", r"una vez más", r"pero", r"sin embargo", r"lamenta\w*",
    r"desgraciada\w*", r"por desgracia", r"lástima", r"(?<!la )pena", r"esfuer\w*", r"esforz\w*",
    r"intent(e|a|ar|ó|ado|arlo) (más|mejor)",
    # Cheering, promises, comparison with others.
    r"(usted|tú) (sí )?puedes?(?! (dar|elegir|decidir|repasar|mantener|proponer|seguir))",
    r"puedes? (lograrlo|hacerlo|conseguirlo)", r"adelante", r"vamos", r"bien hecho", r"muy bien",
    r"buen trabajo", r"así se hace", r"bravo", r"genial(es)?", r"perfect\w*", r"estupend\w*",
    r"fenomenal\w*", r"maravill\w*", r"fantástic\w*", r"increíbl\w*", r"brillante\w*",
    # A cheer; the noun is another matter.
    r"(?<!de )ánimo", r"felic(es|idad\w*|it\w*)", r"enhorabuena", r"excelente\w*", r"orgull\w*",
    r"gan(ó|ar|ado|ador|adora)", r"promet\w*", r"promesas?", r"garant\w*",
    r"segur(o|a|amente) que", r"segur(o|a|amente)", r"sin duda", r"las demás personas",
    r"l[oa]s demás", r"otras? personas?", r"otr[oa]s clientes", r"(el )?resto de la gente",
    r"la mayoría", r"(el |la )?promedio", r"(en )?comparación", r"comparad[oa]s?",
    r"compara(r|ndo)?",
    r"mejor(es|a|as|ar|ó|ado|ando|ía|ías)?",
    # Claims of medicine.
    r"cur(a|ar|ado|ada|ó|ación)", r"san(o|a|ar|ó|ado|ada)", r"recuper\w*", r"remisión",
    r"enferm\w*", r"normal(es|mente)?", r"síntom\w*", r"depres\w*", r"deprim\w*", r"trastorn\w*",
    r"diagn\w*", r"grave(s|dad|mente)?", r"sever[oa]s?", r"clínic\w*", r"significativ\w*",
    r"prueb(a|as|an)", r"demuestr\w*", r"demostr\w*", r"tratamientos?", r"terap\w*",
    # Futures: a promise or an order hides in them.
    r"\w+(aré|arás|ará|aremos|arán|eré|erás|erá|eremos|erán|iré|irás|irá|iremos|irán)",
    r"(va|van|vas|vamos) a",
)  # fmt: skip

SIGNS = (
    "!", "¡", "…", "--", "{", "}", "  ",
    # Arrows, and whatever else grades: a client reads no direction by a sign.
    *"←↑→↓↔↕↖↗↘↙⇐⇑⇒⇓⇩⇧⬆⬇⬅➡▲▼△▽▴▾▵▿⯅⯆⏫⏬⏶⏷🔺🔻🔼🔽📈📉⤴⤵",
    *"❌✗✘✖✔✓✅⚠❗❕❓⭐🌟🏆🥇🎉🎊👍👎👏💪🔥🔴🟥🟢😞😟😢😀😊🙁☹☺",
)  # fmt: skip
# What a program says where a number or a name is absent.
LEAKS = re.compile(r"(?<!\w)(None|nan|inf)(?!\w)")

# The names of instruments and of a helpline are names.
NAMES = re.compile(
    r"CESD-R|CORE-10|DASS-21 depression|PROMIS depression( T-score)?|HAM-D 17"
    r"|Suicide Crisis Helpline"
)


def compiled(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, as a whole word, in a text of small letters.

    To find them without regard to case would take three times as long.
    """
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")


AVOIDED = {"en": compiled(ENGLISH), "es": compiled(SPANISH)}
NUMBER = re.compile(r"\d+")


def found_in(text: str, language: str) -> tuple[str, ...]:
    """What of the avoided is in a text."""
    # No word to avoid has a digit: what differs by its numbers alone is looked through once.
    return found_in_shape(NUMBER.sub("0", NAMES.sub("BDI-II", text)), language)


@lru_cache(maxsize=100_000)
def found_in_shape(text: str, language: str) -> tuple[str, ...]:
    words = AVOIDED["es" if language == "es" else "en"].finditer(text.lower())
    leaks = LEAKS.findall(text)
    return (*(hit.group(0) for hit in words), *leaks, *(sign for sign in SIGNS if sign in text))
