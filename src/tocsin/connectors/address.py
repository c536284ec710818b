"""Whether an address of the settings can be sent to. Apart from `http`, so that reading settings loads no client."""

from tocsin.kit.late import late


def usable(url: str) -> bool:
    """Whether this is an http address with a host."""
    httpx2 = late("httpx2")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host)
