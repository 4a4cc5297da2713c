"""One connection to a broker that comes back by itself, and says in plain words why it cannot."""

import asyncio
import contextlib
import hashlib
import json
import logging
import math
import random
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.client import Server as KnownServer
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from sync.carriers.road import HEADER_BYTES, Listener, check_size
from sync.errors import Malformed, Unavailable

LOG = logging.getLogger(__name__)

CONNECT_SECONDS = 10
CLOSE_SECONDS = 5.0
PING_SECONDS = 30
# A line may be slow and still work: so much is allowed on top of the patience for one parcel.
SLOWEST_BYTES_PER_SECOND = 4096
# One standing request for parcels; the broker shows that it is alive in between.
PULL_SECONDS = 60.0
HEARTBEAT_SECONDS = 20.0
SILENCE_SECONDS = 45.0
# nats-py waits the same two seconds for everybody between attempts, so all children would come back at once.
# Its handler lets us choose: full jitter, quick at first, never more than the bound. The bound is what a filing
# waits for after its line is there again; a parent has some twenty children, and an attempt costs it next to nothing.
RETURN_FIRST_SECONDS = 0.25
RETURN_BOUND_SECONDS = 1.0
# After this long without success the client itself is replaced: its reconnecting task can die unseen.
REPLACE_SECONDS = 120.0

DENIED = "消息服务不许这样做：{}；请上级核对本站的线路公钥。"
MESSAGE_TOO_LARGE = 10054
SENTENCES = {
    10023: "消息服务的磁盘空间不足（insufficient resources）",
    10047: "消息服务的存储上限不够再开一条流；请调大 max_file",
    10059: "消息服务上还没有这条流",
    10060: "消息服务把包放进了别的流",
    10077: "收件流已满，等对方取走一些再发",
}
SECRETS = re.compile(r"\b[SU][A-Z2-7]{55,57}\b|(?<=//)[^/@\s]+(?=@)")

# None: the line changed. Unavailable: the broker does not let us.
Arrival = Msg | Unavailable | None
Failure = (nats.errors.Error, OSError, asyncio.TimeoutError)


