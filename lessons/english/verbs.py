"""What learners of English say wrong with verbs."""

from lessons.english.forms import OVERREGULAR
from lessons.english.vocabulary import (
    ACTION,
    AND_START,
    BARE,
    CLEAR_PAST,
    MODAL,
    NOT_NOUNS,
    NUMBER,
    OWN,
    PARTICIPLE,
    PAST,
    PERSON,
    PLURAL_WHO,
    SPAN,
    START,
    STOP,
    THIRD_WHO,
    TIME,
    VERB,
    WHO,
    WITH_S,
    one_of,
)
from lessons.mistakes import MistakeType
from lessons.patterns import pattern

TENSE, FORM, AGREEMENT = MistakeType.TENSE, MistakeType.FORM, MistakeType.AGREEMENT
LAST = rf"(?:yesterday|last (?:night|{TIME})|(?:{NUMBER}|a|a few|many|several) {SPAN} ago)"
SINCE = rf"since (?:\d{{4}}|two thousand|nineteen|last {TIME}|{NUMBER} {SPAN}|a long time|(?:a|many) {SPAN}|i was)"
OVER = one_of(OVERREGULAR)
ADVERB = r"(?:(?:always|usually|often|never|sometimes|also|really|still|only) )?"
PLAIN = r"(?!(?:about|all|as|at|before|by|from|he|i|is|it|like|of|she|since|than|that|they|until|was|we|which|who|you)\b)"
HELPED = (
    r"\b(?:did|does|do|will|would|can|could|should|must|may|might|let|lets|let's|makes?|made|help\w*|see|saw|hear|"
    r"heard|watch|watched|suggest\w*|recommend\w*|insist\w*|demand\w*|request\w*|important|essential|necessary)\b"
)
POLITE = r"(?!(?:like|excuse|mind|follow|allow|please|prefer|give|tell|help|care|wait|come|just|be so)\b)"

TENSES = (
    pattern(
        rf"(?:{START}|(?<=\band ))(?P<said>(?P<who>{WHO})(?: am| are| is|'m|'re)? "
        rf"(?!(?:think|believe|feel|find|hear|hope|say|see|mean|remember)\b)(?P<v>{BARE}|{WITH_S}|\w+ing))"
        rf"(?=(?: {PLAIN}[\w']+){{0,5}} {SINCE}\b)",
        "{who} {who.have} {v.participle}",
        TENSE,
        "What began in the past and goes on now takes the present perfect.",
    ),
    pattern(
        rf"(?P<said>(?P<who>{WHO})(?: have| has|'ve) (?P<v>{PARTICIPLE}))(?=(?: {PLAIN}[\w']+){{0,3}} {LAST}{STOP})",
        "{who} {v.past}",
        TENSE,
        "With a finished time such as yesterday we use the simple past.",
    ),
    pattern(
        rf"(?P<said>(?:have|has) (?P<who>{WHO}) (?P<v>{PARTICIPLE}))(?=(?: {PLAIN}[\w']+){{0,3}} {LAST}{STOP})",
        "did {who} {v.base}",
        TENSE,
        "With a finished time such as yesterday we use the simple past.",
    ),
    pattern(
        rf"(?<!since )(?<!until )(?<!from )(?<!than )(?<!of ){LAST},? (?:and )?(?P<said>(?P<who>{WHO}) (?P<v>{ACTION}))",
        "{who} {v.past}",
        TENSE,
        "A finished time such as yesterday needs the past tense.",
    ),
    pattern(
        rf"{AND_START}(?P<said>(?P<who>{WHO}) (?P<v>{ACTION}))(?=(?: {PLAIN}[\w']+){{1,4}} {LAST}{STOP})",
        "{who} {v.past}",
        TENSE,
        "A finished time such as yesterday needs the past tense.",
    ),
    pattern(
        rf"{AND_START}(?P<said>if (?P<who>{WHO}) would have)(?=[^.?!]*\b(?:would|could|might)\b)",
        "if {who} had",
        TENSE,
        "We do not use would in the if-part: if I had.",
    ),
    pattern(
        rf"{AND_START}(?P<said>if (?P<who>{WHO}) (?:will|would) {POLITE}be)(?=[^.?!]*\b(?:would|could|might)\b)",
        "if {who} were",
        TENSE,
        "After if, an imagined situation takes the past tense: if I were.",
    ),
    pattern(
        rf"{AND_START}(?P<said>if (?P<who>{WHO}) (?:will|would) {POLITE}(?!have\b)(?P<v>{VERB}))"
        r"(?=[^.?!]*\b(?:would|could|might)\b)",
        "if {who} {v.past}",
        TENSE,
        "After if, an imagined situation takes the past tense.",
    ),
    pattern(
        rf"{AND_START}(?P<said>if (?P<who>{WHO}) will have)(?=[^.?!]*\b(?:would|could|might)\b)",
        "if {who} had",
        TENSE,
        "After if, an imagined situation takes the past tense: if I had.",
    ),
    pattern(
        rf"would (?:(?!know|wonder|ask|see|sure|remember|tell)\w+ ){{1,6}}"
        rf"(?P<said>if (?P<who>{WHO}) (?:will|would) {POLITE}(?!be\b)(?P<v>{VERB}))",
        "if {who} {v.past}",
        TENSE,
        "After if, an imagined situation takes the past tense.",
    ),
    pattern(
        rf"{AND_START}(?P<said>if (?P<who>{PLURAL_WHO}) will {POLITE}(?!be\b)(?P<v>{VERB}))"
        r"(?=[^.?!]*(?:\bwill|'ll|\bcan)\b)(?![^.?!]*\b(?:would|could|might)\b)",
        "if {who} {v}",
        TENSE,
        "After if we use the present tense for the future.",
    ),
    pattern(
        rf"{AND_START}(?P<said>if (?P<who>{THIRD_WHO}) will {POLITE}(?!be\b)(?P<v>{VERB}))"
        r"(?=[^.?!]*(?:\bwill|'ll|\bcan)\b)(?![^.?!]*\b(?:would|could|might)\b)",
        "if {who} {v.third}",
        TENSE,
        "After if we use the present tense for the future.",
    ),
)

