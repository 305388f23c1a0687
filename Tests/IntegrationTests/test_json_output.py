"""What a program may read: `--json` prints one JSON document on standard output, and nothing else."""

import json
import pathlib
import subprocess

import pytest

from harness.gateway import SWITCHYARD

CONFIG = pathlib.Path(__file__).parents[2] / "Config"
REGISTRIES = sorted(CONFIG.glob("registries/*.yaml")) + sorted(CONFIG.glob("examples/*.yaml"))


def run(folder, *arguments):
    return subprocess.run([SWITCHYARD, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("path", REGISTRIES, ids=lambda path: path.stem)
def test_every_registry_that_ships_is_checked(tmp_path, path):
    answer = run(tmp_path, "check", "--models", str(path), "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["registry"]["models"]


def test_commands_that_need_no_gateway(tmp_path):
    for arguments in (
        ["version", "--json"],
        ["check", "--json"],
        ["bench", "strategies", "--json"],
        ["config", "export"],
    ):
        answer = run(tmp_path, *arguments)
        assert answer.returncode == 0, (arguments, answer.stderr)
        json.loads(answer.stdout)


def test_commands_that_ask_a_gateway(gateway):
    files = ["--config", str(gateway.settings_path), "--models", str(gateway.models_path)]
    chat = {"model": "capture", "messages": [{"role": "user", "content": "x"}]}
    assert gateway.post("/v1/chat/completions", chat)[0] == 200
    for arguments in (
        ["report", *files, "--json"],
        ["route", "--prompt", "hi", "--json", "--gateway", f"http://127.0.0.1:{gateway.port}"],
        ["route", "--prompt", "hi", "--execute", "--json", "--gateway", f"http://127.0.0.1:{gateway.port}"],
    ):
        answer = run(gateway.settings_path.parent, *arguments)
        assert answer.returncode == 0, (arguments, answer.stderr)
        json.loads(answer.stdout)
