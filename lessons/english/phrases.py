"""What learners of English say wrong with prepositions, with the choice and with the order of words."""

from lessons.english.vocabulary import HELPED, after, pattern
from lessons.mistakes import MistakeType
from lessons.patterns import Pattern

PREPOSITION, CHOICE, ORDER = MistakeType.PREPOSITION, MistakeType.WORD_CHOICE, MistakeType.WORD_ORDER
FOR_OR_SINCE = "For goes with a period of time, since with its beginning."
MADE = "Mistakes, decisions and efforts are made, not done."
TAKEN = "Trips, walks, showers and photos are taken."
TAUGHT = "The teacher teaches, the student learns."
INSIDE = "A question inside a sentence has the order of a statement."
VERB_FIRST = "In a question the verb stands before the subject."
TAKES_DO = "A question with a verb in the present takes do or does."
DOERS = "i you we they to not can could will would must should always often never sometimes and"
DOING = after(*DOERS.split())
NO_HELP = r"(?![^?]* (?:do|does|did|is|are|was|will|can|would)\b)(?=[^,?]*\?$)"


def preposition(word: str, wrong: str, right: str) -> Pattern:
    """A word that takes another preposition than the wrong one."""
    rule = f"We say: {word} {right}." if word.isalpha() else f"Here we say {right}."
    return pattern(f"<word:{word}> {wrong}", f"{{word}} {right}", PREPOSITION, rule)


def missing(word: str, whom: str, right: str) -> Pattern:
    """A word that takes a preposition before whom or what it is about."""
    return pattern(
        f"<word:{word}> <whom:{whom}>",
        f"{{word}} {right} {{whom}}",
        PREPOSITION,
        f"This verb needs the preposition {right}.",
    )


def needless(word: str, wrong: str) -> Pattern:
    """A word that takes no preposition at all."""
    return pattern(f"<word:{word}> {wrong}", "{word}", PREPOSITION, "There is no preposition after this word.")


PREPOSITIONS = (
    preposition("responsible", "of", "for"),
    preposition("married", r"with(?! (?:[\w-]+ ){0,3}(?:children|kids?|sons?|daughters?|child)\b)", "to"),
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
    preposition("good|bad", r"in(?= <SKILL>\b)", "at"),
    preposition("arrive|arrives|arrived|arriving", r"to(?= (?:<THE>|school|work|class)\b)", "at"),
    preposition("arrive|arrives|arrived|arriving", r"to(?= (?-i:[A-Z])\w)", "in"),
    missing("wait|waits|waited|waiting", r"me|him|us|them|her(?=[.,;!?]|$)|<OWN> <PERSON>", "for"),
    missing("listen|listens|listened|listening", "music|the radio|podcasts|songs|the news", "to"),
    missing("explain(?:s|ed|ing)?", r"me|us|him|(?:her|them|you)(?= (?:how|why|what|the|this)\b)", "to"),
    needless("near", "of"),
    needless("<WHO> (?:(?:don't|really|also) )?like", "of(?! course)"),
    needless("despite", "of"),
    needless("discuss(?:es|ed|ing)?", "about"),
    needless("enter(?:s|ed|ing)?", r"(?:in|into|to)(?= (?:the|a|my|this) <ROOM>\b)"),
    needless("ask(?:s|ed|ing)?", r"to(?= (?:<OBJECT>|<OWN> <PERSON>)\b(?! to\b))"),
    needless("go|goes|went|going|come|came|coming|got|returned|arrived", "to(?= home<END>)"),
    needless("go|goes|went|going|come|came|coming", r"to(?= (?:there|here|abroad|downstairs|upstairs)\b)"),
    needless("go|goes|went|going", "to(?= <SPORT><END>)"),
    pattern(
        r"since <long:(?:<NUMBER>|a|many|several|some|a few|a couple of) <SPAN>>"
        r"(?! (?:ago|of|we|i|he|she|it|they|my)\b)",
        "for {long}",
        PREPOSITION,
        FOR_OR_SINCE,
    ),
    pattern(r"since (?:a )?long time(?! ago\b)", "for a long time", PREPOSITION, FOR_OR_SINCE),
    pattern(
        r"(?:have|has|'ve) (?:been \w+ing|been|lived|worked|studied) (?:here |there |(?:in|at|for|"
        r"with) (?:\w+ ){1,2})?"
        r"«from <then:\d{4}|last <TIME>>»<STOP>",
        "since {then}",
        PREPOSITION,
        "With the present perfect the beginning is told with since.",
    ),
    pattern(
        r"(?<!\bcoming )(?<!\bgoing )(?<!\bmoving )(?:on|in|at) <when:(?:next|last) <TIME>>(?! of\b)",
        "{when}",
        PREPOSITION,
        "Before next and last there is no preposition of time.",
    ),
    pattern(
        f"(?:^|{after('class', 'lesson', 'exam', 'meeting', 'work', 'party')})«in "
        f"<day:<DAY>s?>»(?:<END>|(?= <WHO>\\b))",
        "on {day}",
        PREPOSITION,
        "Days take on.",
    ),
    pattern(
        r"in <date:<MONTH> (?:[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?><END>",
        "on {date}",
        PREPOSITION,
        "Dates take on.",
    ),
    pattern(r"in <time:\w+ o'clock>", "at {time}", PREPOSITION, "Clock times take at."),
    pattern(
        r"in the <floor:(?:first|second|third|fourth|fifth|ground|top) floor>",
        "on the {floor}",
        PREPOSITION,
        "Floors take on.",
    ),
    pattern("in the <end:weekends?><END>", "at the {end}", PREPOSITION, "We say: at the weekend."),
    pattern(
        "by the other hand|^in the other hand(?=,)", "on the other hand", PREPOSITION, "We say: on the other hand."
    ),
    pattern(
        "before <long:(?:<NUMBER>|a few|many) <SPAN>><STOP>",
        "{long} ago",
        PREPOSITION,
        "Time back from now is told with ago.",
    ),
    pattern(
        "<be:am|are|is|was|were|been> thinking to <v:VERB>",
        "{be} thinking of {v.ing}",
        PREPOSITION,
        "We say: thinking of doing something.",
    ),
)

