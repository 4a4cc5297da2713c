"""The broker's settings file, written from what the node knows."""

import json
from collections.abc import Mapping
from pathlib import Path

from sync.carriers import nats_names as names
from sync.carriers.nats_keys import is_public_key
from sync.carriers.road import LARGEST_MESSAGE_BYTES
from sync.errors import Malformed

# Every write is on the disk before it is confirmed: the default (2 minutes) loses all of it in a power cut.
TEMPLATE = """\
host: "127.0.0.1"
port: {port}
http: "127.0.0.1:-1"
ports_file_dir: {ports}
pid_file: {pid}
log_file: {log}
logfile_size_limit: 4194304
logfile_max_num: 3
max_payload: {max_payload}
ping_interval: "30s"
ping_max: 2
jetstream {{
  store_dir: {store}
  sync_interval: always
  max_mem: 1048576
  max_file: {max_file}
}}
authorization {{
  timeout: 10
  users: [
{users}
  ]
}}
"""


def config_text(directory: Path, *, port: int, owner: str, children: Mapping[int, str], max_file_bytes: int) -> str:
    """Return the settings: one owner with every right, one user for each child (place → public key)."""
    _check_keys(owner, children=children)
    users = [f"    {{ nkey: {owner} }}"]
    users += [_child(place, key=key) for place, key in sorted(children.items())]
    return TEMPLATE.format(
        port=port,
        ports=_quoted(directory / "ports"),
        pid=_quoted(directory / "nats.pid"),
        log=_quoted(directory / "nats.log"),
        store=_quoted(directory / "store"),
        max_payload=LARGEST_MESSAGE_BYTES,
        max_file=max_file_bytes,
        users="\n".join(users),
    )


def _check_keys(owner: str, *, children: Mapping[int, str]) -> None:
    keys = [owner, *children.values()]
    bad = [place for place, key in children.items() if not is_public_key(key) or keys.count(key) > 1]
    if bad:
        raise Malformed(f"这些地方的线路公钥格式不对或与别处重复：{bad}；请重新登记。")


def _child(place: int, *, key: str) -> str:
    publish = ", ".join(_quoted(subject) for subject in names.may_publish(place))
    subscribe = ", ".join(_quoted(subject) for subject in names.may_subscribe(place))
    return (
        f"    {{ nkey: {key}, permissions: {{ publish: {{ allow: [{publish}] }},"
        f" subscribe: {{ allow: [{subscribe}] }} }} }}"
    )


def _quoted(value: Path | str) -> str:
    return json.dumps(str(value), ensure_ascii=False)
