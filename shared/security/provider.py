"""An organisation's OpenID Connect provider: where it sends people, and what it says of them.

Code flow with PKCE (RFC 7636), by authlib; ID tokens are verified with joserfc. Only the network
and signatures are here: what the claims must say is for the rules of whoever asks. No caller holds
a lock meanwhile.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "Ed25519")
"""Signatures by a public key only: an HMAC or none would let others make tokens."""
KEPT_SECONDS: Final = 3600.0
TIMEOUT_SECONDS: Final = 5.0
AGAIN_SECONDS: Final = 5.0
"""How long one that is away is not asked again: whoever waits for it holds a thread."""
LONGEST: Final = 16_384
BASIC: Final = "client_secret_basic"
NEEDED: Final = ("authlib", "httpx2")

Document = dict[str, Any]


class ProviderAway(Exception):
    """The provider does not answer, or not as one."""


class Untrusted(Exception):
    """What came is not vouched for by the provider; the message says why, without secrets."""


def is_installed() -> bool:
    """Say whether the packages of the extra `oidc` are there."""
    return all(find_spec(name) is not None for name in NEEDED)


@dataclass
class Provider:
    """One provider by its issuer; what it says of itself is fetched when needed and kept."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = ""
    _kept: dict[str, tuple[float, Document]] = field(default_factory=dict, repr=False)
    _away_until: float = field(default=0.0, repr=False)

    def address(self, *, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """Return the address at which somebody signs in. Raises ProviderAway."""
        endpoint = self._endpoint("authorization_endpoint")
        with self._client(redirect_uri=redirect, scope="openid email") as client:
            url, _ = client.create_authorization_url(
                endpoint, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def claims(self, *, code: str, redirect: str, verifier: str) -> Document:
        """Return the claims of the ID token that a code is good for, its signature verified.

        Raises ProviderAway, Untrusted.
        """
        token = self._id_token(code, redirect, verifier)
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
            found = jws.deserialize_compact(token, self._key(header), list(ALGORITHMS))
            claims = json.loads(found.payload or b"")
        except (JoseError, ValueError) as error:
            raise Untrusted("signature") from error
        if not isinstance(claims, dict):
            raise Untrusted("claims")
        return claims

    def _id_token(self, code: str, redirect: str, verifier: str) -> str:
        from authlib.integrations.base_client import OAuthError  # noqa: PLC0415 - an extra
        from httpx2 import HTTPError  # noqa: PLC0415 - an extra

        endpoint = self._endpoint("token_endpoint")
        with self._client(token_endpoint_auth_method=self._auth_method()) as client:
            try:
                answer = client.fetch_token(
                    endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    redirect_uri=redirect,
                )
            except OAuthError as error:
                raise Untrusted("code") from error
            except (HTTPError, ValueError) as error:
                raise ProviderAway from error
        token = answer.get("id_token")
        if not isinstance(token, str) or len(token) > LONGEST:
            raise Untrusted("no ID token")
        return token

    def _key(self, header: Mapping[str, Any]) -> Any:
        """Return the key that a token names; one that is not known yet is asked for once."""
        if header.get("alg") not in ALGORITHMS:
            raise Untrusted("algorithm")
        address = self._endpoint("jwks_uri")
        for fresh in (False, True):
            key = _named(self._document(address, fresh=fresh), header.get("kid"))
            if key is not None:
                return JWKRegistry.import_key(key)
        raise Untrusted("key")

    def _auth_method(self) -> str:
        """Return how the provider takes the portal's secret: in the header where it can."""
        taken = self._itself().get("token_endpoint_auth_methods_supported") or [BASIC]
        return BASIC if BASIC in taken else "client_secret_post"

    def _itself(self) -> Document:
        """Return what the provider says of itself (OpenID Connect Discovery 1.0)."""
        said = self._document(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != self.issuer:
            raise ProviderAway
        return said

    def _endpoint(self, name: str) -> str:
        address = self._itself().get(name)
        if not isinstance(address, str):
            raise ProviderAway
        if self.issuer.startswith("https://") and not address.startswith("https://"):
            raise ProviderAway
        return address

    def _document(self, address: str, *, fresh: bool = False) -> Document:
        import httpx2  # noqa: PLC0415 - an extra

        fetched_at, kept = self._kept.get(address, (0.0, {}))
        if kept and not fresh and time.monotonic() < fetched_at + KEPT_SECONDS:
            return kept
        if time.monotonic() < self._away_until:
            raise ProviderAway
        try:
            answer = httpx2.get(address, timeout=TIMEOUT_SECONDS).raise_for_status().json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            self._away_until = time.monotonic() + AGAIN_SECONDS
            raise ProviderAway from error
        if not isinstance(answer, dict):
            raise ProviderAway
        self._kept[address] = (time.monotonic(), answer)
        return answer

    def _client(self, **given: Any) -> "OAuth2Client":
        # Here, so that a portal without a provider neither needs nor loads it.
        from authlib.integrations.httpx_client import OAuth2Client  # noqa: PLC0415

        return OAuth2Client(
            self.client_id,
            self.client_secret,
            code_challenge_method="S256",
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            **given,
        )


def _named(keys: Document, kid: object) -> Document | None:
    """Return the signing key of that id; without an id, the only one there is."""
    listed = keys.get("keys")
    found = [
        key
        for key in (listed if isinstance(listed, list) else [])
        if isinstance(key, dict)
        and key.get("use", "sig") == "sig"
        and (kid is None or key.get("kid") == kid)
    ]
    return found[0] if len(found) == 1 else None
