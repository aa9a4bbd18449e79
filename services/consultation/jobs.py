"""What the clock starts in consultation: rows of the due table by kind, and jobs by interval."""

from shared.runtime import Due, Job

JOBS: list[Job] = [
    # -- calls --
    # -- submissions --
    # -- analysis --
    # -- publication --
    # -- reports --
]
DUE: dict[str, Due] = {
    # -- calls --
    # -- submissions --
    # -- analysis --
    # -- publication --
    # -- reports --
}
