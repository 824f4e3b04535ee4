"""An endpoint with the vendor's validator, as its documents show it. `voicecall-sim verify` tells what is missing."""

import os

from aiohttp import web
from twilio.request_validator import RequestValidator


async def voice(request: web.Request) -> web.Response:
    """Answer a call, if Twilio asks."""
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    url = f"https://{request.host}{request.raw_path}"
    form = await request.post()
    if not validator.validate(url, form, request.headers.get("X-Twilio-Signature", "")):
        return web.Response(status=403)
    data = form or await request.json()
    return web.Response(text=f"<Response><Say>{data['CallStatus']}</Say></Response>", content_type="text/xml")


app = web.Application()
app.router.add_post("/voice", voice)
