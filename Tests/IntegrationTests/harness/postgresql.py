"""A PostgreSQL server of the tests' own, and gateways with their ledger in it."""

import pathlib
import subprocess
import urllib.parse
import uuid

SCRIPT = pathlib.Path(__file__).parents[2] / "Tools" / "postgresql-server"


class PostgreSQL:
    """A server on a Unix socket, started by Tests/Tools/postgresql-server; gone with its input."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [str(SCRIPT), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        words = dict(word.split("=", 1) for word in self.process.stdout.readline().split())
        assert words, "PostgreSQL did not start"
        self.folder = words["host"]

    def command(self, word):
        """Has the server crash (`stop`) or start again (`start`)."""
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n"

    def make_database(self):
        """The URL of a new database, empty."""
        name = "ledger_" + uuid.uuid4().hex
        self.query(self.url("postgres"), f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name):
        return f"postgresql:///{name}?user=switchyard&host={urllib.parse.quote(self.folder, safe='')}"

    @staticmethod
    def query(url, sql):
        """The rows of a query, each a list of texts."""
        command = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql, url]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stderr
        return [line.split("\t") for line in result.stdout.splitlines()]

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