class Connection:
    """Opens when first needed, tries once, and from then on comes back for ever."""

    def __init__(self, url: str, *, seed: str, inbox: str, name: str, patience: float) -> None:
        self._servers = [server.strip() for server in url.split(",")]
        self._seed = seed
        self._inbox = inbox
        self._name = name
        self._patience = patience
        self._client: Client | None = None
        self._attempt: asyncio.Task[Client] | None = None
        self._settled = asyncio.Event()
        self._lost_at = math.inf
        self._last_said = ""
        self._denied = ""
        self._pulls: set[asyncio.Queue[Arrival]] = set()
        self._publishing: set[asyncio.Timeout] = set()
        self._up_listeners: list[Listener] = []
        self._down_listeners: list[Listener] = []

    @property
    def connected(self) -> bool:
        """True while the broker is there."""
        return self._client is not None and self._client.is_connected

    def on_connected(self, call: Listener) -> None:
        """Have `call` called each time the line comes up."""
        self._up_listeners.append(call)

    def on_disconnected(self, call: Listener) -> None:
        """Have `call` called each time the line goes down."""
        self._down_listeners.append(call)

    async def open(self) -> Client:
        """Return the connected client, connecting once if there is none. Raises Unavailable."""
        await self._give_up_a_dead_client()
        if self._client is None:
            await self._connect_once()
        if self._client is None or not self._client.is_connected:
            raise Unavailable("消息线路断了，正在重新连接。")
        return self._client

    async def close(self) -> None:
        """Hang up."""
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.gather(self._attempt, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            was_connected = client.is_connected
            await _hang_up(client)
            self._settled.set()
            self._tell_pulls(None)
            if was_connected:
                _call_all(self._down_listeners)

    async def jetstream(self) -> JetStreamContext:
        """Return the door to the broker's streams. Raises Unavailable."""
        return (await self.open()).jetstream(timeout=self._patience)

    async def publish(self, subject: str, *, payload: bytes, stream: str) -> None:
        """Put the payload into the stream; return when it is on the broker's disk."""
        check_size(payload)
        client = await self.open()
        check_size(payload, limit=client.max_payload - HEADER_BYTES)
        seconds = self._patience + len(payload) / SLOWEST_BYTES_PER_SECOND
        headers = {"Nats-Msg-Id": hashlib.sha256(payload).hexdigest()}
        self._denied = ""
        try:
            async with self._while_the_line_is_up(seconds):
                await client.jetstream().publish(subject, payload, timeout=seconds, stream=stream, headers=headers)
        except Failure as error:
            raise self.in_plain_words(error) from None
        heed_cancellation()

    @asynccontextmanager
    async def _while_the_line_is_up(self, seconds: float) -> AsyncIterator[None]:
        """Raises TimeoutError when the line breaks: nats-py would wait on for an answer that cannot come."""
        async with asyncio.timeout(seconds) as patience:
            self._publishing.add(patience)
            try:
                yield
            finally:
                self._publishing.discard(patience)

    async def messages(self, *, ask: str, batch: int) -> AsyncGenerator[Msg, None]:
        """Yield what the consumer behind the subject `ask` hands out; bind anew after every reconnection."""
        while True:
            client = await self._settled_client()
            async with aclosing(self._pull(client, ask=ask, batch=batch)) as messages:
                async for message in messages:
                    yield message

    async def answer(self, message: Msg, *, word: bytes) -> None:
        """Send `+ACK` or `+TERM` for a message, once. Raises Unavailable: it then comes again."""
        try:
            # Unlike a publish, an answer that waited for the next connection would be of no use.
            await (await self.open()).publish(message.reply, word)
        except Failure as error:
            raise self.in_plain_words(error) from None

    # Pulling.

    async def _pull(self, client: Client, *, ask: str, batch: int) -> AsyncGenerator[Msg, None]:
        """One binding, until the line breaks: a fresh inbox, so that requests of the old line find nobody."""
        arrivals: asyncio.Queue[Arrival] = asyncio.Queue()
        self._pulls.add(arrivals)
        try:
            inbox = client.new_inbox()
            subscription = await client.subscribe(inbox, cb=arrivals.put)
            try:
                async for message in _handed_out(client, arrivals, ask=ask, inbox=inbox, batch=batch):
                    yield message
            finally:
                if client.is_connected:
                    await subscription.unsubscribe()
                    await _give_back(client, arrivals)
        except Failure as error:
            if client.is_closed or client.is_connected:
                raise self.in_plain_words(error) from None
        finally:
            self._pulls.discard(arrivals)

    async def _settled_client(self) -> Client:
        """Wait out a reconnection; a connection that is not there at all is tried once."""
        if self._client is not None and not (self._client.is_connected or self._client.is_closed):
            self._settled.clear()  # nats-py knows of a loss a little before it tells us
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REPLACE_SECONDS):
                    await self._settled.wait()
        return await self.open()

    def _tell_pulls(self, word: Arrival) -> None:
        for arrivals in self._pulls:
            arrivals.put_nowait(word)

    # Coming up and going down.

    async def _give_up_a_dead_client(self) -> None:
        """A client the broker threw out is closed for good; a new one must be made."""
        client = self._client
        if client is None or client.is_connected:
            return
        if client.is_closed or time.monotonic() - self._lost_at > REPLACE_SECONDS:
            self._client = None
            await _hang_up(client)

    async def _connect_once(self) -> None:
        """Whoever comes while an attempt runs shares it."""
        if self._attempt is None or self._attempt.done():
            self._attempt = asyncio.create_task(self._connect())
            self._attempt.add_done_callback(_look_at)
        await asyncio.shield(self._attempt)

    async def _connect(self) -> Client:
        client = Client()
        trouble: asyncio.Queue[Exception] = asyncio.Queue()
        connecting = asyncio.create_task(self._start_client(client, trouble=trouble))
        try:
            await self._first_result(client, connecting=connecting, trouble=trouble)
        except BaseException:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            await _hang_up(client)
            raise
        self._client = client
        self._came_up()
        return client

    async def _first_result(
        self, client: Client, *, connecting: asyncio.Task[None], trouble: asyncio.Queue[Exception]
    ) -> None:
        """nats-py told to come back for ever also tries the first connection for ever: watch its errors."""
        refused = asyncio.create_task(_nth(trouble, n=len(self._servers)))
        try:
            await asyncio.wait({connecting, refused}, timeout=CONNECT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if connecting.done():
                connecting.result()
            if client.is_connected:  # A server that dies before its first word leaves connect() "done".
                return
            raise self.in_plain_words(refused.result() if refused.done() else TimeoutError())
        except Failure as error:
            raise self.in_plain_words(error) from None
        finally:
            refused.cancel()

    async def _start_client(self, client: Client, *, trouble: asyncio.Queue[Exception]) -> None:
        async def on_error(error: Exception) -> None:
            _close_refused(client)
            if client is not self._client:
                trouble.put_nowait(error)
            self._heard(error)

        async def on_lost() -> None:
            if client is self._client:
                self._went_down()

        async def on_closed() -> None:
            self._settled.set()

        async def on_back() -> None:
            if client is self._client:
                self._came_up()

        await client.connect(
            self._servers,
            name=self._name,
            nkeys_seed_str=self._seed,
            inbox_prefix=self._inbox,
            error_cb=on_error,
            disconnected_cb=on_lost,
            closed_cb=on_closed,
            reconnected_cb=on_back,
            reconnect_to_server_handler=when_to_return,
            max_reconnect_attempts=-1,
            connect_timeout=CONNECT_SECONDS,
            reconnect_time_wait=1,
            ping_interval=PING_SECONDS,
            pending_size=0,  # Keep nothing back for later on a broken line: what waits is in the journal.
        )

    def _came_up(self) -> None:
        self._last_said = ""
        self._lost_at = math.inf
        self._settled.set()
        _call_all(self._up_listeners)

    def _went_down(self) -> None:
        self._lost_at = time.monotonic()
        self._settled.clear()
        self._tell_pulls(None)
        for patience in self._publishing:
            if not patience.expired():
                patience.reschedule(asyncio.get_running_loop().time())
        _call_all(self._down_listeners)

    # Words.

    def _heard(self, error: Exception) -> None:
        """Log one masked line, not the same one at every attempt."""
        said = masked(error)
        if "permissions violation" in said:
            self._denied = said
            self._tell_pulls(Unavailable(DENIED.format(said)))
        LOG.log(logging.DEBUG if said == self._last_said else logging.WARNING, "消息线路：%s", said)
        self._last_said = said

    def in_plain_words(self, error: BaseException) -> Unavailable | Malformed:
        """Say what an error of the broker or of nats-py means for whoever wanted something carried."""
        if isinstance(error, nats.errors.MaxPayloadError) or _code(error) == MESSAGE_TOO_LARGE:
            return Malformed("包超过消息服务的上限；请拆成小包再发。")
        if isinstance(error, nats.js.errors.NoStreamResponseError):
            return Unavailable("对方的消息服务上没有收这个包的流；等上级建好后再发。")
        if isinstance(error, TimeoutError) and self._denied:
            return Unavailable(DENIED.format(self._denied))
        if isinstance(error, TimeoutError):
            return Unavailable("消息服务在时限内没有应答，稍后再试。")
        return Unavailable(f"{SENTENCES.get(_code(error), '消息线路不通')}（{masked(error)}），稍后再试。")


def when_to_return(servers: list[KnownServer], _: dict[str, Any]) -> tuple[KnownServer | None, float]:
    """Choose where and after how many seconds to try again; called by nats-py before every attempt."""
    server = random.choice(servers)
    bound = min(RETURN_BOUND_SECONDS, RETURN_FIRST_SECONDS * 2 ** min(server.reconnects, 10))
    return server, random.uniform(0, bound)


def masked(error: BaseException) -> str:
    """One line about an error, without keys or passwords."""
    return SECRETS.sub("***", " ".join(f"{type(error).__name__} {error}".split()))[:200]


async def _handed_out(
    client: Client, arrivals: asyncio.Queue[Arrival], *, ask: str, inbox: str, batch: int
) -> AsyncGenerator[Msg, None]:
    """Keep one request standing; yield its messages; end when the line changed."""
    left = 0
    while True:
        if left == 0:
            await client.publish(ask, _request(batch), reply=inbox)
            left = batch
        message = await _arrival(arrivals)
        if message is None:
            return
        status = (message.headers or {}).get("Status")
        if status is None:
            left -= 1
            yield message
        elif _is_over(message, status=status):
            left = 0


async def _give_back(client: Client, arrivals: asyncio.Queue[Arrival]) -> None:
    """Whoever asks next need not wait until the time to acknowledge has run out."""
    while not arrivals.empty():
        message = arrivals.get_nowait()
        if isinstance(message, Msg) and "Status" not in (message.headers or {}):
            await client.publish(message.reply, b"-NAK")


async def _arrival(arrivals: asyncio.Queue[Arrival]) -> Msg | None:
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            arrival = await arrivals.get()
    except TimeoutError:
        raise Unavailable("消息服务对取包的请求没有回音，稍后再试。") from None
    if isinstance(arrival, Unavailable):
        raise arrival
    return arrival


def _is_over(message: Msg, *, status: str) -> bool:
    """True when the request has run out, False for a sign of life; raise what cannot be waited out."""
    if status in ("404", "408"):
        return True
    said = " ".join(str(value) for value in (message.headers or {}).values())
    if status == "100" or "Server Shutdown" in said:  # after a shutdown the line breaks anyway
        return False
    if status == "503":
        raise Unavailable("对方的消息服务上还没有给本站的取件口；等上级建好后再试。")
    raise Unavailable(f"消息服务中止了取包：{' '.join(said.split())[:100]}")


def _request(batch: int) -> bytes:
    nanoseconds = 1_000_000_000
    words = {"expires": PULL_SECONDS, "idle_heartbeat": HEARTBEAT_SECONDS}
    return json.dumps({"batch": batch, **{k: int(v * nanoseconds) for k, v in words.items()}}).encode()


def _code(error: BaseException) -> int:
    return getattr(error, "err_code", None) or 0


def _call_all(listeners: list[Callable[[], None]]) -> None:
    """A listener that fails must not end nats-py's reconnecting task."""
    for call in listeners:
        try:
            call()
        except Exception:
            LOG.exception("线路变化时的处理出错")


def heed_cancellation() -> None:
    """Whoever was told to stop stops, although the broker answered at that moment.

    nats-py waits with `asyncio.wait_for`, which before Python 3.12 hides such a cancellation.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _nth(trouble: asyncio.Queue[Exception], *, n: int) -> Exception:
    """The n-th error: one for each server that was tried."""
    for _ in range(n - 1):
        await trouble.get()
    return await trouble.get()


def _close_refused(client: Client) -> None:
    """nats-py leaves the socket open when the server refuses an attempt, and goes on to the next."""
    if client.is_connecting and client._transport is not None:
        client._transport.close()  # type: ignore[no-untyped-call]


async def _hang_up(client: Client) -> None:
    with contextlib.suppress(Exception):
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.close()


def _look_at(attempt: asyncio.Task[Client]) -> None:
    """Take the exception even if nobody waits any more, so that asyncio does not print it."""
    if not attempt.cancelled():
        attempt.exception()


def _one_line(record: logging.LogRecord) -> bool:
    """nats-py logs tracebacks of its own; keep the line."""
    if record.exc_info and record.exc_info[1] is not None:
        record.msg, record.args = f"{record.getMessage()}: {masked(record.exc_info[1])}", ()
        record.exc_info = None
    return True


logging.getLogger("nats.aio.client").addFilter(_one_line)
