"""How each verb is performed: a table from the verb's type to a coroutine. A file per family of verbs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voicecall_sim.runner.perform import agent, app, carrier, expect, net, persons, tunnel
from voicecall_sim.runner.performance import Perform
from voicecall_sim.scenario import plan

PERFORM: Final[Mapping[type, Perform]] = {
    plan.Calls: persons.calls,
    plan.Answers: persons.answers,
    plan.Rejects: persons.rejects,
    plan.Says: persons.says,
    plan.Presses: persons.presses,
    plan.StaysSilent: persons.stays_silent,
    plan.HangsUp: persons.hangs_up,
    plan.Hears: persons.hears,
    plan.HearsNothing: persons.hears_nothing,
    plan.AppCall: app.call,
    plan.AppAsk: app.ask,
    plan.AppSpeak: app.speak,
    plan.AppPress: app.press,
    plan.AppEnd: app.end,
    plan.AppStatus: app.status,
    plan.AppLife: app.life,
    plan.AppRequest: app.request,
    plan.AgentStep: agent.change,
    plan.NetStep: net.fault,
    plan.CarrierStep: carrier.change,
    plan.TunnelStep: tunnel.change,
    plan.Waits: persons.waits,
    plan.Expect: expect.expect,
    plan.Never: expect.never,
}
