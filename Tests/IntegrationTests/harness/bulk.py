"""More load than Python can make: h2load, from the package nghttp2-client, over HTTP/1.1."""

import re
import subprocess


class Bulk:
    """Many clients that ask one thing; `rate` requests a second together, or as many as are answered."""

    def __init__(self, port, path, body, *, clients, seconds, rate=None, folder):
        data = folder / "bulk.json"
        data.write_text(body)
        command = ["h2load", "--h1", "-c", str(clients), "-D", str(int(seconds)), "-d", str(data)]
        if rate:
            command.append(f"--rps={max(rate / clients, 0.01):.2f}")
        command.append(f"http://127.0.0.1:{port}{path}")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def finish(self):
        """Requests a second, answers of 2xx, and requests that got anything else or nothing."""
        text, _ = self.process.communicate()
        rate = float(re.search(r"finished in .*, ([\d.]+) req/s", text)[1])
        done = int(re.search(r"(\d+) 2xx", text)[1])
        others = sum(int(count) for count in re.findall(r"(\d+) [345]xx", text))
        lost = int(re.search(r"(\d+) errored", text)[1])
        return rate, done, others + lost

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
