"""Sheets made by hand: a rich one (Arabic and English), an empty one, a hostile one and a fleet."""

from dataclasses import replace

from reconciler.errors import Problem
from reconciler.render.sanitize import one_line
from reconciler.render.view import (
    Block,
    Group,
    Listed,
    Part,
    Passage,
    Prose,
    Row,
    Shared,
    Sheet,
    Side,
    Span,
)


def words(text: str) -> tuple[Span, ...]:
    """Spans of a text in which ⟦marked⟧ words are in brackets."""
    spans = []
    for piece in text.split("⟦"):
        marked, bracket, rest = piece.partition("⟧")
        spans += [Span(marked, marked=True), Span(rest)] if bracket else [Span(piece)]
    return tuple(span for span in spans if span.text)


NEVER = Row(
    sign="~",
    path="preamble",
    group="behaviour",
    cause="edit",
    prose=Prose(
        size="1 added",
        passages=(
            Passage(
                kind="added",
                heading="What you never do",
                after=words(
                    "Never ask for a one-time code. If a caller starts to say one, stop them: "
                    "«Please keep that to yourself.»"
                ),
                new_line=31,
            ),
        ),
    ),
)

ARABIC = Prose(
    size="1 changed, 1 moved, 1 added, 1 removed, 21 unchanged",
    space="trailing spaces at 2 places",
    shared=(1,),
    passages=(
        Passage(kind="same", count=12, inside=("الدور", "بيانات للمطابقة فقط")),
        Passage(
            kind="changed",
            heading="كيف تتكلم",
            before=words(
                "رحّب بالمتصل باسمه {{caller}}، ثم اسأله: هل تريد حجز موعد أو ⟦تغييره؟⟧ "
                "العيادة مفتوحة من ⟦9⟧ إلى ⟦5⟧."
            ),
            after=words(
                "رحّب بالمتصل باسمه {{caller}}، ثم اسأله: هل تريد حجز موعد أو ⟦تغييره أو إلغاءه؟⟧ "
                "العيادة مفتوحة من ⟦٨⟧ إلى ⟦٦ مساءً، والحجز عبر Nour App متاح دائماً⟧."
            ),
            old_line=14,
            new_line=14,
            odd=("⟨RLM⟩",),
        ),
        Passage(
            kind="moved",
            heading="كيف تتكلم",
            after=words("انطق الأرقام رقماً رقماً."),
            old_line=40,
            new_line=16,
            moved_from="خطوات المكالمة",
        ),
        Passage(
            kind="added",
            heading="كيف تتكلم",
            after=words("إذا قال المتصل «urgent» أو «طارئ»، فأعطه الرقم 937 فوراً."),
            new_line=18,
        ),
        Passage(kind="same", count=9, inside=("خطوات المكالمة",)),
        Passage(
            kind="removed",
            heading="إذا لم يتم التحقق",
            before=words("اطلب منه أن يزور أقرب فرع."),
            old_line=52,
        ),
    ),
)

ENGLISH = Prose(
    size="2 changed, 1 moved, 44 unchanged",
    passages=(
        Passage(kind="same", count=1, inside=("Role",)),
        Passage(
            kind="changed",
            heading="How the call goes",
            before=words(
                "5. If the parcel is late, ⟦apologise and explain that traffic is heavy today.⟧"
            ),
            after=words(
                "5. If the parcel is late, ⟦say sorry once, in plain words. Make up no reason.⟧"
            ),
            old_line=22,
            new_line=22,
        ),
        Passage(
            kind="moved",
            heading="How the call goes",
            before=words("Give the status ⟦first⟧, then the expected delivery."),
            after=words("Give the status, then the expected delivery ⟦in words⟧."),
            old_line=61,
            new_line=24,
            moved_from="Examples",
        ),
        Passage(
            kind="changed",
            heading="Tone",
            before=words("Speak calmly⟦⟨NBSP⟩⟧and slowly."),
            after=words("Speak calmly⟦ ⟧and slowly."),
            old_line=30,
            new_line=32,
            cosmetic=True,
            odd=("⟨NBSP⟩",),
        ),
        Passage(kind="same", count=43, inside=("Tone", "Examples", "Handing over", "Rules", "End")),
    ),
)

