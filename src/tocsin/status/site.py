"""Everything the status page consists of, as texts by path."""

from tocsin.status import badges, feeds, pages, v2, words
from tocsin.status.board import Board


def files(board: Board) -> dict[str, str]:
    """Path below the page -> text, in the order to write: what is linked to before what links."""
    found = {**badges.files(board), **feeds.files(board), **v2.files(board), **pages.files(board)}
    return {path: words.clean(text) for path, text in found.items()}
