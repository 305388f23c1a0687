"""docker-compose.yml on a real engine, as a user of it meets it: `deploy/test-compose` runs this.

The images are built from the checkout, containers and volumes are this project's own and go at the end. The models are the simulated
ones of the image.
"""

import json
import os
import pathlib
import secrets
import subprocess
import threading
import time
import urllib.error
import urllib.request

import openai
import pytest

CHECKOUT = pathlib.Path(__file__).parents[3]
PROJECT = "switchyard-test"
NAMES = ("ADMIN_TOKEN", "API_KEY", "KEY_PEPPER", "DATABASE_PASSWORD")
SECRETS = {f"SWITCHYARD_{name}": secrets.token_hex(32) for name in NAMES}
PROFILES = ("postgres", "gpu", "cpu-llm", "grafana")
SINGLE, REPLICAS = 8080, 8082

pytestmark = pytest.mark.timeout(1800)


def compose(*arguments, environment=SECRETS, check=True):
    base = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHYARD_")}
    done = subprocess.run(
        ["docker", "compose", "-p", PROJECT, "--env-file", "/dev/null", *arguments],
        env=base | environment, cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )
    assert not check or done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done


def docker(*arguments):
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout


def containers(service):
    return compose("ps", "-q", service).stdout.split()


def fetch(port, path, token=None, body=None, method=None):
    headers = {"authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def admin(port, path, body=None, method=None):
    status, text = fetch(port + 1, f"/admin/v1/{path}", SECRETS["SWITCHYARD_ADMIN_TOKEN"], body, method)
    assert status == 200, text
    return json.loads(text)


def eventually(condition, seconds):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.2)
    return value


def client(port):
    key = SECRETS["SWITCHYARD_API_KEY"]
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=key, max_retries=0, timeout=60)


def chat(port, text="Hello", model="auto"):
    answer = client(port).chat.completions.create(model=model, messages=[{"role": "user", "content": text}], max_tokens=16)
    assert answer.choices[0].message.content
    return answer


def requests_of(port):
    """Requests that ended well and their cost, as the ledger has them."""
    rows = admin(port, "report")["data"]
    return (rows[0]["requests"], rows[0]["cost_nanodollars"]) if rows else (0, 0)


@pytest.fixture(scope="module", autouse=True)
def engine():
    every = [argument for name in PROFILES for argument in ("--profile", name)]
    compose(*every, "down", "-v", "--remove-orphans", check=False)
    yield
    print(compose(*every, "logs", "--no-color", "--tail", "40", check=False).stdout)
    compose(*every, "down", "-v", "--remove-orphans", check=False)


@pytest.fixture(scope="module")
def up():
    compose("up", "-d", "--build")
    eventually(lambda: fetch(SINGLE + 1, "/readyz")[0] == 200, 60)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_is_sound(profile):
    compose("--profile", profile, "config", "-q")


@pytest.mark.parametrize("name", ["ADMIN_TOKEN", "API_KEY", "KEY_PEPPER"])
def test_nothing_starts_without_secrets_of_its_own(name):
    done = compose("config", "-q", environment={k: v for k, v in SECRETS.items() if not k.endswith(name)}, check=False)
    assert done.returncode != 0 and f"SWITCHYARD_{name}" in done.stderr and "head of docker-compose.yml" in done.stderr


def test_the_openai_client_is_answered_through_the_published_port(up):
    assert chat(SINGLE).usage.completion_tokens > 0
    events = list(client(SINGLE).chat.completions.create(
        model="auto", messages=[{"role": "user", "content": "Hi"}], stream=True, max_tokens=16))
    assert events[-1].choices[0].finish_reason or events[-2].choices[0].finish_reason
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=f"http://127.0.0.1:{SINGLE}/v1", api_key="wrong", max_retries=0).models.list()
    assert fetch(SINGLE + 1, "/ui/")[0] == 200
    ports = docker("port", containers("gateway")[0])
    assert ports and all(line.split("->")[1].strip().startswith("127.0.0.1:") for line in ports.splitlines())


