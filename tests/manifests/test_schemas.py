"""Every object of every overlay is one that an API server takes."""

from copy import deepcopy

import kubernetes_validate
import pytest

from manifests.rendered import OVERLAYS, Manifest, of_kind, rendered
from manifests.schemas import definitions, problems

pytestmark = pytest.mark.deploy

VERSION = "1.34"


@pytest.mark.timeout(600)
def test_kubernetes_own_objects_are_strictly_valid() -> None:
    own = [one for overlay in OVERLAYS for one in rendered(overlay) if not _custom(one)]
    distinct = {repr(one): one for one in own}.values()
    assert len(distinct) > 50
    for one in distinct:
        kubernetes_validate.validate(one, VERSION, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_custom_resources_fit_their_definitions(overlay: str) -> None:
    custom = [one for one in rendered(overlay) if _custom(one)]
    assert custom
    wrong = {f"{one['kind']}/{one['metadata']['name']}": problems(one) for one in custom}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_a_field_that_a_definition_does_not_know_is_found() -> None:
    (monitor,) = of_kind("local", "PodMonitor").values()
    wrong = deepcopy(monitor)
    wrong["spec"]["podMetricsEndpoints"][0]["intervall"] = "15s"
    assert any("intervall" in problem for problem in problems(wrong))


def test_a_field_that_kubernetes_does_not_know_is_found() -> None:
    wrong = deepcopy(of_kind("local", "Deployment")["identity"])
    wrong["spec"]["template"]["spec"]["containers"][0]["imagePulPolicy"] = "Never"
    with pytest.raises(kubernetes_validate.ValidationError, match="imagePulPolicy"):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def _custom(one: Manifest) -> bool:
    return (one["apiVersion"], one["kind"]) in definitions()
