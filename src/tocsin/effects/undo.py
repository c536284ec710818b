"""placeholder"""
from tocsin.effects.effect import Undo, Undoable
from tocsin.effects.tools.table import Found
def undo_of(name: str, found: Found) -> Undo | None:
    return None
def joined(undos: list[Undo | None]) -> Undo | None:
    return None
