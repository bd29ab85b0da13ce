"""The lint rules of flows: what each finds, why it matters, and a bad and a good example. Data."""

from collections.abc import Callable

from reconciler.kinds.flow import dataflow, faults, keys
from reconciler.kinds.flow.faults import Faults
from reconciler.kinds.flow.graph import Graph
from reconciler.late import dataclass


@dataclass(frozen=True, kw_only=True)
class FlowRule:
    """One rule, in the words of ``lint.frame.Rule``. ``usual`` is false for a rule of few teams.

    What a ``whole`` one finds depends on the ways of the whole flow, so that a mistake in one of
    them makes other findings wrong.
    """

    name: str
    description: str
    why: str
    help: str
    bad: str
    good: str
    check: Callable[[Graph], Faults]
    usual: bool = True
    whole: bool = False


def _flow(start: str, *nodes: str, variables: str = "") -> str:
    """An example: a start node with these lines, these nodes, and an end."""
    return f"""\
api: v2
spec:
  type: Flow Agent
  flow:
{_indented(variables, 4)}    nodes:
      start:
        type: start
        message: Ask what the caller needs.
{_indented(start, 8)}{"".join(_indented(one, 6) for one in nodes)}      bye: {{ type: end_call }}
"""


def _indented(lines: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in lines.splitlines())


_BYE = "{ natural_language: the caller is done, to: bye }"
_OPERATOR = """\
operator:
  type: transfer_call
  isGlobal: true
  globalConditionType: dtmf
  globalDtmfKey: "0"
  phoneNumber: "+966500000000"
"""
_LOOKUP = """\
lookup:
  type: tool
  extractVariables: { count: { extractionPrompt: result.count } }
  on_success: sort
  on_failure: bye
"""
_SORT = """\
sort:
  type: router
  transitions: [{ all: [{ count: { equals: "1" } }], to: bye }]
  else: bye
"""
_TO_LOOKUP = "transitions: [{ natural_language: the caller books, to: lookup }]"

_RATING = """\
message: Ask how the call was.
transitions: [{ after_user_reply: , to: bye }]
"""
_BOOK = """\
book:
  type: tool
  on_success: bye
  on_failure: ~            # unconnected on purpose
"""
_NEED = """\
extractVariables: { need: { extractionPrompt: one word } }
transitions: [{ natural_language: the caller is done, to: bye }]
"""
_URGENT = """\
urgent:
  type: end_call
  isGlobal: true
  globalConditionType: prompt
  globalCondition: The caller is in danger.
"""
_CAPTURE = """\
more: { dtmfCapture: { enabled: true, variableName: code, digitLimit: 4 } }
transitions: [{ dtmf: "9", to: bye }]
"""


def _ask(key: str) -> str:
    return f"ask:\n  type: conversation\n{_indented(key, 2)}"


