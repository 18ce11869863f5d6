"""What learners of English say wrong with the forms of verbs."""

from lessons.english.vocabulary import HELPED, pattern
from lessons.mistakes import MistakeType

FORM = MistakeType.FORM
AFTER_DID = "After did we use the base form of the verb."
AFTER_DOES = "After do and does we use the base form of the verb."
AFTER_CAN = "After can, will, must and the like we use the base form of the verb, without to."
IRREGULAR = "This verb is irregular in the past."
NO_BE = "We do not put be before another verb in the present."
TAKES_DO = "A question with a verb in the present takes do."
TAKES_ING = "This verb is followed by the -ing form."
ING_AFTER = "After a preposition we use the -ing form."
PURPOSE = "Why we do something is told with to and the base form."
ALL_I_CAN = r"\b(?:all|everything|anything|whatever|what|much|as|best|place|thing|more|most|than|how)\b"

AUXILIARIES = (
    pattern("<aux:did not|didn't> <often:OFTEN><v:PAST>", "{aux} {often} {v.base}", FORM, AFTER_DID),
    pattern("did <who:WHO> <v:PAST|WITH_S>", "did {who} {v.base}", FORM, AFTER_DID),
    pattern(
        "<AND_START>«<who:WHO> did <v:CLEAR_PAST>»",
        "{who} {v.past}",
        FORM,
        "The past is told once: saw, not did saw.",
    ),
    pattern(
        "<have:have|has> been (?!have\\b)<v:NOT_NOUN|study|live|work>",
        "{have} been {v.ing}",
        FORM,
        "After have been we use the -ing form.",
    ),
    pattern(
        "<dont:don't|doesn't|didn't|can't> <v:know|have|see|want|say|eat|like|need|understand|do|buy|"
        "remember|hear> "
        "<no:nothing|nobody|no(?! one| idea)>",
        "{dont} {v} {no.any}",
        FORM,
        "One negative word is enough in a sentence.",
    ),
    pattern("did <who:OWN> <person:PERSON> <v:PAST|WITH_S>", "did {who} {person} {v.base}", FORM, AFTER_DID),
    pattern(
        "<aux:do not|don't|does not|doesn't> <v:CLEAR_PAST|WITH_S>",
        "{aux} {v.base}",
        FORM,
        AFTER_DOES,
        unless=r"\b(?:who|what) do(?:es)?n't\b",
    ),
    pattern("<QUESTION>«(?:do|does) <who:WHO> <v:CLEAR_PAST|WITH_S>»", "{who.does} {who} {v.base}", FORM, AFTER_DOES),
    pattern(
        "<QUESTION>«does <who:OWN> <person:PERSON> <v:CLEAR_PAST|WITH_S>»",
        "does {who} {person} {v.base}",
        FORM,
        AFTER_DOES,
    ),
    pattern(
        r"<who:WHO> <can:MODAL> <not:(?:not )?>(?!needs\b)<v:CLEAR_PAST|WITH_S>",
        "{who} {can} {not} {v.base}",
        FORM,
        AFTER_CAN,
    ),
    pattern(
        "<want:wants?|wanted|needs?|needed|have|has|had|going|decided|tried> to <v:CLEAR_PAST>",
        "{want} to {v.base}",
        FORM,
        "After to we use the base form of the verb.",
    ),
    pattern("<have:have|has|had> <v:OVERREGULAR>", "{have} {v.participle}", FORM, IRREGULAR),
    pattern(
        r"(?<!\bdidn't )(?<!\bdid not )(?<!\bhave )(?<!\bhas )(?<!\bhad )<v:OVERREGULAR>",
        "{v.past}",
        FORM,
        IRREGULAR,
    ),
    pattern(
        "<AND_START>«<who:WHO|<OWN> <PERSON>><have: have| has| had|'ve><never:(?: never| always| already| just)?> "
        "<v:CLEAR_PAST>»",
        "{who}{have}{never} {v.participle}",
        FORM,
        "After have we use the past participle.",
    ),
    pattern(
        r"(?<!\ba )<can:must|should|might|mustn't|shouldn't|couldn't|can't|cannot|won't> to <v:VERB>",
        "{can} {v}",
        FORM,
        AFTER_CAN,
        unless=ALL_I_CAN,
    ),
    pattern("<who:WHO> <can:can|could|will|would> to <v:VERB>", "{who} {can} {v}", FORM, AFTER_CAN, unless=ALL_I_CAN),
    pattern(
        "<can:will|would|must|should> can",
        "{can} be able to",
        FORM,
        "Two of will, can and must cannot stand together: will be able to.",
    ),
)

