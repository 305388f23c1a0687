"""Encoders are taken from a folder or from a hub, tried, and kept only if they work."""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.gateway import SWITCHYARD

FIXTURES = pathlib.Path(__file__).parents[1] / "Fixtures/encoders"


class Hub:
    """A hub of the tiny models, as Hugging Face lays its files out; large files are redirected to where they are kept."""

    def __init__(self):
        self.asked = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                hub.asked.append((self.path, self.headers.get("authorization")))
                owner, name, *rest = self.path.strip("/").split("/")
                if owner == "kept":
                    return self.answer(200, (FIXTURES / name / rest[0]).read_bytes())
                if name == "broken":
                    return self.answer(500, b"sorry")
                file = FIXTURES / name / rest[-1]
                if rest[:2] != ["resolve", "v1"] or not file.exists():
                    return self.answer(404, b"Entry not found")
                if file.name == "model.safetensors":
                    return self.answer(302, b"", location=f"/kept/{name}/{file.name}")
                self.answer(200, file.read_bytes())

            def answer(self, status, body, **headers):
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hub():
    hub = Hub()
    yield hub
    hub.close()


@pytest.fixture
def encoder(tmp_path):
    """Runs `switchyard encoder` with a state of its own, and says how it ended and what it wrote."""
    settings = tmp_path / "switchyard.yaml"
    settings.write_text(f"state_directory: {tmp_path}/state\n")

    def run(*arguments, **environment):
        command = [SWITCHYARD, "encoder", *arguments, "--config", str(settings)]
        clean = {key: value for key, value in os.environ.items() if key != "HF_TOKEN"}
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, env=clean | environment)
        return result.returncode, result.stdout.strip(), result.stderr.strip()

    run.kept = tmp_path / "state/encoders"
    return run


