from lessons.transcript import Speaker, Utterance, Word, in_order, pieces


def utterance(text: str, start: float = 0.0, speaker: Speaker = Speaker.TUTOR) -> Utterance:
    words = [Word(word, start + n, start + n + 0.5, 0.5) for n, word in enumerate(text.split())]
    return Utterance(speaker, tuple(words))


def test_utterances_come_in_order_of_time_and_empty_ones_are_left_out() -> None:
    late, early, empty = utterance("b", 5), utterance("a", 1), Utterance(Speaker.TUTOR, ())
    assert in_order([late, empty, early]).utterances == (early, late)


def test_sentences_end_at_full_stops_but_not_after_titles() -> None:
    said = utterance("Mr. Smith came. “Really?” Yes")
    assert [" ".join(word.text for word in words) for words in said.sentences] == [
        "Mr. Smith came.",
        "“Really?”",
        "Yes",
    ]


def test_a_bare_word_has_no_marks_and_no_capitals() -> None:
    assert [Word(text, 0, 1, 1).bare for text in ["Hello,", "don’t!", "¿Qué?", "..."]] == [
        "hello",
        "don't",
        "qué",
        "",
    ]


def test_pieces_keep_every_item() -> None:
    assert pieces([1, 2, 4, 5, 9], lambda before, after: after - before > 1) == [(1, 2), (4, 5), (9,)]
    assert pieces([], lambda before, after: True) == []