FORMS = (
    pattern(
        rf"(?P<aux>did not|didn't) {ADVERB}(?P<v>{PAST})",
        "{aux} {v.base}",
        FORM,
        "After did we use the base form of the verb.",
    ),
    pattern(
        rf"did (?P<who>{WHO}|{OWN} {PERSON}) (?P<v>{PAST}|{WITH_S})",
        "did {who} {v.base}",
        FORM,
        "After did we use the base form of the verb.",
    ),
    pattern(
        rf"(?P<aux>do not|don't|does not|doesn't) (?P<v>{CLEAR_PAST}|{WITH_S})",
        "{aux} {v.base}",
        FORM,
        "After do and does we use the base form of the verb.",
    ),
    pattern(
        rf"(?P<aux>do|does) (?P<who>{WHO}|{OWN} {PERSON}) (?P<v>{CLEAR_PAST}|{WITH_S})",
        "{aux} {who} {v.base}",
        FORM,
        "After do and does we use the base form of the verb.",
    ),
    pattern(
        rf"(?P<who>{WHO}) (?P<can>{MODAL}) (?P<not>not )?(?P<v>{CLEAR_PAST}|{WITH_S})",
        "{who} {can} {not} {v.base}",
        FORM,
        "After can, will, must and the like we use the base form of the verb.",
    ),
    pattern(
        rf"(?P<want>wants?|wanted|needs?|needed|have|has|had|going|decided|tried) to (?P<v>{CLEAR_PAST})",
        "{want} to {v.base}",
        FORM,
        "After to we use the base form of the verb.",
    ),
    pattern(
        rf"(?:(?P<have>have|has|had) )?(?<!\bdidn't )(?<!\bdid not )(?P<v>{OVER})",
        "{have} {v.past}",
        FORM,
        "This verb is irregular in the past.",
        unless=rf"\b(?:have|has|had|'ve) {OVER}\b",
    ),
    pattern(
        rf"(?P<have>have|has|had) (?P<v>{OVER})",
        "{have} {v.participle}",
        FORM,
        "This verb is irregular in the past.",
    ),
    pattern(
        rf"{AND_START}(?P<said>(?P<who>(?:{WHO}|{OWN} {PERSON})(?: have| has| had|'ve)(?: never| always| already| just)?)"
        rf" (?P<v>{CLEAR_PAST}))",
        "{who} {v.participle}",
        FORM,
        "After have we use the past participle.",
    ),
    pattern(
        rf"(?P<who>{PLURAL_WHO})(?: am| are|'m|'re)(?P<no> not)? agree",
        "{who} {no.dont} agree",
        FORM,
        "Agree is a verb, so it needs no form of be: I agree.",
    ),
    pattern(
        r"are (?P<who>you|we|they) agree",
        "do {who} agree",
        FORM,
        "Agree is a verb, so the question takes do: do you agree?",
    ),
    pattern(
        rf"(?P<who>{PLURAL_WHO})(?: am| are|'m|'re)(?P<no> not)? (?P<v>{NOT_NOUNS}|want|need)",
        "{who} {no.dont} {v}",
        FORM,
        "We do not put be before another verb in the present.",
    ),
    pattern(
        r"(?P<who>i) am(?P<no> not)? (?P<v>work|live)(?= (?:in|at|with|for|near|here|as)\b)",
        "{who} {no.dont} {v}",
        FORM,
        "We do not put be before another verb in the present.",
    ),
    pattern(
        rf"(?P<who>he|she) is (?P<v>{NOT_NOUNS}|work|live)(?= (?:in|at|with|for|near|here|as|to|a|the|my|his|her)\b)",
        "{who} {v.third}",
        FORM,
        "We do not put be before another verb in the present.",
    ),
    pattern(
        rf"are (?P<who>you|they|we) (?P<v>have|want|know|think|need|understand|speak|go|live|believe|remember)",
        "do {who} {v}",
        FORM,
        "A question with a verb in the present takes do.",
    ),
    pattern(
        rf"do (?P<who>you|they|we) (?P<v>are|can|must|should|will)",
        "{v} {who}",
        FORM,
        "Be, can and the like make questions without do.",
    ),
    pattern(
        rf"{AND_START}(?P<said>(?P<who>{PLURAL_WHO}) (?:not|no) (?P<v>{NOT_NOUNS}|like|want|need|live|work))",
        "{who} don't {v}",
        FORM,
        "A negative verb in the present takes don't.",
        unless=r"^(?:why|do|did|should|would|could|can|may|must)\b",
    ),
    pattern(
        rf"{AND_START}(?P<said>(?P<who>{THIRD_WHO}) (?:not|no) (?P<v>{NOT_NOUNS}|like|want|need|live|work))",
        "{who} doesn't {v}",
        FORM,
        "A negative verb with he, she or it takes doesn't.",
        unless=HELPED,
    ),
    pattern(
        rf"(?P<can>(?:must|should|might|mustn't|shouldn't|couldn't|can't|cannot|won't)) to (?P<v>{VERB})",
        "{can} {v}",
        FORM,
        "After can, must, should and the like there is no to.",
        unless=r"\b(?:all|everything|anything|whatever|what|much|as|best|might to)\b",
    ),
    pattern(
        rf"(?P<who>{WHO}) (?P<can>can|could|will|would) to (?P<v>{VERB})",
        "{who} {can} {v}",
        FORM,
        "After can, will and the like there is no to.",
        unless=r"\b(?:all|everything|anything|whatever|what|much|as|best|place|thing|more|most|than|how)\b",
    ),
    pattern(
        r"(?P<can>will|would|must|should|might) can",
        "{can} be able to",
        FORM,
        "Two of will, can, must cannot stand together: will be able to.",
    ),
    pattern(
        rf"(?P<verb>(?<!did )(?:enjoy|enjoys|enjoyed|avoid|avoids|avoided|dislike|dislikes|suggest|suggests|suggested|"
        rf"finish|finished|miss|consider|considered|imagine|recommend|recommended)|can't stand|don't mind|would you mind)"
        rf" to (?P<v>{VERB})",
        "{verb} {v.ing}",
        FORM,
        "This verb is followed by the -ing form.",
    ),
    pattern(
        rf"(?P<look>look|looks|looked|looking) forward to (?P<v>{NOT_NOUNS}|be|(?:visit|work|travel|play|start|talk|talking|"
        r"try|watch|read)(?= (?:you|my|the|your|it|her|him|them|to|this|that|with|again|a)\b))",
        "{look} forward to {v.ing}",
        FORM,
        "After look forward to we use the -ing form.",
    ),
    pattern(
        rf"(?P<who>i am|i'm|we are|we're|get|got|getting) used to (?P<v>(?!have\b){VERB})",
        "{who} used to {v.ing}",
        FORM,
        "After be used to and get used to we use the -ing form.",
    ),
    pattern(
        rf"(?P<before>(?<!\bthe day )(?:before|after|without)|instead of) to (?P<v>{VERB})",
        "{before} {v.ing}",
        FORM,
        "After before, after, without and instead of we use the -ing form.",
    ),
    pattern(
        rf"(?P<before>(?:interested in|good at|bad at|tired of|afraid of|think about|thinking about|without|instead of))"
        rf" (?P<v>{NOT_NOUNS})",
        "{before} {v.ing}",
        FORM,
        "After a preposition we use the -ing form.",
    ),
    pattern(
        rf"(?P<before>before|after) (?P<v>(?!have\b|find\b){NOT_NOUNS})(?= (?:to|the|a|my|home|dinner|lunch|breakfast)\b)",
        "{before} {v.ing}",
        FORM,
        "After before and after we use the -ing form.",
    ),
    pattern(
        rf"(?P<wanted>(?:decided|decide|refused|promised|hoped|hope)) (?P<v>\w+ing)(?! (?:was|is|would)\b)",
        "{wanted} to {v.base}",
        FORM,
        "This verb is followed by to and the base form.",
    ),
    pattern(
        rf"(?P<who>{PLURAL_WHO}) (?P<like>(?:really |also |don't )?(?:like|love|hate|enjoy|prefer)) (?P<v>{NOT_NOUNS})",
        "{who} {like} {v.ing}",
        FORM,
        "After like, love, hate and enjoy we use the -ing form.",
    ),
    pattern(
        rf"(?P<made>make|makes|made|let|lets) (?P<who>me|him|her|us|them|you) to (?P<v>{VERB})",
        "{made} {who} {v}",
        FORM,
        "After make and let with a person there is no to.",
    ),
    pattern(
        rf"(?P<want>want|wants|wanted) that (?P<who>{WHO}|{OWN} {PERSON}|people) (?P<v>{VERB}|{PAST}|{WITH_S})",
        "{want} {who.object} to {v.base}",
        FORM,
        "We want somebody to do something: want you to come.",
    ),
    pattern(
        rf"for (?:to )(?P<v>{VERB})",
        "to {v}",
        FORM,
        "The reason why we do something is told with to and the base form.",
        unless=r"\b(?:what|who|whom|which)\b.* for to\b",
    ),
    pattern(
        rf"for (?P<v>(?!give\b|get\b|go\b|find\b){NOT_NOUNS})(?= (?:a|an|the|my|some|more|to|english|spanish|money|food|milk)\b)",
        "to {v}",
        FORM,
        "The reason why we do something is told with to and the base form.",
    ),
    pattern(
        rf"{AND_START}(?P<said>(?P<who>i|he|she|{OWN} {PERSON})(?: am| is|'m)? born)(?= (?:in|on|at)\b)",
        "{who} was born",
        FORM,
        "We say: I was born.",
    ),
    pattern(
        r"(?:it is|it's) depends?",
        "it depends",
        FORM,
        "Depend is a verb, so it needs no form of be: it depends.",
    ),
    pattern(
        r"(?P<verb>feel|feels|felt) (?:myself|himself|herself) (?=good|bad|better|happy|sad|well|tired|sick|alone|lonely)",
        "{verb}",
        FORM,
        "Feel needs no myself: I feel good.",
    ),
)

