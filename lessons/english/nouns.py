"""What learners of English say wrong with nouns, articles, adjectives and pronouns."""

from lessons.english.vocabulary import (
    AND_START,
    COUNTRY,
    DAY,
    END,
    LANGUAGE,
    MONTH,
    NUMBER,
    OLD_ENOUGH,
    OWN,
    PERSON,
    START,
    STOP,
    THING,
    TIME,
    WHO,
    one_of,
)
from lessons.mistakes import MistakeType
from lessons.patterns import pattern

NUMBER_OF, ARTICLE, FORM = MistakeType.NUMBER, MistakeType.ARTICLE, MistakeType.FORM
PRONOUN, EXTRA, MISSING = MistakeType.PRONOUN, MistakeType.EXTRA, MistakeType.MISSING

SHORT = one_of(
    "big cheap cold cool dark deep easy fast fat happy hard heavy high hot kind large long loud near new nice old "
    "poor rich sad safe short slow small soft strong tall thin warm weak wet wide young"
)
UNCOUNTED = one_of(
    "advice baggage equipment feedback furniture homework housework information knowledge luggage software traffic weather"
)
UNCOUNTED_MANY = one_of(
    "advice bread equipment food furniture homework information luggage money music news rain snow traffic water work"
)
COUNTED_MANY = one_of(
    "books brothers cars children cities classes countries days dogs exercises families friends hours houses jobs kids "
    "languages mistakes months people photos places problems questions shops sisters songs students teachers things "
    "tourists weeks women words years"
)
JOB = one_of(
    "accountant actor architect artist chef cook dentist designer doctor driver engineer lawyer manager musician nurse "
    "photographer pilot programmer secretary student teacher translator vet waiter waitress writer"
)
BOTHERING = one_of("boring confusing disappointing embarrassing exciting frustrating surprising tiring worrying")
BOTHERED = one_of("bored confused disappointed embarrassed excited frustrated surprised interested")
SHOWN = one_of("book class concert film game lesson movie museum party series show story trip")
GAME = one_of("basketball cards chess football golf hockey rugby soccer tennis volleyball")
NOT_THERE = (
    r"(?!(?:about|after|and|are|at|attend\w*|be|before|by|during|enjoy\w*|except|finish\w*|for|forget|from|had|hate\w*|"
    r"has|have|in|is|it's|like\w*|love\w*|miss\w*|not|of|on|only|over|remember|since|spen[dt]|than's|that's|this|through|"
    r"throughout|till|to|until|was|were|with|within) )[\w'-]+,? "
)
VERY = r"(?:very |so |really |too |quite )?"

NOUNS = (
    pattern(
        rf"(?P<noun>{UNCOUNTED}s|musics|moneys)",
        "{noun.singular}",
        NUMBER_OF,
        "This noun is uncountable, so it takes no s.",
    ),
    pattern(
        r"(?P<many>a lot of|too many|too much|many|much|so much|lots of) works(?! of\b)",
        "{many} work",
        NUMBER_OF,
        "Work is uncountable, so it takes no s.",
    ),
    pattern(
        rf"an? (?P<adj>(?:good|useful|important|great|nice|bad|new) )?(?P<noun>{UNCOUNTED_MANY})"
        r"(?=[.,;!?]|$| (?:about|for|from|that|and|but|yesterday|today|to me|because)\b)",
        "some {adj}{noun}",
        ARTICLE,
        "This noun is uncountable, so it takes no a or an.",
    ),
    pattern(
        rf"(?P<how>how |too |so )many (?P<noun>{UNCOUNTED_MANY}){END}",
        "{how}much {noun}",
        NUMBER_OF,
        "Before an uncountable noun we say much.",
    ),
    pattern(
        rf"(?P<how>how |too |so |very )?much (?P<noun>{COUNTED_MANY})",
        "{how}many {noun}",
        NUMBER_OF,
        "Before a plural we say many.",
    ),
    pattern(
        r"(?P<noun>childs|childrens|mans|womans|foots|tooths|sheeps)(?! (?:of|the)\b)",
        "{noun.plural}",
        NUMBER_OF,
        "This noun has an irregular plural.",
    ),
    pattern(
        rf"(?<!\ba )(?<!\bthe )(?<!\bmy )(?<!\bthis )(?<!\bevery )(?P<said>(?P<many>{NUMBER}|many|several) (?P<noun>{THING}))"
        r"(?=[.,;!?]|$| (?:and|but|ago|in|at|with|because|who|that)\b)",
        "{many} {noun.plural}",
        NUMBER_OF,
        "After a number above one the noun is plural.",
    ),
    pattern(
        rf"one of (?P<the>{OWN}|the|these) (?P<noun>{THING}|friend)(?=[.,;!?]|$| (?:and|is|was|in|at|who|that)\b)",
        "one of {the} {noun.plural}",
        NUMBER_OF,
        "After one of the noun is plural.",
    ),
    pattern(
        rf"(?P<every>every|each) (?P<noun>(?:day|week|month|year|weekend|night|morning|hour|{DAY})s)",
        "{every} {noun.singular}",
        NUMBER_OF,
        "After every and each the noun is singular.",
    ),
    pattern(
        rf"this (?P<noun>people|children|{THING}s)",
        "these {noun}",
        NUMBER_OF,
        "Before a plural we say these.",
    ),
    pattern(
        r"others (?P<noun>people|things|countries|students|places|languages|cities|persons|words)",
        "other {noun}",
        NUMBER_OF,
        "Before a noun other never takes an s.",
    ),
    pattern(
        rf"another (?P<noun>people|things|{THING}s)",
        "other {noun}",
        NUMBER_OF,
        "Another stands before a singular; before a plural we say other.",
    ),
)

