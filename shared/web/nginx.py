"""The proxy before the services: nginx, whose map is made from the paths that services declare."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from shared.i18n import LANGUAGES
from shared.web.middleware import BODY_BYTES
from shared.web.site import EACH, OWNERS, WITHOUT_LANGUAGE

ELSE = "consultation"
"""Answers for what nobody owns: it has the page of everything that is not found."""

BODY_MB = BODY_BYTES // 1024**2

ALONE = """\
worker_processes auto;
daemon off;
error_log stderr warn;
pid {folder}/nginx.pid;

events {{
    worker_connections 1024;
}}

http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    # Its workers may be nobody, who does not reach the folder: what passes is kept in memory.
    client_body_buffer_size {body}m;
    proxy_max_temp_file_size 0;

{site}}}
"""

SERVER = """\
server {{
    listen {listen};
    server_tokens off;
    client_max_body_size {body}m;
    client_header_buffer_size 4k;
    large_client_header_buffers 4 8k;
    client_header_timeout 20s;
    client_body_timeout 30s;
    send_timeout 30s;
    keepalive_timeout 30s;

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host "";
    proxy_connect_timeout 3s;
    proxy_read_timeout 60s;

    # How the services are, and their figures, are for those who are inside.
    location /metrics {{
        return 404;
    }}
    location /health/ {{
        allow 127.0.0.1;
        allow ::1;
        deny all;
        proxy_pass http://$roundtable_service;
    }}
    location / {{
        proxy_pass http://$roundtable_service;
    }}
}}
"""

UPSTREAM = """\
upstream roundtable_{service} {{
{servers}
    keepalive 16;
    # Shorter than the services keep a connection: none is used while it is being closed.
    keepalive_timeout 4s;
}}
"""


def configuration(
    listen: str,
    processes: Mapping[str, Sequence[str]],
    folder: Path | None = None,
    also: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the configuration for a proxy that listens at an address and port.

    `processes` are the addresses of each service's web processes. Without a folder it is the part
    that belongs into nginx's `http` block; with one, all that an nginx of its own needs, which
    keeps its passing files there. `also` are prefixes beyond the site map: the demo's.
    """
    parts = [_upstream(name, at) for name, at in processes.items()]
    parts += [_map(also), SERVER.format(listen=listen, body=BODY_MB)]
    site = "\n".join(parts)
    if folder is None:
        return site
    return ALONE.format(
        folder=folder, body=BODY_MB, site=re.sub(r"^(?=.)", "    ", site, flags=re.MULTILINE)
    )


def _upstream(service: str, addresses: Sequence[str]) -> str:
    servers = "\n".join(f"    server {one} max_fails=1 fail_timeout=2s;" for one in addresses)
    return UPSTREAM.format(service=service, servers=servers)


def _map(also: Mapping[str, str]) -> str:
    lines = [f"    default roundtable_{ELSE};"]
    lines += [f'    "~{_pattern(prefix)}" roundtable_{name};' for prefix, name in _owned(also)]
    return "\n".join(["map $uri $roundtable_service {", *lines, "}", ""])


def _owned(also: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return every prefix with its owner, the longest first: the first that fits is taken."""
    owned = [(prefix, name) for name, prefixes in OWNERS.items() for prefix in prefixes]
    owned += [(f"{prefix}/{name}", name) for prefix in EACH for name in OWNERS]
    owned += also.items()
    return sorted((one for one in owned if one[0] != "/"), key=lambda one: (-len(one[0]), one))


def _pattern(prefix: str) -> str:
    language = "" if prefix.startswith(WITHOUT_LANGUAGE) else f"(?:/(?:{'|'.join(LANGUAGES)}))?"
    return f"^{language}{re.escape(prefix)}(?:/|$)"
