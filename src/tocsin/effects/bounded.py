"""placeholder"""
def bound(text: str) -> str | None:
    return None