CHOICES = (
    pattern(
        r"<say:say|says|said|saying> <who:(?:me|us|him)(?! (?:and|too|first|neither)\b)|(?:her|"
        r"them)(?= (?:that|the truth)\b)>",
        "{say:tell} {who}",
        CHOICE,
        "We tell somebody something; say takes no person.",
    ),
    pattern(
        r"<who:i|he|she|they|we> told that(?= (?:<WHO>|there)\b)",
        "{who} said that",
        CHOICE,
        "Tell needs a person; without one we use say.",
    ),
    pattern(f"(?:{DOING})«<v:do|did|does> <what:MADE>»", "{v:make} {what}", CHOICE, MADE),
    pattern("<v:doing|done> <what:MADE>", "{v:make} {what}", CHOICE, MADE),
    pattern(
        "<v:make|makes|made|making> <what:DONE><END>",
        "{v:do} {what}",
        CHOICE,
        "Homework, housework and sport are done, not made.",
    ),
    pattern(
        r"<v:do|does|did|doing|done> a <what:trip|walk|shower|nap|photo|break>(?! \w+s\b)",
        "{v:take} a {what}",
        CHOICE,
        TAKEN,
    ),
    pattern("<v:make|makes|made|making> a <what:photo|shower|nap><END>", "{v:take} a {what}", CHOICE, TAKEN),
    pattern("<v:make|makes|made|making|doing|done> a party<END>", "{v:have} a party", CHOICE, "We have a party."),
    pattern(
        "(?:do|make) <who:you|OBJECT> <a:an?|some|one> <q:questions?>",
        "ask {who} {a} {q}",
        CHOICE,
        "Questions are asked.",
    ),
    pattern(
        "<v:say|says|said|saying> <what:a lie|the truth>",
        "{v:tell} {what}",
        CHOICE,
        "Lies and the truth are told.",
    ),
    pattern(
        "<v:lose|loses|lost|losing> <what:(?:the|my|our) (?:bus|train|flight|plane)><END>",
        "{v:miss} {what}",
        CHOICE,
        "Who comes too late misses the bus.",
    ),
    pattern(
        "<who:i|you|we|they> have <how:VERY><what:HUNGRY><STOP>",
        "{who} {who.be} {how}{what}",
        CHOICE,
        "Hunger, thirst and fear are told with be: I am hungry.",
    ),
    pattern("borrow <who:me|us>", "lend {who}", CHOICE, "Who gives lends, who takes borrows."),
    pattern(
        r"<v:learn|learned> <who:me|us|him>(?= (?:to|how|english|the|a|many)\b)",
        "{v:teach} {who}",
        CHOICE,
        TAUGHT,
    ),
    pattern(
        r"<it:it|this|that> remembers me(?: of)?(?= (?:my|the|that|when|a)\b)",
        "{it} reminds me of",
        CHOICE,
        "What brings a memory back reminds us of it.",
    ),
    pattern(
        r"<v:prefer|prefers|preferred> <a:(?!rather|more|better|less|other|to|it)\w+> than(?= (?!to\b|when\b)\w)",
        "{v} {a} to",
        CHOICE,
        "We prefer one thing to another.",
    ),
    pattern(
        "<who:WHO> very <v:like|love|want|enjoy|hate|likes|loves|wants>",
        "{who} really {v}",
        CHOICE,
        "Before a verb we say really, not very.",
    ),
    pattern(
        r"<v:(?:speak|sing|dance|swim|cook|play)s?> <what:(?:\w+ )?><so:very|so|really> good<STOP>",
        "{v} {what} {so} well",
        MistakeType.FORM,
        "How somebody does something is told with well, not good.",
    ),
    pattern(
        r"how do <who:you|they|we> call(?= (?:this|it|that)\b)",
        "what do {who} call",
        CHOICE,
        "We ask: what do you call it?",
    ),
)

