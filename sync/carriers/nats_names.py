"""What streams, subjects and consumers are called at a parent, and what a child's key may do with them."""

UP = "up"
DOWN = "down"


def stream(direction: str, *, place: int) -> str:
    """`UP_510524100201`: what this child sent; `DOWN_510524100201`: what waits for it."""
    return f"{direction.upper()}_{place:012d}"


def subject(direction: str, *, place: int) -> str:
    """`up.510524100201`, the one subject of the stream."""
    return f"{direction}.{place:012d}"


def next_message(direction: str, *, place: int) -> str:
    """Where to ask for the next parcels; the consumer is named after its direction."""
    return f"$JS.API.CONSUMER.MSG.NEXT.{stream(direction, place=place)}.{direction}"


def inbox(place: int) -> str:
    """Answers to this child only; a shared `_INBOX` would let one child read another's."""
    return f"_INBOX_{place:012d}"


def may_publish(place: int) -> tuple[str, ...]:
    """All that a child may say to the broker; everything else is denied."""
    return (
        subject(UP, place=place),  # its own parcels
        next_message(DOWN, place=place),  # "give me what waits for me"; making consumers is the parent's
        f"$JS.ACK.{stream(DOWN, place=place)}.{DOWN}.>",  # "that one is in my books"
    )


def may_subscribe(place: int) -> tuple[str, ...]:
    """All that a child may listen to: storage receipts and its own parcels, both sent to its inbox."""
    return (f"{inbox(place)}.>",)
