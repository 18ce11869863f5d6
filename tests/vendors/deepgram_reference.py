"""What Deepgram's reference lets a question to /v1/listen hold.

Sources: https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded, /docs/keyterm,
/docs/models-languages-overview and /docs/nova-3-language-prompting, October 2026.
"""

import re
from collections.abc import Mapping, Sequence

PARAMETERS = frozenset(
    re.findall(
        r"\w+",
        "callback callback_method custom_intent custom_intent_mode custom_topic custom_topic_mode detect_entities"
        " detect_language diarize diarize_model dictation encoding extra filler_words intents keyterm keywords language"
        " language_hint measurements mip_opt_out model multichannel numerals paragraphs profanity_filter punctuate"
        " redact replace search sentiment smart_format summarize tag topics utt_split utterances version",
    )
)
NOVA_2 = frozenset(
    re.findall(
        r"[\w-]+",
        "bg ca cs da da-DK de de-CH el en en-AU en-GB en-IN en-NZ en-US es es-419 et fi fr fr-CA hi hu id it ja ko"
        " ko-KR lt lv ms multi nl nl-BE no pl pt pt-BR pt-PT ro ru sk sv sv-SE th th-TH tr uk vi zh zh-CN zh-HK"
        " zh-Hans zh-Hant zh-TW",
    )
)
NOVA_3 = NOVA_2 | frozenset(re.findall(r"\w+", "af ar be bn bs fa he hr hy ka kk kn mk mr ne pa sl sr ta te tl ur"))
HINTS = frozenset(
    re.findall(
        r"\w+",
        "af ar be bg bn bs ca cs da de el en es et fa fi fr gl gu he hi hr hu id it ja kn ko lt lv mk mr ms nl no pl pt"
        " ro ru sk sl sr sv ta te th tl tr uk vi xh zh zu",
    )
)
LANGUAGES: Mapping[str, frozenset[str]] = {"nova-2": NOVA_2, "nova-3": NOVA_3, "nova-3-general": NOVA_3}

TERMS, TOKENS = 100, 500

BAD_PARAMETER = "INVALID_QUERY_PARAMETER"
NO_MODEL = "Bad Request", "Bad Request: No such model/language/tier combination found."
TOO_MANY_TERMS = (
    "Bad Request",
    f"Keyterm limit exceeded. The maximum number of tokens across all keyterms is {TOKENS}.",
)


def complaint(query: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The code and sentence with which a question is refused, or None."""
    named = {name: [value for other, value in query if other == name] for name, _ in query}
    model, languages = named.get("model", ["base"])[0], named.get("language", [])
    if unknown := named.keys() - PARAMETERS:
        return BAD_PARAMETER, f"Unknown parameter {min(unknown)}."
    if model in LANGUAGES and not {*languages} <= LANGUAGES[model]:
        return NO_MODEL
    if not {*named.get("language_hint", [])} <= (HINTS if "multi" in languages else frozenset()):
        return BAD_PARAMETER, "language_hint does not go with this language."
    terms = named.get("keyterm", [])
    if terms and not model.startswith("nova-3"):
        return BAD_PARAMETER, "keyterm is only supported for Nova-3 and Flux."
    if len(terms) > TERMS or sum(map(tokens, terms)) > TOKENS:
        return TOO_MANY_TERMS
    return None


def tokens(term: str) -> int:
    """More than the vendor, who does not say how it counts, was seen to count for words of any alphabet."""
    return 1 + -(-len(term.encode()) * 2 // 5)
