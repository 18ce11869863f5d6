"""What learners of English say wrong with nouns, articles, adjectives and pronouns."""

from lessons.english.vocabulary import pattern
from lessons.mistakes import MistakeType

NUMBER, ARTICLE, FORM = MistakeType.NUMBER, MistakeType.ARTICLE, MistakeType.FORM
PRONOUN, MISSING, CHOICE = MistakeType.PRONOUN, MistakeType.MISSING, MistakeType.WORD_CHOICE
OTHER = "Another and others do not stand before a plural noun; we say other."
TIME_ALONE = "Last week, next year and the like stand without the when they tell the time."
SHORT_ER = "Short adjectives take -er: colder, bigger, easier."
FELT = "What a person feels ends in -ed: excited; what causes it ends in -ing: exciting."
ONCE = "The subject is said once, without a pronoun after it."
SUBJECT = "A sentence needs a subject: it is."
AGE = "Age is told with be: I am twenty years old."
RELATIVE = r"\b(?:who|whom|that|which)\b"

NUMBERS = (
    pattern(
        "<noun:<UNCOUNTED>s|musics|moneys>",
        "{noun.singular}",
        NUMBER,
        "This noun is uncountable, so it takes no s.",
    ),
    pattern(
        r"<many:(?:a lot|lots) of|too many|(?:(?:too|so) )?much> works(?! of\b)",
        "{many} work",
        NUMBER,
        "Work is uncountable, so it takes no s.",
    ),
    pattern(
        "<how:how|too|so> many <noun:MASS><END>",
        "{how} much {noun}",
        NUMBER,
        "Before an uncountable noun we say much.",
    ),
    pattern(
        r"<how:(?:(?:how|too|so|very) )?>much (?!things (?:have|had|are|were|can|could|will|"
        r"would)\b)<noun:COUNTED>",
        "{how}many {noun}",
        NUMBER,
        "Before a plural we say many.",
    ),
    pattern(
        "<noun:childs|childrens|womans|foots|tooths|sheeps>",
        "{noun.plural}",
        NUMBER,
        "This noun has an irregular plural.",
    ),
    pattern(
        r"(?<!\ba )(?<!\bthe )(?<!\bmy )(?<!\bthis )(?<!\bevery )<many:WORDED|many|several> <noun:THING>"
        r"(?=[.;!?]|$| (?:and|but|ago|in|at|with|because|who|that)\b)",
        "{many} {noun.plural}",
        NUMBER,
        "After a number above one the noun is plural.",
    ),
    pattern(
        r"one of <the:the|these|OWN> <noun:THING|friend>(?=[.,;!?]|$| (?:and|is|was|in|at|who|that)\b)",
        "one of {the} {noun.plural}",
        NUMBER,
        "After one of the noun is plural.",
    ),
    pattern(
        "<every:every|each> <noun:(?:day|week|month|year|weekend|night|morning|hour|<DAY>)s>",
        "{every} {noun.singular}",
        NUMBER,
        "After every and each the noun is singular.",
    ),
    pattern(
        "this <noun:people|children|things|books|words|mistakes|questions|sentences|exercises|countries>",
        "these {noun}",
        NUMBER,
        "Before a plural we say these.",
    ),
    pattern(
        "others <noun:people|things|countries|students|places|languages|cities|persons|words>",
        "other {noun}",
        NUMBER,
        OTHER,
    ),
    pattern("another <noun:people|COUNTED>", "other {noun}", NUMBER, OTHER),
)

ARTICLES = (
    pattern("<NOT_AFTER_TIME>«the <last:last <TIME>>»<STOP>", "{last}", ARTICLE, TIME_ALONE),
    pattern(
        r"^(?=[^.]*(?:\b(?:will|want|going to|would like|hope|plan|can|must)|'ll)\b).*?"
        "<NOT_AFTER_TIME>«the <next:next <TIME>>»<STOP>",
        "{next}",
        ARTICLE,
        TIME_ALONE,
    ),
    pattern(
        r"in the <month:MONTH>(?=[.,;!?]|$| (?:and|but|because|i|we|it|is|when)\b)",
        "in {month}",
        ARTICLE,
        "Months take no the.",
    ),
    pattern(
        r"an? <adj:(?:(?:good|useful|important|great|nice|bad|new) )?><noun:NEVER_ONE>"
        r"(?=[.,;!?]|$| (?:about|for|from|that|but|yesterday|today|to me|because)\b)",
        "some {adj}{noun}",
        ARTICLE,
        "This noun is uncountable, so it takes no a or an.",
    ),
    pattern(
        r"<play:play|plays|played|playing> the <game:GAME>(?! (?:game|match|team|card|player)\w*)",
        "{play} {game}",
        ARTICLE,
        "Games and sports take no the.",
    ),
    pattern(
        "<to:in|to|from|visit|visited> the (?=(?-i:[A-Z]))<country:COUNTRY><END>",
        "{to} {country}",
        ARTICLE,
        "Most countries take no the.",
    ),
    pattern(
        "<speak:speaks?|learn|learning|study|studying|studied|teach|teaches> the <language:LANGUAGE><END>",
        "{speak} {language}",
        ARTICLE,
        "Languages take no the.",
    ),
    pattern("<in:in|into|love|like|enjoy> the nature<STOP>", "{in} nature", ARTICLE, "Nature in general takes no the."),
    pattern(
        r"<who:(?:i|he|she|<OWN> <PERSON>)(?: am| is| was|'m|'s)> <job:JOB>"
        r"(?=[.,;!?]|$| (?:and|but|in|at|from|for|of|too)\b)",
        "{who} {job.article} {job}",
        ARTICLE,
        "Before a person's job we say a or an.",
    ),
    pattern(
        r"<who:WHO> <have:have|has|had> <noun:ONE_THING>(?=[.,;!?]|$| (?:but|because)\b)",
        "{who} {have} {noun.article} {noun}",
        ARTICLE,
        "A single thing that can be counted needs a or an.",
        unless=r"\b(?:do|does|did|will|would|can|could|what|which|the) ",
    ),
)

