"""Each kind of change to an event, and whether it is refused."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, create_model

from shared.contracts.envelope import Contract
from tools import snapshots
from tools.compatibility import faults, gone, lost, unjudged, unreadable
from tools.snapshots import Incompatible, schema_of

KIND = "roundtable.consultation.meeting-held.v1"


class Place(Contract):
    """Where: a value inside the event."""

    country: str
    room: str = ""


FORM: dict[str, Any] = {
    "at": datetime,
    "by": UUID,
    "present": int,
    "share": float,
    "mood": Literal["calm", "cross"],
    "titles": dict[str, str],
    "tags": list[str],
    "note": (str, ""),
    "seconded_by": (UUID | None, None),
    "subject": Annotated[str, Field(max_length=80)],
    "place": Place,
}


def form(*without: str, **fields: Any) -> dict[str, Any]:
    """The schema of the event, with other fields instead."""
    kept = {name: one for name, one in FORM.items() if name not in without}
    return schema_of(create_model("Meeting", __base__=Contract, **(kept | fields)))


def place(**fields: Any) -> type[BaseModel]:
    known: dict[str, Any] = {"country": str, "room": (str, "")}
    return create_model("Place", __base__=Contract, **(known | fields))


TODAY = form()
FIELDS: dict[str, Any] = TODAY["properties"]

BREAKS_READERS_OF_TODAY = {
    "a new field that is required": form(chair=UUID),
    "a new required field inside a value": form(place=place(floor=int)),
    "another type": form(present=str),
    "a narrower type: a whole number": form(share=int),
    "a narrower type: null no longer": form(seconded_by=UUID),
    "a narrower type: shorter text": form(subject=Annotated[str, Field(max_length=40)]),
    "a narrower type: a list that is not empty": form(
        tags=Annotated[list[str], Field(min_length=1)]
    ),
    "a narrower type: other things in a list": form(tags=list[int]),
    "a narrower type: a smallest number": form(present=Annotated[int, Field(ge=1)]),
    "a narrower type: a pattern": form(note=(Annotated[str, Field(pattern="^[a-z]+$")], "")),
    "a list in place of one": form(by=list[UUID]),
    "a value removed from a list of values": form(mood=Literal["calm"]),
    "a field that becomes a list of values": form(note=(Literal["", "short"], "")),
    "another format: a day for an instant": form(at=date),
    "another format: an id for text": form(note=(UUID | None, None)),
    "another format inside a value": form(place=place(country=UUID)),
    "another format inside a list": form(tags=list[UUID]),
    "a format lost: text for an id": form(by=str),
    "narrower keys: ids": form(titles=dict[UUID, str]),
    "narrower keys: two letters": form(
        titles=dict[Annotated[str, Field(pattern="^[a-z]{2}$")], str]
    ),
    "narrower keys: a list of them": form(titles=dict[Literal["en", "fr"], str]),
}
BREAKS_READERS_OF_YESTERDAY = {
    "a required field removed": form("present"),
    "an optional field removed": form("seconded_by"),
    "a field removed inside a value": form(place=create_model("P", __base__=Contract, country=str)),
    "a field renamed": form("present", attending=(int, 0)),
    "a wider type: any number": form(present=float),
    "a wider type: null as well": form(tags=list[str] | None),
    "a wider type: longer text": form(subject=Annotated[str, Field(max_length=120)]),
    "wider keys": form(titles=dict[str, str | int]),
}
HARMLESS = {
    "nothing": form(),
    "a new field with a default": form(chair=(UUID | None, None)),
    "a new list with a default": form(guests=(list[UUID], [])),
    "a new field with a default inside a value": form(place=place(floor=(int, 0))),
    "a required field that gets a default": form(tags=(list[str], [])),
    "a new value in a list of values": form(mood=Literal["calm", "cross", "tired"]),
    "a list of values opened": form(mood=str),
    "words about a field": form(present=Annotated[int, Field(description="People", title="P")]),
    "an example of a field": form(present=Annotated[int, Field(examples=[7])]),
    "a field that is in every record becomes required": form(note=str),
    "another default": form(note=(str, "none")),
    "another name of the value inside": form(place=create_model("Where", __base__=Place)),
    "another order of fields": form(**dict(reversed(FORM.items()))),
}


@pytest.mark.parametrize("change", BREAKS_READERS_OF_TODAY)
def test_what_readers_of_today_could_not_read_is_refused(change: str) -> None:
    assert unreadable(TODAY, BREAKS_READERS_OF_TODAY[change])
    assert faults(KIND, [TODAY], BREAKS_READERS_OF_TODAY[change])


@pytest.mark.parametrize("change", BREAKS_READERS_OF_YESTERDAY)
def test_what_readers_of_yesterday_could_not_read_or_would_miss_is_refused(change: str) -> None:
    new = BREAKS_READERS_OF_YESTERDAY[change]
    assert lost(TODAY, new)
    # Only the readers of yesterday suffer: what is refused is not refused by chance.
    assert not unreadable(TODAY, new)
    assert [one for one in faults(KIND, [TODAY], new) if "not frozen" not in one]


@pytest.mark.parametrize("change", HARMLESS)
def test_what_nobody_suffers_from_is_taken(change: str) -> None:
    new = HARMLESS[change]
    assert not unreadable(TODAY, new)
    assert not lost(TODAY, new)
    assert not faults(KIND, [TODAY, new], new)


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_can_go_or_change_its_kind_unseen(field: str) -> None:
    assert lost(TODAY, form(field))
    assert unreadable(TODAY, form(**{field: bool}))


def test_every_earlier_form_counts_and_not_the_last_alone() -> None:
    grown = form(mood=Literal["calm", "cross", "tired"])
    assert not faults(KIND, [TODAY, grown], grown)
    shrunk = form(mood=Literal["cross", "tired"])
    assert any("001" in one for one in faults(KIND, [TODAY, grown], shrunk))
    # What the second form may ask for, the first never had.
    required = form(note=str)
    assert not faults(KIND, [TODAY, required], required)
    assert any("001" in one for one in faults(KIND, [form("note"), TODAY, required], required))


def test_a_change_is_frozen_in_the_same_commit() -> None:
    new = HARMLESS["a new field with a default"]
    assert faults(KIND, [TODAY], new) == [f"{KIND} is not frozen as it is today"]
    assert faults(KIND, [], new) == [f"{KIND} was never frozen"]


def test_a_type_that_is_renamed_or_removed_is_missed() -> None:
    renamed = KIND.replace("held", "took-place")
    assert gone({KIND}, {renamed}) == [f"{KIND} is gone; records of it are in the log"]
    assert not gone({KIND}, {KIND, KIND.replace(".v1", ".v2")})


@pytest.mark.parametrize(
    "unsure",
    [Annotated[int, Field(gt=0)], Annotated[float, Field(lt=1)]],
    ids=["more than", "less than"],
)
def test_a_form_that_cannot_be_compared_is_refused(unsure: Any) -> None:
    assert not unjudged(TODAY)
    assert unjudged(form(present=unsure))


def test_the_tool_that_freezes_refuses_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(snapshots, "FOLDER", tmp_path)
    event = create_model("Meeting", __base__=Contract, **FORM)
    monkeypatch.setattr(snapshots, "EVENTS", {KIND: event})
    snapshots.write()
    monkeypatch.setattr(
        snapshots, "EVENTS", {KIND: create_model("Meeting", __base__=Contract, by=UUID)}
    )
    with pytest.raises(Incompatible, match="at is missing to readers of 001"):
        snapshots.write()
    assert [path.name for path in sorted((tmp_path / KIND).iterdir())] == [
        "001.sample.json",
        "001.schema.json",
    ]
