"""`voicecall-sim list`: which scenarios there are, and with which configuration they run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from voicecall_sim.cli.selecting import selecting

if TYPE_CHECKING:
    from voicecall_sim.runner.stage import SubjectFactory
    from voicecall_sim.scenario.plan import Plan


@click.command("list")
@selecting
@click.option("--resolved", is_flag=True, help="Print the application's whole configuration, as YAML.")
def list_scenarios(asked: Callable[[], tuple[list[Plan], SubjectFactory]], resolved: bool) -> None:
    """Print the ids of scenarios, one a line."""
    plans, factory = asked()
    for plan in plans:
        if resolved:
            print_resolved(plan, factory)
        else:
            click.echo(plan.id)


def print_resolved(plan: Plan, factory: SubjectFactory) -> None:
    """One scenario's id, and the configuration with the defaults that are laid under it."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    click.echo(f"# {plan.id}" + (f"   (skipped: {plan.skip})" if plan.skip else ""))
    if not plan.skip:
        yaml.dump({"app": plainly(configuration(plan, factory))}, sys.stdout)
    click.echo()


def configuration(plan: Plan, factory: SubjectFactory) -> Mapping[str, Any]:
    """The configuration that the application gets, with credentials that this seed brings about."""
    from voicecall_sim.carriers import CARRIERS
    from voicecall_sim.telephony.network import PhoneNetwork
    from voicecall_sim.tunnels.kinds import tunnel
    from voicecall_sim.tunnels.tunnel import Reach
    from voicecall_sim.world.world import World

    world = World(seed=plan.seed)
    carrier = CARRIERS[plan.carrier](world.surroundings, PhoneNetwork(world.surroundings))
    subject = factory(agent=plan.agent is not None, openai_key=None)
    try:
        before = tunnel(plan.tunnel, world, world.host("app"))
        reach = Reach() if before is None else before.reach
        return subject.resolve(plan.app, plan.carrier, carrier.settings(), reach)
    finally:
        subject.discard()
        world.loop.close()


def plainly(value: Any) -> Any:
    """Maps and sequences of whatever kind as those that YAML knows."""
    if isinstance(value, Mapping):
        return {key: plainly(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plainly(item) for item in value]
    return value