CLINIC = Block(
    sign="~",
    key="clinic-front-desk",
    name="عيادة النور",
    id="48f7656f-098b-4c43-b165-7cfd2cc8ac30",
    state="update, 5 fields",
    facts=("found by its name",),
    notes=("The calendar of this agent is shared with another one; both book into it.",),
    told=(
        "يرحّب بالمتصل بعبارة أخرى، وينتظر 600 ملّي ثانية بدل 800 قبل أن يجيب، "
        "ولم يعد يتعرّف على جنس المتصل."
    ),
    breaking=(
        "{{caller_name}} is now {{caller}}: pass it under the new name",
        "{{branch}} is new: a call that does not pass it speaks a blank",
    ),
    shared=(1,),
    groups=(
        Group(
            "spoken",
            (
                Row(
                    sign="~",
                    path="greetingMessage",
                    group="spoken",
                    cause="edit",
                    before="«أهلاً {{caller_name}}، معك عيادة النور»",
                    after="«حيّاك الله {{caller}}، معك عيادة النور فرع {{branch}}. كيف أخدمك؟»",
                ),
                Row(sign="~", path="preamble", group="spoken", cause="edit", prose=ARABIC),
            ),
        ),
        Group(
            "behaviour",
            (
                Row(
                    sign="~",
                    path="silenceThreshold",
                    group="behaviour",
                    cause="edit",
                    before="800",
                    after="600",
                ),
                Row(
                    sign="?",
                    path="tools.genderDetection",
                    group="behaviour",
                    cause="untracked",
                    after="false",
                    note="cannot be read back; sent once",
                ),
            ),
        ),
        Group(
            "silent",
            (
                Row(
                    sign="~",
                    path="params",
                    group="silent",
                    cause="edit",
                    parts=(
                        Part("last_update", None, '"not available"'),
                        Part("support_hours", '"nine to six"', '"eight to ten, every day"'),
                        Part("old_key", '"gone"', None),
                    ),
                ),
            ),
        ),
    ),
)

TRACKING = Block(
    sign="~",
    key="delivery-tracking",
    name="Delivery tracking",
    id="0b4f3a52-6a0e-4b5e-9d1e-5ad4c2a8a3a1",
    state="update, 4 fields",
    facts=("found by its name",),
    told="يعتذر بعبارة أخرى عن التأخير، ولم يعد يحوّل المكالمة.",
    shared=(1, 2),
    groups=(
        Group(
            "behaviour",
            (Row(sign="~", path="preamble", group="behaviour", cause="edit", prose=ENGLISH),),
        ),
        Group(
            "reach",
            (
                Row(
                    sign="+",
                    path="webhookUrl",
                    group="reach",
                    cause="edit",
                    after="https://hooks.example.com/voice/delivery",
                ),
                Row(
                    sign="·",
                    path="tools.callTransfer",
                    group="reach",
                    before="true",
                    after="false",
                    note="left to the dashboard",
                ),
            ),
        ),
        Group(
            "cosmetic",
            (
                Row(
                    sign="~",
                    path="pokeMessages[0]",
                    group="cosmetic",
                    cause="drift",
                    before='"Are you still⟨NBSP⟩there?"',
                    after='"Are you still there?"',
                    odd=("⟨NBSP⟩",),
                ),
            ),
        ),
    ),
)

