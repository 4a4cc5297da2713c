"""Keys of the broker stay where they belong."""

from pathlib import Path

import pytest

from sync.carriers.nats_config import config_text
from sync.carriers.nats_connection import masked
from sync.carriers.nats_keys import is_public_key, keep_seed, new_seed, public_key
from sync.errors import Malformed
from tests.carriers.conftest import NEIGHBOUR, VILLAGE


def test_a_seed_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "owner.seed"
    seed = keep_seed(file)
    assert keep_seed(file) == seed
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["owner.seed"]
    assert is_public_key(public_key(seed))


def test_half_a_seed_is_malformed() -> None:
    with pytest.raises(Malformed, match="重新生成"):
        public_key(new_seed()[:20])


def test_no_key_gets_into_a_log_line() -> None:
    seed = new_seed()
    said = masked(ValueError(f"{seed} {public_key(seed)} nats://clerk:password@host:1"))
    assert seed not in said
    assert public_key(seed) not in said
    assert "password" not in said


def test_a_bad_or_shared_key_names_its_place_and_never_reaches_the_settings(tmp_path: Path) -> None:
    owner, shared = (public_key(new_seed()) for _ in range(2))
    for children in ({VILLAGE: "U } ] }"}, {VILLAGE: shared, NEIGHBOUR: shared}, {VILLAGE: owner}):
        with pytest.raises(Malformed, match=str(VILLAGE)):
            config_text(tmp_path, port=1, owner=owner, children=children, max_file_bytes=1)
