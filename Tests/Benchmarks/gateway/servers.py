"""The proxies under comparison and the backends behind them: how each is configured, started, measured and stopped."""

import json
import os
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
ANSWER = {
    "id": "chatcmpl-bench",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "bench",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "The sky is blue. " * 19}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 200, "completion_tokens": 100, "total_tokens": 300},
}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def listeners(port):
    """How many sockets listen on a port: SO_REUSEPORT lets a forgotten process take a share unseen."""
    with open("/proc/net/tcp") as table:
        entries = [line.split() for line in table][1:]
    return sum(1 for entry in entries if entry[3] == "0A" and int(entry[1].split(":")[1], 16) == port)


class Server:
    """A process tree pinned to one core."""

    def __init__(self, name, folder, core, command, port):
        self.name, self.port = name, port
        self.log = folder / f"{name}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(core), *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env=os.environ | {"SWITCHYARD_ADMIN_TOKEN": "benchmark-token-0123456789"},
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while listeners(port) == 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        if listeners(port) != 1:
            raise SystemExit(f"{listeners(port)} sockets listen on {name}'s port {port}")

    def tree(self):
        """The process and its descendants."""
        parents = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    parents[int(entry)] = int(stat.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
        tree = [self.process.pid]
        for pid in tree:
            tree += [child for child, parent in parents.items() if parent == pid]
        return tree

    def cpu_seconds(self):
        total = 0
        for pid in self.tree():
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory_mib(self):
        """Resident memory; pages that processes of the tree share count once for each."""
        total = 0
        for pid in self.tree():
            with open(f"/proc/{pid}/status") as status:
                total += next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        return total / 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def start_backend(nginx, folder, core):
    """nginx that answers every request with one fixed completion."""
    port = free_port()
    answer = json.dumps(ANSWER).replace("'", "")
    server = f"""
        server {{
            listen 127.0.0.1:{port} backlog=4096;
            default_type application/json;
            location / {{ return 200 '{answer}'; }}
        }}"""
    return Server("backend", folder, core, nginx_command(nginx, folder, "backend", server), port)


def start_nginx(nginx, folder, core, backend, streams, streams_port):
    """proxy_pass with a keep-alive upstream and without buffering, as for an API of streams."""

    def server(port, name, target):
        return f"""
        upstream {name} {{ server 127.0.0.1:{target}; keepalive 512; }}
        server {{
            listen 127.0.0.1:{port} backlog=4096;
            keepalive_requests 1000000000;
            client_max_body_size 32m;
            location / {{
                proxy_pass http://{name};
                proxy_http_version 1.1;
                proxy_set_header Connection "";
                proxy_set_header Authorization "Bearer sk-upstream-0123456789";
                proxy_buffering off;
            }}
        }}"""

    port = free_port()
    text = server(port, "answers", backend) + server(streams_port, "streams", streams)
    return Server("nginx", folder, core, nginx_command(nginx, folder, "front", text), port)


def nginx_command(nginx, folder, name, servers):
    path = folder / f"{name}.conf"
    path.write_text(
        f"""
        daemon off;
        worker_processes 1;
        pid {folder}/{name}.pid;
        error_log stderr error;
        events {{ worker_connections 40000; }}
        http {{
            access_log off;
            keepalive_requests 1000000000;
            keepalive_timeout 300;
            client_body_temp_path {folder}/{name}-body;
            proxy_temp_path {folder}/{name}-proxy;
            fastcgi_temp_path {folder}/{name}-fastcgi;
            uwsgi_temp_path {folder}/{name}-uwsgi;
            scgi_temp_path {folder}/{name}-scgi;
            {servers}
        }}"""
    )
    return [nginx, "-c", path, "-p", folder, "-e", "stderr"]


def start_envoy(envoy, folder, core, backend, streams, streams_port):
    def listener(port, cluster):
        router = {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
        }
        manager = {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
            ".HttpConnectionManager",
            "stat_prefix": cluster,
            "codec_type": "HTTP1",
            "http_filters": [router],
            "route_config": {
                "virtual_hosts": [
                    {
                        "name": cluster,
                        "domains": ["*"],
                        "routes": [{"match": {"prefix": "/"}, "route": {"cluster": cluster, "timeout": "0s"}}],
                        "request_headers_to_add": [
                            {
                                "header": {"key": "authorization", "value": "Bearer sk-upstream-0123456789"},
                                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                            }
                        ],
                    }
                ]
            },
        }
        chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        return {"address": address(port), "filter_chains": [chain], "enable_reuse_port": False}

    def cluster(name, port):
        endpoint = {"lb_endpoints": [{"endpoint": {"address": address(port)}}]}
        limits = {"max_connections": 40000, "max_pending_requests": 40000, "max_requests": 40000}
        return {
            "name": name,
            "type": "STATIC",
            "load_assignment": {"cluster_name": name, "endpoints": [endpoint]},
            "circuit_breakers": {"thresholds": [limits]},
        }

    def address(port):
        return {"socket_address": {"address": "127.0.0.1", "port_value": port}}

    port = free_port()
    config = {
        "static_resources": {
            "listeners": [listener(port, "answers"), listener(streams_port, "streams")],
            "clusters": [cluster("answers", backend), cluster("streams", streams)],
        }
    }
    path = folder / "envoy.json"
    path.write_text(json.dumps(config))
    command = [envoy, "-c", path, "--concurrency", "1", "--log-level", "error", "--use-dynamic-base-id"]
    return Server("envoy", folder, core, command, port)


BUDGETS = [
    {"id": f"{measure}-{window}", "scope": "everyone", "measure": measure, "cap": 1_000_000_000, "window": window}
    for measure, window in [("usd", "day"), ("usd", "month"), ("tokens", "hour"), ("gco2e", "day")]
]


def start_gateway(switchyard, folder, core, backend, streams, **settings):
    """The gateway as it ships, ledger and metrics on, with one loop as the others have one worker."""
    folder.mkdir(exist_ok=True)
    port, admin = free_port(), free_port()
    models = {"bench": backend, "streams": streams}
    settings |= {
        "api": {"addresses": [f"127.0.0.1:{port}"]},
        "admin": {"addresses": [f"127.0.0.1:{admin}"]},
        "loops": 1,
        "state_directory": str(folder / "state"),
    }
    registry = [
        {
            "id": name,
            "base_url": f"http://127.0.0.1:{target}/v1",
            "prices": {"input": 1, "output": 4},
            "concurrency_max": 40000,
        }
        for name, target in models.items()
    ]
    (folder / "switchyard.yaml").write_text(json.dumps(settings))
    (folder / "models.yaml").write_text(json.dumps({"models": registry}))
    command = [switchyard, "serve", "--config", folder / "switchyard.yaml", "--models", folder / "models.yaml"]
    return Server("gateway", folder, core, command, port)
