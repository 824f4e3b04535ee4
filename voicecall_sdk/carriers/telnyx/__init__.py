"""Telnyx: Call Control v2, commands by REST and events by webhook."""

from voicecall_sdk.carriers.carrier import Ability, Carrier
from voicecall_sdk.carriers.telnyx import lexicon, media, rest, signature, webhooks
from voicecall_sdk.carriers.telnyx.settings import TelnyxSettings

carrier = Carrier(
    name="telnyx",
    abilities=frozenset({Ability.PRESS, Ability.PRESS_ON_ANSWER, Ability.STREAM, Ability.PRESS_BESIDE_STREAM}),
    required_headers=(frozenset({signature.SIGNATURE, signature.TIMESTAMP}),),
    verify=signature.verify,
    understand=webhooks.understand,
    document=webhooks.document,
    express=rest.express,
    interpret=rest.interpret,
    authorize=rest.authorize,
    base_url=rest.base_url,
    settings=TelnyxSettings,
    voice_of=lexicon.voice_of,
    retry_codes=frozenset({lexicon.NOT_ANSWERED}),
    over_codes=lexicon.GONE,
    wire=media.wire,
)
