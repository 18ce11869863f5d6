"""What learners of English say wrong with prepositions, with the choice and with the order of words."""

from lessons.english.vocabulary import (
    BARE,
    DAY,
    END,
    LANGUAGE,
    MONTH,
    NUMBER,
    OWN,
    PARTICIPLE,
    PERSON,
    SPAN,
    STOP,
    TIME,
    VERB,
    WHO,
    WITH_S,
    one_of,
)
from lessons.mistakes import MistakeType
from lessons.patterns import Pattern, pattern

PREPOSITION, CHOICE, ORDER = MistakeType.PREPOSITION, MistakeType.WORD_CHOICE, MistakeType.WORD_ORDER

THE = one_of("the a an this that my your his her our their these those")
SKILL = one_of(
    f"{LANGUAGE} maths? mathematics physics chemistry biology history football tennis chess cooking dancing drawing "
    "singing swimming languages sports?"
)
OBJECT = one_of("me him her us them")
ROOM = one_of("room house shop class building university car")
HUNGRY = one_of("afraid angry hungry sleepy thirsty")
MAKEABLE = r"(?:(?:an?|many|some|more|so many|a lot of) )?(?:mistakes?|decisions?|efforts?|excuses?|suggestions?)"
DOABLE = r"(?:(?:my|your|his|her|our|their|the|some) )?(?:homework|housework|sports?|yoga|gymnastics|dishes)"
MAKER = one_of("i you we they to not don't didn't can could will would must should always often never sometimes and")


def preposition(word: str, wrong: str, right: str) -> Pattern:
    """A word that takes another preposition than the wrong one."""
    said = f"The right preposition here is {right}: {word} {right}." if word.isalpha() else f"We use {right} here."
    return pattern(rf"(?P<word>{word}) {wrong}", f"{{word}} {right}", PREPOSITION, said)


def missing(word: str, whom: str, right: str) -> Pattern:
    """A word that takes a preposition before whom or what it is about."""
    return pattern(
        rf"(?P<word>{word}) (?P<whom>{whom})",
        f"{{word}} {right} {{whom}}",
        PREPOSITION,
        f"This verb needs the preposition {right}.",
    )


def needless(word: str, wrong: str) -> Pattern:
    """A word that takes no preposition at all."""
    return pattern(rf"(?P<word>{word}) {wrong}", "{word}", PREPOSITION, "There is no preposition after this word.")


