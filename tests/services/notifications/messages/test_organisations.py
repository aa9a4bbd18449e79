"""Registration and membership: the people of an organisation know where it stands."""

from shared import ids
from shared.contracts.registry import (
    ClarificationAnswered,
    ClarificationAsked,
    JoinAsked,
    JoinDecided,
    MemberInvited,
    OrganisationDeclined,
    OrganisationSuspended,
    OrganisationVerified,
    RegistrationSubmitted,
)
from tests.support.notices import World, html, plain


def test_registration_from_received_to_verified(world: World) -> None:
    group = world.partner("Femmes de la rue", state="draft", category="stakeholder")
    chantal = world.person(
        "Chantal", (group, "administrator"), (group, "contact_point"), language="fr"
    )
    world.partners[group]["state"] = "submitted"
    world.of_partner(RegistrationSubmitted, group, round=1)
    world.partners[group]["state"] = "verified"
    event = world.of_partner(OrganisationVerified, group, round=1)
    world.hear(event)
    assert len(world.mail(chantal)) == 2
    assert all("Femmes de la rue" in one for one in world.subjects(chantal))


def test_being_verified_brings_the_open_calls_in_one_notice_more(world: World) -> None:
    amman = world.partner("Amman", state="submitted")
    amal = world.person("Amal", (amman, "contact_point"))
    world.call()
    world.partners[amman]["state"] = "verified"
    world.of_partner(OrganisationVerified, amman, round=1)
    assert sorted(world.subjects(amal)) == [
        "Amman is verified",
        "Call for input: Safer streets, closes 14 December 2026",
    ]


def test_declined_and_suspended_say_why(world: World) -> None:
    amman = world.partner("Amman", state="submitted")
    amal = world.person("Amal", (amman, "administrator"))
    world.partners[amman] |= {"state": "declined", "state_reason": "The letter is not signed."}
    world.of_partner(OrganisationDeclined, amman, round=1)
    world.partners[amman] |= {"state": "suspended", "state_reason": "The mandate has ended."}
    world.of_partner(OrganisationSuspended, amman)
    assert world.subjects(amal) == [
        "We could not verify Amman",
        "Amman cannot send answers for now",
    ]
    assert "> The letter is not signed." in plain(world.mail(amal)[0])
    assert "> The mandate has ended." in plain(world.mail(amal)[1])


def test_questions_go_to_the_applicant_and_answers_to_the_officer(world: World) -> None:
    officer = world.staff("Olga", "partnership_officer")
    other = world.staff("Otto", "partnership_officer")
    amman = world.partner("Amman", state="submitted")
    amal = world.person("Amal", (amman, "contact_point"))
    question = ids.new()
    world.of_partner(ClarificationAsked, amman, clarification_id=question, round=1)
    assert world.subjects(amal) == ["A question about your registration: Amman"]
    world.of_partner(
        ClarificationAnswered, amman, clarification_id=question, round=1, asked_by=officer
    )
    assert world.subjects(officer) == ["Answered: your question to Amman"]
    assert world.mail(other) == []


def test_joining_is_asked_of_administrators_and_answered_to_who_asked(world: World) -> None:
    amman = world.partner("Amman")
    admin = world.person("Admin", (amman, "administrator"))
    contact = world.person("Contact", (amman, "contact_point"))
    basma = world.person("Basma")
    request = ids.new()
    world.of_partner(JoinAsked, amman, request_id=request, person_id=basma)
    assert world.subjects(admin) == ["Somebody asks to join Amman"]
    assert world.mail(contact) == []
    world.of_partner(JoinDecided, amman, request_id=request, person_id=basma, approved=True)
    assert world.subjects(basma) == ["You are now a member of Amman"]
    invitation = ids.new()
    world.of_partner(MemberInvited, amman, invitation_id=invitation, person_id=basma)
    assert world.subjects(basma)[-1] == "Amman invites you"


def test_a_name_cannot_forge_a_mail(world: World) -> None:
    name = "Amman\n\nPay here:\nhttps://evil.example"
    amman = world.partner(" ".join(name.split()), state="submitted")
    amal = world.person("Amal", (amman, "administrator"))
    world.of_partner(OrganisationVerified, amman, round=1)
    assert 'href="https://evil.example' not in html(world.mail(amal)[0])