def test_a_folder_is_tried_and_kept(encoder, tmp_path):
    code, path, notes = encoder("add", str(FIXTURES / "bert-labels"), "--name", "tiny")
    assert (code, path) == (0, str(encoder.kept / "tiny"))
    assert "2 layers of 32 values, labels easy, middling, hard" in notes
    assert sorted(file.name for file in (encoder.kept / "tiny").iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    # Another of that name takes its place.
    assert encoder("add", str(FIXTURES / "modernbert-labels"), "--name", "tiny")[0] == 0
    assert encoder("list")[1].startswith(f"{encoder.kept / 'tiny'}: 4 layers")


def test_a_folder_that_does_not_work_changes_nothing(encoder, tmp_path):
    assert encoder("add", str(FIXTURES / "bert"))[0] == 0
    spoilt = tmp_path / "bert"
    shutil.copytree(FIXTURES / "bert", spoilt)
    weights = (spoilt / "model.safetensors").read_bytes()
    (spoilt / "model.safetensors").write_bytes(weights[:-1])
    code, _, notes = encoder("add", str(spoilt))
    assert code == 1 and "not a safetensors file: its tensors end at byte" in notes
    (spoilt / "model.safetensors").unlink()
    assert "has no model.safetensors" in encoder("add", str(spoilt))[2]
    assert (encoder.kept / "bert/model.safetensors").read_bytes() == weights
    assert [file.name for file in encoder.kept.iterdir()] == ["bert"]


def test_a_model_is_fetched_from_a_hub(encoder, hub):
    code, path, notes = encoder("add", "tiny/bert", "--revision", "v1", "--endpoint", hub.url, HF_TOKEN="hf_secret")
    assert (code, path) == (0, str(encoder.kept / "bert")), notes
    for name in ["config.json", "model.safetensors", "tokenizer.json"]:
        assert (encoder.kept / "bert" / name).read_bytes() == (FIXTURES / "bert" / name).read_bytes()
    assert ("/tiny/bert/resolve/v1/config.json", "Bearer hf_secret") in hub.asked
    assert "/kept/bert/model.safetensors" in [path for path, _ in hub.asked]


def sharded(source, target):
    """The model of `source` with its weights in two files, as transformers writes large ones."""
    shutil.copytree(source, target)
    whole = (source / "model.safetensors").read_bytes()
    (target / "model.safetensors").unlink()
    size = struct.unpack("<Q", whole[:8])[0]
    header, body = json.loads(whole[8 : 8 + size]), whole[8 + size :]
    names = sorted(name for name in header if name != "__metadata__")
    places = {}
    for part, chosen in enumerate((names[::2], names[1::2]), start=1):
        file, tensors, data = f"model-0000{part}-of-00002.safetensors", {}, b""
        for name in chosen:
            begin, end = header[name]["data_offsets"]
            tensors[name] = header[name] | {"data_offsets": [len(data), len(data) + end - begin]}
            data += body[begin:end]
            places[name] = file
        text = json.dumps(tensors).encode()
        (target / file).write_bytes(struct.pack("<Q", len(text)) + text + data)
    (target / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    return places


@pytest.mark.parametrize("name", ["bert-labels", "modernbert-labels"])
def test_weights_in_several_files_are_one_model(encoder, tmp_path, name):
    places = sharded(FIXTURES / name, tmp_path / "large")
    code, path, notes = encoder("add", str(tmp_path / "large"))
    assert code == 0 and "labels easy, middling, hard" in notes, notes
    assert {file.name for file in pathlib.Path(path).glob("*.safetensors")} == set(places.values())
    text = b'{"id":1,"prompt":"How hard is it?"}\n'
    command = [SWITCHYARD, "evaluate", "score", "--models", "a,b", "--router"]
    whole, parts = (
        json.loads(subprocess.run([*command, str(folder)], input=text, capture_output=True, timeout=60, check=True).stdout)
        for folder in (FIXTURES / name, path)
    )
    assert (parts["class"], parts["confidence"]) == (whole["class"], whole["confidence"])


def test_what_is_wrong_with_several_files_is_said(encoder, tmp_path):
    folder = tmp_path / "large"
    places = sharded(FIXTURES / "bert", folder)
    index = folder / "model.safetensors.index.json"
    for file, expected in [("../secret.safetensors", "not the name of a file"), ("/etc/passwd", "not the name of a file"),
                           ("other.safetensors", "has no other.safetensors"), (7, "is not a text")]:
        index.write_text(json.dumps({"weight_map": places | {"more": file}}))
        code, _, notes = encoder("add", str(folder))
        assert code == 1 and expected in notes, notes
    for text, expected in [("[]", "expected a JSON object"), ("{}", "no weight_map"), ('{"weight_map": {}}', "names 0 files")]:
        index.write_text(text)
        code, _, notes = encoder("add", str(folder))
        assert code == 1 and expected in notes, notes
    index.write_text(json.dumps({"weight_map": places | {"more": min(places.values())}}))
    assert "there is no tensor more" in encoder("add", str(folder))[2]
    index.write_text(json.dumps({"weight_map": places}))
    second = folder / max(places.values())
    second.write_bytes(second.read_bytes()[:-1])
    assert "its tensors end at byte" in encoder("add", str(folder))[2]
    assert not encoder.kept.exists() or not list(encoder.kept.iterdir())


def test_several_files_are_fetched_from_a_hub(encoder, hub, tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "FIXTURES", tmp_path)
    places = sharded(pathlib.Path(__file__).parents[1] / "Fixtures/encoders/bert", tmp_path / "large")
    code, path, notes = encoder("add", "tiny/large", "--revision", "v1", "--endpoint", hub.url)
    assert code == 0, notes
    assert {file.name for file in pathlib.Path(path).glob("*.safetensors")} == set(places.values())


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["tiny/absent"], "tiny/absent has no config.json"),
        (["tiny/broken"], "the hub answered 500"),
        (["tiny/bert", "--file-bytes-max", "1000"], "Maximum file size exceeded"),
        (["tiny/../bert"], "neither a folder nor a model of the hub"),
        (["a/b/c"], "neither a folder nor a model of the hub"),
        (["tiny/bert", "--revision", "../main"], "can't be called"),
        (["tiny/bert", "--name", "../outside"], "can't be called"),
        (["tiny/bert", "--endpoint", "ftp://127.0.0.1"], "is not the address of a hub"),
        (["tiny/bert", "--endpoint", "http://127.0.0.1:1"], "Failed to connect"),
    ],
)
def test_a_hub_that_does_not_give_it_is_told_of(encoder, hub, arguments, expected):
    options = [] if "--endpoint" in arguments else ["--endpoint", hub.url]
    revision = [] if "--revision" in arguments else ["--revision", "v1"]
    code, _, notes = encoder("add", *arguments, *revision, *options)
    assert code == 1 and expected in notes, notes
    assert not encoder.kept.exists() or not list(encoder.kept.iterdir())