def test_the_image_is_small_and_has_no_rights(up):
    size = int(docker("image", "inspect", "switchyard", "--format", "{{.Size}}"))
    print(f"image: {size / 1e6:.0f} MB")
    assert size < 200e6
    [container] = containers("gateway")
    told = json.loads(docker("inspect", container))[0]
    assert told["Config"]["User"] == "10001:10001" and told["HostConfig"]["ReadonlyRootfs"]
    assert told["HostConfig"]["CapDrop"] == ["ALL"]
    eventually(lambda: json.loads(docker("inspect", container))[0]["State"]["Health"]["Status"] == "healthy", 60)


def test_prometheus_scrapes_the_gateway_and_has_its_rules(up):
    def ask(query):
        status, text = fetch(9090, f"/api/v1/query?query={query}")
        return [float(row["value"][1]) for row in json.loads(text)["data"]["result"]] if status == 200 else []

    chat(SINGLE)
    eventually(lambda: ask("up{job=\"switchyard\"}".replace('"', "%22")) == [1], 60)
    eventually(lambda: sum(ask("switchyard_requests_total")) >= 1, 60)
    groups = json.loads(fetch(9090, "/api/v1/rules")[1])["data"]["groups"]
    assert sum(len(group["rules"]) for group in groups) >= 11


def test_what_was_spent_outlives_a_kill(up):
    for _ in range(5):
        chat(SINGLE)
    # Rows are on the disk a tick after their answers.
    time.sleep(2)
    before = requests_of(SINGLE)
    assert before[0] >= 5
    compose("kill", "-s", "KILL", "gateway")
    compose("up", "-d", "gateway")
    eventually(lambda: fetch(SINGLE + 1, "/readyz")[0] == 200, 60)
    assert requests_of(SINGLE) == before
    compose("restart", "gateway")
    eventually(lambda: fetch(SINGLE + 1, "/readyz")[0] == 200, 60)
    assert requests_of(SINGLE) == before
    chat(SINGLE)


def test_a_worker_beside_the_gateway_is_registered(up):
    compose("--profile", "cpu-llm", "run", "--rm", "--no-deps", "register-cpu")
    assert admin(SINGLE, "models/local-cpu")["tier"] == "light"
    admin(SINGLE, "models/local-cpu", method="DELETE")


def test_replicas_share_one_ledger(up):
    compose("--profile", "postgres", "up", "-d", "--build")
    eventually(lambda: fetch(REPLICAS + 1, "/readyz")[0] == 200, 120)
    replicas = containers("replica")
    assert len(replicas) == 2
    failures, counted, stop = [], [], threading.Event()

    def load():
        mine = client(REPLICAS)
        while not stop.is_set():
            try:
                mine.chat.completions.create(model="auto", messages=[{"role": "user", "content": "x"}], max_tokens=4)
                counted.append(1)
            except openai.OpenAIError as error:
                failures.append(str(error))
                time.sleep(0.05)

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(5)
    # Both have work.
    served = [answered_by(replica) for replica in replicas]
    assert all(served), served
    compose("kill", "-s", "KILL", "postgres")
    time.sleep(2)
    compose("--profile", "postgres", "up", "-d", "postgres")
    time.sleep(5)
    docker("kill", "-s", "KILL", replicas[0])
    time.sleep(3)
    compose("--profile", "postgres", "up", "-d", "replica")
    time.sleep(5)
    stop.set()
    for thread in threads:
        thread.join()
    print(f"replicas: {len(counted)} answered, {len(failures)} failed: {failures[:3]}")
    assert len(counted) > 100
    # All that was answered is in the ledger, once, whichever answered it; a kill may leave a request that nobody has heard of.
    eventually(lambda: requests_of(REPLICAS)[0] >= len(counted), 60)
    assert requests_of(REPLICAS)[0] <= len(counted) + len(failures)
    print(f"rows: {requests_of(REPLICAS)[0]}")


def answered_by(container):
    """How many requests a replica has answered itself."""
    address = json.loads(docker("inspect", container))[0]["NetworkSettings"]["Networks"]
    [network] = address.values()
    with urllib.request.urlopen(f"http://{network['IPAddress']}:8080/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("switchyard_requests_total{"))
