"""The rules of flows, as lint rules. What they find is decided in ``kinds.flow``."""

from collections.abc import Iterator
from operator import attrgetter

from reconciler.kinds.flow import declared
from reconciler.kinds.flow.faults import Fault
from reconciler.kinds.flow.rules import RULES, FlowRule
from reconciler.lint.frame import Check, Finding, Rule, RuleSet, Subject
from reconciler.text import characters, tokens

WITHOUT_TEXT = "node-without-text"
WHOLE = frozenset(rule.name for rule in RULES if rule.whole)
"""Rules that cannot tell while the flow has a mistake."""
_FLOW = attrgetter("flow")


def _check(rule: FlowRule) -> Check:
    def check(subject: Subject) -> Iterator[Finding]:
        if subject.flow:
            yield from map(_finding, rule.check(subject.flow))

    return check


def _finding(fault: Fault) -> Finding:
    return Finding(
        path=(*declared.NODES.split("."), *fault.place),
        offset=fault.offset,
        message=tokens.crossed_out(fault.message),
        found=characters.named(tokens.crossed_out(fault.found)),
        allowed=fault.allowed,
        hint=tokens.crossed_out(fault.hint),
    )


SET = RuleSet(
    name="flow",
    description="the nodes of a flow, their exits and their variables",
    rules=tuple(
        Rule(
            name=one.name,
            level="warn" if one.usual else "off",
            description=one.description,
            why=one.why,
            help=one.help,
            bad=one.bad,
            good=one.good,
            check=_check(one),
            needs=_FLOW,
        )
        for one in RULES
    ),
)
