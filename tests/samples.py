"""One plan, audit and apply with all possible parts: the content of the goldens."""

from collections.abc import Iterable

from reconciler.engine.drift import Audit, Audited
from reconciler.engine.policies.declared import RequiredText
from reconciler.engine.policies.required_text import Unkept
from reconciler.errors import Problem
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import (
    Contract,
    Difference,
    Live,
    Outcome,
    Plan,
    Planned,
    Request,
    Status,
    Verb,
    Violation,
)
from tests import build
from tests.build import change, hidden

NOW = "2026-01-02T03:04:05Z"
SHARED_BEFORE = "لا تسأل المتصل عن رمز التحقق إلا مرة واحدة."
SHARED_AFTER = "لا تسأل المتصل عن رمز التحقق أبداً."


def prompt(role: str, clause: str) -> str:
    return (
        f"# الدور\n\n{role}\n\n## القواعد\n\n1. كن مختصراً.\n"
        "2. لا تعد بموعد قبل أن تراه في التقويم.\n\n"
        f"اسأل عن رقم الطلب أولاً، ثم عن الاسم.\n\n## الأمان\n\n{clause}\n\n"
        "## Closing\n\nThank {{caller}} and end the call. Do not add anything after that.\n"
    )


DESK_BEFORE = prompt("أنت موظف استقبال في عيادة النور، صوتك رسمي.", SHARED_BEFORE)
DESK_AFTER = (
    "# الدور\n\nأنت موظف استقبال في عيادة النور، صوتك ودود.\n\n"
    "اسأل عن رقم الطلب أولاً، ثم عن الاسم.\n\n## القواعد\n\n1. كن مختصراً.  \n"
    "2. لا تذكر سعراً لا تعرفه.\n3. لا تعد بموعد قبل أن تراه في التقويم.\n\n## الأمان\n\n"
    f"{SHARED_AFTER}\n\n## Closing\n\n"
    "Thank {{caller_name}} and end the call. Do not add anything after that.\n"
)


def preamble(before, after, cause="edit", **more):
    return change("preamble", before, after, cause, prose=True, **more)


def update(key, name, *changes, **more):
    request = Request(method="PATCH", path=f"/v1/voice-agents/{key}-id", body={})
    frame = {"verb": Verb.UPDATE, "id": f"{key}-id", "request": request, **more}
    return build.made(kind=AGENT_V1, key=key, name=name, changes=changes, **frame)