PREPOSITIONS = (
    preposition("responsible", "of", "for"),
    preposition("married", r"with(?! (?:\w+ )?(?:children|kids|sons?|daughters?|child)\b)", "to"),
    preposition("afraid", "from", "of"),
    preposition("different", "of", "from"),
    preposition("similar", "with", "to"),
    preposition("famous", "by", "for"),
    preposition("interested", "(?:on|for|about)", "in"),
    preposition("according", "with", "to"),
    preposition("depend(?:s|ed|ing)?", "(?:of|from)", "on"),
    preposition("laugh(?:s|ed|ing)", "of", "at"),
    preposition("pa(?:y|ys|id|ying) attention", "(?:on|at)", "to"),
    preposition("participat(?:e|es|ed|ing)", "to", "in"),
    preposition("(?:good|bad)", rf"in(?= {SKILL}\b)", "at"),
    preposition("arriv(?:e|es|ed|ing)", rf"to(?= (?:{THE}|school|work|class)\b)", "at"),
    preposition("arriv(?:e|es|ed|ing)", r"to(?= (?-i:[A-Z])\w)", "in"),
    missing("wait(?:s|ed|ing)?", rf"{OBJECT}|{OWN} {PERSON}", "for"),
    missing("listen(?:s|ed|ing)?", "music|the radio|podcasts|songs|the news", "to"),
    missing("explain(?:s|ed|ing)?", r"(?:me|us|him)|(?:her|them|you)(?= (?:how|why|what|the|this)\b)", "to"),
    needless("near", "of"),
    needless("despite", "of"),
    needless("discuss(?:es|ed|ing)?", "about"),
    needless("enter(?:s|ed|ing)?", f"(?:in|into|to)(?= (?:the|a|my|this) {ROOM}\\b)"),
    needless("ask(?:s|ed|ing)?", rf"to(?= (?:{OBJECT}|{OWN} {PERSON})\b(?! to\b))"),
    needless("(?:go|goes|went|going|come|came|coming|got|return|returned|arrive|arrived)", rf"to(?= home{END})"),
    needless("(?:go|goes|went|going|come|came|coming)", r"to(?= (?:there|here|abroad|downstairs|upstairs)\b)"),
    needless("(?:go|goes|went|going)", rf"to(?= (?:shopping|swimming|dancing|fishing|hiking|camping|skiing){END})"),
    pattern(
        rf"since (?P<long>(?:{NUMBER}|a|many|several|some|a few|a couple of) {SPAN})"
        r"(?! (?:ago|of|we|i|he|she|it|they|my)\b)",
        "for {long}",
        PREPOSITION,
        "For goes with a period of time, since with its beginning.",
    ),
    pattern(
        r"since (?:a )?long time(?! ago\b)",
        "for a long time",
        PREPOSITION,
        "For goes with a period of time, since with its beginning.",
    ),
    pattern(
        rf"(?:have|has|'ve) (?:been \w+ing|been|lived|worked|studied) (?:here |there |(?:in|at|for|with) (?:\w+ ){{1,2}})?"
        rf"(?P<said>from (?P<then>\d{{4}}|last {TIME})){STOP}",
        "since {then}",
        PREPOSITION,
        "With the present perfect the beginning is told with since.",
    ),
    pattern(
        rf"(?:on|in|at) (?P<when>(?:next|last) {TIME})(?! of\b)",
        "{when}",
        PREPOSITION,
        "Before next and last there is no preposition of time.",
    ),
    pattern(rf"(?:in|at) (?P<day>{DAY}s?){END}", "on {day}", PREPOSITION, "Days take on."),
    pattern(rf"in (?P<date>{MONTH} \d{{1,2}}(?:st|nd|rd|th)?){END}", "on {date}", PREPOSITION, "Dates take on."),
    pattern(r"in (?P<time>\w+ o'clock)", "at {time}", PREPOSITION, "Clock times take at."),
    pattern(rf"in the (?P<end>weekends?){END}", "at the {end}", PREPOSITION, "We say: at the weekend."),
    pattern(r"by the other hand|^in the other hand(?=,)", "on the other hand", PREPOSITION, "We say: on the other hand."),
    pattern(
        rf"before (?P<long>(?:{NUMBER}|a few|many) {SPAN}){STOP}",
        "{long} ago",
        PREPOSITION,
        "Time back from now is told with ago.",
    ),
    pattern(
        rf"(?P<be>am|are|is|was|were|been) thinking to (?P<v>{VERB})",
        "{be} thinking of {v.ing}",
        PREPOSITION,
        "We say: thinking of doing something.",
    ),
)

