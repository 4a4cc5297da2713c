"""What an operator may set, read once from node.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from sync.cases.scores import Weights
from sync.errors import Malformed

# Unknown settings are refused everywhere: a misspelt one must not pass for set.
FILE = "node.toml"

LineKind = Literal["always", "on_request"]
ALWAYS: LineKind = "always"
ON_REQUEST: LineKind = "on_request"


class Grpc(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The door for calls. port 0: one that is free."""

    host: str = "127.0.0.1"
    port: int = 0


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The page. port 0: one that is free."""

    host: str = "127.0.0.1"
    port: int = 0


class Nats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The broker for the nodes below. Nothing set: the node runs its own nats-server on `port`."""

    port: int = 4222
    server: str = ""
    """Another nats-server binary."""
    url: str = ""
    """An existing server or cluster; nothing is started then. Several URLs with commas."""
    owner_seed_file: str = ""
    """The owner's nkey seed at that existing server."""
    replicas: int = 1
    max_file_bytes: int = 16 * 1024**3


class Parent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next place up."""

    place: int
    grpc: str
    """host:port of its calls."""
    nats: str
    """nats:// URL of its broker."""
    line: LineKind = ALWAYS
    """on_request: closed until somebody opens it, as for a laptop that comes along on market day."""


class Numbering(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Case numbers continue from the paper books."""

    start: int = 1


Points = Annotated[float, msgspec.Meta(ge=0, le=100)]


class Score(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points taken off the score of a unit (单位评分); what each means stands in sync.cases.scores."""

    on_time: Points = Weights.on_time
    satisfied: Points = Weights.satisfied
    finding: Points = Weights.finding
    complaint: Points = Weights.complaint
    shirked: Points = Weights.shirked
    most: Points = Weights.most

    @property
    def weights(self) -> Weights:
        return Weights(**msgspec.structs.asdict(self))


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One node."""

    place: int
    name: str
    root_key: str
    """The county's root key, 64 hexadecimal digits: the one key that is trusted from the start."""
    homes: tuple[int, ...] = ()
    """Places it writes for: itself and, above a village, those below it."""
    grpc: Grpc = Grpc()
    web: Web = Web()
    nats: Nats = Nats()
    parent: Parent | None = None
    numbering: Numbering = Numbering()
    score: Score = Score()


def read(directory: Path) -> Settings:
    """Raises Malformed, naming the setting that is wrong."""
    path = directory / FILE
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Settings)
    except FileNotFoundError:
        raise Malformed(f"{path} is missing. Make the node with `init` first.") from None
    except msgspec.ValidationError as error:
        raise Malformed(f"{path}: {error}. Put it right and start again.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{path} is not TOML: {error}.") from None


def write(directory: Path, settings: Settings) -> None:
    """Raises Malformed rather than overwrite the settings of a node that is there already."""
    path = directory / FILE
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_toml(msgspec.to_builtins(settings)))
    except FileExistsError:
        raise Malformed(f"{path} is there already. Start the node with `run`, or choose another directory.") from None


def _toml(table: dict[str, object]) -> str:
    """Plain TOML for the shapes settings have: values first, then one level of tables."""
    values = {k: v for k, v in table.items() if not isinstance(v, dict) and v is not None}
    lines = [f"{name} = {_value(value)}" for name, value in values.items()]
    for name, inner in table.items():
        if isinstance(inner, dict):
            lines += ["", f"[{name}]", _toml(inner).rstrip("\n")]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    return msgspec.json.encode(value).decode()