AGREEMENTS = (
    pattern(
        r"(?<!of )(?P<who>we|they|you) was",
        "{who} were",
        AGREEMENT,
        "We, you and they take were.",
    ),
    pattern(
        rf"{START}(?P<said>(?P<who>we|they|you) is)",
        "{who} are",
        AGREEMENT,
        "We, you and they take are.",
    ),
    pattern(
        rf"{START}(?P<said>(?P<who>he|she|it) are)",
        "{who} is",
        AGREEMENT,
        "He, she and it take is.",
    ),
    pattern(
        rf"(?P<who>{THIRD_WHO}|(?<!and ){OWN} {PERSON}) don't",
        "{who} doesn't",
        AGREEMENT,
        "He, she and it take doesn't.",
    ),
    pattern(
        rf"{AND_START}(?P<said>(?P<who>{THIRD_WHO}) (?P<often>{ADVERB})(?P<v>{BARE}))(?! (?:and|or) (?:he|she)\b)",
        "{who} {often} {v.third}",
        AGREEMENT,
        "With he, she and it the verb takes an s.",
        unless=HELPED,
    ),
    pattern(
        rf"{START}(?P<said>(?P<who>{OWN} {PERSON}) (?P<often>{ADVERB})(?P<v>{BARE}))(?! (?:is|was|are|and|has|had)\b)",
        "{who} {often} {v.third}",
        AGREEMENT,
        "With one person (he or she) the verb takes an s.",
        unless=HELPED,
    ),
    pattern(
        rf"{START}(?P<said>(?P<people>(?:the |these |many |some |most )?people) (?P<v>is|was|has|doesn't|{WITH_S}))",
        "{people} {v.plural_verb}",
        AGREEMENT,
        "People is plural: people are.",
    ),
    pattern(
        rf"{AND_START}(?P<said>(?P<one>everybody|everyone|nobody|somebody|someone) (?P<v>are|were|have|don't))",
        "{one} {v.singular_verb}",
        AGREEMENT,
        "Everybody, nobody and somebody are singular.",
        unless=HELPED.replace("do|", ""),
    ),
    pattern(
        rf"there (?P<v>is|was) (?P<many>many(?! an? )|several|two|three|four|five|six|ten|a lot of people|lots of people)",
        "there {v.plural_verb} {many}",
        AGREEMENT,
        "Before a plural we say there are.",
    ),
)

VERBS = (*TENSES, *FORMS, *AGREEMENTS)