CARDS = Block(
    sign="!",
    key="bank-card-support",
    name="خدمة البطاقات",
    id="7d3b1c44-1111-4222-8333-944455556666",
    state="blocked",
    reason="`greetingMessage` moved in the files and on the dashboard; nothing of it is sent",
    hint="take the live edit with `reconciler pull`, or apply with `--overwrite`",
    groups=(
        Group(
            "spoken",
            (
                Row(
                    sign="!",
                    path="greetingMessage",
                    group="spoken",
                    cause="conflict",
                    sides=(
                        Side(label="last applied", value='"مرحباً بك في البنك"'),
                        Side(label="files", value='"أهلاً بك في بنك الخليج"'),
                        Side(
                            label="live",
                            prose=Prose(
                                size="1 changed",
                                passages=(
                                    Passage(
                                        kind="changed",
                                        before=words("مرحباً بك في ⟦البنك⟧"),
                                        after=words("مرحباً بك في ⟦خدمة البطاقات⟧"),
                                        old_line=1,
                                        new_line=1,
                                    ),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
)

BRANCHES = Block(
    sign="+",
    key="bank-branch-info",
    name="Branch information",
    id="",
    state="create, 1 field",
    groups=(
        Group("silent", (Row(sign="+", path="agentName", group="silent", after='"Branches"'),)),
    ),
)

REMINDERS = Block(
    sign="~",
    key="clinic-reminders",
    name="Clinic reminders",
    id="5a1e0c1e-2222-4222-8333-944455557777",
    state="update, 1 field",
    shared=(1,),
)

QUIET = Block(sign="=", key="ramadan-campaign", name="Ramadan campaign", id="9c2e", state="in sync")

RICH = Sheet(
    kind="plan",
    title="Plan for production",
    environment="production",
    url="https://api.tryhamsa.com",
    summary="1 to create, 3 to update (4 spoken, 5 behaviour, 1 reach), 1 blocked; 1 in sync.",
    changes=True,
    language="ar",
    blocks=(CLINIC, TRACKING, CARDS, BRANCHES, REMINDERS, QUIET),
    shared=(
        Shared(
            number=1,
            row=NEVER,
            agents=("clinic-front-desk", "delivery-tracking", "clinic-reminders"),
            odd=("bank-card-support",),
        ),
        Shared(
            number=2,
            row=Row(
                sign="~",
                path="voiceId",
                group="spoken",
                cause="edit",
                before="1f3396aa",
                after="8c0e72d1",
            ),
            agents=("delivery-tracking", "bank-branch-info"),
        ),
    ),
    lists=(
        (
            "Unmanaged, in no file",
            (Listed(who="تجربة قديمة (3f2a)"), Listed(who="Test agent (77aa)")),
        ),
        (
            "Ignored, left to the dashboard",
            (Listed(who="clinic-reminders", field="pokeMessages", said="until 1 March"),),
        ),
    ),
    findings=(
        Problem(
            file="agents/prompts/clinic-front-desk.md",
            line=14,
            field="preamble",
            message="a bidi override (⟨RLO⟩) turns the words after it round",
            hint="delete it",
            rule="bidi-control",
        ),
        Problem(
            file="agents/delivery-tracking.yaml",
            line=9,
            message="`{{support_hours}}` is not in `params`",
            found="{{support_hours}}",
            allowed="last_update, parcel",
            hint="did you mean `{{support_hour}}`?",
            warning=True,
            rule="undefined-placeholder",
        ),
    ),
    impacts={"spoken": 4, "behaviour": 5, "reach": 1, "silent": 2, "cosmetic": 1},
)

TOLD = {
    "clinic-front-desk": (
        "Greets callers otherwise, waits 600 ms instead of 800 before it answers, and no longer "
        "tells a caller's gender."
    ),
    "delivery-tracking": "Apologises for a delay otherwise, and no longer hands calls over.",
}

RICH_IN_ENGLISH = replace(
    RICH,
    language="en",
    blocks=tuple(replace(one, told=TOLD.get(one.key, one.told)) for one in RICH.blocks),
)
"""The page around the texts is in English; prompts and names stay as they are."""

EMPTY = Sheet(
    kind="plan",
    title="Plan for staging",
    environment="staging",
    url="https://staging.example.com",
    summary="No changes in staging: 7 in sync.",
    changes=False,
)

ATTACKS = (
    "<script>window.acted = 1</script>",
    "<img src=x onerror='window.acted = 2'>",
    '"><svg onload="window.acted = 3">',
    "</style><style>* { display: none }</style>",
    "</p></article></main><h1>forged</h1>",
    "<!-- ",
    "]]><![CDATA[",
    "{{ 7 * 7 }}{% raw %}{{ sheet }}",
    "&lt;b&gt; &amp; &#60;",
    "javascript:window.acted=4",
    "[link](http://127.0.0.1:9/a) ![image](http://127.0.0.1:9/b)",
    "@everyone ##[command]rm ::error::x",
    "\x1b[2J\x1b[31mred\x07",
    "\u202egnp.exe\u202c\u2066\u2069\u200f",
    "a\x00b\ud800c\r\nd\te",
    "é" * 3 + "\u0301" * 60,
    "ﷺ" * 80,
)


def hostile(length: int = 5_000) -> Sheet:
    """The attacks in every text that a sheet can hold, and a line without a blank."""
    safe = tuple(map(one_line, ATTACKS))
    bad = " ".join(safe)
    spans = (Span(bad), Span(bad, marked=True))
    prose = Prose(
        size=bad,
        space=bad,
        passages=(
            Passage(kind="same", count=3, inside=safe),
            Passage(kind="changed", heading=bad, before=spans, after=spans, odd=safe[:3]),
            Passage(kind="moved", moved_from=bad, after=spans, new_line=99999),
            Passage(kind="added", after=(Span("ع" * 2000),), new_line=123456),
        ),
    )
    row = Row(sign="~", path=bad, group="spoken", cause=bad, note=bad, odd=safe[:3], prose=prose)
    endless = Passage(kind="added", after=(Span("x" * length),), new_line=1)
    rows = (
        row,
        Row(sign="~", path="p", group="spoken", prose=Prose(size="1 added", passages=(endless,))),
        Row(sign="~", path="p", group="spoken", before=bad, after=bad),
        Row(sign="~", path="p", group="spoken", parts=(Part(bad, bad, bad), Part(bad, None, "x"))),
        Row(sign="!", path="p", group="spoken", sides=(Side(label=bad, value=bad, prose=prose),)),
        Row(sign="+", path=bad, group="spoken", after=bad, whole=prose, told=safe),
        Row(sign="~", path="p", group="spoken", parts=(Part(bad, None, bad, prose),)),
    )
    block = Block(
        sign="!",
        key=bad,
        name=bad,
        id=bad,
        state=bad,
        facts=safe,
        notes=safe,
        reason=bad,
        hint=bad,
        told=bad,
        breaking=safe,
        groups=(Group("spoken", rows),),
        shared=(1,),
    )
    return Sheet(
        kind="drift",
        title=bad,
        environment=bad,
        url=bad,
        summary=bad,
        changes=True,
        blocks=(block,),
        shared=(Shared(number=1, row=row, agents=(bad, *safe), odd=safe),),
        lists=((bad, tuple(Listed(who=text, field=text, said=text) for text in safe)),),
        findings=tuple(
            Problem(file=text, line=1, field=text, message=text, found=text, hint=text, rule=text)
            for text in ATTACKS
        ),
        impacts={"spoken": 4},
    )


def fleet(count: int = 300) -> Sheet:
    """Many agents with a change of their own each, and one that all of them have."""
    keys = tuple(f"agent-{number:04}" for number in range(count))
    groups = ("spoken", "behaviour", "reach", "silent", "cosmetic")
    blocks = tuple(
        Block(
            sign="~",
            key=key,
            name=f"Agent {number}",
            id=f"id-{number}",
            state="update, 2 fields",
            shared=(1,),
            groups=(
                Group(
                    groups[number % 5],
                    (
                        Row(
                            sign="~",
                            path="silenceThreshold",
                            group=groups[number % 5],
                            cause="edit",
                            before="800",
                            after=str(number),
                        ),
                    ),
                ),
            ),
        )
        for number, key in enumerate(keys)
    )
    return Sheet(
        kind="plan",
        title="Plan for production",
        environment="production",
        url="https://api.tryhamsa.com",
        summary=f"{count} to update.",
        changes=True,
        blocks=blocks,
        shared=(Shared(number=1, row=NEVER, agents=keys),),
        impacts=dict.fromkeys(groups, count // 5),
    )
