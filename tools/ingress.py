"""Write the ingress of Kubernetes anew from the site map: python -m tools.ingress.

Which service owns which paths stands once, in `shared/web/site.py`. What no service of its own
owns goes to consultation, as there.
"""

from collections.abc import Iterator
from pathlib import Path

from shared.i18n import LANGUAGES
from shared.web.site import OWNERS, WITHOUT_LANGUAGE

FILE = Path(__file__).parents[1] / "deploy" / "kubernetes" / "ingress.yaml"
DEFAULT = "consultation"
EACH = ("/health", "/files", "/api")
"""Paths below which each service has its own name."""
HEAD = """\
# Which service answers for which address; written by `python -m tools.ingress` from the site map.
# The annotation is that of ingress-nginx; another controller has another for the same limit.
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: roundtable
  labels: {app.kubernetes.io/part-of: roundtable}
  annotations:
    nginx.ingress.kubernetes.io/proxy-body-size: 24m
spec:
  ingressClassName: nginx
  tls:
    - {hosts: [roundtable.example.org], secretName: roundtable-tls}
  rules:
    - host: roundtable.example.org
      http:
        paths:
"""


def text() -> str:
    """Return the file."""
    lines = [
        f"          - {{path: {path}, pathType: Prefix, backend: "
        f"{{service: {{name: {service}, port: {{name: http}}}}}}}}"
        for path, service in paths()
    ]
    return HEAD + "\n".join(lines) + "\n"


def paths() -> Iterator[tuple[str, str]]:
    """Return each path with its service, longest first where one lies in another."""
    for service, prefixes in OWNERS.items():
        if service == DEFAULT:
            continue
        for prefix in (*prefixes, f"/staff/operations/{service}"):
            if prefix.startswith(WITHOUT_LANGUAGE):
                yield prefix, service
                continue
            for language in LANGUAGES:
                yield f"/{language}{prefix}", service
        for prefix in EACH:
            yield f"{prefix}/{service}", service
    yield "/", DEFAULT


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
