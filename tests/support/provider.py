"""A small OpenID Connect provider on this machine, which can be spoilt in many ways."""

import hashlib
import hmac
import json
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import RSAKey

CLIENT, SECRET = "the-portal", "a secret of the portal"


@cache
def rsa(kid: str, owner: str = "provider") -> RSAKey:
    """Return somebody's signing key, made once: making one takes a while."""
    assert owner
    return RSAKey.generate_key(2048, parameters={"kid": kid, "use": "sig"})


@dataclass
class SmallProvider:
    """Signs in whoever `claims` say. `claims`, `key` and `algorithm` are there to be spoilt."""

    server: ThreadingHTTPServer
    claims: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: rsa("first"))
    algorithm: str = "RS256"
    published: list[Any] = field(default_factory=list)
    itself: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def vouch(self, email: str, at: datetime, subject: str = "sub-1") -> None:
        """Sign in somebody with a verified address from now on."""
        now = int(at.timestamp())
        self.claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": subject,
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + 300,
        }

    def authorize(self, address: str) -> dict[str, str]:
        """Answer a browser that was sent to `address`: what it carries back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) == {"openid", "email"}
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def get(self, path: str) -> dict[str, Any]:
        """Answer what the portal reads."""
        if path == "/jwks":
            return {"keys": [one.as_dict(private=False) for one in self.published or [self.key]]}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            **self.itself,
        }

    def token(self, posted: dict[str, str], authorization: str) -> dict[str, Any]:
        """Answer a code, once, to the client that proves to be the one that asked for it."""
        asked = self._codes.pop(posted["code"], None)
        digest = hashlib.sha256(posted["code_verifier"].encode()).digest()
        challenge = _base64(digest)
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or posted["redirect_uri"] != asked["redirect_uri"]
            or b64decode(authorization.removeprefix("Basic ")).decode() != f"{CLIENT}:{SECRET}"
        ):
            return {"error": "invalid_grant"}
        claims = {"nonce": asked["nonce"], **self.claims}
        return {"access_token": "-", "token_type": "Bearer", "id_token": self._sign(claims)}

    def _sign(self, claims: dict[str, Any]) -> str:
        header = {"alg": self.algorithm, "kid": self.key.kid}
        if self.algorithm in FORGED:
            said = ".".join(_base64(json.dumps(one).encode()) for one in (header, claims))
            return f"{said}.{_base64(FORGED[self.algorithm](said.encode(), self.key))}"
        return jws.serialize_compact(header, json.dumps(claims), self.key, [self.algorithm])

    def stop(self) -> None:
        """Be away."""
        self.server.shutdown()
        self.server.server_close()


FORGED: dict[str, Callable[[bytes, RSAKey], bytes]] = {
    "none": lambda _said, _key: b"",
    "HS256": lambda said, key: hmac.digest(key.as_pem(private=False), said, "sha256"),
}
"""What our own libraries refuse to sign: not at all, and with a public key as a shared secret."""


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


@contextmanager
def small_provider() -> Iterator[SmallProvider]:
    """Run a provider on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.provider = provider = SmallProvider(server)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        provider.stop()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.provider.asked.append(self.path)
        self._answer(self.provider.get(self.path))

    def do_POST(self) -> None:
        self.provider.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        posted = {name: values[0] for name, values in parse_qs(body).items()}
        answer = self.provider.token(posted, self.headers.get("Authorization", ""))
        self._answer(answer, 400 if "error" in answer else 200)

    @property
    def provider(self) -> SmallProvider:
        found: SmallProvider = self.server.provider  # type: ignore[attr-defined]
        return found

    def _answer(self, said: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
