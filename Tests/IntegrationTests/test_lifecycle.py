"""Starting, reloading and stopping, with requests in flight."""

import json
import os
import pathlib
import threading
import time

import pytest

from harness.gateway import SWITCHYARD, eventually, model
from harness.ports import free_port
from harness.raw import RawConnection, request, statuses

CHAT = {"model": "capture", "messages": [{"role": "user", "content": "x"}]}


def test_sigterm_lets_a_stream_finish_and_exits_0(make_gateway, backend):
    gateway = make_gateway([model("steady", backend.url("slow/60/20"))])
    answers = []
    body = CHAT | {"model": "steady", "stream": True}
    thread = threading.Thread(target=lambda: answers.append(gateway.post("/v1/chat/completions", body)))
    thread.start()
    eventually(lambda: backend.requests and backend.last.chunks_sent > 5)
    idle = RawConnection(gateway.port)
    gateway.process.terminate()
    thread.join()
    status, _, body = answers[0]
    assert (status, body.count(b'"word "')) == (200, 60)
    assert body.endswith(b"data: [DONE]\n\n")
    assert gateway.process.wait(5) == 0
    assert idle.read_all() == b""
    assert len(gateway.rows("SELECT 1 FROM request WHERE outcome = 'completed'")) == 1


def test_sigterm_stops_new_requests_at_once(make_gateway, backend):
    gateway = make_gateway([model("steady", backend.url("slow/60/20"))])
    thread = threading.Thread(
        target=gateway.post, args=("/v1/chat/completions", CHAT | {"model": "steady", "stream": True})
    )
    thread.start()
    eventually(lambda: backend.requests and backend.last.chunks_sent > 2)
    gateway.process.terminate()
    time.sleep(0.2)
    try:
        status = gateway.get("/readyz")[0]
    except OSError:
        status = None
    assert status in (None, 503)
    thread.join()
    assert gateway.process.wait(5) == 0


def test_the_drain_has_a_deadline(make_gateway, backend):
    gateway = make_gateway([model("steady", backend.url("slow/1000/20"))], limits={"drain_seconds_max": 0.5})
    body = json.dumps(CHAT | {"model": "steady", "stream": True}).encode()
    with RawConnection(gateway.port) as connection:
        connection.send(request(body))
        eventually(lambda: backend.requests and backend.last.chunks_sent > 2)
        started = time.monotonic()
        gateway.process.terminate()
        assert gateway.process.wait(10) == 0
        # Reset, not ended: the client cannot take what it has for all.
        assert not connection.read_all().endswith(b"0\r\n\r\n")
    assert 0.3 < time.monotonic() - started < 5
    assert backend.last.gone.wait(2)
    assert gateway.rows("SELECT outcome FROM request")[0]["outcome"] != "completed"


def test_sighup_swaps_the_models(make_gateway, backend):
    gateway = make_gateway([model("old", backend.url("answer"))])
    gateway.configure([model("new", backend.url("answer"))])
    gateway.reload()
    eventually(lambda: gateway.post("/v1/chat/completions", CHAT | {"model": "new"})[0] == 200)
    assert gateway.post("/v1/chat/completions", CHAT | {"model": "old"})[0] == 404


def test_sighup_that_changes_what_only_a_start_can_says_so(make_gateway, backend):
    gateway = make_gateway([model("old", backend.url("answer"))])
    gateway.configure([model("new", backend.url("answer"))], loops=1)
    gateway.reload()
    eventually(lambda: "`loops` changes only with a restart" in gateway.log)
    assert gateway.post("/v1/chat/completions", CHAT | {"model": "old"})[0] == 200


def test_sighup_with_a_bad_file_changes_nothing_and_says_why(make_gateway, backend):
    gateway = make_gateway([model("old", backend.url("answer"))])
    gateway.configure([model("new", backend.url("answer"), qualty=0.5)])
    gateway.reload()
    eventually(lambda: "qualty" in gateway.log)
    assert "quality" in gateway.log
    assert gateway.post("/v1/chat/completions", CHAT | {"model": "old"})[0] == 200
    assert gateway.post("/v1/chat/completions", CHAT | {"model": "new"})[0] == 404


