"""Groups of English words that the patterns are made of, as regular expressions."""

from collections.abc import Iterable

from lessons.english.forms import OVERREGULAR, PAST_FORMS, VERBS, compared, third_person, with_ed
from lessons.mistakes import MistakeType
from lessons.patterns import Pattern


def one_of(words: str | Iterable[str]) -> str:
    listed = words.split() if isinstance(words, str) else words
    return "|".join(sorted(listed, key=lambda word: (-len(word), word)))


def after(*contexts: str) -> str:
    """Nothing but a place: behind one of these texts."""
    return "|".join(rf"(?<=\b{context} )" if context.isalpha() else f"(?<={context} )" for context in contexts)


PASTS = {past: verb for verb, (past, _) in PAST_FORMS.items() if past != verb} | OVERREGULAR
AMBIGUOUS_PASTS = frozenset({"was", "found", "fell", "used", "showed"})
UNCHANGED = frozenset(verb for verb, (past, _) in PAST_FORMS.items() if past == verb) | {"be", "live"}
SHORT_ADJECTIVES = (
    "big cheap cold cool dark deep easy fast fat happy hard heavy high hot kind large long loud near new nice old "
    "poor rich sad safe short slow small soft strong tall thin warm weak wet wide young"
)

PEOPLE = {
    "WHO": "i|you|he|she|it|we|they",
    "PLURAL_WHO": "i|you|we|they",
    "THIRD_WHO": "he|she|it",
    "OBJECT": "me|him|her|us|them",
    "OWN": "my|your|his|her|our|their",
    "THE": "the|a|an|this|that|these|those|<OWN>",
    "PERSON": one_of(
        "aunt boss boyfriend brother colleague cousin dad daughter father friend girlfriend grandfather "
        "grandmother husband manager mom mother mum neighbour nephew niece roommate sister son teacher uncle "
        "wife"
    ),
    "PEOPLE": one_of("brothers children daughters friends grandparents parents sisters sons"),
    "JOB": one_of(
        "accountant actor architect artist chef cook dentist designer doctor driver engineer lawyer manager "
        "musician nurse photographer pilot programmer secretary student teacher translator vet waiter "
        "waitress writer"
    ),
}
TIMES = {
    "WORDED": "[2-9]|" + one_of("two three four five six seven eight nine ten eleven twelve fifteen twenty thirty"),
    "NUMBER": r"\d+|<WORDED>",
    "AGE": (
        r"[1-9]\d|(?:twenty|thirty|forty|fifty|sixty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|ten|"
        "eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    ),
    "SPAN": "(?:year|month|week|day|hour|minute)s?",
    "DAY": one_of("monday tuesday wednesday thursday friday saturday sunday"),
    "MONTH": one_of("january february march april may june july august september october november december"),
    "TIME": "week|month|year|weekend|summer|winter|spring|autumn|<DAY>|<MONTH>",
    "PAST_TIME": "yesterday|last (?:night|<TIME>)|(?:<NUMBER>|a|a few|many|several) <SPAN> ago",
    "SINCE": (
        r"since (?:\d{4}|two thousand|nineteen|last <TIME>|<NUMBER> <SPAN>|a long time|(?:a|many) <SPAN>|i was|"
        r"<DAY>|<MONTH>)"
    ),
}
THINGS = {
    "THING": one_of(
        "book brother car cat child city company country day dog exam exercise flat hotel hour house job "
        "language lesson minute mistake month movie person photo place problem question sentence sister "
        "student teacher thing town village week word year"
    ),
    "ONE_THING": one_of("brother car cat dog house idea meeting problem question sister"),
    "COUNTED": one_of(
        "books brothers cars children cities classes countries days dogs exercises families friends hours "
        "houses jobs kids languages mistakes months people photos places problems questions shops sisters "
        "songs students teachers things tourists weeks women words years"
    ),
    "UNCOUNTED": one_of(
        "advice baggage equipment feedback furniture homework housework information knowledge luggage "
        "software traffic weather"
    ),
    "MASS": one_of(
        "advice bread equipment food furniture homework information luggage money music news rain snow "
        "traffic water work"
    ),
    "NEVER_ONE": one_of("advice baggage equipment furniture homework information luggage money news traffic weather"),
    "PLACE": one_of("city country family house room school street town village"),
    "SUBJECT": one_of("book city country film food hotel house job movie problem town weather"),
    "SHOWN": one_of("book class concert film game lesson movie museum party series show story trip"),
    "GAME": one_of("basketball cards chess football golf hockey rugby soccer tennis volleyball"),
    "SPORT": one_of("camping dancing fishing hiking shopping skiing swimming"),
    "ROOM": one_of("building car class house room shop university"),
    "LANGUAGE": one_of("arabic chinese english french german italian japanese portuguese russian spanish"),
    "SKILL": one_of(
        "biology chemistry chess cooking dancing drawing football history languages maths? mathematics "
        "physics singing sports? swimming tennis <LANGUAGE>"
    ),
    "COUNTRY": one_of(
        "argentina brazil canada chile china colombia england france germany ireland italy japan mexico "
        "morocco peru poland portugal russia scotland spain sweden switzerland turkey"
    ),
    "MADE": "(?:(?:an?|many|some|more|so many|a lot of) )?(?:mistakes?|decisions?|efforts?|excuses?|suggestions?)",
    "DONE": "(?:(?:the|some|<OWN>) )?(?:homework|housework|sports?|yoga|gymnastics|dishes)",
}
QUALITIES = {
    "SHORT": one_of(SHORT_ADJECTIVES),
    "SHORTER": one_of(compared(word, "er", 0) for word in f"{SHORT_ADJECTIVES} close good bad".split()),
    "LONGER": one_of("bad busy difficult early expensive far good important late noisy tired"),
    "BOTHERING": one_of("boring confusing disappointing embarrassing exciting frustrating surprising tiring worrying"),
    "BOTHERED": one_of("bored confused disappointed embarrassed excited frustrated interested surprised"),
    "HUNGRY": one_of("afraid angry hungry sleepy thirsty"),
    "HOW": one_of("a bad better difficult easy expensive good hard important nice not really so too very"),
    "VERY": "(?:(?:very|so|really|too|quite) )?",
}
VERB_FORMS = {
    "VERB": one_of(VERBS),
    "BARE": one_of(VERBS - UNCHANGED) + r"|live(?= (?:in|with|near|here|there|at|alone)\b|[,.?!]|$)",
    "NOT_NOUN": one_of(
        "arrive ask begin believe bring buy carry celebrate choose collect communicate complain create decide "
        "describe develop discuss eat enjoy enter explain find follow forget get give go grow happen have "
        "hear improve join know learn lend listen lose make marry meet prepare receive relax remember see "
        "sell send sing sit speak spend take teach tell think understand wear write"
    ),
    "ACTION": one_of(
        "arrive ask begin bring buy call clean come cook dance drink drive eat find finish get give go have "
        "learn listen look lose make meet open pay play run see sell send sleep speak spend start stay study "
        "swim take talk tell travel visit wait wake walk wash watch wear work write"
    ),
    "IMAGINED": one_of("buy find go know live need own see speak study understand win"),
    "PAST": one_of(({*PASTS} | {with_ed(verb) for verb in VERBS - PAST_FORMS.keys()}) - AMBIGUOUS_PASTS),
    "CLEAR_PAST": one_of(
        ({past for verb, (past, done) in PAST_FORMS.items() if past not in {verb, done}} | {*OVERREGULAR})
        - AMBIGUOUS_PASTS
        - {"forgot", "bit", "hid"}
    ),
    "OVERREGULAR": one_of(OVERREGULAR),
    "PARTICIPLE": one_of({PAST_FORMS.get(verb, [with_ed(verb)])[-1] for verb in VERBS - {"be"}}),
    "WITH_S": one_of(third_person(verb) for verb in VERBS - {"be"}),
    "LIKE": "likes?|liked|loves?|loved|enjoys?|enjoyed|miss|hate",
    "BE": "is|are|was|were",
    "AM": " am| are|'m|'re",
    "MODAL": one_of("can can't cannot could couldn't may might must shall should shouldn't will won't would wouldn't"),
}
PLACES = {
    "START": f"^|{after('[,;:.!?…]', 'but', 'because', 'so', 'when', 'then', 'yes', 'no', 'well', 'okay')}",
    "AND_START": f"<START>|{after('and')}",
    "QUESTION": rf"<AND_START>|{after('what', 'where', 'when', 'why', 'how')}",
    "STOP": r"(?=[.,;:!?…]|$| (?:and|but|because|or|so)\b)",
    "END": (
        r"(?=[.,;:!?…]|$"
        r"| (?:and|at|because|but|every|for|from|in|now|on|or|so|to me|today|when|with|yesterday)\b)"
    ),
    "OFTEN": "(?:(?:always|usually|often|never|sometimes|also|really|still|only) )?",
    "PLAIN": (
        r"(?!(?:about|all|as|at|before|by|from|he|i|is|it|like|of|she|since|than|they|until|was|we|"
        r"which|who|you)\b)"
        r"[\w']+"
    ),
    "NOT_AFTER_TIME": (
        r"\b(?!(?:about|after|and|are|at|attend\w*|be|before|by|during|enjoy\w*|except|finish\w*|for|"
        r"forget|from|had|"
        r"hate\w*|has|have|in|is|it's|like\w*|love\w*|miss\w*|not|of|on|only|over|remember|since|"
        r"spen[dt]|that's|this|"
        r"through|throughout|till|to|until|was|were|with|within) )[\w'-]+,? "
    ),
    "NOT_POLITE": (r"(?!(?:like|excuse|mind|follow|allow|please|prefer|give|tell|help|care|wait|come|just|be so)\b)"),
    "DOUBT": "don't know|didn't know|can't remember|don't remember|tell me|don't understand|i wonder",
    "NEXT_VERB": (
        r"(?= (?:always|also|came|can|did|does|doesn't|didn't|don't|gave|got|had|has|have|is|made|never|said|told|"
        r"took|was|went|will|\w+s|\w+ed)\b)"
    ),
}
HELPED = (
    r"\b(?:did|does|do|will|would|can|could|should|must|may|might|let|lets|let's|makes?|made|help\w*|see|saw|hear|"
    r"heard|watch|watched|suggest\w*|recommend\w*|insist\w*|demand\w*|request\w*|important|essential|necessary)\b"
)
VOCABULARY = PEOPLE | TIMES | THINGS | QUALITIES | VERB_FORMS | PLACES


def pattern(shape: str, better: str, type: MistakeType, explanation: str, unless: str = "") -> Pattern:
    """A learner pattern over the English vocabulary."""
    return Pattern(shape, VOCABULARY, better, type, explanation, unless)
