"""The cluster that KUBECONFIG names, by `kubectl`."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

NAMESPACE: Final = "madoguchi"
WARNING: Final = "Warning:"


class NotPossible(Exception):
    """It cannot go on; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Calls `kubectl`; every call has a time limit in seconds."""

    program: str

    def run(self, *words: str, stdin: bytes | None = None, within: float = 180.0) -> str:
        """What it prints. Raises `NotPossible` with its last words."""
        done = self.tried(*words, stdin=stdin, within=within)
        if done.returncode:
            raise NotPossible(f"kubectl {' '.join(words)}: {_last(done.stderr)}")
        return done.stdout.decode()

    def tried(
        self, *words: str, stdin: bytes | None = None, within: float = 180.0
    ) -> "subprocess.CompletedProcess[bytes]":
        """The same, whatever comes of it. Raises `NotPossible` when it takes too long."""
        try:
            return subprocess.run([self.program, *words], input=stdin, capture_output=True, check=False, timeout=within)
        except subprocess.TimeoutExpired:
            raise NotPossible(f"kubectl {' '.join(words)}: not within {within:.0f} s") from None

    def here(self, *words: str, stdin: bytes | None = None, within: float = 180.0) -> str:
        """`run`, in Madoguchi's namespace."""
        return self.run("--namespace", NAMESPACE, *words, stdin=stdin, within=within)

    def begun(self, *words: str) -> "subprocess.Popen[bytes]":
        """A call in the namespace that goes on; its output is this program's own."""
        return subprocess.Popen([self.program, "--namespace", NAMESPACE, *words], stdin=subprocess.DEVNULL)

    def apply(self, *words: str) -> str:
        """Server-side apply. Raises `NotPossible` also for a warning."""
        done = self.tried("apply", "--server-side", "--force-conflicts", *words)
        said = done.stderr.decode()
        if done.returncode or WARNING in said:
            raise NotPossible(f"kubectl apply {' '.join(words)}:\n{said.strip()}")
        return done.stdout.decode()

    def objects(self, kind: str, *words: str) -> list[dict[str, Any]]:
        """Objects of a kind in the namespace."""
        found: list[dict[str, Any]] = json.loads(self.here("get", kind, "--output=json", *words))["items"]
        return found

    def pods(self, service: str) -> list[str]:
        """Names of a service's pods that are ready and not on their way out."""
        found = self.objects("pods", f"--selector=app.kubernetes.io/name={service}")
        return sorted(pod["metadata"]["name"] for pod in found if _serving(pod))

    def settled(self, services: Sequence[str], within: float = 600.0) -> None:
        """Wait until every Deployment has what it should have, new and ready."""
        for name in services:
            wait = f"--timeout={within:.0f}s"
            self.here("rollout", "status", f"deployment/{name}", wait, within=within + 10)

    def evict(self, pod: str) -> str:
        """Ask for a pod to go, as `kubectl drain` does; what was said when it was refused, else nothing."""
        wish = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": NAMESPACE},
        }
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction"
        done = self.tried("create", "--raw", path, "--filename=-", stdin=json.dumps(wish).encode())
        return _last(done.stderr) if done.returncode else ""


def opened() -> Cluster:
    """The cluster, if it answers. Raises `NotPossible`."""
    program = shutil.which("kubectl")
    if program is None:
        raise NotPossible(
            "There is no kubectl here. It comes from Kubernetes' own packages; Debian 13 and newer: "
            "sudo apt-get install kubernetes-client"
        )
    cluster = Cluster(program)
    done = cluster.tried("get", "--raw=/readyz", "--request-timeout=10s", within=30)
    if done.returncode:
        where = os.environ.get("KUBECONFIG") or "~/.kube/config"
        raise NotPossible(
            f"No cluster answers ({where}): {_last(done.stderr)}\n"
            "Start one (kind, k3d, minikube, a real one) and name its configuration: export KUBECONFIG=<file>"
        )
    return cluster


def _serving(pod: dict[str, Any]) -> bool:
    ready = {one["type"]: one["status"] for one in pod["status"].get("conditions", [])}.get("Ready") == "True"
    return ready and "deletionTimestamp" not in pod["metadata"]


def _last(said: bytes) -> str:
    return "\n".join(said.decode(errors="replace").strip().splitlines()[-6:])