ADJECTIVES = (
    pattern(
        r"(?<!\bthe )more (?!sad|happy|dark)<adj:SHORT>(?= (?:than|but|because|now|today)\b|[.,;!?]|$)",
        "{adj.comparative}",
        FORM,
        SHORT_ER,
        unless=r"\b(?:much|what's|no|any) more\b",
    ),
    pattern(r"(?<=\ba )more <adj:SHORT>", "{adj.comparative}", FORM, SHORT_ER),
    pattern(
        r"more <adj:good|bad|far>(?=[.,;!?]|$| (?:than|and|but|today|now)\b)",
        "{adj.comparative}",
        FORM,
        "Good, bad and far have forms of their own: better, worse, further.",
    ),
    pattern(
        r"more <adj:better|worse|easier|closer|<SHORTER>(?=[.,;!?]|$| (?:than|and|but|because|now|today)\b)>",
        "{adj}",
        FORM,
        "The ending -er is enough: no more before it.",
    ),
    pattern(
        r"the most <adj:SHORT|good|bad>(?! (?:people|men|women|food|water|coffee|cheese|\w+s)\b)",
        "the {adj.superlative}",
        FORM,
        "Short adjectives take -est: the biggest, the easiest.",
    ),
    pattern(
        r"the most (?!honest|modest|earnest|interest)<adj:\w+est>",
        "the {adj}",
        FORM,
        "The ending -est is enough: no most before it.",
    ),
    pattern(
        r"too much (?!fat|cold|dark|wet)<adj:SHORT|LONGER>(?=[.,;!?]|$| (?:for|to|and|but|because)\b)",
        "too {adj}",
        MistakeType.EXTRA,
        "Before an adjective we say too, not too much.",
    ),
    pattern(
        r"<who:(?:i|we)<AM>> <so:VERY><adj:BOTHERING>(?=[.,;!?]|$| (?:because|about|with|when|and|"
        r"that|now|today|in)\b)",
        "{who} {so}{adj.felt}",
        FORM,
        FELT,
    ),
    pattern(
        "<who:i am|i'm|we are|we're|he is|she is|they are|i was> <so:(?:not )?<VERY>>interesting in",
        "{who} {so}interested in",
        FORM,
        FELT,
    ),
    pattern(
        r"<it:(?:the|this|that|my) <SHOWN> (?:is|was)> <so:VERY><adj:BOTHERED>(?! (?:in|by)\b)",
        "{it} {so}{adj.causing}",
        FORM,
        FELT,
    ),
)

PRONOUNS = (
    pattern("<AND_START>«<who:<OWN> <PERSON>> (?:he|she)»<NEXT_VERB>", "{who}", PRONOUN, ONCE, unless=RELATIVE),
    pattern(r"<AND_START>«<who:<OWN> <PEOPLE>> they»(?= \w)", "{who}", PRONOUN, ONCE, unless=RELATIVE),
    pattern(r"<AND_START>«<what:(?:the|<OWN>) <SUBJECT>> it»(?= (?:is|was|has)\b)", "{what}", PRONOUN, ONCE),
    pattern(
        r"<START>«the <who:man|woman|boy|girl> (?:he|she)»(?= (?:is|was) (?:very|so|a|an|not|from|my)\b)",
        "the {who}",
        PRONOUN,
        ONCE,
    ),
    pattern(
        "<who:man|woman|person|boy|girl|teacher|friend> which",
        "{who} who",
        PRONOUN,
        "For people we say who.",
    ),
    pattern(
        "<START>«<who:everything|something|anything> what»",
        "{who} that",
        PRONOUN,
        "After everything and something we say that.",
    ),
    pattern(
        r"^«<yes:(?:(?:yes|no|but|and|because),? )?>is»(?= (?:very|so|really|not|too) \w+| (?:raining|snowing)|"
        r" <HOW> (?:to|for|because|that)\b)(?![^?]*\?)",
        "{yes} it is",
        MISSING,
        SUBJECT,
    ),
    pattern(r"because <be:BE>(?! (?:a|the|what|how|why)\b)", "because it {be.singular_verb}", MISSING, SUBJECT),
    pattern(r"(?:^|(?<=[,;:.!?] ))i think <be:is|was>(?= <HOW>\b)", "I think it {be}", MISSING, SUBJECT),
    pattern(r"<START>«for me,? is»(?= <HOW>\b)", "for me it is", MISSING, SUBJECT),
    pattern(
        r"^«in <whose:OWN> <place:PLACE> (?:have|has)»(?= (?:many|a lot of|lots of|two|three|four|five|some)\b)",
        "in {whose} {place} there are",
        FORM,
        "What exists somewhere is told with there is or there are.",
    ),
    pattern(
        r"<who:WHO|<OWN> <PERSON>> (?:have|has|'ve got|have got) <n:AGE> years(?: old)?"
        r"(?=[.,;!?]|$| (?:and|but|now|today)\b)",
        "{who} {who.be} {n} years old",
        CHOICE,
        AGE,
    ),
    pattern(
        "<who:WHO|<OWN> <PERSON>> (?:have|has) <n:NUMBER> years old",
        "{who} {who.be} {n} years old",
        CHOICE,
        AGE,
    ),
)

NOUN_PATTERNS = (*NUMBERS, *ARTICLES, *ADJECTIVES, *PRONOUNS)
