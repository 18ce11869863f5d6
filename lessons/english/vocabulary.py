"""Groups of English words that the patterns are made of, as regular expressions."""

from collections.abc import Iterable

from lessons.english.forms import OVERREGULAR, PAST_FORMS, VERBS, third_person, with_ed


def one_of(words: str | Iterable[str]) -> str:
    listed = words.split() if isinstance(words, str) else words
    return "(?:" + "|".join(sorted(listed, key=lambda word: (-len(word), word))) + ")"


WHO = one_of("i you he she it we they")
PLURAL_WHO = one_of("i you we they")
THIRD_WHO = one_of("he she it")
OWN = one_of("my your his her our their")
PERSON = one_of(
    "aunt boss boyfriend brother colleague cousin dad daughter father friend girlfriend grandfather grandmother "
    "husband manager mom mother mum neighbour nephew niece roommate sister son teacher uncle wife"
)
THING = one_of(
    "book car cat child city company country day dog exam exercise flat hotel hour house job language lesson "
    "minute mistake month movie person photo place problem question sentence sister brother student teacher thing "
    "town village week word year"
)
NUMBER = (
    r"(?:\d+|" + one_of("two three four five six seven eight nine ten eleven twelve fifteen twenty thirty") + ")"
)
OLD_ENOUGH = (
    r"(?:[1-9]\d|(?:twenty|thirty|forty|fifty|sixty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|"
    + one_of("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
    + ")"
)
SPAN = one_of("years? months? weeks? days? hours? minutes?")
DAY = one_of("monday tuesday wednesday thursday friday saturday sunday")
MONTH = one_of(
    "january february march april may june july august september october november december"
)
TIME = rf"(?:week|month|year|weekend|summer|winter|spring|autumn|{DAY}|{MONTH})"
LANGUAGE = one_of("english spanish french german italian portuguese chinese japanese russian arabic")
COUNTRY = one_of(
    "argentina brazil canada chile china colombia england france germany ireland italy japan mexico morocco peru "
    "poland portugal russia scotland spain sweden switzerland turkey ukraine"
)
MODAL = one_of("can could will would should must may might shall can't cannot couldn't won't wouldn't shouldn't")

START = (
    r"(?:^|(?<=[,;:.!?…] )|(?<=\bbut )|(?<=\bbecause )|(?<=\bso )|(?<=\bwhen )|(?<=\bthen )"
    r"|(?<=\byes )|(?<=\bno )|(?<=\bwell )|(?<=\bokay ))"
)
AND_START = rf"(?:{START}|(?<=\band ))"
END = r"(?=[.,;:!?…]|$| (?:and|but|because|or|so|when|every|with|in|at|on|for|from|yesterday|today|now)\b)"
STOP = r"(?=[.,;:!?…]|$| (?:and|but|because|or|so)\b)"

VERB = one_of(VERBS)
UNCHANGED = frozenset(verb for verb, (past, _) in PAST_FORMS.items() if past == verb) | {"be"}
BARE = one_of(VERBS - UNCHANGED)
NOT_NOUNS = one_of(
    "arrive ask begin believe bring buy carry choose collect complain decide describe discuss eat enjoy enter explain "
    "find follow forget get give go grow happen have hear improve join know learn lend listen lose make marry meet "
    "prepare relax remember see sell send sing sit speak spend take teach tell think understand wear write"
)
ACTION = one_of(
    "arrive ask begin bring buy call clean come cook dance drink drive eat find finish get give go have "
    "learn listen look lose make meet open pay play see sell send sleep speak spend start stay study swim take "
    "talk tell travel visit wait wake walk wash watch wear work write"
)
IRREGULAR_PASTS = {past: verb for verb, (past, _) in PAST_FORMS.items() if past != verb} | OVERREGULAR
AMBIGUOUS_PASTS = frozenset({"was", "found", "fell", "used", "showed"})
PAST = one_of(
    ({*IRREGULAR_PASTS} | {with_ed(verb) for verb in VERBS - PAST_FORMS.keys()}) - AMBIGUOUS_PASTS
)
CLEAR_PAST = one_of(
    ({past for verb, (past, done) in PAST_FORMS.items() if past not in {verb, done}} | {*OVERREGULAR})
    - AMBIGUOUS_PASTS
    - {"forgot", "bit", "hid"}
)
PARTICIPLE = one_of({PAST_FORMS.get(verb, [with_ed(verb)])[-1] for verb in VERBS - {"be"}})
WITH_S = one_of(third_person(verb) for verb in VERBS - {"be"})
