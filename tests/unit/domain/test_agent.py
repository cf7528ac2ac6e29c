"""How an agent stands: as he says, unless nothing was heard of him for long; a heartbeat brings back what he said."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from smart_support.domain.agent import Agent, AgentStatus, Silence

LIMITS = Silence(away=60.0, offline=600.0)
NEVER, AWAY, OFFLINE = range(3)


class LifeOfAnAgent(RuleBasedStateMachine):
    """What he says, when he was heard of last, and how long a silence was noticed since: nothing else counts."""

    def __init__(self) -> None:
        super().__init__()
        self.agent = Agent("default", "ann")
        self.now, self.said, self.heard, self.noticed = 1_000.0, AgentStatus.ONLINE, None, NEVER

    @rule(status=st.sampled_from(AgentStatus))
    def say(self, status):
        self.agent = self.agent.standing(status)
        self.said, self.noticed = status, NEVER
        self.heard = None if status is AgentStatus.ONLINE else self.heard

    @rule()
    def beat(self):
        self.agent = self.agent.beating(self.now)
        self.heard, self.noticed = self.now, NEVER

    @rule(seconds=st.sampled_from([-100.0, 0.0, 30.0, 60.0, 61.0, 600.0, 601.0]))
    def look_after(self, seconds):
        self.now += seconds
        before, self.agent = self.agent, LIMITS.after(self.agent, self.now)
        quiet = 0.0 if self.heard is None else self.now - self.heard
        self.noticed = max(self.noticed, OFFLINE if quiet > 600.0 else AWAY if quiet > 60.0 else NEVER)
        assert (self.agent is before) == (self.agent == before), "who is not changed is the same"
        assert LIMITS.after(self.agent, self.now) is self.agent

    @invariant()
    def he_stands_as_he_said_or_as_silence_says(self):
        if self.noticed is OFFLINE or self.said is AgentStatus.OFFLINE:
            expected = AgentStatus.OFFLINE
        else:
            expected = AgentStatus.AWAY if self.noticed is AWAY else self.said
        assert self.agent.status is expected
        assert self.agent.silent == (expected is not self.said)
        assert self.agent.heartbeat_at == self.heard


TestLifeOfAnAgent = LifeOfAnAgent.TestCase
