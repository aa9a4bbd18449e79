"""A new address for an account: proved by mail before it replaces the old one."""

from services.registry.accounts import rules
from services.registry.accounts.actions import people, sign_in
from services.registry.accounts.rules import Purpose
from shared.work import Work


def ask(work: Work, typed: str, *, flow: str | None, caller: str = "") -> str:
    """Send a code to a new address; returns the secret for the asking browser's cookie.

    Whether another account uses the address is only said to who proves to own it.
    Raises WrongAddress, TooMany.
    """
    work.require("account.address")
    email = rules.address(typed)
    return sign_in.send(
        work, email, Purpose.ADDRESS, flow=flow, caller=caller, person_id=work.actor.person
    )


def confirm(work: Work, flow: str | None, typed: str) -> bool:
    """Take the new address over when the digits fit. Raises AddressTaken."""
    work.require("account.address_confirm")
    proof = sign_in.prove(work, flow, typed, Purpose.ADDRESS)
    if proof is None or proof.person_id != work.actor.person:
        return False
    people.change_address(work, proof.email)
    sign_in.spend(work, proof)
    return True
