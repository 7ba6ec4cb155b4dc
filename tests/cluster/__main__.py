"""`python -m cluster`: the whole counter on the cluster that KUBECONFIG names."""

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
import yaml
from rich.console import Console

from cluster import program, town
from cluster.kubectl import NAMESPACE, Cluster, NotPossible, opened
from cluster.strikes import Strikes, image_of
from crowd.diary import Diary
from madoguchi.contracts.flow import ALL_SERVICES

KUBERNETES: Final = Path(__file__).parents[2] / "deploy/kubernetes"
OTHERS: Final = ("staging", "production")
SEED: Final = 1
AUDIT_SECONDS: Final = 1800.0
console = Console(highlight=False)
T = TypeVar("T")


def main(
    *,
    load: Annotated[
        str, typer.Option(envvar="LOAD_IMAGE", help="Command that brings {image} to the cluster's nodes.")
    ] = "",
    threads: Annotated[int, typer.Option(min=1, help="How many residents come at most.")] = 1000,
    rate: Annotated[float, typer.Option(min=0.01, help="How many arrive a second.")] = 0.25,
    folder: Annotated[Path, typer.Option("--dir", help="Run-time folder.")] = Path(".madoguchi/kubernetes"),
    new_version: Annotated[
        str, typer.Option("--new-version", help="Tag of the services' images to roll to, built with VERSION=<tag>.")
    ] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running.")] = False,
) -> None:
    """Apply, play the main job, strike under load, audit; ends with 1 when anything that must be 0 is not."""
    folder = folder.resolve()
    try:
        cluster = opened()
        _refuse_a_used_one(cluster)
        overlay = _said("the sandbox town is made", lambda: town.made(folder))
        _load(cluster, overlay, load, [image_of(name, new_version) for name in ALL_SERVICES if new_version])
        try:
            _applied(cluster, overlay)
            report = _played(cluster, folder, (threads, rate), new_version)
        finally:
            _logs(cluster, folder / "logs")
            if not keep:
                _removed(cluster)
    except NotPossible as error:
        console.print(f"[red]✗[/] {error}", soft_wrap=True)
        raise typer.Exit(2) from None
    console.print(json.dumps(report, ensure_ascii=False, indent=2), soft_wrap=True)
    if report["bad"]:
        console.print(f"[red]✗[/] not 0: {', '.join(report['bad'])}")
        raise typer.Exit(1)
    console.print("[green]✓[/] everything that must be 0 is 0")


def _refuse_a_used_one(cluster: Cluster) -> None:
    if cluster.tried("get", "namespace", NAMESPACE).returncode == 0:
        raise NotPossible(
            f"The cluster has a namespace {NAMESPACE} already. If nothing in it is needed: "
            f"kubectl delete namespace {NAMESPACE}"
        )


def _load(cluster: Cluster, overlay: Path, command: str, more: Sequence[str] = ()) -> None:
    """Bring the images there. Without a command, the cluster must be able to pull them itself. `more`: beside what
    the overlay names."""
    if not command:
        return
    for image in (*_images(cluster.run("kustomize", str(overlay))), *more):
        done = subprocess.run(
            command.replace("{image}", image), shell=True, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotPossible(
                f"{image} could not be loaded: {done.stderr.strip() or done.stdout.strip()}\n"
                "`make images service-images` builds the images; LOAD_IMAGE names the command, e.g. "
                "LOAD_IMAGE='kind load docker-image {image}'."
            )
    console.print("[green]✓[/] the images are on the cluster")


def _images(manifests: str) -> list[str]:
    """Every image of a pod that is to run."""
    found = set()
    for one in yaml.safe_load_all(manifests):
        spec = one.get("spec", {})
        if isinstance(spec.get("template"), dict) and spec.get("replicas") != 0:
            pod = spec["template"]["spec"]
            found |= {container["image"] for container in [*pod.get("initContainers", []), *pod["containers"]]}
    return sorted(found)


def _applied(cluster: Cluster, overlay: Path) -> None:
    """Definitions, then everything; then, without keeping it, what other overlays would put there."""
    crds = str(KUBERNETES / "crds")
    _said("the definitions of custom resources are there", lambda: cluster.apply("--kustomize", crds))
    cluster.run("wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout=60s")
    _said("the overlay `local` is applied, without a warning", lambda: cluster.apply("--kustomize", str(overlay)))
    for other in OTHERS:
        dry = partial(cluster.apply, "--dry-run=server", "--kustomize", str(KUBERNETES / "overlays" / other))
        _said(f"the overlay `{other}` would be taken, without a warning", dry)
    _said("the topics are made", lambda: _finished(cluster, "job/topics"))
    _said("every pod is ready", lambda: _ready(cluster))


def _finished(cluster: Cluster, job: str) -> None:
    cluster.here("wait", "--for=condition=complete", job, "--timeout=600s", within=610)


def _ready(cluster: Cluster) -> None:
    for name in ("kafka", "mongodb", "sandbox"):
        cluster.here("rollout", "status", f"statefulset/{name}", "--timeout=600s", within=610)
    cluster.settled(ALL_SERVICES)


def _played(cluster: Cluster, folder: Path, crowd_of: tuple[int, float], new_version: str) -> dict[str, Any]:
    program.brought(cluster)
    _in_pod(cluster, "demo")
    console.print("[green]✓[/] the main job is played through the Services")
    _in_pod(cluster, "staff")
    console.print("[green]✓[/] a referred case is decided at the console by two people who signed in")
    faults = folder / "faults.jsonl"
    faults.unlink(missing_ok=True)
    diary = Diary.at(faults)
    strikes = Strikes(cluster, diary, console, new_version)
    crowd = cluster.begun(*program.call("crowd", *map(str, crowd_of), str(SEED)))
    try:
        strikes.all()
        program.put(cluster, program.ENOUGH, b"")
        if crowd.wait(timeout=AUDIT_SECONDS):
            raise NotPossible("The crowd's program ended with an error; see above.")
    finally:
        crowd.kill()
        diary.close()
    program.put(cluster, program.FAULTS, faults.read_bytes())
    console.print("Everybody has left; waiting until nothing more arrives anywhere, then counting …")
    _in_pod(cluster, "audit", str(SEED))
    said = cluster.here("exec", *program.POD, "--", "cat", program.REPORT)
    (folder / "report.json").write_text(said, "utf-8")
    report: dict[str, Any] = json.loads(said)
    return report


def _in_pod(cluster: Cluster, *words: str) -> None:
    if cluster.begun(*program.call(*words)).wait(timeout=AUDIT_SECONDS):
        raise NotPossible(f"In the sandbox's pod, `{' '.join(words)}` did not end well; see above.")


def _logs(cluster: Cluster, folder: Path) -> None:
    """What the pods that are there now have said."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in cluster.tried("--namespace", NAMESPACE, "get", "pods", "--output=name").stdout.decode().split():
        said = cluster.tried("--namespace", NAMESPACE, "logs", name, "--all-containers", "--prefix").stdout
        (folder / f"{name.removeprefix('pod/')}.log").write_bytes(said)


def _removed(cluster: Cluster) -> None:
    cluster.tried("delete", "namespace", NAMESPACE, "--timeout=300s", within=310)


def _said(what: str, act: Callable[[], T]) -> T:
    began = time.monotonic()
    came = act()
    console.print(f"[green]✓[/] {what} [dim]({time.monotonic() - began:.1f} s)[/]")
    return came


if __name__ == "__main__":
    typer.run(main)
