"""The manifests: by the schemas of Kubernetes, and naming only what there is."""

import re
from typing import Any

import kubernetes_validate
import pytest

from tests.support.deployed import DEPLOY, SERVICES, WEB, WORK, addresses, documents, parsed
from tests.support.variables import known
from tools import ingress

FOLDER = DEPLOY / "kubernetes"
ALL = [one for path in sorted(FOLDER.glob("*.yaml")) for one in documents(path)]
VERSIONS = ("1.30", kubernetes_validate.latest_version())


def of(kind: str) -> list[dict[str, Any]]:
    return [one for one in ALL if one["kind"] == kind]


def pods() -> list[dict[str, Any]]:
    return [one["spec"]["template"]["spec"] for one in (*of("Deployment"), *of("Job"))]


def container(pod: dict[str, Any]) -> dict[str, Any]:
    [found] = pod["containers"]
    assert isinstance(found, dict)
    return found


def name(one: dict[str, Any]) -> str:
    return f"{one['kind']} {one['metadata']['name']}"


@pytest.mark.parametrize("version", VERSIONS)
def test_they_are_what_kubernetes_reads(version: str) -> None:
    for one in ALL:
        kubernetes_validate.validate(one, version, strict=True)
    spoilt = {**of("Service")[0], "specs": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(spoilt, version, strict=True)


def test_there_is_what_a_portal_needs() -> None:
    wanted = {
        f"{kind} {service}-{role}"
        for service in SERVICES
        for role in ("web", "work")
        for kind in ("Deployment", "PodDisruptionBudget")
    }
    wanted |= {f"Service {one}" for one in SERVICES}
    wanted |= {f"PersistentVolumeClaim roundtable-{one}-files" for one in SERVICES}
    wanted |= {"ConfigMap roundtable", "Ingress roundtable", "Job roundtable-migrate"}
    assert {name(one) for one in ALL} == wanted


def test_every_command_and_variable_that_they_name_exists() -> None:
    [common] = of("ConfigMap")
    assert set(common["data"]) <= known()
    for one in of("Deployment"):
        service, role = one["metadata"]["name"].split("-")
        inside = container(one["spec"]["template"]["spec"])
        given = parsed(inside["args"])
        port = {"web": WEB, "work": WORK}[role][service]
        assert (given["command"], given["service"], str(given["port"])) == (role, service, port)
        assert [str(one["containerPort"]) for one in inside["ports"]] == [port]
        variables = {one["name"] for one in inside["env"]}
        assert f"{service.upper()}_DATABASE_URL" in variables <= known()
        assert not any("MIGRATION" in one for one in variables)
    [job] = of("Job")
    inside = container(job["spec"]["template"]["spec"])
    assert parsed(inside["args"])["command"] == "migrate"
    assert {one["name"] for one in inside["env"]} <= known()


def test_processes_have_no_more_rights_than_they_need() -> None:
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        inside = container(pod)
        assert inside["securityContext"] == {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(inside["resources"]) == {"requests", "limits"}
        mounted = {one["name"] for one in inside["volumeMounts"]}
        assert mounted == {one["name"] for one in pod["volumes"]} >= {"tmp"}


def test_secrets_are_named_and_never_given() -> None:
    for pod in pods():
        for one in container(pod)["env"]:
            if re.search(r"URL|PASSWORD|SECRET", one["name"]):
                assert set(one["valueFrom"]) == {"secretKeyRef"}, one
    assert not of("Secret")
    handbook = (DEPLOY.parent / "docs" / "operations.md").read_text("utf-8")
    named = {
        one["secretKeyRef"]["name"]
        for one in (env.get("valueFrom", {}) for pod in pods() for env in container(pod)["env"])
        if one
    }
    named |= {
        one["secret"]["secretName"] for pod in pods() for one in pod["volumes"] if "secret" in one
    }
    assert named == {"roundtable-forms", "roundtable-mail", *(f"roundtable-{s}" for s in SERVICES)}
    for one in ("roundtable-forms", "roundtable-mail", "roundtable-$service"):
        assert f"create secret generic {one}" in handbook


def test_probes_ask_what_answers() -> None:
    for one in of("Deployment"):
        inside = container(one["spec"]["template"]["spec"])
        asked = {kind: inside[kind]["httpGet"] for kind in inside if kind.endswith("Probe")}
        assert {kind: one["path"] for kind, one in asked.items()} == {
            "startupProbe": "/health/live",
            "livenessProbe": "/health/live",
            "readinessProbe": "/health/ready",
        }
        assert {one["port"] for one in asked.values()} == {"http"}
        assert one["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > 10


def test_budgets_and_services_select_what_there_is() -> None:
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in of("Deployment")]
    for one in (*of("PodDisruptionBudget"), *of("Service")):
        selector = one["spec"]["selector"]
        wanted = selector.get("matchLabels", selector)
        assert sum(wanted.items() <= given.items() for given in labels) == 1, name(one)
    for one in of("Deployment"):
        assert one["spec"]["replicas"] >= 2


def test_the_services_differ_by_name_and_port_only() -> None:
    def general(service: str) -> str:
        text = (FOLDER / f"{service}.yaml").read_text("utf-8")
        for old, new in (
            (service, "SERVICE"),
            (service.upper(), "SERVICE"),
            (WEB[service], "WEB"),
            (WORK[service], "WORK"),
        ):
            text = text.replace(old, new)
        return text

    assert len({general(one) for one in SERVICES}) == 1


def test_every_address_leads_to_the_service_that_has_it() -> None:
    assert (FOLDER / "ingress.yaml").read_text("utf-8") == ingress.text()
    [found] = of("Ingress")
    paths = {
        one["path"]: one["backend"]["service"]["name"]
        for one in found["spec"]["rules"][0]["http"]["paths"]
    }
    for address, owner in addresses():
        parts = address.split("/")
        prefixes = ["/".join(parts[:n]) or "/" for n in range(len(parts), 0, -1)]
        assert next(paths[one] for one in prefixes if one in paths) == owner, address
