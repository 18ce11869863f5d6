"""The forms of English words that learners mix up, for the verbs, adjectives and nouns of everyday talk."""

import re

IRREGULAR = """
be was been; become became become; begin began begun; bite bit bitten; blow blew blown; break broke broken;
bring brought brought; build built built; buy bought bought; catch caught caught; choose chose chosen; come
came come; cost cost cost; cut cut cut; dig dug dug; do did done; draw drew drawn; drink drank drunk; drive
drove driven; eat ate eaten; fall fell fallen; feel felt felt; fight fought fought; find found found; fly
flew flown; forget forgot forgotten; forgive forgave forgiven; freeze froze frozen; get got got; give gave
given; go went gone; grow grew grown; have had had; hear heard heard; hide hid hidden; hit hit hit; hold
held held; hurt hurt hurt; keep kept kept; know knew known; leave left left; lend lent lent; let let let;
lose lost lost; make made made; mean meant meant; meet met met; pay paid paid; put put put; read read read;
ride rode ridden; ring rang rung; rise rose risen; run ran run; say said said; see saw seen; sell sold sold;
send sent sent; set set set; shake shook shaken; shoot shot shot; show showed shown; shut shut shut; sing
sang sung; sit sat sat; sleep slept slept; speak spoke spoken; spend spent spent; stand stood stood; steal
stole stolen; swim swam swum; take took taken; teach taught taught; tell told told; think thought thought;
throw threw thrown; understand understood understood; wake woke woken; wear wore worn; win won won; write
wrote written
"""
REGULAR = """
agree answer argue arrive ask believe belong borrow call carry change check clean climb close collect
communicate compare complain contact continue create develop cook cry dance decide describe die discuss
dream dress drop enjoy enter explain fail finish fix follow happen hate help hope hug hurry improve invite
join joke jump kill kiss learn like listen live look love manage marry miss move need notice offer open
order paint park pass phone plan play practise practice prefer prepare promise pull push receive relax
remember rent repair repeat rest return save seem share shop smile smoke start stay stop study suggest surf
talk taste touch train translate travel try turn understand use visit wait walk want wash watch wish work
worry
"""
TWO_SYLLABLES_DOUBLED = frozenset({"begin", "forget", "prefer", "travel"})
IRREGULAR_COMPARISON = {"good": ("better", "best"), "bad": ("worse", "worst"), "far": ("further", "furthest")}
IRREGULAR_PLURALS = {
    "child": "children",
    "foot": "feet",
    "man": "men",
    "mouse": "mice",
    "person": "people",
    "tooth": "teeth",
    "woman": "women",
}
OBJECTS = {"i": "me", "he": "him", "she": "her", "we": "us", "they": "them"}
UNCHANGED_PLURALS = frozenset({"children", "sheep"})
PLURAL_VERBS = {"is": "are", "was": "were", "has": "have", "doesn't": "don't"}
SINGULAR_VERBS = {plural: singular for singular, plural in PLURAL_VERBS.items()}

PAST_FORMS = {line.split()[0]: line.split()[1:] for line in IRREGULAR.split(";")}
VERBS = frozenset({*PAST_FORMS, *REGULAR.split()})


