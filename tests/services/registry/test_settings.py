"""Settings of registry: a wrong one stops the start with one sentence that names it."""

import pytest

from services.registry.settings import Settings
from shared import settings
from shared.security import provider
from shared.settings import WrongSetting

WHOLE = {
    "OIDC_ISSUER": "https://id.example.org",
    "OIDC_CLIENT_ID": "portal",
    "OIDC_CLIENT_SECRET": "very secret",
}


def read(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(f"REGISTRY_{name}", value)
    return settings.read(Settings)


def test_without_a_provider_staff_come_by_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch)
    assert found.provider is None
    assert found.staff_by_mail


def test_a_whole_provider_is_taken_and_its_secret_is_not_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = read(monkeypatch, **WHOLE, STAFF_BY_MAIL="no")
    assert found.provider is not None
    assert found.provider.client_secret == "very secret"
    assert "very secret" not in f"{found!r} {found} {found.provider!r}"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({**WHOLE, "OIDC_CLIENT_ID": ""}, "REGISTRY_OIDC_CLIENT_ID: is needed with"),
        ({**WHOLE, "OIDC_CLIENT_SECRET": ""}, "REGISTRY_OIDC_CLIENT_SECRET: is needed with"),
        ({"OIDC_CLIENT_ID": "portal"}, "REGISTRY_OIDC_CLIENT_ID: needs REGISTRY_OIDC_ISSUER"),
        ({"OIDC_CLIENT_SECRET": "s"}, "REGISTRY_OIDC_CLIENT_SECRET: needs REGISTRY_OIDC_ISSUER"),
        ({**WHOLE, "OIDC_ISSUER": "http://id.example.org"}, "REGISTRY_OIDC_ISSUER: write"),
        ({**WHOLE, "OIDC_ISSUER": "id.example.org"}, "REGISTRY_OIDC_ISSUER: write"),
        ({**WHOLE, "OIDC_ISSUER": "https://"}, "REGISTRY_OIDC_ISSUER: write"),
        ({**WHOLE, "OIDC_NAME": "x" * 61}, "REGISTRY_OIDC_NAME: "),
        ({"OIDC_NAME": "Habitat ID"}, "REGISTRY_OIDC_NAME: needs REGISTRY_OIDC_ISSUER"),
        ({**WHOLE, "STAFF_BY_MAIL": "perhaps"}, "REGISTRY_STAFF_BY_MAIL: "),
        ({"STAFF_BY_MAIL": "no"}, "REGISTRY_STAFF_BY_MAIL: without REGISTRY_OIDC_ISSUER"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(WrongSetting) as caught:
        read(monkeypatch, **given)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)
    assert "very secret" not in str(caught.value)


def test_a_provider_without_its_packages_says_which_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(provider, "NEEDED", ("a_package_that_is_missing",))
    with pytest.raises(WrongSetting, match=r"^REGISTRY_OIDC_ISSUER: .*roundtable\[oidc\]"):
        read(monkeypatch, **WHOLE)