CHOICES = (
    pattern(
        r"(?P<say>say|says|said|saying) (?P<who>(?:me|us|him)(?! (?:and|too|first|neither)\b)|(?:her|them)(?= (?:that|the truth)\b))",
        "{say:tell} {who}",
        CHOICE,
        "We tell somebody something; say takes no person.",
    ),
    pattern(
        r"(?P<who>i|he|she|they|we) told that(?= (?:he|she|it|they|we|i|you|there)\b)",
        "{who} said that",
        CHOICE,
        "Tell needs a person; without one we use say.",
    ),
    pattern(
        rf"{MAKER} (?P<said>(?P<v>do|did|does) (?P<what>{MAKEABLE}))",
        "{v:make} {what}",
        CHOICE,
        "Mistakes, decisions and efforts are made, not done.",
    ),
    pattern(
        rf"(?P<v>doing|done) (?P<what>{MAKEABLE})",
        "{v:make} {what}",
        CHOICE,
        "Mistakes, decisions and efforts are made, not done.",
    ),
    pattern(
        rf"(?P<v>make|makes|made|making) (?P<what>{DOABLE}){END}",
        "{v:do} {what}",
        CHOICE,
        "Homework, housework and sport are done, not made.",
    ),
    pattern(
        rf"(?P<v>do|does|did|doing|done) a (?P<what>trip|walk|shower|nap|photo|break){END}",
        "{v:take} a {what}",
        CHOICE,
        "Trips, walks, showers and photos are taken.",
    ),
    pattern(
        rf"(?P<v>make|makes|made|making) a (?P<what>photo|shower|nap){END}",
        "{v:take} a {what}",
        CHOICE,
        "Photos, showers and naps are taken.",
    ),
    pattern(
        rf"(?P<v>make|makes|made|making|doing|done) a party{END}",
        "{v:have} a party",
        CHOICE,
        "We have a party.",
    ),
    pattern(
        rf"(?:do|make) (?P<who>you|{OBJECT}) (?P<a>an?|some|one) (?P<q>questions?)",
        "ask {who} {a} {q}",
        CHOICE,
        "Questions are asked.",
    ),
    pattern(r"(?P<v>say|says|said|saying) (?P<what>lies|a lie|the truth)", "{v:tell} {what}", CHOICE, "Lies and the truth are told."),
    pattern(
        rf"(?P<v>lose|loses|lost|losing) (?P<what>(?:the|my|our) (?:bus|train|flight|plane)){END}",
        "{v:miss} {what}",
        CHOICE,
        "Who comes too late misses the bus.",
    ),
    pattern(
        rf"(?P<who>i|you|we|they) have (?P<how>(?:very|so|really) )?(?P<what>{HUNGRY}){STOP}",
        "{who} {who.be} {how}{what}",
        CHOICE,
        "Hunger, thirst and fear are told with be: I am hungry.",
    ),
    pattern(r"borrow (?P<who>me|us)", "lend {who}", CHOICE, "Who gives lends, who takes borrows."),
    pattern(
        r"(?P<v>learn|learned) (?P<who>me|us|him)(?= (?:to|how|english|the|a|many)\b)",
        "{v:teach} {who}",
        CHOICE,
        "The teacher teaches, the student learns.",
    ),
    pattern(
        r"(?P<it>it|this|that) remembers me(?: of)?(?= (?:my|the|that|when|a)\b)",
        "{it} reminds me of",
        CHOICE,
        "What brings a memory back reminds us of it.",
    ),
    pattern(
        rf"(?P<v>prefer|prefers|preferred) (?P<a>(?!rather|more|better|less|other|to|it)\w+) than(?= (?!to\b|when\b)\w)",
        "{v} {a} to",
        CHOICE,
        "We prefer one thing to another.",
    ),
    pattern(
        rf"(?P<who>{WHO}) very (?P<v>like|love|want|enjoy|hate|likes|loves|wants)",
        "{who} really {v}",
        CHOICE,
        "Before a verb we say really, not very.",
    ),
)
LIKE = r"(?:like|likes|liked|love|loves|loved|enjoy|enjoys|enjoyed|miss|hate)"
KNOW = r"(?:don't know|didn't know|can't remember|don't remember|tell me|don't understand|do you know|i wonder|show me)"
BE = r"(?:is|are|was|were)"

