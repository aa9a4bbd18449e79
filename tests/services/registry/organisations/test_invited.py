"""An organisation that the secretariat invites: what its contact reads, and where they land."""

import re

from services.registry.organisations.actions import registering
from tests.support.bench import person
from tests.support.portal import Portal
from tests.support.walker import Walker

ADDRESS = "mairie@thies.example"


def test_the_secretariat_invites_and_the_registration_waits(portal: Portal) -> None:
    with portal.work("registry", person("partnership_officer", name="Lucía")) as work:
        registering.invite_organisation(
            work,
            name="Mairie de Thiès",
            category="local_authority",
            country="SEN",
            email=ADDRESS,
            language="en",
        )
    portal.settle()
    (mail,) = portal.mail_to(ADDRESS)
    text = mail.get_body(("plain",)).get_content()
    assert "We invite Mairie de Thiès to become a partner" in text
    assert "Lucía" not in text
    place = re.search(r"https?://[^/\s]+(/\S+/people/invitation/\S+)", text)
    assert place
    walker = Walker(portal).visit(place[1]).sees("We invite Mairie de Thiès to take part")
    sign_in = next(href for _, href in walker.page.links if "next=" in href)
    walker.visit(sign_in).submit("/sign-in", email=ADDRESS)
    portal.settle()
    code = re.search(r"\d{3} \d{3}", str(portal.mail_to(ADDRESS)[-1]["Subject"]))
    assert code
    walker.submit("/sign-in/code", code=code[0])
    walker.submit("welcome", name="Awa Ba", zone="Africa/Dakar")
    walker.submit("Accept").sees("You are a member now.", "Complete the parts below")
    assert walker.url == "/en/organisation/mairie-de-thies"
