"""Directives to the voice that models write into what they say: `[[tts:speed=1.2]]` and the like.

Reference, section 9.1, and OpenClaw docs, tts/directives: a block `[[tts:text]]...[[/tts:text]]` holds what is to be
spoken instead of the text around it. Other directives would change the voice, which on a call is the operator's
choice: they are not spoken, and not obeyed.
"""

from __future__ import annotations

import re
from typing import Final

BLOCK: Final = re.compile(r"\[\[tts:text\]\](.*?)\[\[/tts:text\]\]", re.DOTALL | re.IGNORECASE)
TAG: Final = re.compile(r"\[\[/?tts(?::[^\]]*)?\]\]", re.IGNORECASE)


def without_directives(text: str) -> str:
    """What is to be spoken of this text; blanks at its ends and where tags stood are taken away."""
    if "[[" not in text:
        return text.strip()
    blocks = [block.strip() for block in BLOCK.findall(text)]
    spoken = " ".join(filter(None, blocks)) or BLOCK.sub(" ", text)
    if TAG.search(spoken) is None and not blocks:
        return text.strip()
    return re.sub(r"[ \t]{2,}", " ", TAG.sub(" ", spoken)).strip()
