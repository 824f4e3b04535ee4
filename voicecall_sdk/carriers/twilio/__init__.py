"""Twilio: Programmable Voice by TwiML and the 2010-04-01 REST interface."""

from voicecall_sdk.carriers.carrier import Ability, Carrier
from voicecall_sdk.carriers.twilio import lexicon, markup, media, rest, signature, webhooks
from voicecall_sdk.carriers.twilio.settings import TwilioSettings

carrier = Carrier(
    name="twilio",
    abilities=frozenset({Ability.MESSAGE_IN_DIAL, Ability.PRESS, Ability.PRESS_ON_ANSWER, Ability.STREAM}),
    required_headers=(frozenset({signature.HEADER}),),
    verify=signature.verify,
    understand=webhooks.understand,
    document=markup.reply,
    express=rest.express,
    interpret=rest.interpret,
    authorize=rest.authorize,
    base_url=rest.base_url,
    settings=TwilioSettings,
    voice_of=lexicon.voice_of,
    retry_codes=frozenset({lexicon.NOT_IN_PROGRESS}),
    over_codes=frozenset({lexicon.NOT_IN_PROGRESS}),
    wire=media.wire,
)
