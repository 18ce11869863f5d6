from lessons.keyterms import MOST, ROOM, fitting, weight


def test_the_first_terms_that_there_is_room_for_are_taken() -> None:
    terms = [f"present perfect {at}" for at in range(200)]
    taken = fitting(terms)
    assert taken == terms[: len(taken)]
    assert sum(map(weight, taken)) <= ROOM < sum(map(weight, terms[: len(taken) + 1]))


def test_of_short_terms_so_many_are_taken_and_no_more() -> None:
    assert len(fitting(["a"] * 200)) == MOST


def test_letters_of_other_alphabets_weigh_more() -> None:
    assert weight("lesson") < weight("урокам") < weight("レッスンです")
