"""Plivo: calls by Plivo XML and the v1 REST interface."""

from voicecall_sdk.carriers.carrier import Ability, Carrier
from voicecall_sdk.carriers.plivo import lexicon, markup, media, rest, signature, webhooks
from voicecall_sdk.carriers.plivo.settings import PlivoSettings

carrier = Carrier(
    name="plivo",
    abilities=frozenset({Ability.PRESS, Ability.PRESS_ON_ANSWER, Ability.STREAM, Ability.PRESS_BESIDE_STREAM}),
    required_headers=signature.WAYS,
    verify=signature.verify,
    understand=webhooks.understand,
    document=markup.reply,
    express=rest.express,
    interpret=rest.interpret,
    authorize=rest.authorize,
    base_url=rest.base_url,
    retry_codes=rest.NOT_LIVE,
    over_codes=rest.NOT_LIVE,
    settings=PlivoSettings,
    voice_of=lexicon.voice_of,
    wire=media.wire,
)
