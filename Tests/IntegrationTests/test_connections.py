"""Many connections, too many, and the files that listening leaves behind."""

import os
import resource
import select
import socket
import ssl
import stat
import time

import pytest

from harness.gateway import eventually, make_certificate, model
from harness.raw import RawConnection, request, statuses

HEALTH = request(b"", "/healthz", method="GET", close=False)


def resident_bytes(gateway):
    with open(f"/proc/{gateway.pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def cpu_seconds(gateway):
    with open(f"/proc/{gateway.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_10_000_idle_connections_cost_little_and_others_are_served(make_gateway):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 10_200:
        pytest.skip(f"this machine allows {hard} descriptors a process")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    gateway = make_gateway(limits={"connections_max": 10_010})
    before = resident_bytes(gateway)
    idle = []
    try:
        for _ in range(10_000):
            connection = socket.create_connection(("127.0.0.1", gateway.port))
            connection.sendall(HEALTH)
            idle.append(connection)
        for connection in idle:
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert gateway.metric("switchyard_connections") >= 10_000
        grown = resident_bytes(gateway) - before
        assert grown < 200 << 20, f"{grown / 10_000:.0f} bytes a connection"
        busy = cpu_seconds(gateway)
        time.sleep(1)
        assert cpu_seconds(gateway) - busy < 0.5, "idle connections need no processor"
    finally:
        for connection in idle:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    eventually(lambda: gateway.metric("switchyard_connections") < 10, seconds=20)


def test_too_many_connections_are_told_so(make_gateway):
    gateway = make_gateway(limits={"connections_max": 5})
    held = [RawConnection(gateway.port).send(HEALTH) for _ in range(5)]
    for connection in held:
        connection.read_until(b"\r\n\r\n")
    with RawConnection(gateway.port) as refused:
        answer = refused.send(HEALTH).read_all()
    assert statuses(answer) == [503]
    assert b'"error"' in answer
    for connection in held:
        connection.socket.close()
    eventually(lambda: gateway.get("/healthz")[0] == 200)


def test_a_lack_of_descriptors_stops_nobody_who_is_there(make_gateway):
    gateway = make_gateway()
    held = RawConnection(gateway.port).send(HEALTH)
    held.read_until(b"\r\n\r\n")
    count = len(os.listdir(f"/proc/{gateway.pid}/fd"))
    resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, (count + 10, count + 10))
    waiting = [RawConnection(gateway.port).send(HEALTH) for _ in range(40)]
    busy = cpu_seconds(gateway)
    time.sleep(1)
    assert cpu_seconds(gateway) - busy < 0.5, "a loop that cannot accept must rest"
    assert statuses(held.send(HEALTH).read_until(b"\r\n\r\n")) == [200]
    # As those who are served go, those who wait get their turn, in whichever order.
    while waiting:
        served, _, _ = select.select([connection.socket for connection in waiting], [], [], 10)
        assert served
        for connection in [connection for connection in waiting if connection.socket in served]:
            assert statuses(connection.read_until(b"\r\n\r\n")) == [200]
            connection.socket.close()
            waiting.remove(connection)
    assert gateway.get("/healthz")[0] == 200


def test_a_unix_socket_serves_its_owner_and_survives_a_kill(make_gateway, backend, tmp_path):
    path = str(tmp_path / "api.sock")
    gateway = make_gateway()
    addresses = [f"127.0.0.1:{gateway.port}", f"unix:{path}"]

    def ask():
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(HEALTH)
            return client.recv(4096)

    gateway.stop()
    gateway.configure([model("m", backend.url("answer"))], api={"addresses": addresses})
    gateway.start()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
    assert statuses(ask()) == [200]
    gateway.kill()
    assert os.path.exists(path)
    gateway.start()
    assert statuses(ask()) == [200]
    assert gateway.stop() == 0
    assert not os.path.exists(path)


def test_sighup_shows_new_connections_a_new_certificate(make_gateway, backend, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    admin_certificate, admin_key = tmp_path / "admin.pem", tmp_path / "admin_key.pem"

    def connect(name, certificate=certificate, port=None):
        context = ssl.create_default_context(cafile=certificate)
        plain = socket.create_connection(("127.0.0.1", port or gateway.port), timeout=10)
        return context.wrap_socket(plain, server_hostname=name)

    def ask(connection):
        connection.sendall(HEALTH)
        return statuses(connection.recv(4096))

    make_certificate("first.test", certificate, key)
    make_certificate("admin.test", admin_certificate, admin_key)
    gateway = make_gateway()
    gateway.stop()
    addresses = {"addresses": [f"127.0.0.1:{gateway.port}"]}
    files = {"tls_certificate": str(certificate), "tls_key": str(key)}
    admin = {
        "addresses": [f"127.0.0.1:{gateway.admin_port}"],
        "tls_certificate": str(admin_certificate),
        "tls_key": str(admin_key),
    }
    gateway.configure([model("m", backend.url("answer"))], api=addresses | files, admin=admin)
    gateway.wait_until_serving = lambda url: eventually(lambda: is_serving(connect, ask), seconds=20)
    gateway.start()
    old = connect("first.test")
    assert ask(old) == [200]
    make_certificate("second.test", certificate, key)
    gateway.reload()
    eventually(lambda: "configuration reloaded" in gateway.log)
    with connect("second.test") as new:
        assert ask(new) == [200]
    assert ask(old) == [200], "a connection outlives its certificate"
    with connect("admin.test", admin_certificate, gateway.admin_port) as own:
        own.sendall(HEALTH)
        assert own.recv(4096).startswith(b"HTTP/1.1 "), "each listener keeps its own certificate"
    key.write_text("no key")
    gateway.reload()
    eventually(lambda: "not reloaded" in gateway.log)
    assert str(key) in gateway.log
    with connect("second.test") as still:
        assert ask(still) == [200]


def is_serving(connect, ask):
    try:
        with connect("first.test") as connection:
            return ask(connection) == [200]
    except OSError:
        return False