ARTICLES = (
    pattern(
        rf"{NOT_THERE}(?P<said>the (?P<last>last {TIME})){STOP}",
        "{last}",
        ARTICLE,
        "Last week, last year and the like stand without the when they tell the time.",
    ),
    pattern(
        rf"^(?=[^.]*\b(?:will|want|going to|would like|hope|plan|can|must)\b|[^.]*'ll\b).*?{NOT_THERE}"
        rf"(?P<said>the (?P<next>next {TIME})){STOP}",
        "{next}",
        ARTICLE,
        "Next week, next year and the like stand without the when they tell the time.",
    ),
    pattern(
        rf"in the (?P<month>{MONTH})(?=[.,;!?]|$| (?:and|but|because|i|we|it|is|when)\b)",
        "in {month}",
        ARTICLE,
        "Months take no the.",
    ),
    pattern(
        rf"(?P<play>play|plays|played|playing) the (?P<game>{GAME})(?! (?:game|match|team|card|player)\w*)",
        "{play} {game}",
        ARTICLE,
        "Games and sports take no the.",
    ),
    pattern(
        rf"(?P<to>in|to|from|visit|visited) the (?P<country>{COUNTRY}){END}",
        "{to} {country}",
        ARTICLE,
        "Most countries take no the.",
    ),
    pattern(
        rf"(?P<speak>speak|speaks|learn|learning|study|studying|studied|teach|teaches) the (?P<language>{LANGUAGE}){END}",
        "{speak} {language}",
        ARTICLE,
        "Languages take no the.",
    ),
    pattern(
        rf"(?:in|into|love|like|enjoy) the nature{STOP}",
        "nature",
        ARTICLE,
        "Nature in general takes no the.",
    ),
    pattern(
        rf"(?P<who>(?:i|he|she|{OWN} {PERSON})(?: am| is| was|'m|'s)) (?P<job>{JOB})(?=[.,;!?]|$| (?:and|but|in|at|from|for|of|too)\b)",
        "{who} {job.article} {job}",
        ARTICLE,
        "Before a person's job we say a or an.",
    ),
    pattern(
        rf"(?P<have>(?:{WHO}) (?:have|has|had)) (?P<noun>(?:car|dog|cat|house|brother|sister|question|problem|meeting|idea))"
        r"(?=[.,;!?]|$| (?:but|because)\b)",
        "{have} {noun.article} {noun}",
        ARTICLE,
        "A single thing that can be counted needs a or an.",
        unless=r"\b(?:do|does|did|will|would|can|could|what|which|the) ",
    ),
)

ADJECTIVES = (
    pattern(
        rf"more (?P<adj>{SHORT})(?= than\b| and\b| but\b| because\b| now\b| today\b|[.,;!?]|$)(?! and more\b)",
        "{adj.comparative}",
        FORM,
        "Short adjectives take -er: colder, bigger, easier.",
        unless=r"\b(?:much|what's|no|any) more\b",
    ),
    pattern(
        rf"(?<=\ba )more (?P<adj>{SHORT})",
        "{adj.comparative}",
        FORM,
        "Short adjectives take -er: colder, bigger, easier.",
        unless=r"\bmany a more\b",
    ),
    pattern(
        rf"more (?P<adj>good|bad|far)(?= than\b|[.,;!?]|$| and\b| but\b)",
        "{adj.comparative}",
        FORM,
        "Good, bad and far have forms of their own: better, worse, further.",
    ),
    pattern(
        r"more (?P<adj>better|worse|bigger|smaller|cheaper|colder|hotter|easier|faster|happier|older|younger|taller|nicer|stronger)",
        "{adj}",
        FORM,
        "The ending -er is enough: no more before it.",
    ),
    pattern(
        rf"the most (?P<adj>{SHORT}|good|bad)(?! (?:people|men|women|food|water|coffee|\w+s)\b)",
        "the {adj.superlative}",
        FORM,
        "Short adjectives take -est: the biggest, the easiest.",
    ),
    pattern(
        rf"the most (?P<adj>{SHORT}|good|bad)(?= (?:days|things|cities|countries|places|months) (?:of|in)\b)",
        "the {adj.superlative}",
        FORM,
        "Short adjectives take -est: the biggest, the easiest.",
    ),
    pattern(
        rf"too much (?P<adj>{SHORT}|expensive|difficult|good|bad|tired|important|far|late|early|busy|noisy)"
        r"(?=[.,;!?]|$| (?:for|to|and|but|because)\b)",
        "too {adj}",
        EXTRA,
        "Before an adjective we say too, not too much.",
    ),
    pattern(
        rf"(?P<who>(?:i|we)(?: am| are|'m|'re) {VERY})(?P<adj>{BOTHERING})(?=[.,;!?]|$| (?:because|about|with|when|and|that|now|today)\b)",
        "{who}{adj.felt}",
        FORM,
        "What a person feels ends in -ed: excited; what causes it ends in -ing: exciting.",
    ),
    pattern(
        rf"(?:(?<=\bi )|(?<=\bwe )|(?<=\bi'm )|(?<=\bam )|(?<=\bare )|(?<=\bvery )|(?<=\bso )|(?<=\bnot ))interesting in",
        "interested in",
        FORM,
        "What a person feels ends in -ed: interested in.",
    ),
    pattern(
        rf"(?P<it>(?:the|this|that|my) {SHOWN} (?:is|was) {VERY})(?P<adj>{BOTHERED})(?! (?:in|by)\b)",
        "{it}{adj.causing}",
        FORM,
        "What causes a feeling ends in -ing: boring; who feels it is bored.",
    ),
)