CONTRACT = Contract(
    added=("branch", "day"), filled=("day",), removed=("fee",), renamed=(("caller", "caller_name"),)
)
FRONT_DESK = update(
    "front-desk",
    "عيادة النور",
    change(
        "greetingMessage",
        "أهلاً {{caller}}، معك عيادة النور. كيف نخدمك اليوم؟",
        "أهلاً {{caller_name}}، معك عيادة النور، فرع {{branch}}. كيف أساعدك؟",
        impact="spoken",
        prose=True,
    ),
    preamble(DESK_BEFORE, DESK_AFTER),
    change("lang", "en", "ar", "conflict", "spoken", applied="ar", applied_known=True),
    change(
        "pokeMessages",
        ["ألو؟ هل ما زلت معي؟", "إذا الوقت غير مناسب، نقدر نتصل في وقت ثاني."],
        ["ألو؟ هل ما زلت معي\u00a0؟", "إذا الوقت غير مناسب، نقدر نتصل في وقت ثاني."],
        "drift",
        "spoken",
        prose=True,
    ),
    change(
        "params",
        {"caller": "guest", "fee": 150},
        {"caller_name": "ضيفنا", "day": "الأحد"},
        impact="spoken",
        prose=True,
    ),
    change("silenceThreshold", 800, 600, "drift", unit="ms"),
    change("tools.genderDetection", None, cause="untracked", after=False, readable=False),
    change(
        "googleCalendarSettings.freeSlots",
        {
            "Monday": [{"from": "09:00", "to": "12:00"}],
            "Friday": [{"from": "09:00", "to": "12:00"}],
        },
        {"Monday": [{"from": "10:00", "to": "12:00"}]},
        impact="reach",
    ),
    hidden("googleCalendarSettings.accessToken", "untracked"),
    change("outcome", None, "Sum up the call in one sentence.", impact="silent", prose=True),
    ignored=(change("voiceId", "a", "b", impact="spoken", note="until 2026-03-20: Ramadan"),),
    notes=("found by its name",),
    contract=CONTRACT,
)
CARDS = update(
    "cards",
    "Card support",
    preamble(prompt("أنت صوت البنك.", SHARED_BEFORE), prompt("أنت صوت البنك.", SHARED_AFTER)),
    change("description", "Cards", "Cards and accounts", impact="silent"),
)
BRANCHES = update(
    "branches",
    "Branch info",
    preamble(prompt("أنت دليل الفروع.", SHARED_BEFORE), prompt("أنت دليل الفروع.", SHARED_AFTER)),
)
LOANS = update(
    "loans",
    "Loans <script>alert(1)</script> @everyone",
    preamble(prompt("You sell.", SHARED_BEFORE), prompt("You sell.", "اسأل المتصل عن رمز التحقق.")),
)
NIGHT = build.made(
    kind=AGENT_V1,
    verb=Verb.CREATE,
    key="night-desk",
    name="Night desk",
    changes=(
        change("agentName", None, "Night desk", impact="silent"),
        change("lang", None, "ar", impact="spoken"),
        change("greetingMessage", None, "مساء الخير", impact="spoken", prose=True),
        preamble(None, DESK_AFTER),
        hidden("llmConfig.apiKey"),
    ),
    request=Request(method="POST", path="/v1/voice-agents", body={}),
)
FLOW = build.made(
    kind=AGENT_V1,
    verb=Verb.BLOCKED,
    key="old-flow",
    name="Old flow",
    id="7",
    reason="it is a flow agent, which v1 does not describe: write its file for `api: v2`",
)
PLAN = Plan(
    environment="production",
    url="https://api.tryhamsa.com",
    salt="",
    agents=12,
    actions=(
        BRANCHES,
        CARDS,
        FRONT_DESK,
        LOANS,
        NIGHT,
        FLOW,
        build.made(kind=AGENT_V1, verb=Verb.RECORD, key="quiet", name="Quiet", id="8"),
        build.made(
            kind=AGENT_V1,
            verb=Verb.IN_SYNC,
            key="same",
            name="Same",
            id="9",
            ignored=(change("pokeMessages", ["a"], ["b"], impact="spoken"),),
        ),
        build.made(kind=AGENT_V1, verb=Verb.UNMANAGED, key="", name="Made by hand\u202e", id="10"),
    ),
)
FINDINGS = (
    Problem(
        file="agents/front-desk.yaml",
        line=9,
        field="spec.params.day",
        message="`day` is a param that no text uses",
        hint="remove it, or use it as `{{day}}`",
        warning=True,
        rule="unused-param",
    ),
    Problem(
        file="agents/prompts/loans.md",
        line=3,
        field="spec.preamble",
        message="a right-to-left override can show a text in another order than it is spoken",
        found="U+202E",
        warning=True,
        rule="bidi-control",
    ),
)
VIOLATIONS = (
    Violation(
        rule="max_changes",
        message="this plan writes 4 agents of production; `max_changes: 30%` of its 10 live agents "
        "allows 3",
        hint="narrow it, such as: reconciler apply -e production --target branches; or, if all 4 "
        "were reviewed: reconciler apply -e production --max-changes 4",
        agents=("branches", "cards", "loans", "night-desk"),
    ),
    Violation(
        rule="required_text",
        message="after this plan 1 agent of production would not say “هذه المكالمة مسجلة” in "
        "`greetingMessage`, and `required_text` pins it: cards (agents/cards.yaml)",
        hint="put the sentence into the file; to drop it for good, take it out of "
        "`required_text` in a "
        "reviewed change",
        agents=("cards",),
    ),
    Violation(
        rule="approvals",
        message="this plan writes 6 spoken fields of 3 agents of production: branches, cards, "
        "loans",
        hint="read them, then: reconciler apply -e production --approve spoken",
        agents=("branches", "cards", "loans"),
        pending=True,
        until="somebody gives --approve spoken",
    ),
)
AUDIT = Audit(
    environment="production",
    url="https://api.tryhamsa.com",
    agents=(
        Audited(
            kind=AGENT_V1,
            key="front-desk",
            name="عيادة النور",
            id="front-desk-id",
            updated_at=NOW,
            applied_at="2026-01-01T00:00:00Z",
            commit="0123456789abcdef",
            drift=(
                preamble(
                    DESK_AFTER, DESK_AFTER.replace("ودود", "هادئ"), "drift", applied_known=True
                ),
                change("lang", "ar", "en", "conflict", "spoken", applied_known=True),
            ),
            expected=(change("voiceId", "a", "b", "drift", "spoken", note="until 2026-03-20"),),
            unchecked=("tools.genderDetection",),
        ),
        Audited(
            kind=AGENT_V1,
            key="gone",
            name="Gone",
            id="11",
            missing="the agent 11 is not live any more",
            vanished=True,
            applied_at=NOW,
        ),
        Audited(kind=AGENT_V1, key="night-desk", name="Night desk", missing="not created yet"),
        Audited(
            kind=AGENT_V1,
            key="same",
            name="Same",
            id="9",
            applied_at=NOW,
            waiting=("silenceThreshold",),
        ),
    ),
    unmanaged=(
        Live(
            kind=AGENT_V1,
            id="10",
            name="Made by hand",
            generation="G1",
            fields={},
            secrets={},
            rest={},
        ),
    ),
    required_text=(
        Unkept(
            key="same", required=RequiredText(text="هذه المكالمة مسجلة"), field="greetingMessage"
        ),
        Unkept(key="front-desk", required=RequiredText(text="Bye"), known=False),
    ),
)
OUTCOMES = (
    Outcome(status=Status.DONE, action=CARDS, id="cards-id"),
    Outcome(
        status=Status.REFUSED,
        action=FRONT_DESK,
        id="front-desk-id",
        message="both the files and the dashboard changed `lang`",
        hint="take the live edit with pull, or apply with --overwrite",
    ),
    Outcome(
        status=Status.DIVERGED,
        action=LOANS,
        id="loans-id",
        message="accepted, but stored differently: preamble",
        differences=(Difference(path="preamble", expected="a", found="b", sent=True),),
    ),
    Outcome(status=Status.FAILED, action=NIGHT, message="POST /v1/voice-agents: 400, bad name"),
    Outcome(status=Status.UNKNOWN, action=BRANCHES, message="no answer", hint="plan again"),
)


def planned(
    plan: Plan, warnings: Iterable[Problem] = (), violations: Iterable[Violation] = ()
) -> Planned:
    """A plan with what travels next to it."""
    return Planned(plan=plan, warnings=tuple(warnings), violations=tuple(violations))
