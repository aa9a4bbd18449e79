"""Floor and product in turn, five rounds, the median of the rounds' ratios.

A machine is never quite still, so a ratio within a round says more than a figure. When the floor's
own figures lie further apart than a quarter of their median, the run is void and made again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

ROUNDS = 5
SPREAD = 0.25


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    `runs` until one is not void, of so many `rounds`; a round sends so many answers (`sent`), reads
    for so many `seconds`, follows so many events to their effect and drains so many of an outbox.
    So many partners have `answered` the call; what the first call needs is not added to for few.
    `warm` has both sides work once before they are measured.
    """

    runs: int
    sent: int
    seconds: float
    events: int
    drained: int
    rounds: int = ROUNDS
    answered: int = 12
    warm: bool = True

    @property
    def many(self) -> int:
        """How many answers must wait to be sent; one round more warms both sides."""
        return self.sent * (self.rounds * self.runs + 1)


FULL = Effort(runs=2, sent=250, seconds=3.0, events=200, drained=20_000)
QUICK = Effort(runs=1, sent=60, seconds=0.5, events=40, drained=4_000, rounds=3)
LEAST = Effort(runs=1, sent=4, seconds=0.1, events=3, drained=500, rounds=1, answered=1, warm=False)
"""Enough to see that every measure can be taken; its figures say nothing."""


@dataclass(frozen=True)
class Figure:
    """One side of one round: the figure that is compared, and others worth a word."""

    value: float
    more: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a measure: the rounds of its last run, and how many runs were void before."""

    rounds: list[tuple[Figure, Figure]]
    void_before: int

    @property
    def ratio(self) -> float:
        """The median of product by floor."""
        return median(product.value / floor.value for floor, product in self.rounds)

    @property
    def floor(self) -> float:
        """The floor's median."""
        return median(floor.value for floor, _ in self.rounds)

    @property
    def product(self) -> float:
        """The product's median."""
        return median(product.value for _, product in self.rounds)

    def more(self, name: str) -> tuple[float, float]:
        """Return the medians of another figure, floor and product."""
        return (
            median(floor.more[name] for floor, _ in self.rounds),
            median(product.more[name] for _, product in self.rounds),
        )

    def of(self, name: str) -> "Outcome":
        """Return the same rounds, compared by another figure."""
        rounds = [
            (Figure(floor.more[name]), Figure(product.more[name])) for floor, product in self.rounds
        ]
        return Outcome(rounds, self.void_before)

    @property
    def spread(self) -> float:
        """How far apart the floor's figures lie, by their median."""
        values = [floor.value for floor, _ in self.rounds]
        return (max(values) - min(values)) / median(values)

    @property
    def is_void(self) -> bool:
        """Say whether the machine was too restless to tell."""
        return self.spread > SPREAD


Side = Callable[[], Figure]


def alternate(floor: Side, product: Side, say: Callable[[str], None], effort: Effort) -> Outcome:
    """Measure both sides in turn; again while the floor spreads too far, so many runs at most."""
    if effort.warm:
        floor()
        product()
    for run in range(effort.runs):
        rounds = []
        for _ in range(effort.rounds):
            pair = (floor(), product())
            rounds.append(pair)
            say(f"  floor {pair[0].value:.4g}, product {pair[1].value:.4g}")
        outcome = Outcome(rounds, run)
        if not outcome.is_void:
            break
        say(f"  void: the floor spreads over {outcome.spread:.0%}")
    return outcome