PRONOUNS = (
    pattern(
        rf"{AND_START}(?P<said>(?P<who>{OWN} {PERSON}) (?:he|she))(?= (?:is|was|has|have|had|can|will|always|also|never|\w+s|\w+ed|told|said|"
        r"went|made|came|gave|got|took|bought|does|doesn't|didn't|don't)\b)",
        "{who}",
        PRONOUN,
        "The subject is said once: no he or she after it.",
        unless=r"\b(?:who|whom|that|which)\b",
    ),
    pattern(
        rf"{AND_START}(?P<said>(?P<who>{OWN} (?:parents|friends|children|sons|daughters|brothers|sisters|grandparents)) they)(?= \w)",
        "{who}",
        PRONOUN,
        "The subject is said once: no they after it.",
        unless=r"\b(?:who|whom|that|which)\b",
    ),
    pattern(
        rf"{AND_START}(?P<said>(?P<what>(?:{OWN}|the) (?:city|country|house|job|food|weather|problem|film|movie|book|town|hotel)) it)"
        r"(?= (?:is|was|has)\b)",
        "{what}",
        PRONOUN,
        "The subject is said once: no it after it.",
    ),
    pattern(
        r"(?P<who>people|man|woman|person|boy|girl|teacher|students|friends|children) which",
        "{who} who",
        PRONOUN,
        "For people we say who.",
    ),
    pattern(
        r"(?P<thing>everything|something|anything) what",
        "{thing} that",
        PRONOUN,
        "After everything and something we say that.",
    ),
    pattern(
        r"^(?P<said>(?:(?P<yes>yes|no|but|and|because),? )?is)(?= (?:very|so|really|not|too) \w+|"
        r" (?:important|difficult|easy|good|nice|hard|possible|necessary|better|true) (?:to|for|because|that)\b)(?![^?]*\?)",
        "{yes} it is",
        MISSING,
        "A sentence needs a subject: it is.",
    ),
    pattern(
        r"because (?P<be>is|was|are|were)(?! (?:a|the|what|how|why)\b)",
        "because it {be.singular_verb}",
        MISSING,
        "A sentence needs a subject: because it is.",
    ),
    pattern(
        rf"(?:^|(?<=[,;:.!?] ))i think (?P<be>is|was)(?= (?:very|so|really|not|too|important|difficult|easy|good|nice|hard|better|a)\b)",
        "I think it {be}",
        MISSING,
        "A sentence needs a subject: I think it is.",
    ),
    pattern(
        rf"{START}(?P<said>for me,? is)(?= (?:very|so|really|not|too|important|difficult|easy|good|nice|hard|better)\b)",
        "for me it is",
        MISSING,
        "A sentence needs a subject: it is.",
    ),
    pattern(
        rf"^(?P<said>in (?P<place>{OWN} (?:city|town|country|house|school|street|room|family|village)) (?:have|has))"
        r"(?= (?:many|a lot of|lots of|two|three|four|five|some)\b)",
        "in {place} there are",
        FORM,
        "What exists somewhere is told with there is or there are.",
    ),
    pattern(
        rf"(?P<who>i|you|we|they|he|she|{OWN} {PERSON}) (?:have|has|'ve got|have got) (?P<n>{OLD_ENOUGH})(?: years(?: old)?)"
        r"(?=[.,;!?]|$| (?:and|but|now|today)\b)",
        "{who} {who.be} {n} years old",
        MistakeType.WORD_CHOICE,
        "Age is told with be: I am twenty years old.",
    ),
    pattern(
        rf"(?P<who>i|you|we|they|he|she|{OWN} {PERSON}) (?:have|has) (?P<n>{NUMBER}) years old",
        "{who} {who.be} {n} years old",
        MistakeType.WORD_CHOICE,
        "Age is told with be: I am twenty years old.",
    ),
)

NOUN_PATTERNS = (*NOUNS, *ARTICLES, *ADJECTIVES, *PRONOUNS)
