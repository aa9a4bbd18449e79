"""A token is honoured only when our key signed it, unchanged, within the hour."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from shared.security import tokens
from shared.security.tokens import BadToken, Claims, ExpiredToken, UnknownKey

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY = tokens.new_key("one")
KEYS = {"one": tokens.public_of(KEY)}
CLAIMS = Claims(person=uuid4(), session=uuid4(), version=7)


def body_of(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def test_a_token_says_who_is_signed_in() -> None:
    assert tokens.read(tokens.issue(KEY, CLAIMS, NOW), KEYS, NOW) == CLAIMS


def test_a_token_names_the_organisations_to_wait_for() -> None:
    claims = Claims(uuid4(), uuid4(), 3, organisations={uuid4(): 9})
    assert tokens.read(tokens.issue(KEY, claims, NOW), KEYS, NOW) == claims


def test_the_header_says_ed25519_and_never_eddsa() -> None:
    header = jws.extract_compact(tokens.issue(KEY, CLAIMS, NOW).encode()).headers()
    assert header["alg"] == "Ed25519"


def test_it_is_good_for_sixty_minutes_and_not_one_second_more() -> None:
    token = tokens.issue(KEY, CLAIMS, NOW)
    assert tokens.read(token, KEYS, NOW + timedelta(minutes=60, seconds=-1)) == CLAIMS
    with pytest.raises(ExpiredToken) as caught:
        tokens.read(token, KEYS, NOW + timedelta(minutes=60))
    assert caught.value.claims == CLAIMS


def test_another_key_under_our_id_is_refused() -> None:
    token = tokens.issue(tokens.new_key("one"), CLAIMS, NOW)
    with pytest.raises(BadToken):
        tokens.read(token, KEYS, NOW)


def test_an_unknown_key_may_still_arrive() -> None:
    with pytest.raises(UnknownKey) as caught:
        tokens.read(tokens.issue(tokens.new_key("two"), CLAIMS, NOW), KEYS, NOW)
    assert caught.value.kid == "two"


def test_a_retired_key_verifies_until_its_last_token_has_run_out() -> None:
    token = tokens.issue(KEY, CLAIMS, NOW)
    later = timedelta(minutes=59)
    kept = tokens.ring([("one", KEYS["one"], NOW)], NOW + later)
    assert tokens.read(token, kept.public, NOW + later, kept.spent) == CLAIMS
    forged_at = NOW + timedelta(days=1)
    forged = tokens.issue(KEY, CLAIMS, forged_at)
    spent = tokens.ring([("one", KEYS["one"], NOW)], forged_at)
    for one in (token, forged):
        with pytest.raises(ExpiredToken):
            tokens.read(one, spent.public, forged_at, spent.spent)
    assert tokens.ring([("one", KEYS["one"], NOW)], NOW + timedelta(days=31)).public == {}


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    header = {"alg": algorithm, "kid": "one"}
    payload = json.dumps(body_of(tokens.issue(KEY, CLAIMS, NOW)))
    if algorithm == "none":
        parts = [
            base64.urlsafe_b64encode(part.encode()).rstrip(b"=")
            for part in (json.dumps(header), payload)
        ]
        token = b".".join([*parts, b""]).decode()
    else:
        token = jws.serialize_compact(
            header, payload, OctKey.import_key(KEYS["one"]["x"]), algorithms=["HS256"]
        )
    with pytest.raises(BadToken):
        tokens.read(token, KEYS, NOW)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_the_deprecated_name_of_the_same_algorithm_is_refused() -> None:
    key = OKPKey.import_key({name: KEY[name] for name in ("kty", "crv", "x", "d")})
    payload = json.dumps(body_of(tokens.issue(KEY, CLAIMS, NOW)))
    token = jws.serialize_compact(
        {"alg": "EdDSA", "kid": "one"}, payload, key, algorithms=["EdDSA"]
    )
    with pytest.raises(BadToken):
        tokens.read(token, KEYS, NOW)


def test_a_changed_body_is_refused() -> None:
    head, _, signature = tokens.issue(KEY, CLAIMS, NOW).split(".")
    other = {**body_of(tokens.issue(KEY, CLAIMS, NOW)), "sub": str(uuid4())}
    changed = base64.urlsafe_b64encode(json.dumps(other).encode()).rstrip(b"=").decode()
    with pytest.raises(BadToken):
        tokens.read(f"{head}.{changed}.{signature}", KEYS, NOW)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "é.b.c", "." * 3, "x" * 5000, "....", "\x00"])
def test_rubbish_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        tokens.read(token, KEYS, NOW)


def test_somebody_elses_claims_under_our_key_are_refused() -> None:
    key = OKPKey.import_key(KEY)
    for payload in ('{"iss":"other"}', "[]", "null", '{"iss":"roundtable"}', "not json"):
        token = jws.serialize_compact(
            {"alg": "Ed25519", "kid": "one"}, payload, key, algorithms=["Ed25519"]
        )
        with pytest.raises(BadToken):
            tokens.read(token, KEYS, NOW)


def test_the_public_half_holds_no_secret() -> None:
    assert "d" not in KEYS["one"]
