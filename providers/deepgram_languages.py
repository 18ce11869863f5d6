"""Which languages Deepgram is told to expect.

Source: https://developers.deepgram.com/docs/models-languages-overview, October 2026.
"""

import re
from typing import Any

from lessons.errors import UnsupportedLanguage, slug
from lessons.languages import LanguagePair

NOVA_3 = ("nova-3", "nova-3-general")

MIXED = frozenset(
    re.findall(
        r"\w+",
        "af ar be bg bn bs ca cs da de el en es et fa fi fr gl gu he hi hr hu id it ja kn ko lt lv mk mr ms nl no pl pt"
        " ro ru sk sl sr sv ta te th tl tr uk vi xh zh zu",
    )
)
"""What nova-3 understands of people who switch languages in mid-sentence."""

ALONE = MIXED - {"gl", "gu", "xh", "zu"} | {"hy", "ka", "kk", "ne", "pa", "ur"}
"""What nova-3 understands of people who speak this language and no other."""


def languages_for(model: str, languages: LanguagePair) -> dict[str, Any]:
    """The options that name the languages: both where they may be mixed, else the one that is learnt.

    Detection, which picks one language for all that a person says, is left to models whose languages are not known
    here. Raises UnsupportedLanguage.
    """
    target, native = languages.target, languages.native
    if model not in NOVA_3:
        return {"detect_language": True} if native not in ("", target) else {"language": target}
    if target not in MIXED | ALONE:
        raise UnsupportedLanguage(slug(target))
    if target in MIXED and native in MIXED - {target}:
        return {"language": "multi", "language_hint": [target, native]}
    if target in ALONE:
        return {"language": target}
    return {"language": "multi", "language_hint": [target]}
