"""What every road between two neighbours can do: take a parcel there, hand over what came from there."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from sync.errors import Malformed

# The broker counts headers into its limit of 1 MiB, and closes the connection of whoever exceeds it.
LARGEST_MESSAGE_BYTES = 1024 * 1024
HEADER_BYTES = 1024
MAX_PARCEL_BYTES = LARGEST_MESSAGE_BYTES - HEADER_BYTES

Listener = Callable[[], None]
Answer = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Delivery:
    """One parcel that came. It comes again until `ack()` or `refuse()` has reached the carrier.

    `sent_by` is the neighbour whose road this is, proven by its key; None where the road was not told
    whom it leads to. Both answers raise `Unavailable` on a broken line: the parcel then comes again.
    """

    payload: bytes
    sent_by: int | None
    _ack: Answer = field(repr=False)
    _refuse: Answer = field(repr=False)

    async def ack(self) -> None:
        """Say that the parcel is in the books; only now the carrier lets go of it."""
        await self._ack()

    async def refuse(self) -> None:
        """Say that this can never be read; the carrier throws it away."""
        await self._refuse()


class Road(Protocol):
    """One neighbour as seen from here. Everything is tried once; whoever stands above tries again."""

    @property
    def connected(self) -> bool:
        """True while a parcel handed in now would leave."""

    async def send(self, payload: bytes) -> None:
        """Return when the carrier has stored the parcel, which says nothing about the neighbour's books.

        Raises Unavailable (try again later) or Malformed (too large: cut it smaller).
        """

    def receive(self) -> AsyncGenerator[Delivery, None]:
        """Yield what comes, for ever, also after the line came back; raise Unavailable to be called again."""

    def on_connected(self, call: Listener) -> None:
        """Have `call` called each time the line comes up."""

    def on_disconnected(self, call: Listener) -> None:
        """Have `call` called each time the line goes down."""


def check_size(payload: bytes, *, limit: int = MAX_PARCEL_BYTES) -> None:
    """Raise Malformed for a parcel that no attempt will ever carry."""
    if len(payload) > limit:
        raise Malformed(f"包有 {len(payload)} 字节，超过线路上限 {limit} 字节；请拆成小包再发。")