def test_a_request_in_flight_keeps_its_model_across_a_reload(make_gateway, backend):
    gateway = make_gateway([model("steady", backend.url("slow/50/20"))])
    answers = []
    body = CHAT | {"model": "steady", "stream": True}
    thread = threading.Thread(target=lambda: answers.append(gateway.post("/v1/chat/completions", body)))
    thread.start()
    eventually(lambda: backend.requests and backend.last.chunks_sent > 5)
    gateway.configure([model("new", backend.url("answer"))])
    gateway.reload()
    eventually(lambda: "configuration reloaded" in gateway.log)
    thread.join()
    assert answers[0][2].endswith(b"data: [DONE]\n\n")


def test_a_bad_file_stops_the_start_with_the_place_and_the_nearest_key(make_gateway, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("limits:\n  head_byts_max: 4096\n")
    gateway = make_gateway()
    result = gateway.command("check", "--config", str(path), "--models", str(gateway.models_path), check=False)
    assert result.returncode != 0
    assert "bad.yaml:2" in result.stderr + result.stdout
    assert "head_bytes_max" in result.stderr + result.stdout
    assert "Fatal" not in result.stderr
    assert gateway.command("serve", "--config", str(path), check=False).returncode == result.returncode


def test_a_taken_port_stops_the_start_with_a_clear_line(make_gateway, tmp_path):
    gateway = make_gateway()
    for listener in ("api", "admin"):
        other = json.loads(gateway.settings_path.read_text()) | {"state_directory": str(tmp_path / listener)}
        if listener == "admin":
            other["api"] = {"addresses": [f"127.0.0.1:{free_port()}"]}
        path = tmp_path / "other.yaml"
        path.write_text(json.dumps(other))
        files = ["--config", str(path), "--models", str(gateway.models_path)]
        result = gateway.command("serve", *files, check=False)
        assert result.returncode == 1
        assert other[listener]["addresses"][0] in result.stderr.splitlines()[-1]
        assert "in use" in result.stderr.splitlines()[-1]


def test_two_processes_do_not_write_one_ledger(make_gateway, tmp_path):
    gateway = make_gateway()
    other = json.loads(gateway.settings_path.read_text())
    other |= {name: {"addresses": [f"127.0.0.1:{free_port()}"]} for name in ("api", "admin")}
    path = tmp_path / "other.yaml"
    path.write_text(json.dumps(other))
    result = gateway.command("serve", "--config", str(path), "--models", str(gateway.models_path), check=False)
    assert result.returncode == 1
    assert str(gateway.database) in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("kind", ["a full disk", "a closed pipe"])
def test_a_log_that_cannot_be_written_stops_nothing(make_gateway, format, kind):
    gateway = make_gateway(logging={"format": format, "level": "debug"})
    assert gateway.stop() == 0
    log_path = pathlib.Path("/dev/full")
    if kind == "a closed pipe":
        reader, writer = os.pipe()
        log_path = pathlib.Path(f"/proc/self/fd/{writer}")
    gateway.start(log_path)
    if kind == "a closed pipe":
        os.close(reader)
        os.close(writer)
    gateway.reload()
    for _ in range(3):
        with RawConnection(gateway.port) as connection:
            assert statuses(connection.send(b"\0").read_all()) == [400]
    assert gateway.post("/v1/chat/completions", CHAT)[0] == 200
    assert gateway.stop() == 0


def test_the_effective_configuration_can_be_exported_and_imported(make_gateway, tmp_path):
    gateway = make_gateway()
    files = ["--config", str(gateway.settings_path), "--models", str(gateway.models_path)]
    exported = gateway.command("config", "export", *files).stdout
    assert json.loads(exported)
    path = tmp_path / "exported.json"
    path.write_text(exported)
    gateway.command("config", "import", str(path), "--into", str(tmp_path / "imported"))
    files = ["--config", str(tmp_path / "imported/switchyard.yaml"), "--models", str(tmp_path / "imported/models.yaml")]
    assert gateway.command("config", "export", *files).stdout == exported


def test_the_version_is_the_servers(make_gateway):
    gateway = make_gateway()
    assert SWITCHYARD
    version = gateway.command("version").stdout.strip()
    assert json.loads(gateway.get("/version")[2])["version"] in version
