"""The texts of notices: each has its templates, and every mail has something to do next."""

import pytest

from services.notifications.messages.rules import NOTICES, Kind
from shared.mail.write import ROOT
from tests.support.notices import WEEK, World, html, plain

FOLDER = ROOT / "services" / "notifications" / "messages" / "templates" / "mail"


@pytest.mark.parametrize("kind", list(Kind))
def test_every_notice_has_a_subject_and_a_text(kind: Kind) -> None:
    assert (FOLDER / f"{kind}.subject.txt").is_file()
    assert (FOLDER / f"{kind}.txt").is_file()
    assert kind == Kind.DIGEST or kind in NOTICES


def test_no_text_is_without_a_notice() -> None:
    texts = {path.name.split(".")[0] for path in FOLDER.iterdir()} - {"_deadline"}
    assert texts == set(Kind)


@pytest.mark.parametrize("language", ["ar", "zh", "fr", "ru", "es"])
def test_every_language_has_whole_mails_with_one_button(world: World, language: str) -> None:
    amman = world.partner("Amman")
    amal = world.person("Amal", (amman, "contact_point"), language=language)
    call = world.call()
    world.sent(call, amman, [amal])
    world.extend(call, WEEK)
    for mail in world.mail(amal):
        page = html(mail)
        assert f'lang="{language}"' in page
        assert page.count('class="button"') <= 1
        assert mail["Content-Language"] == language
        assert "\n\n\n" not in plain(mail)
        assert "%(" not in plain(mail)