ORDERS = (
    pattern(
        r"<like:LIKE> <much:very much|a lot> <what:(?:<THE>|to <VERB>|\w+ing)(?: (?!and\b|but\b|"
        r"because\b)[\w'-]+){0,5}>"
        "<STOP>",
        "{like} {what} {much}",
        ORDER,
        "Very much and a lot stand after what we like.",
    ),
    pattern(
        r"<who:WHO> never <have:have|has|had> <v:been|PARTICIPLE>(?! (?:to|for)\b)",
        "{who} {have} never {v}",
        ORDER,
        "Never stands between have and the participle.",
    ),
    pattern(
        r"<who:WHO> (?!(?:have|has|say|says|know|knows|try|tries|learn|decide|promise|want|mean|believe|think)\b)"
        r"<v:BARE|WITH_S> <often:always|never|usually>(?! (?:the|a|to)\b)",
        "{who} {often} {v}",
        ORDER,
        "Always, never and usually stand before the verb.",
        unless=HELPED,
    ),
    pattern(
        r"(?:<DOUBT>|do you know|show me) «<where:where|how old|what time|how much> <be:BE> "
        r"<what:(?:<THE> )?[\w'-]+>»"
        "(?=[.,;!?]|$)",
        "{where} {what} {be}",
        ORDER,
        INSIDE,
        unless=r"\b(?:where|how old|what time|how much) \w+ (?:going|coming|from)\b",
    ),
    pattern(
        "<DOUBT> «<where:what|where|when|why|how> (?:do|does) <who:you|they|we|i> <v:VERB>»",
        "{where} {who} {v}",
        ORDER,
        INSIDE,
    ),
    pattern(
        r"^«<and:(?:(?:and|but|so),? )?><why:why|where|how> <who:WHO> <be:BE|can|will|should>»(?=[^,?]*\?$)",
        "{and} {why} {be} {who}",
        ORDER,
        VERB_FIRST,
        unless=r"\b(?:is|are|was|were) (?:a|the|not|it|this|that)\b.*\b(?:is|are|was|were)\b",
    ),
    pattern(
        r"^«<and:(?:(?:and|but|so),? )?>why <who:WHO> <dont:don't|doesn't|didn't|can't|aren't|isn't>»(?=[^,?]*\?$)",
        "{and} why {dont} {who}",
        ORDER,
        VERB_FIRST,
    ),
    pattern(
        "^«<and:(?:(?:and|but|so),? )?><why:where|what|why|how|how often|what time> <who:you|they|we> <v:BARE>»"
        f"{NO_HELP}",
        "{and} {why} do {who} {v}",
        MistakeType.MISSING,
        TAKES_DO,
    ),
    pattern(
        "^«<and:(?:(?:and|but|so),? )?><why:where|what|why|how|how often|what time> <who:THIRD_WHO> "
        "<v:WITH_S|BARE>»"
        f"{NO_HELP}",
        "{and} {why} does {who} {v.base}",
        MistakeType.MISSING,
        TAKES_DO,
    ),
    pattern(
        "<a:a|the> <noun:house|car|city|dress|shirt|bag|dog|cat|table|flower|garden|town|flat> "
        "<adj:big|small|red|blue|green|black|white|beautiful|cheap|nice><STOP>",
        "{a} {adj} {noun}",
        ORDER,
        "The adjective stands before the noun.",
        unless=r"\b(?:paint\w*|dyed?|colou?r\w*|ma[dk]e|keep|kept|get|got|is|are|was|were|find|found|like|want|think|call)\b",
    ),
)

PHRASES = (*PREPOSITIONS, *CHOICES, *ORDERS)
