"""What analysis tells: how many points wait for a decider."""

from services.consultation.calls.models import Call
from shared.contracts import consultation as told


def points_to_decide(call: Call, state: told.Call, waiting: int) -> told.PointsToDecide:
    """Tell how many recommended points wait; deciders get the number in their digest."""
    return told.PointsToDecide(id=call.id, version=call.tick(), call=state, waiting=waiting)
