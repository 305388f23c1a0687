"""What `deploy` hands to other programs is what they take: Kubernetes, and the linter of Dockerfiles."""

import pathlib
import shutil
import subprocess
import sys

import pytest

CHECKOUT = pathlib.Path(__file__).parents[2]
KUBERNETES = CHECKOUT / "deploy/kubernetes"
OVERLAYS = sorted(folder.name for folder in (KUBERNETES / "overlays").iterdir())


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=50, cwd=CHECKOUT)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubernetes_takes_every_overlay(overlay, tmp_path):
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl, whose kustomize builds overlays")
    built = run("kubectl", "kustomize", str(KUBERNETES / "overlays" / overlay))
    assert built.returncode == 0, built.stderr
    assert "deprecated" not in built.stderr
    path = tmp_path / "all.yaml"
    path.write_text(built.stdout)
    checked = run(sys.executable, "-m", "kubernetes_validate", "--strict", str(path))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    # Each pod has no rights but those that it needs, and no secret stands in a file.
    assert built.stdout.count("readOnlyRootFilesystem: true") == built.stdout.count("image: ")
    assert "runAsNonRoot: true" in built.stdout
    assert "kind: Secret" not in built.stdout


@pytest.mark.parametrize("path", ["Dockerfile", "deploy/compose/nginx/Dockerfile"])
def test_dockerfiles_are_clean(path):
    linted = run(str(pathlib.Path(sys.executable).parent / "hadolint"), path)
    assert linted.returncode == 0, linted.stdout + linted.stderr
