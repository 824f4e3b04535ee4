"""Applications and numbers over REST, as far as inbound calls need them."""

from __future__ import annotations

from typing import Any, Final

from voicecall_sim.carriers.plivo import presentation
from voicecall_sim.carriers.plivo.account import Account, Application, Callback
from voicecall_sim.carriers.plivo.asked import GONE, Answer, Asked, Office, Route, done
from voicecall_sim.carriers.plivo.numbering import e164
from voicecall_sim.carriers.plivo.refusals import NOT_FOUND, Refused, invalid
from voicecall_sim.carriers.plivo.validation import Form


def create(office: Office, asked: Asked) -> Answer:
    """Make an application."""
    name = asked.given.required("app_name")
    application = office.account.new_application(name)
    change(application, asked.given)
    return done(asked, 201, "created", app_id=application.app_id)


def update(office: Office, asked: Asked) -> Answer:
    """Change one."""
    change(found(office, asked), asked.given)
    return done(asked, 202, "changed")


def change(application: Application, given: Form) -> None:
    """Set what is given. Raises `Refused`."""
    answer, hangup = given.callback("answer"), given.callback("hangup")
    fallback = given.url("fallback_answer_url")
    application.answer = answer or application.answer
    application.hangup = hangup or application.hangup
    if fallback is not None:
        application.fallback = Callback(url=fallback, method=given.method("fallback_method"))


def listing(office: Office, asked: Asked) -> Answer:
    """All applications."""
    applications = list(office.account.applications.values())
    shown = presentation.page(asked.path, asked.given, applications, lambda one: whole(office.account, one))
    return Answer(200, {"api_id": asked.api_id, **shown})


def show(office: Office, asked: Asked) -> Answer:
    """One application."""
    return Answer(200, {"api_id": asked.api_id, **whole(office.account, found(office, asked))})


def delete(office: Office, asked: Asked) -> Answer:
    """Forget one; numbers attached to it lead nowhere."""
    del office.account.applications[found(office, asked).app_id]
    return GONE


def attach(office: Office, asked: Asked) -> Answer:
    """Have a number's calls go to an application."""
    number = e164(asked.names["number"])
    if number is None or number not in office.account.numbers:
        raise Refused(*NOT_FOUND)
    app_id = asked.given["app_id"]
    if app_id is not None:
        if app_id not in office.account.applications:
            raise invalid("app_id")
        office.account.numbers[number] = app_id
    return done(asked, 202, "changed")


def found(office: Office, asked: Asked) -> Application:
    """The application of the path. Raises `Refused`."""
    application = office.account.applications.get(asked.names["app"])
    if application is None:
        raise Refused(*NOT_FOUND)
    return application


def whole(account: Account, application: Application) -> dict[str, Any]:
    """As REST shows it."""
    answer, hangup, fallback = application.answer, application.hangup, application.fallback
    return {
        "answer_method": "POST" if answer is None else answer.method,
        "answer_url": "" if answer is None else answer.url,
        "app_id": application.app_id,
        "app_name": application.name,
        "default_app": False,
        "default_endpoint_app": False,
        "enabled": True,
        "fallback_answer_url": "" if fallback is None else fallback.url,
        "fallback_method": "POST" if fallback is None else fallback.method,
        "hangup_method": "POST" if hangup is None else hangup.method,
        "hangup_url": "" if hangup is None else hangup.url,
        "message_method": "POST",
        "message_url": "",
        "public_uri": False,
        "resource_uri": presentation.uri(account, "Application", application.app_id),
        "sip_uri": f"sip:{application.app_id}@app.plivo.com",
        "sub_account": None,
    }


ROUTES: Final = (
    Route(operation="create application", method="POST", path="Application", handler=create, spawns=False),
    Route(operation="list applications", method="GET", path="Application", handler=listing, spawns=False),
    Route(operation="fetch application", method="GET", path="Application/{app}", handler=show, spawns=False),
    Route(operation="update application", method="POST", path="Application/{app}", handler=update, spawns=False),
    Route(operation="delete application", method="DELETE", path="Application/{app}", handler=delete, spawns=False),
    Route(operation="update number", method="POST", path="Number/{number}", handler=attach, spawns=False),
)

FIDELITY: Final = (
    ("an application's fields, created and changed", "SDK fixtures; docs", "captured"),
    ("inbound calls go by the application of the number", "docs voice/concepts", "documented"),
)
