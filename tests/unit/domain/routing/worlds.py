"""Small rules and cases, of few values, so that they meet."""

from hypothesis import strategies as st

from smart_support.domain.routing.case import Case
from smart_support.domain.routing.match import Match
from smart_support.domain.routing.routing import Routing
from smart_support.domain.routing.rule import Rule, Says, SlaPolicy
from smart_support.domain.sla import Progress, Target

CATEGORIES = ("Billing", "Legal")
TAGS = ("shop", "Shop ", "vip")
CUSTOMERS = ("c-1", "ann@a.example", "Bob@A.example", "@a.example", "@b.example", "eve@b.example")
TIERS = ("gold", "basic")
CODES = ("de", "en")
CHANNELS = ("mail", "chat")
AGENTS = ("ann", "bob")
SLAS = ("fast", "slow")
LEVELS = (0.0, 0.3, 0.5, 0.8, 1.0)


def some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=2)


matches = st.builds(
    Match,
    category=some(CATEGORIES),
    tags=some(TAGS),
    customer=some(CUSTOMERS),
    tier=some(TIERS),
    language=some(CODES),
    channel=some(CHANNELS),
    at_least=st.sampled_from(LEVELS),
    below=st.none() | st.sampled_from(LEVELS),
)
wide = matches | st.just(Match()) | st.builds(Match, tier=some(TIERS)) | st.builds(Match, customer=some(CUSTOMERS))
says = st.builds(
    Says,
    team=st.sampled_from((None, None, "north", "south")),
    skills=st.lists(st.sampled_from(("contracts", "shop")), max_size=2, unique=True).map(tuple),
    priority=st.sampled_from((None, None, -1.0, 0.0, 0.5)),
    never=some(AGENTS),
    sla=st.sampled_from((None, None, *SLAS)),
).filter(lambda said: said != Says())
cases = st.builds(
    Case,
    ticket_id=st.just("t"),
    order=st.integers(1, 9),
    category=st.sampled_from((*CATEGORIES, "billing", "unheard of")),
    urgency=st.sampled_from(LEVELS) | st.floats(0, 1),
    progress=st.builds(
        Progress,
        accepted_at=st.floats(0, 4e9),
        answered_at=st.none() | st.floats(0, 4e9),
        resolved_at=st.none() | st.floats(0, 4e9),
    ),
    language=st.none() | st.sampled_from(CODES),
    tags=st.lists(st.sampled_from(TAGS) | st.text(max_size=3), max_size=2).map(tuple),
    channel=st.none() | st.sampled_from(CHANNELS) | st.text(max_size=3),
    customer_id=st.none() | st.just("C-1") | st.text(max_size=3),
    customer_email=st.none() | st.sampled_from(CUSTOMERS) | st.text(max_size=5),
    customer_tier=st.none() | st.sampled_from(TIERS),
    team=st.none() | st.just("west"),
    escalated=st.booleans(),
    preferred=st.none() | st.sampled_from(AGENTS),
    barred=some(AGENTS),
    stands=st.booleans(),
)


@st.composite
def routings(draw: st.DrawFn, most: int = 5) -> Routing:
    """Up to so many rules, and two promises."""
    drawn = draw(st.lists(st.tuples(wide, says), max_size=most))
    slas = [SlaPolicy(name, Target(60.0, 3600.0), draw(st.none() | wide)) for name in SLAS]
    rules = [Rule(f"r{number}", *one) for number, one in enumerate(drawn)]
    return Routing(tuple(rules), tuple(slas), languages=draw(st.booleans()))