RULES = (
    FlowRule(
        name="flow-start",
        description="A flow has no node of the type start, or more than one",
        why="A call has nowhere to begin, or begins at another node than the file says",
        help="keep one node of the type `start`",
        bad=_flow(
            f"transitions: [{_BYE}]",
            "greet: { type: start, message: Greet., transitions: [{ dtmf: '1', to: bye }] }",
        ),
        good=_flow(f"transitions: [{_BYE}]"),
        check=faults.one_start,
    ),
    FlowRule(
        name="unreachable-node",
        description="No call can reach a node: no transition leads to it, and it is not global",
        why="Somebody believes that callers hear it, or its transition was lost",
        help="lead a transition to it, make it global, or take it out",
        bad=_flow(
            f"transitions: [{_BYE}]",
            _ask(_RATING),
        ),
        good=_flow(
            "transitions: [{ natural_language: the caller is done, to: ask }]",
            _ask(_RATING),
        ),
        check=faults.unreachable,
        whole=True,
    ),
    FlowRule(
        name="exit-to-nowhere",
        description="A transition has no target, a node lacks an exit of its type, or has none",
        why="A call that takes it stays there: silence, until the caller hangs up",
        help="lead it to a node, or take it out",
        bad=_flow(f"transitions:\n  - {_BYE}\n  - {{ natural_language: the caller books, to: ~ }}"),
        good=_flow(
            f"transitions:\n  - {_BYE}\n  - {{ natural_language: the caller books, to: book }}",
            _BOOK,
        ),
        check=faults.exits_to_nowhere,
    ),
    FlowRule(
        name="router-without-fallback",
        description="A router has no else, and no transition that always holds",
        why="A call for which no condition holds stays there",
        help="write `else:` and a node, or `else: ~` if one condition always holds",
        bad=_flow(_TO_LOOKUP, _LOOKUP, _SORT.replace("  else: bye\n", "")),
        good=_flow(_TO_LOOKUP, _LOOKUP, _SORT),
        check=faults.no_fallback,
    ),
    FlowRule(
        name="no-end-of-call",
        description="No way leads from the start to an end_call node or to a transfer",
        why="The agent never hangs up: every call lasts until the caller does, or its limit",
        help="lead a transition to a node of the type `end_call` or to a transfer",
        bad=_flow("transitions: [{ natural_language: the caller asks, to: start }]").replace(
            "      bye: { type: end_call }\n", ""
        ),
        good=_flow(f"transitions: [{_BYE}]"),
        check=faults.no_end,
        whole=True,
    ),
    FlowRule(
        name="foreign-exit",
        description="A node has an exit that its type does not have",
        why="The dashboard has no such exit: the API may refuse it, or calls never take it",
        help="use an exit of the node's type",
        bad=_flow(f"transitions: [{_BYE}]\nnext: bye"),
        good=_flow(f"transitions: [{_BYE}]"),
        check=faults.foreign_exits,
    ),
    FlowRule(
        name="loop-without-turn",
        description="Automatic exits and routers lead in a circle, and no node waits for a caller",
        why="A call can turn in it until its time is over, and the caller hears nothing new",
        help="let one node of the circle wait for a caller, or lead out of it",
        bad=_flow(
            _TO_LOOKUP,
            _LOOKUP,
            "sort:\n  type: router\n"
            '  transitions: [{ all: [{ count: { equals: "1" } }], to: bye }]\n  else: again',
            "again: { type: set_local_variables, staticVariables: { tried: yes }, next: sort }",
        ),
        good=_flow(
            _TO_LOOKUP,
            _LOOKUP,
            "sort:\n  type: router\n"
            '  transitions: [{ all: [{ count: { equals: "1" } }], to: bye }]\n  else: start',
        ),
        check=faults.endless_loops,
        whole=True,
    ),
    FlowRule(
        name="same-digit",
        description="Two exits of a node have one DTMF key, or two global nodes",
        why="A caller who presses it gets to one of them, and nobody knows to which",
        help="give each its own key",
        bad=_flow('transitions:\n  - { dtmf: "1", to: bye }\n  - { dtmf: "1", to: start }'),
        good=_flow('transitions:\n  - { dtmf: "1", to: bye }\n  - { dtmf: "2", to: start }'),
        check=keys.twice_a_digit,
    ),
    FlowRule(
        name="digit-at-capture",
        description="A node collects digits, and a digit is one of its exits",
        why="The API allows only `*` and `#` there: the digit is an exit, or it is collected",
        help="use `*` or `#` for the exit, or ask in a node of its own",
        bad=_flow(_CAPTURE),
        good=_flow(_CAPTURE.replace("9", "*")),
        check=keys.digits_at_capture,
    ),
    FlowRule(
        name="unset-variable",
        description="A node uses a variable that nothing sets: no node, no param, and not the API",
        why="A condition on it never holds, and a text has a hole in a sentence",
        help="add it to `customVariables` or to the params, or correct its name",
        bad=_flow(_TO_LOOKUP, _LOOKUP, _SORT.replace("count:", "visits:")),
        good=_flow(_TO_LOOKUP, _LOOKUP, _SORT),
        check=dataflow.never_set,
    ),
    FlowRule(
        name="early-variable",
        description="A node uses a variable that only later nodes set",
        why="It is empty on every way that leads there",
        help="use it after a node that sets it, or give it a default in `customVariables`",
        bad=_flow(_TO_LOOKUP, _LOOKUP, _SORT).replace("what the", "which of {{count}} visits the"),
        good=_flow(_TO_LOOKUP, _LOOKUP, _SORT, variables='customVariables: { count: "0" }').replace(
            "what the", "which of {{count}} visits the"
        ),
        check=dataflow.too_early,
        whole=True,
    ),
    FlowRule(
        name="sometimes-unset-variable",
        description="A node uses a variable that some ways to it set, and others do not",
        why="It is empty in some calls: right if the text or the tool copes with that",
        help="set it on every way, or write `{{name || other words}}`",
        bad=_flow(_TO_LOOKUP.replace("]", ', { dtmf: "1", to: sort }]'), _LOOKUP, _SORT),
        good=_flow(_TO_LOOKUP, _LOOKUP, _SORT),
        check=dataflow.not_always,
        whole=True,
        usual=False,
    ),
    FlowRule(
        name="variable-in-global-node",
        description="A global node uses a variable that nodes of the flow set",
        why="Global nodes see only custom variables and those of the API: it is empty there",
        help="use a custom variable, or words that need none",
        bad=_flow(_NEED, _URGENT.replace("danger", "danger, not in {{need}}")),
        good=_flow(_NEED, _URGENT),
        check=dataflow.out_of_sight,
    ),
    FlowRule(
        name="node-without-text",
        description="A node that speaks has no words, or a condition in words has none",
        why="The model makes something up, or the caller hears silence",
        help="write the text",
        bad=_flow(
            "transitions: [{ dtmf: '1', to: ask }]", _ask("transitions: [{ auto: , to: bye }]")
        ),
        good=_flow(
            "transitions: [{ dtmf: '1', to: ask }]",
            _ask("messageType: static\nmessage: One moment.\ntransitions: [{ auto: , to: bye }]"),
        ),
        check=keys.without_text,
    ),
    FlowRule(
        name="short-timeout",
        description="A timeout of a node is less than a second",
        why="Timeouts are in ms: a tool that has 30 of them always fails",
        help="write milliseconds",
        bad=_flow(_TO_LOOKUP, _LOOKUP + "  timeout: 30", _SORT),
        good=_flow(_TO_LOOKUP, _LOOKUP + "  timeout: 30000", _SORT),
        check=keys.short_timeouts,
    ),
    FlowRule(
        name="odd-transfer-number",
        description="A transfer has no phone number, or one without its country",
        why="The transfer fails: the caller hears silence, or the exit for failures",
        help="write it as +966500000000, `{ $env: NAME }` or `{{variable}}`",
        bad=_flow(f"transitions: [{_BYE}]", _OPERATOR.replace("+966", "0")),
        good=_flow(f"transitions: [{_BYE}]", _OPERATOR),
        check=keys.odd_numbers,
    ),
    FlowRule(
        name="unseen-flow-value",
        description="A node has a value that no page and no live flow has shown, such as its type",
        why="It may be new, or misspelt: then the API refuses it or does something else",
        help="correct it, or leave it if the dashboard has it",
        bad=_flow(f"messageType: voice\ntransitions: [{_BYE}]"),
        good=_flow(f"messageType: static\ntransitions: [{_BYE}]"),
        check=keys.unseen_values,
    ),
)