def doubled(word: str) -> bool:
    return bool(re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", word)) or word in TWO_SYLLABLES_DOUBLED


def with_s(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(s|x|z|ch|sh|[^aeiou]o)$", word) else "s")


def with_ed(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ied"
    return word + ("d" if word.endswith("e") else word[-1] + "ed" if doubled(word) else "ed")


def with_ing(word: str) -> str:
    if word.endswith("ie"):
        return word[:-2] + "ying"
    if re.search(r"[^aeiou]e$|ue$", word):
        return ("be" if word == "be" else word[:-1]) + "ing"
    return word + (word[-1] if doubled(word) else "") + "ing"


def third_person(verb: str) -> str:
    return {"be": "is", "have": "has"}.get(verb) or with_s(verb)


def forms_of(verb: str) -> list[str]:
    """Base form, third person, past, participle and -ing form."""
    past, *participle = PAST_FORMS.get(verb, [with_ed(verb)])
    return [verb, third_person(verb), past, *(participle or [past]), with_ing(verb)]


BASES = {form: verb for verb in sorted(VERBS) for form in forms_of(verb)} | {verb: verb for verb in VERBS}
REAL_WORDS = frozenset(
    {"bed", "bited", "comed", "costed", "flied", "payed", "putted", "ringed", "seed", "singed", "waked"}
)
OVERREGULAR = {
    with_ed(verb): verb
    for verb, (past, _) in PAST_FORMS.items()
    if with_ed(verb) != past and with_ed(verb) not in REAL_WORDS
}


class Form(str):
    """A word as it was said, with the other forms of it; one that is not known raises LookupError.

    `f"{Form('said'):tell}"` is the same form of another verb: told.
    """

    __slots__ = ()

    def __format__(self, verb: str) -> str:
        if not verb:
            return str(self)
        return forms_of(verb)[forms_of(self.base).index(self.lower())]

    @property
    def base(self) -> str:
        word = self.lower()
        return OVERREGULAR.get(word) or BASES[word]

    @property
    def third(self) -> str:
        return forms_of(self.base)[1]

    @property
    def past(self) -> str:
        return forms_of(self.base)[2]

    @property
    def participle(self) -> str:
        return forms_of(self.base)[3]

    @property
    def ing(self) -> str:
        return forms_of(self.base)[4]

    @property
    def plural(self) -> str:
        """The plural of a noun, also of one whose plural was said wrong."""
        singular = self.lower().removesuffix("s")
        return IRREGULAR_PLURALS.get(singular) or (singular if singular in UNCHANGED_PLURALS else with_s(self))

    @property
    def singular(self) -> str:
        return self[:-1]

    @property
    def comparative(self) -> str:
        return compared(self.lower(), "er", 0)

    @property
    def superlative(self) -> str:
        return compared(self.lower(), "est", 1)

    @property
    def felt(self) -> str:
        """What a person is who finds something exciting: excited."""
        stem = self.lower().removesuffix("ing")
        return f"{stem[:-1]}ied" if stem.endswith("y") else f"{stem}ed"

    @property
    def causing(self) -> str:
        return self.lower().removesuffix("ed") + "ing"

    @property
    def object(self) -> str:
        return OBJECTS.get(self.lower(), self)

    @property
    def be(self) -> str:
        return {"i": "am", "you": "are", "we": "are", "they": "are"}.get(self.lower(), "is")

    @property
    def was(self) -> str:
        return "were" if self.lower() in {"you", "we", "they"} else "was"

    @property
    def have(self) -> str:
        return "have" if self.lower() in {"i", "you", "we", "they"} else "has"

    @property
    def does(self) -> str:
        return "do" if self.lower() in {"i", "you", "we", "they"} else "does"

    @property
    def dont(self) -> str:
        return "don't" if self else ""

    @property
    def any(self) -> str:
        return {"nothing": "anything", "nobody": "anybody"}.get(self.lower(), "any")

    @property
    def plural_verb(self) -> str:
        return PLURAL_VERBS.get(self.lower()) or self.base

    @property
    def singular_verb(self) -> str:
        return SINGULAR_VERBS.get(self.lower(), self)

    @property
    def article(self) -> str:
        return "an" if self[:1].lower() in {"a", "e", "i", "o"} else "a"


def compared(adjective: str, ending: str, place: int) -> str:
    if adjective in IRREGULAR_COMPARISON:
        return IRREGULAR_COMPARISON[adjective][place]
    if adjective.endswith("y"):
        return f"{adjective[:-1]}i{ending}"
    stem = adjective + adjective[-1] if doubled(adjective) else adjective.removesuffix("e")
    return stem + ending
