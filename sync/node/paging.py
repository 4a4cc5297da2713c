"""Pages of answers."""

from __future__ import annotations

from sync.errors import Malformed

DEFAULT_PAGE = 50
LARGEST_PAGE = 200


def page_size(asked: int) -> int:
    """Raises Malformed beyond the largest page."""
    if asked > LARGEST_PAGE:
        raise Malformed(f"page_size 最大为{LARGEST_PAGE}。")
    return asked or DEFAULT_PAGE


def page_of(token: str) -> int:
    """Where a page begins; 0 = at the beginning. Raises Malformed for a token that no answer gave."""
    if not token:
        return 0
    if not token.isascii() or not token.isdigit() or len(token) > 18:
        raise Malformed("page_token 无效，请用上一页返回的值。")
    return int(token)
