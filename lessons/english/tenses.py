"""What learners of English say wrong with tenses and with the agreement of subject and verb."""

from lessons.english.vocabulary import HELPED, pattern
from lessons.mistakes import MistakeType

TENSE, AGREEMENT = MistakeType.TENSE, MistakeType.AGREEMENT
FINISHED = "With a finished time such as yesterday we use the simple past."
IMAGINED = "After if, an imagined situation takes the past tense."
FUTURE_IF = "After if we use the present tense for the future."
WOULD = r"(?=[^.?!]*\b(?:would|could|might)\b)"
WILL = r"(?=[^.?!]*(?:\bwill|'ll|\bcan)\b)(?![^.?!]*\b(?:would|could|might)\b)"

TENSES = (
    pattern(
        r"<AND_START>«<who:WHO>(?:<AM>| is)? (?!(?:think|believe|feel|find|hear|hope|say|see|mean|"
        r"remember|ha(?:ve|s) (?:been|<PARTICIPLE>))\b)"
        r"<v:BARE|WITH_S|\w+ing>»(?=(?: (?!that\b)<PLAIN>){0,5} <SINCE>\b)",
        "{who} {who.have} {v.participle}",
        TENSE,
        "What began in the past and goes on now takes the present perfect.",
    ),
    pattern(
        r"«<who:WHO>(?: have| has|'ve) <v:PARTICIPLE>»(?=(?: <PLAIN>){1,3} <PAST_TIME><END>)",
        "{who} {v.past}",
        TENSE,
        FINISHED,
    ),
    pattern(
        r"«<who:WHO>(?: have| has|'ve) been»(?=(?: <PLAIN>){1,3} <PAST_TIME><END>)",
        "{who} {who.was}",
        TENSE,
        FINISHED,
    ),
    pattern(
        r"<AND_START>«<who:WHO>(?:<AM>| is)»(?= (?:here|there|ill|sick|married|single|in|at) (?:\w+ "
        r"){0,2}<SINCE>\b)",
        "{who} {who.have} been",
        TENSE,
        "What began in the past and goes on now takes the present perfect.",
    ),
    pattern(
        r"«(?:have|has) <who:WHO> <v:PARTICIPLE>»(?=(?: <PLAIN>){1,3} <PAST_TIME><END>)",
        "did {who} {v.base}",
        TENSE,
        FINISHED,
    ),
    pattern(
        r"(?<!since )(?<!until )(?<!from )(?<!than )(?<!of )<PAST_TIME>,? (?:and )?"
        r"«<who:WHO> (?!have (?:been|<PARTICIPLE>)\b)<v:ACTION>»",
        "{who} {v.past}",
        TENSE,
        FINISHED,
    ),
    pattern(
        r"<AND_START>«<who:WHO> (?!have (?:been|<PARTICIPLE>)\b)<v:ACTION>»(?=(?: <PLAIN>){1,4} <PAST_TIME><STOP>)",
        "{who} {v.past}",
        TENSE,
        FINISHED,
    ),
    pattern(rf"<AND_START>«if <who:WHO> (?:will|would) have»{WOULD}", "if {who} had", TENSE, IMAGINED),
    pattern(rf"<AND_START>«if <who:WHO> (?:will|would) be»{WOULD}", "if {who} were", TENSE, IMAGINED),
    pattern(
        rf"<AND_START>«if <who:WHO> will <NOT_POLITE>(?!have\b|be\b)<v:VERB>»{WOULD}",
        "if {who} {v.past}",
        TENSE,
        IMAGINED,
    ),
    pattern(rf"<AND_START>«if <who:WHO> would <v:IMAGINED>»{WOULD}", "if {who} {v.past}", TENSE, IMAGINED),
    pattern(
        r"would (?:(?!know|wonder|ask|see|sure|remember|tell)\w+ ){1,6}«if <who:WHO> (?:will|would) "
        r"<v:have|IMAGINED>»",
        "if {who} {v.past}",
        TENSE,
        IMAGINED,
    ),
    pattern(
        rf"<AND_START>«if <who:PLURAL_WHO> will <NOT_POLITE>(?!be\b)<v:VERB>»{WILL}",
        "if {who} {v}",
        TENSE,
        FUTURE_IF,
    ),
    pattern(
        rf"<AND_START>«if <who:THIRD_WHO> will <NOT_POLITE>(?!be\b)<v:VERB>»{WILL}",
        "if {who} {v.third}",
        TENSE,
        FUTURE_IF,
    ),
)

AGREEMENTS = (
    pattern(
        "<who:we|they|(?:<AND_START>|(?<=that )|(?<=if ))you> was",
        "{who} were",
        AGREEMENT,
        "We, you and they take were.",
    ),
    pattern("<START>«<who:we|they|you> is»", "{who} are", AGREEMENT, "We, you and they take are."),
    pattern("<START>«<who:THIRD_WHO> are»", "{who} is", AGREEMENT, "He, she and it take is."),
    pattern(
        "<who:THIRD_WHO|(?<!and )<OWN> <PERSON>> don't",
        "{who} doesn't",
        AGREEMENT,
        "He, she and it take doesn't.",
    ),
    pattern(
        r"(?:<START>|(?<=, and ))«<who:THIRD_WHO> <often:OFTEN>(?!(?:like <OBJECT>|need not)\b)<v:BARE>»",
        "{who} {often} {v.third}",
        AGREEMENT,
        "With he, she and it the verb takes an s.",
        unless=HELPED,
    ),
    pattern(
        r"<START>«<who:OWN> <person:PERSON> <often:OFTEN><v:BARE>»(?! (?:is|was|are|and|has|had)\b)",
        "{who} {person} {often} {v.third}",
        AGREEMENT,
        "With one person (he or she) the verb takes an s.",
        unless=HELPED,
    ),
    pattern(
        "<START>«<who:PLURAL_WHO> (?!does)<v:has|WITH_S>»",
        "{who} {v.base}",
        AGREEMENT,
        "With I, you, we and they the verb takes no s.",
    ),
    pattern(
        "<START>«<noun:(?:(?:the|my|this) )?(?:news|homework|information|traffic|furniture)> <v:are|were>»",
        "{noun} {v.singular_verb}",
        AGREEMENT,
        "An uncountable noun takes a singular verb.",
    ),
    pattern(
        r"<START>(?<!\bno )(?<!\bso )«<which:(?:(?:the|these|many|some|most)(?: \w+)? )?>people <v:is|"
        r"was|has|doesn't|WITH_S>»",
        "{which} people {v.plural_verb}",
        AGREEMENT,
        "People is plural: people are.",
    ),
    pattern(
        r"<AND_START>«<one:everybody|everyone|nobody|somebody|someone> <v:are|were|have|don't>»"
        r"(?! (?:fun|a (?:good|nice|great))\b)",
        "{one} {v.singular_verb}",
        AGREEMENT,
        "Everybody, nobody and somebody are singular.",
        unless=HELPED,
    ),
    pattern(
        r"there <v:is|was> <many:many(?! an? )|several|two|three|four|five|six|ten|(?:a lot|lots) of people>"
        r"(?! (?:times|percent)\b)",
        "there {v.plural_verb} {many}",
        AGREEMENT,
        "Before a plural we say there are.",
    ),
)