ORDERS = (
    pattern(
        rf"(?P<like>{LIKE}) (?P<much>very much|a lot) (?P<what>(?:{THE}|to {VERB}|\w+ing)(?: (?!and\b|but\b|because\b)[\w'-]+){{0,5}}){STOP}",
        "{like} {what} {much}",
        ORDER,
        "Very much and a lot stand after what we like.",
    ),
    pattern(
        rf"(?P<who>{WHO}) never (?P<have>have|has|had) (?P<v>been|{PARTICIPLE})(?! (?:to|for)\b)",
        "{who} {have} never {v}",
        ORDER,
        "Never stands between have and the participle.",
    ),
    pattern(
        rf"(?P<who>{WHO}) (?P<v>(?!(?:have|has|say|says|know|knows|try|tries|learn|decide|promise|want|mean|believe|think)\b)(?:{BARE}|{WITH_S}))"
        r" (?P<often>always|never|usually)(?! (?:the|a|to)\b)",
        "{who} {often} {v}",
        ORDER,
        "Always, never and usually stand before the verb.",
    ),
    pattern(
        rf"{KNOW} (?P<said>(?P<where>where|how old|what time|how much) (?P<be>{BE}) (?P<what>(?:{THE} )?[\w'-]+))(?=[.,;!?]|$)",
        "{where} {what} {be}",
        ORDER,
        "A question inside a sentence has the order of a statement.",
        unless=r"\b(?:where|how old|what time|how much) \w+ (?:going|coming|from)\b",
    ),
    pattern(
        rf"(?:don't know|can't remember|don't remember|tell me|don't understand|i wonder) "
        rf"(?P<said>(?P<where>what|where|when|why|how) (?:do|does) (?P<who>you|they|we|i) (?P<v>{VERB}))",
        "{where} {who} {v}",
        ORDER,
        "A question inside a sentence has the order of a statement.",
    ),
    pattern(
        rf"^(?P<said>(?:(?P<and>and|but|so),? )?(?P<why>why|where|how) (?P<who>{WHO}) (?P<be>{BE}|can|will|should))(?=[^,?]*\?$)",
        "{and} {why} {be} {who}",
        ORDER,
        "In a question the verb stands before the subject.",
        unless=rf"\b{BE} (?:a|the|not|it|this|that)\b.*\b{BE}\b",
    ),
    pattern(
        r"^(?P<said>(?:(?P<and>and|but|so),? )?why (?P<who>you|they|we|he|she|it) (?P<dont>don't|doesn't|didn't|can't|aren't|isn't))(?=[^,?]*\?$)",
        "{and} why {dont} {who}",
        ORDER,
        "In a question the verb stands before the subject.",
    ),
    pattern(
        rf"^(?P<said>(?:(?P<and>and|but|so),? )?(?P<why>where|what|why|how|how often|what time) (?P<who>you|they|we) (?P<v>{BARE}))"
        r"(?![^?]* (?:do|does|did|is|are|was|will|can|would)\b)(?=[^,?]*\?$)",
        "{and} {why} do {who} {v}",
        MistakeType.MISSING,
        "A question with a verb in the present takes do.",
    ),
    pattern(
        rf"^(?P<said>(?:(?P<and>and|but|so),? )?(?P<why>where|what|why|how|how often|what time) (?P<who>he|she|it) (?P<v>{WITH_S}|{BARE}))"
        r"(?![^?]* (?:do|does|did|is|are|was|will|can|would)\b)(?=[^,?]*\?$)",
        "{and} {why} does {who} {v.base}",
        MistakeType.MISSING,
        "A question with he, she or it takes does.",
    ),
    pattern(
        rf"(?P<a>a|the) (?P<noun>house|car|city|dress|shirt|bag|dog|cat|table|flower|garden|town|flat) "
        rf"(?P<adj>(?:very )?(?:big|small|red|blue|green|black|white|beautiful|cheap|nice)){STOP}",
        "{a} {adj} {noun}",
        ORDER,
        "The adjective stands before the noun.",
        unless=r"\b(?:paint\w*|dyed?|colou?r\w*|ma[dk]e|keep|kept|get|got|is|are|was|were|find|found|like|want|think|call)\b",
    ),
    pattern(
        rf"how do (?P<who>you|they|we) call(?= (?:this|it|that)\b)",
        "what do {who} call",
        CHOICE,
        "We ask: what do you call it?",
    ),
)

PHRASES = (*PREPOSITIONS, *CHOICES, *ORDERS)
