"""A container engine without images, and a registry, both on this machine."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import tempfile
import time
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REGISTRY = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}/registry}}}}
http: {{addr: "{address}"}}
"""
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True, kw_only=True)
class ColdEngine:
    """An engine at `host`, for `docker --host`, that pulls from `registry`."""

    host: str
    registry: str

    def offer(self, image: str, name: str) -> str:
        """Push an image of the default engine to the registry and return its name there."""
        target = f"{self.registry}/{name}"
        _docker("tag", image, target)
        _docker("push", "--quiet", target)
        _docker("rmi", target)
        return target

    def forget(self) -> None:
        """Remove all images, so that the next container pulls its image."""
        if found := _docker("--host", self.host, "images", "--quiet").split():
            _docker("--host", self.host, "rmi", "--force", *found)

    def pulled_bytes(self, image: str) -> int:
        """Return the size of the download of an image in the registry."""
        name = image.partition("/")[2]
        request = urllib.request.Request(
            f"http://{self.registry}/v2/{name}/manifests/latest", headers={"Accept": MANIFEST}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            manifest = json.load(answer)
        return sum(part["size"] for part in [manifest["config"], *manifest["layers"]])


@contextlib.contextmanager
def cold_engine() -> Iterator[ColdEngine]:
    """Run engine and registry; needs root, dockerd and docker-registry."""
    bridge = f"cold{uuid.uuid4().hex[:6]}"
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        with socket.create_server(("127.0.0.1", 0)) as free:
            registry = f"127.0.0.1:{free.getsockname()[1]}"
        settings = folder / "registry.yml"
        settings.write_text(REGISTRY.format(folder=folder, address=registry), encoding="ascii")
        stack.enter_context(_running(["docker-registry", "serve", str(settings)], folder))
        # Without a bridge, this engine would delete the bridge of the default engine.
        subprocess.run(["ip", "link", "add", bridge, "type", "bridge"], check=True)
        stack.callback(subprocess.run, ["ip", "link", "delete", bridge], check=True)
        subprocess.run(["ip", "address", "add", "192.0.2.1/30", "dev", bridge], check=True)
        host = f"unix://{folder}/socket"
        command = [
            "dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec",
            "--pidfile", f"{folder}/pid", "--host", host, "--bridge", bridge,
            "--iptables=false", "--ip6tables=false",
        ]  # fmt: skip
        leftover = f"{folder}/exec/netns/default"  # a mount that the engine leaves behind
        stack.callback(subprocess.run, ["umount", "--lazy", leftover], check=False)
        stack.enter_context(_running(command, folder))
        _wait_for(["docker", "--host", host, "info"])
        yield ColdEngine(host=host, registry=registry)


@contextlib.contextmanager
def _running(command: Sequence[str], folder: Path) -> Iterator[None]:
    with Path(folder, f"{command[0]}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(command: Sequence[str], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while subprocess.run(command, check=False, capture_output=True).returncode:
        if time.monotonic() > until:
            raise SystemExit(f"{' '.join(command)} fails: is this root?")
        time.sleep(0.2)


def _docker(*arguments: str) -> str:
    return subprocess.run(
        ["docker", *arguments], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout
