"""compose.yaml and the proxy before it: by their schemas, and naming only what there is."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployed import (
    DEPLOY,
    SERVICES,
    WEB,
    WORK,
    Misread,
    addresses,
    documents,
    parsed,
)
from tests.support.needs import missing
from tests.support.variables import known

FILE = DEPLOY / "compose.yaml"
NOT_OURS = {"postgres", "databases", "kafka", "mail", "proxy"}
PROBED = {"PROBED"}
PROXY = (DEPLOY / "nginx.conf").read_text("utf-8")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    [found] = documents(FILE)
    assert isinstance(found, dict)
    return found


def checked(path: Path) -> int:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*command, str(path)], capture_output=True, check=False).returncode


def test_it_is_what_compose_reads(tmp_path: Path) -> None:
    assert checked(FILE) == 0
    spoilt = tmp_path / "compose.yaml"
    spoilt.write_text(FILE.read_text("utf-8").replace("read_only: true", "readonly: true"), "utf-8")
    assert checked(spoilt) != 0


def test_every_command_and_variable_that_it_names_exists(compose: dict[str, Any]) -> None:
    ours = {name: one for name, one in compose["services"].items() if name not in NOT_OURS}
    wanted = {f"{service}-{role}" for service in SERVICES for role in ("web", "work")}
    assert set(ours) == wanted | {"migrate"}
    for name, one in ours.items():
        given = parsed(one["command"])
        assert set(one["environment"]) - PROBED <= known(), name
        if name != "migrate":
            service, role = name.split("-")
            assert (given["command"], given["service"]) == (role, service)
            port = {"web": WEB, "work": WORK}[role][service]
            assert str(given["port"]) == one["environment"]["PROBED"] == port
            assert f"{service.upper()}_DATABASE_URL" in one["environment"]
            others = [other.upper() for other in SERVICES if other != service]
            assert not any(key.startswith(tuple(others)) for key in one["environment"])


def test_what_is_no_command_is_noticed() -> None:
    for words in (["web", "archive"], ["web", "registry", "--colour"], ["dance"]):
        with pytest.raises(Misread):
            parsed(words)


def test_processes_write_only_where_they_may(compose: dict[str, Any]) -> None:
    for name, one in compose["services"].items():
        assert one.get("read_only") or name == "kafka", name
        if name not in NOT_OURS:
            assert one["cap_drop"] == ["ALL"]
            assert one["security_opt"] == ["no-new-privileges:true"]
            mounts = [mount.split(":")[1] for mount in one.get("volumes", [])]
            for variable, value in one["environment"].items():
                if variable.endswith(("_FILES", "SECRET_FILE")) and name != "migrate":
                    assert any(value.startswith(f"{mount}/") for mount in mounts), name


def test_no_secret_stands_in_it_and_all_are_made(compose: dict[str, Any]) -> None:
    text = FILE.read_text("utf-8")
    asked = set(re.findall(r"\$\{(\w+_PASSWORD):\?\}", text))
    made = subprocess.run([DEPLOY / "passwords"], capture_output=True, text=True, check=True).stdout
    lines = dict(line.split("=") for line in made.splitlines())
    assert set(lines) == asked
    assert len(set(lines.values())) == len(lines)
    assert min(map(len, lines.values())) == 48
    for one in compose["services"].values():
        for name, value in one.get("environment", {}).items():
            if "PASSWORD" in name:
                assert re.fullmatch(r"\$\{\w+:\?\}", value)


def test_everything_it_mounts_and_builds_is_there(compose: dict[str, Any]) -> None:
    for one in compose["services"].values():
        for mount in one.get("volumes", []):
            source = mount.split(":")[0]
            assert source in compose["volumes"] or (DEPLOY / source).exists(), source
        if "build" in one:
            context = (DEPLOY / one["build"]["context"]).resolve()
            assert (context / one["build"]["dockerfile"]).is_file()
        assert re.fullmatch(r"[a-z/]+:(?:\$\{\w+:-latest\}|v?[\w.-]*\d[\w.-]*)", one["image"])


def test_the_proxy_alone_is_believed(compose: dict[str, Any]) -> None:
    services = compose["services"]
    [network] = compose["networks"]["edge"]["ipam"]["config"]
    for service in SERVICES:
        web, work = services[f"{service}-web"], services[f"{service}-work"]
        assert web["environment"]["TRUSTED_PROXIES"] == network["subnet"]
        assert "edge" not in work["networks"]
    assert {name for name, one in services.items() if "edge" in one.get("networks", [])} == {
        "proxy",
        *(f"{service}-web" for service in SERVICES),
    }


# -- the proxy --


def routes() -> list[tuple[re.Pattern[str], str]]:
    block = re.search(r"map \$uri \$service \{(.*?)\n    \}", PROXY, re.DOTALL)
    assert block
    return [
        (re.compile(pattern), target)
        for pattern, target in re.findall(r'"~(\S+)" (\S+);', block.group(1))
    ]


def test_every_address_leads_to_the_service_that_has_it() -> None:
    targets = {service: f"{service}-web:{port}" for service, port in WEB.items()}
    assert f"default {targets['consultation']};" in PROXY
    tried = 0
    for address, owner in addresses():
        led = next((to for pattern, to in routes() if pattern.search(address)), "")
        assert (led or targets["consultation"]) == targets[owner], address
        tried += 1
    assert tried > 300


def test_the_proxy_has_the_limits_of_the_edge_and_sets_what_is_believed() -> None:
    for line in (
        "client_max_body_size 24m;",
        "large_client_header_buffers 4 8k;",
        "client_header_timeout 20s;",
        "client_body_timeout 30s;",
        "proxy_set_header Host $http_host;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
        'proxy_set_header X-Forwarded-Host "";',
    ):
        assert line in PROXY


def test_nginx_reads_it(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if nginx is None:
        missing("nginx is not installed: its settings are not read")
    conf = tmp_path / "nginx.conf"
    moved = PROXY.replace("/var/cache/nginx", str(tmp_path)).replace("/run/", f"{tmp_path}/")
    conf.write_text(moved, "utf-8")
    done = subprocess.run([nginx, "-t", "-c", conf], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
