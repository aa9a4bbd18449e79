"""What cannot change is read once, and only then."""

from itertools import count

from shared.database.kept import Kept


def test_a_settled_value_is_made_once() -> None:
    kept, numbers = Kept[str, int](most=2), count(1)

    assert [kept.get("a", lambda: next(numbers), settled=True) for _ in range(3)] == [1, 1, 1]


def test_what_may_still_change_is_made_each_time_and_not_kept() -> None:
    kept, numbers = Kept[str, int](most=2), count(1)

    assert [kept.get("a", lambda: next(numbers), settled=False) for _ in range(2)] == [1, 2]
    assert kept.get("a", lambda: next(numbers), settled=True) == 3
    assert kept.get("a", lambda: next(numbers), settled=False) == 4


def test_the_longest_unused_goes_first() -> None:
    kept, made = Kept[str, str](most=2), list[str]()

    def ask(key: str) -> str:
        def make() -> str:
            made.append(key)
            return key

        return kept.get(key, make, settled=True)

    for key in ("a", "b", "a", "c", "a", "b"):
        assert ask(key) == key
    assert made == ["a", "b", "c", "b"]
