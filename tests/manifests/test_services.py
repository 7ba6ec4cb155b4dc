"""What every service's manifest must have, and what it must not."""

import importlib

import pytest

from madoguchi.service.run import HTTP_GRACE_SECONDS, LEAVE_SECONDS
from manifests.rendered import (
    KUBERNETES,
    OVERLAYS,
    ROOT,
    containers,
    matches,
    of_kind,
    pods,
    rendered,
    services,
    variables,
)

pytestmark = pytest.mark.deploy

EVERY = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").is_file())
ALSO_READ = {"FORWARDED_ALLOW_IPS"}
"""Variables that are no setting of ours: uvicorn's, whose forwarding headers to believe."""


def test_every_service_is_there() -> None:
    for overlay in OVERLAYS:
        assert set(EVERY) <= set(services(overlay))


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", EVERY)
def test_its_variables_are_those_of_its_settings(overlay: str, service: str) -> None:
    settings = importlib.import_module(f"{service.replace('-', '_')}.settings").Settings
    fields = {name.upper(): field for name, field in settings.model_fields.items()}
    needed = {name for name, field in fields.items() if field.is_required()}
    (container,) = containers(services(overlay)[service]["spec"]["template"])
    found = set(variables(overlay, container))
    assert needed <= found, "needed and not set"
    assert found - ALSO_READ <= set(fields), "set, and no setting"


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", EVERY)
def test_values_are_good_for_its_settings(overlay: str, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = importlib.import_module(f"{service.replace('-', '_')}.settings").Settings
    (container,) = containers(services(overlay)[service]["spec"]["template"])
    for name, value in variables(overlay, container).items():
        monkeypatch.setenv(name, "mongodb://secret" if value is None else value)
    read = settings()
    (port,) = container["ports"]
    assert read.http_port == port["containerPort"]
    assert read.http_host == "0.0.0.0"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_pod_is_given_longer_than_draining_takes(overlay: str) -> None:
    for name, deployment in services(overlay).items():
        spec = deployment["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        drain = float(variables(overlay, container)["DRAIN_SECONDS"] or 0)
        before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        longest = before + drain + LEAVE_SECONDS + HTTP_GRACE_SECONDS
        assert spec["terminationGracePeriodSeconds"] > longest, name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_service_is_probed_spread_and_kept_up(overlay: str) -> None:
    budgets, doors = of_kind(overlay, "PodDisruptionBudget"), of_kind(overlay, "Service")
    for name, deployment in services(overlay).items():
        template = deployment["spec"]["template"]
        (container,) = template["spec"]["containers"]
        paths = {kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
        assert paths == {"startup": "/health/live", "liveness": "/health/live", "readiness": "/health/ready"}
        assert set(container["resources"]) == {"requests", "limits"}
        assert {one["topologyKey"] for one in template["spec"]["topologySpreadConstraints"]} >= {
            "kubernetes.io/hostname"
        }
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        labels = template["metadata"]["labels"]
        assert matches(deployment["spec"]["selector"], labels)
        assert matches(budgets[name]["spec"]["selector"], labels)
        assert budgets[name]["spec"]["maxUnavailable"] == 1
        assert matches({"matchLabels": doors[name]["spec"]["selector"]}, labels)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_shut_in(overlay: str) -> None:
    for name, template in pods(overlay):
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in containers(template):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_service_accounts_have_no_token_and_are_ones_own(overlay: str) -> None:
    accounts = of_kind(overlay, "ServiceAccount")
    assert all(account["automountServiceAccountToken"] is False for account in accounts.values())
    for name, deployment in services(overlay).items():
        assert deployment["spec"]["template"]["spec"]["serviceAccountName"] == name
        assert name in accounts


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_image_has_a_version(overlay: str) -> None:
    images = [container["image"] for _, template in pods(overlay) for container in containers(template)]
    assert images
    for image in images:
        name, _, tag = image.rpartition(":")
        assert name, image
        assert tag not in {"", "latest"}, image
        assert "/" not in tag, image


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_namespace_takes_restricted_pods_only_and_everything_is_in_it(overlay: str) -> None:
    (namespace,) = of_kind(overlay, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for one in rendered(overlay):
        assert one["kind"] == "Namespace" or one["metadata"]["namespace"] == "madoguchi"


def test_no_text_names_the_tag_latest() -> None:
    for path in KUBERNETES.rglob("*.yaml"):
        assert ":latest" not in path.read_text("utf-8"), path
