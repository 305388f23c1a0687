"""The programs under test: started with their own folder and ports, stopped by process id."""

import json
import os
import re
import signal
import sqlite3
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import openai

from harness.ports import free_port

SWITCHYARD = os.environ.get("SWITCHYARD", "")
# The tests' own certificates, made on the spot.
TRUSTING = ssl._create_unverified_context()


def eventually(condition, seconds=5.0):
    """Waits until `condition()` is true, and returns what it gave."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not so after {seconds} s: {condition}"
        time.sleep(0.01)
    return value


class Program:
    """A running switchyard command."""

    def __init__(self, folder, name, *arguments, environment=None, log_path=None):
        self.log_path = log_path or folder / f"{name}.log"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [SWITCHYARD, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env=os.environ | (environment or {}),
            )

    @property
    def pid(self):
        return self.process.pid

    @property
    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.is_file() else ""

    def wait_until_serving(self, url):
        def is_serving():
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.log}"
            try:
                return urllib.request.urlopen(url, timeout=2, context=TRUSTING).status == 200
            except OSError:
                return False

        try:
            eventually(is_serving, seconds=20)
        except BaseException:
            # Whoever wanted it never gets it, and could not stop it.
            self.kill()
            raise

    def descriptors(self):
        """How many files and sockets it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=20.0):
        """Asks it to end, and returns its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"did not end {seconds} s after SIGTERM:\n{self.log}") from None
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait()


class Simulation(Program):
    """`switchyard simulate` with quick models; `models` maps ids to what differs from the defaults below."""

    def __init__(self, folder, models, **settings):
        self.port = free_port()
        quick = {
            "time_to_first_token_ms": {"mean": 2, "deviation": 0},
            "time_between_tokens_ms": 0.5,
            "output_tokens": {"mean": 12, "max": 32},
        }
        config = {
            "address": f"127.0.0.1:{self.port}",
            "seed": 7,
            "models": [quick | {"id": name} | changes for name, changes in models.items()],
        } | settings
        path = folder / "simulation.yaml"
        path.write_text(json.dumps(config))
        super().__init__(folder, "simulation", "simulate", "--config", str(path))
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.wait_until_serving(f"{self.url}/models")

    def stats(self):
        """What each model was asked, by its id."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/simulation/stats", timeout=5) as answer:
            return {entry["id"]: entry for entry in json.load(answer)["models"]}

    def in_flight(self):
        return sum(entry["in_flight"] for entry in self.stats().values())


def model(name, url, **changes):
    """A registry entry; its prices come out whole in nanodollars: 2,000 a prompt token, 8,000 a generated one."""
    return {"id": name, "base_url": url, "prices": {"input": 2, "output": 8}} | changes


class Gateway(Program):
    """`switchyard serve` with the given models and settings."""

    def __init__(self, folder, models, environment=None, **settings):
        self.folder = folder
        self.port, self.admin_port = free_port(), free_port()
        scheme = "https" if "tls_certificate" in settings.get("api", {}) else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.admin_url = f"http://127.0.0.1:{self.admin_port}"
        self.settings_path = folder / "switchyard.yaml"
        self.models_path = folder / "models.yaml"
        self.database = folder / "state" / "switchyard.db"
        # Nothing starts without an administrator.
        self.environment = {"SWITCHYARD_ADMIN_TOKEN": "integration-tests-token"} | (environment or {})
        self.settings = {}
        self.configure(models, **settings)
        self.start()

    def configure(self, models, **settings):
        """Writes the configuration, with the settings of before where others are not given; JSON is YAML."""
        settings = self.settings = self.settings | settings
        routing = {"seed": 1, "exploration": 0} | settings.get("routing", {})
        api = {"addresses": [f"127.0.0.1:{self.port}"]} | settings.get("api", {})
        # Tests run on machines that are busy; what happens where it is not waited for is tested by itself.
        encoder = {"wait_ms_max": 10_000} | settings.get("encoder", {})
        settings = {
            "admin": {"addresses": [f"127.0.0.1:{self.admin_port}"]},
            "state_directory": str(self.folder / "state"),
        } | settings | {"api": api, "routing": routing, "encoder": encoder}
        self.settings_path.write_text(json.dumps(settings, indent=1))
        self.models_path.write_text(json.dumps({"models": models}, indent=1))

    def start(self, log_path=None):
        arguments = ["serve", "--config", str(self.settings_path), "--models", str(self.models_path)]
        super().__init__(self.folder, "gateway", *arguments, environment=self.environment, log_path=log_path)
        self.wait_until_serving(f"{self.url}/readyz")

    def client(self, **options):
        """The official client, which retries nothing unless it is told to."""
        options = {"api_key": "none", "max_retries": 0, "timeout": 20} | options
        return openai.OpenAI(base_url=f"{self.url}/v1", **options)

    def post(self, path, body, headers=None):
        """Status, headers (lower case) and body of a plain POST; `body` is sent as it is if it is bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json"} | (headers or {})
        return self.fetch(urllib.request.Request(self.url + path, data, headers))

    def get(self, path, headers=None):
        return self.fetch(urllib.request.Request(self.url + path, headers=headers or {}))

    def fetch(self, request):
        try:
            with urllib.request.urlopen(request, timeout=20, context=TRUSTING) as response:
                return response.status, lowercased(response.headers), response.read()
        except urllib.error.HTTPError as error:
            return error.code, lowercased(error.headers), error.read()

    def metrics_text(self):
        return self.get("/metrics")[2].decode()

    def promtool(self):
        """What `promtool check metrics` has to say of the page: nothing, if all is well."""
        command = [os.environ["PROMTOOL"], "check", "metrics"]
        result = subprocess.run(command, input=self.metrics_text(), capture_output=True, text=True, check=False)
        return result.stdout + result.stderr

    def metric(self, name, /, **labels):
        """The sum of a metric over all series that have these labels."""
        return metric_of(self.metrics_text(), name, **labels)

    def in_flight(self):
        """How many requests hold a slot of a model."""
        return self.metric("switchyard_model_in_flight_requests")

    def rows(self, query, *parameters):
        """Rows of the ledger as dictionaries, read beside the running gateway."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, parameters)]
        finally:
            connection.close()

    def row(self, request_id, seconds=5.0):
        """The ledger's row of one request, waited for."""
        key = bytes.fromhex(request_id.replace("-", ""))
        return eventually(lambda: self.rows("SELECT * FROM request WHERE id = ?", key), seconds)[0]

    def command(self, *arguments, check=True, seconds=50):
        """Runs another switchyard command against this gateway's files."""
        result = subprocess.run(
            [SWITCHYARD, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=seconds,
            env=os.environ | self.environment,
        )
        assert not check or result.returncode == 0, result.stdout + result.stderr
        return result

    def reload(self):
        self.signal(signal.SIGHUP)


def metric_of(page, name, /, **labels):
    """The sum of a metric of a page over all series that have these labels."""
    total = 0.0
    for line in page.splitlines():
        match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if match and match[1] == name:
            given = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            if labels.items() <= given.items():
                total += float(match[3])
    return total


def make_certificate(name, certificate, key):
    """A certificate for `name` that nobody has signed, as files."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *subject, *files], check=True, capture_output=True)


def lowercased(headers):
    return {name.lower(): value for name, value in headers.items()}
