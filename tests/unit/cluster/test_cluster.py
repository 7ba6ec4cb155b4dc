"""The demo on a cluster: what it says when it cannot go on, and what it sends."""

import os
from pathlib import Path

import pytest
import yaml

from cluster import __main__ as command
from cluster import program, town
from cluster.kubectl import Cluster, NotPossible, opened
from madoguchi_sandbox.kubernetes.secrets import USED


def kubectl(folder: Path, script: str) -> Cluster:
    """A program that is called like kubectl."""
    path = folder / "kubectl"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Cluster(str(path))


def test_without_kubectl_it_says_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotPossible, match="no kubectl here"):
        opened()


def test_without_a_cluster_it_says_what_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kubectl(tmp_path, "echo refused >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(NotPossible, match=r"(?s)refused.*export KUBECONFIG"):
        opened()


def test_a_warning_at_applying_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match="deprecated"):
        kubectl(tmp_path, "echo 'Warning: deprecated' >&2").apply("--kustomize", "somewhere")


def test_a_used_cluster_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match="kubectl delete namespace madoguchi"):
        command._refuse_a_used_one(kubectl(tmp_path, "exit 0"))


def test_an_image_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    pod = {"template": {"spec": {"containers": [{"image": "madoguchi/identity:1"}]}}}
    text = yaml.safe_dump({"kind": "Deployment", "spec": pod})
    (tmp_path / "manifest").write_text(text)
    cluster = kubectl(tmp_path, f"cat {tmp_path}/manifest")
    with pytest.raises(NotPossible, match="madoguchi/identity:1 could not be loaded: no such command"):
        command._load(cluster, tmp_path, "echo 'no such command' >&2; false")


def test_images_are_those_of_pods_that_are_to_run() -> None:
    def workload(image: str, **more: int) -> dict[str, object]:
        return {"spec": {**more, "template": {"spec": {"containers": [{"image": image}]}}}}

    manifests = [workload("a:1", replicas=2), workload("b:1", replicas=0), workload("a:1"), {"kind": "Secret"}]
    assert command._images(yaml.safe_dump_all(manifests)) == ["a:1"]


def test_the_overlay_brings_the_town_and_each_service_its_secrets(tmp_path: Path) -> None:
    overlay = town.made(tmp_path)
    made = yaml.safe_load((overlay / "kustomization.yaml").read_text())
    assert (overlay / made["resources"][0] / "kustomization.yaml").is_file()
    secrets = {one["name"]: one["files"] for one in made["secretGenerator"]}
    assert {f"{service}-990019" for service in USED} <= set(secrets)
    for sources in secrets.values():
        assert all((overlay / source.rpartition("=")[2]).is_file() for source in sources)


def test_what_residents_need_fits_in_one_message() -> None:
    """Below what an API server and its way to a pod take in one stream without ado."""
    assert 1_000 < len(program._packed()) < 20_000_000
