"""How a page looks in Slack: mrkdwn, blocks, a button. Short enough that real workspaces take it."""

from tocsin.connectors.api import PageMessage

ACKNOWLEDGE = "tocsin_acknowledge"
_BODY_CHARS, _SUBJECT_CHARS = 2800, 600


def escaped(text: str) -> str:
    """Text from outside as Slack shows it literally.

    >>> escaped("<!channel> a & b")
    '&lt;!channel&gt; a &amp; b'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(message: PageMessage) -> str:
    """The fall-back text, which notifications show."""
    return escaped(message.subject)


def told(message: PageMessage, outcome: str | None) -> list[dict[str, object]]:
    """The blocks of a message; with an outcome in place of the button once it is answered."""
    blocks: list[dict[str, object]] = [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"*{_cut(escaped(message.subject), _SUBJECT_CHARS)}*"},
        }
    ]
    if message.body:
        # A preformatted block ends at three back-ticks, wherever they come from.
        body = _cut(escaped(message.body.replace("```", "'''")), _BODY_CHARS)
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": f"```{body}```"}})
    if outcome is not None:
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": escaped(outcome)}]})
        return blocks
    elements: list[dict[str, object]] = []
    if message.token is not None and message.kind == "page":
        elements.append(
            {
                "type": "button",
                "action_id": ACKNOWLEDGE,
                "text": {"type": "plain_text", "text": "Acknowledge"},
                "style": "primary",
                "value": message.token,
            }
        )
    if message.link:
        elements.append(
            {
                "type": "button",
                "action_id": "tocsin_open",
                "text": {"type": "plain_text", "text": "Open"},
                "url": message.link,
            }
        )
    if elements:
        blocks.append({"type": "actions", "elements": elements})
    return blocks


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    # Not through the middle of an entity.
    ampersand = cut.rfind("&")
    if ampersand > limit - 8 and ";" not in cut[ampersand:]:
        cut = cut[:ampersand]
    return f"{cut}…"