BEINGS = (
    pattern(
        "<who:PLURAL_WHO><AM><no:(?: not)?> agree",
        "{who} {no.dont} agree",
        FORM,
        "Agree is a verb, so it needs no form of be: I agree.",
    ),
    pattern("are <who:you|we|they> agree", "do {who} agree", FORM, "Agree is a verb: do you agree?"),
    pattern("<who:PLURAL_WHO><AM><no:(?: not)?> <v:NOT_NOUN|want|need>", "{who} {no.dont} {v}", FORM, NO_BE),
    pattern(
        r"<who:i> am<no:(?: not)?> <v:work|live>(?= (?:in|at|with|for|near|here|as)\b)",
        "{who} {no.dont} {v}",
        FORM,
        NO_BE,
    ),
    pattern(
        r"<who:he|she> is <v:NOT_NOUN|work|live>(?= (?:in|at|with|for|near|here|as|to|a|the|my|his|her)\b)",
        "{who} {v.third}",
        FORM,
        NO_BE,
    ),
    pattern(
        r"are <who:you|they|we> <v:have|want|know|think|need|understand|speak|go|live(?= in\b)|believe|remember>",
        "do {who} {v}",
        FORM,
        TAKES_DO,
    ),
    pattern(
        "<START>«do <who:you|they|we> <v:are|can|must|should|will>»",
        "{v} {who}",
        FORM,
        "Be, can and the like make questions without do.",
    ),
    pattern(
        "<AND_START>«<who:PLURAL_WHO> (?:not|no) <v:NOT_NOUN|like|want|need|live|work>»",
        "{who} don't {v}",
        FORM,
        "A negative verb in the present takes don't.",
        unless=r"^(?:why|do|did|should|would|could|can|may|must)\b",
    ),
    pattern(
        "<AND_START>«<who:THIRD_WHO> (?:not|no) <v:NOT_NOUN|like|want|need|live|work>»",
        "{who} doesn't {v}",
        FORM,
        "A negative verb with he, she or it takes doesn't.",
        unless=HELPED,
    ),
    pattern(
        r"<AND_START>«<who:i|he|she|<OWN> <PERSON>>(?: am| is|'m)? born(?:ed)?»(?= (?:in|on|at)\b)",
        "{who} was born",
        FORM,
        "We say: I was born.",
    ),
    pattern("(?:it is|it's) depends?", "it depends", FORM, "Depend is a verb, so it needs no form of be."),
)

GOVERNED = (
    pattern(
        "<verb:(?<!did )(?:enjoy|enjoys|enjoyed|avoid|avoids|dislike|dislikes|suggest|suggests|"
        "finish|finished|miss|imagine|"
        "recommend)|(?<!was )(?<!is )(?<!been )(?:suggested|recommended)|can't stand|don't mind|"
        "would you mind> to <v:VERB>",
        "{verb} {v.ing}",
        FORM,
        TAKES_ING,
    ),
    pattern(
        "<look:look|looks|looked|looking> forward to <v:NOT_NOUN|be>",
        "{look} forward to {v.ing}",
        FORM,
        "After look forward to we use the -ing form.",
    ),
    pattern(
        r"<look:look|looks|looked|looking> forward to <v:visit|work|travel|play|start|talk|try|watch|read>"
        r"(?= (?:you|my|the|your|it|her|him|them|to|this|that|with|again|a)\b)",
        "{look} forward to {v.ing}",
        FORM,
        "After look forward to we use the -ing form.",
    ),
    pattern(
        r"<who:i am|i'm|we are|we're|get|got|getting> used to (?!have\b)<v:VERB>",
        "{who} used to {v.ing}",
        FORM,
        "After be used to and get used to we use the -ing form.",
    ),
    pattern(r"<before:(?<!day )before|after|without|instead of> to <v:VERB>", "{before} {v.ing}", FORM, ING_AFTER),
    pattern(
        "<of:interested in|good at|bad at|tired of|afraid of|think about|thinking about|without|"
        "instead of> <v:NOT_NOUN>",
        "{of} {v.ing}",
        FORM,
        ING_AFTER,
    ),
    pattern(
        r"<before:before|after> (?!have\b|find\b)<v:NOT_NOUN>(?= (?:to|the|a|my|home|dinner|lunch|breakfast)\b)",
        "{before} {v.ing}",
        FORM,
        ING_AFTER,
    ),
    pattern(
        r"<wanted:decided|decide|refused|promised|hoped|hope> <v:\w+ing>(?! (?:was|is|would)\b)",
        "{wanted} to {v.base}",
        FORM,
        "This verb is followed by to and the base form.",
    ),
    pattern(
        "<who:PLURAL_WHO> <so:(?:really |also |don't )?><like:like|love|hate|enjoy|prefer> <v:NOT_NOUN>",
        "{who} {so}{like} {v.ing}",
        FORM,
        "After like, love, hate and enjoy we use the -ing form.",
    ),
    pattern(
        "<made:make|makes|made|let|lets> <whom:OBJECT|you> to <v:VERB>",
        "{made} {whom} {v}",
        FORM,
        "After make and let with a person there is no to.",
    ),
    pattern(
        "<want:want|wants|wanted> that <who:WHO|<OWN> <PERSON>|people> <v:VERB|PAST|WITH_S>",
        "{want} {who.object} to {v.base}",
        FORM,
        "We want somebody to do something: want you to come.",
    ),
    pattern("for to <v:VERB>", "to {v}", FORM, PURPOSE, unless=r"\b(?:what|who|whom|which)\b.* for to\b"),
    pattern(
        r"for (?!give\b|get\b|go\b|find\b)<v:NOT_NOUN>(?= (?:a|an|the|my|some|more|to|english|spanish|"
        r"money|food|milk)\b)",
        "to {v}",
        FORM,
        PURPOSE,
    ),
    pattern(
        "<verb:feel|feels|felt> (?:myself|himself|herself)(?= (?:good|bad|better|happy|sad|well|"
        "tired|sick|alone|lonely))",
        "{verb}",
        FORM,
        "Feel needs no myself: I feel good.",
    ),
)

VERB_PATTERNS = (*AUXILIARIES, *BEINGS, *GOVERNED)
