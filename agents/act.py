"""Act: the only stage that writes to the outside. It reads the conversation, decides anew, adds tags, and routes.

Routing is a tag (``mw-needs-<slug>``): the tenant's own rule assigns on it. Tags are idempotent, so doing it again
after a crash changes nothing. No reply is ever sent in this release; every decision record says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from faust.types import StreamT

from agents.handler import LoopWiring, StageFunctions, TicketHandler
from agents.playbook import Playbook
from agents.policy import Effect, tags_to_apply
from agents.ports import Helpdesk
from streams import metrics
from streams.app import StageApp
from streams.clock import SYSTEM_CLOCK, Clock
from streams.decision import ControlView
from streams.effects import Effects
from streams.errors import OutboundPaused
from streams.events import Failure, TicketDecided, TicketEvent, TicketOutcome
from streams.reasons import DecisionReason, OutcomeResult, Stage


class Act:
    """The work of the stage. ``control`` reads the flags of this very moment; ``effects`` counts what is leaving.

    ``assigned``: whether this worker's partitions are still proven to be its own.
    """

    def __init__(
        self,
        helpdesk: Helpdesk,
        control: Callable[[], ControlView],
        playbook: Playbook,
        effects: Effects,
        assigned: Callable[[], bool],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._helpdesk, self._control, self._playbook = helpdesk, control, playbook
        self._effects, self._assigned, self._clock = effects, assigned, clock

    def may_run(self) -> bool:
        """True while the outbound switch and this worker's assignment are proven; else act pauses."""
        control = self._control()
        return control.outbound_enabled and not control.stale and self._assigned()

    async def work(self, decided: TicketDecided) -> TicketOutcome:
        """Apply what may be applied now. Raises OutboundPaused where nothing may, VendorError where it failed."""
        effect, calls = self._effect(decided), 0
        if effect.tags:
            conversation = await self._helpdesk.read_conversation(decided.conversation_id)
            calls += 1
            effect = self._effect(decided)  # the flags may have changed while the helpdesk answered
            if missing := [tag for tag in effect.tags if tag not in conversation.tags]:
                with self._effects.leaving(effect.inputs.control.epoch):
                    await self._helpdesk.add_tags(decided.conversation_id, missing)
                calls += 1
        finished_at = self._clock.now()
        metrics.END_TO_END_SECONDS.observe(max(0.0, (finished_at - decided.received_at).total_seconds()))
        return outcome_of(decided, effect, calls, finished_at)

    def carry(self, ticket: TicketEvent, failure: Failure) -> TicketOutcome:
        """The outcome of a ticket that act could not do: failed, for a person to look at."""
        return TicketOutcome(
            **{**ticket.derive(Stage.ACT), "failure": failure},
            result=OutcomeResult.FAILED,
            reasons=(DecisionReason.STAGE_FAILED,),
            finished_at=self._clock.now(),
        )

    def _effect(self, decided: TicketDecided) -> Effect:
        effect = tags_to_apply(decided, self._control(), self._playbook)
        if effect.result is None:
            raise OutboundPaused("outbound is off")
        return effect


def outcome_of(decided: TicketDecided, effect: Effect, calls: int, finished_at: datetime) -> TicketOutcome:
    """What became of ``decided``: ``effect`` was applied with ``calls`` requests to the helpdesk."""
    assert effect.result is not None
    return TicketOutcome(
        **decided.derive(Stage.ACT),
        result=effect.result,
        intent=effect.decision.intent,
        team=effect.decision.team,
        tier=effect.decision.tier,
        tags=effect.tags,
        reasons=effect.reasons,
        vendor_calls=calls,
        control_epoch=effect.inputs.control.epoch,
        finished_at=finished_at,
    )


def attach(app: StageApp, act: Act, loop: LoopWiring) -> None:
    """Give ``app`` its agent."""
    functions = StageFunctions(Stage.ACT, TicketDecided, act.carry, act.may_run, work=act.work)
    handler = TicketHandler(functions, loop.names)

    @app.agent(app.source, name=Stage.ACT.value)
    async def apply_decisions(stream: StreamT[bytes]) -> None:
        await app.run_stage(stream, handler, loop.post, loop.limits)
