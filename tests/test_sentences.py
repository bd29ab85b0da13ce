"""A plan in sentences: what changes about one agent, in English and in Arabic."""

import unicodedata
from itertools import product
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds import registry
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.model import Cause, Change, Contract
from reconciler.render.sentences import LANGUAGES, paragraph
from reconciler.schema.kind import Kind, Role, Routes
from reconciler.schema.table import UNSET, Fact, Impact, Section
from reconciler.text import plurals
from tests.build import change_of_row as change

UNREAD = {"readable": False}
DESK = "Front desk"
LONG = "Be brief. Greet the caller by name. Ask what the matter is. Offer a visit. Say goodbye. "


def secret(path):
    return change(path, readable=False, sensitive=True)


def day(start, end="17:00"):
    return [{"from": start, "to": end}]


def said(*changes, kind="update", contract=None):
    return tuple(
        paragraph(AGENT_V1, kind, DESK, changes, contract, language=one) for one in LANGUAGES
    )


CLAUSES = [
    # the change, English, Arabic
    pytest.param(
        change("greetingMessage", "Hello", "Welcome"),
        "greets differently",
        "يرحّب بصيغة مختلفة",
        id="a greeting",
    ),
    pytest.param(
        change("greetingMessage", "Hello", "Hello\u200f"),
        "greets with the same words, written differently",
        "يرحّب بالكلمات نفسها مكتوبةً بصورة أخرى",
        id="a greeting that is heard the same",
    ),
    pytest.param(
        change("greetingMessage", "", "أهلاً {{caller}}"),
        "greets with “أهلاً {{caller}}”",
        "يرحّب بقوله «أهلاً {{caller}}»",
        id="a first greeting",
    ),
    pytest.param(
        change("greetingMessage", "Hello", ""),
        "drops its greeting",
        "يتخلّى عن عبارة ترحيبه",
        id="no greeting any more",
    ),
    pytest.param(
        secret("greetingMessage"),
        "greets differently",
        "يرحّب بصيغة مختلفة",
        id="a greeting that holds a secret",
    ),
    pytest.param(
        change("greetingMessageType", None, "PROMPT"),
        "composes its greeting from instructions",
        "يصوغ ترحيبه وفق تعليمات",
        id="a greeting that is made up",
    ),
    pytest.param(
        change("preamble", LONG * 4, LONG * 4 + "Never argue."),
        "follows slightly different instructions",
        "يتبع تعليمات مختلفة قليلاً",
        id="a few other words",
    ),
    pytest.param(
        change("preamble", LONG + "Never argue.", LONG + "Always thank them for calling."),
        "follows different instructions",
        "يتبع تعليمات مختلفة",
        id="some other words",
    ),
    pytest.param(
        change("preamble", LONG, "You sell carpets."),
        "follows rewritten instructions",
        "يتبع تعليمات أُعيدت كتابتها",
        id="all other words",
    ),
    pytest.param(
        change("preamble", "one two", "one  two"),
        "follows the same instructions, written differently",
        "يتبع التعليمات نفسها مكتوبةً بصورة أخرى",
        id="only white space",
    ),
    pytest.param(
        change("lang", "ar", "en"),
        "speaks English instead of Arabic",
        "يتحدّث باللغة الإنجليزية بدلاً من العربية",
        id="another language",
    ),
    pytest.param(
        change("lang", "fr", "ar"),
        "speaks Arabic instead of “fr”",
        "يتحدّث باللغة العربية بدلاً من «fr»",
        id="a language without a name",
    ),
    pytest.param(
        change("voiceId", "1f3396aa", "d23c0832"),
        "speaks with another voice",
        "يتحدّث بصوت آخر",
        id="another voice",
    ),
    pytest.param(
        change("voiceId", "1f3396aa", None),
        "no longer speaks with a chosen voice",
        "لم يعد يتحدّث بصوت محدّد",
        id="no voice",
    ),
    pytest.param(
        change("pokeMessages", ["Hello?"], ["Are you there?"]),
        "says other things while the caller is silent",
        "يقول عبارات أخرى حين يصمت المتصل",
        id="other pokes",
    ),
    pytest.param(
        change("pokeMessages", ["a", "b"], ["b", "a"]),
        "says the same things in another order while the caller is silent",
        "يقول العبارات نفسها بترتيب آخر حين يصمت المتصل",
        id="pokes in another order",
    ),
    pytest.param(
        change("pokeMessages", [], ["a", "b"]),
        "says 2 things while the caller is silent",
        "يقول عبارتين حين يصمت المتصل",
        id="first pokes",
    ),
    pytest.param(
        change("pokeMessages", ["a"], []),
        "says nothing while the caller is silent",
        "لا يقول شيئاً حين يصمت المتصل",
        id="no pokes any more",
    ),
    pytest.param(
        change("params", {"caller": "sir"}, {"caller": "guest"}),
        "fills placeholders differently",
        "يملأ المتغيّرات على نحو مختلف",
        id="other params",
    ),
    pytest.param(
        change("params", {}, {"caller": "guest"}),
        "fills one placeholder by itself",
        "يملأ متغيّراً واحداً من تلقاء نفسه",
        id="first params",
    ),
    pytest.param(
        change("silenceThreshold", 800, 600),
        "waits for 600 milliseconds of silence instead of 800 before it answers",
        "ينتظر 600 ملّي ثانية من الصمت بدلاً من 800 قبل أن يجيب",
        id="milliseconds",
    ),
    pytest.param(
        change("silenceThreshold", None, 600),
        "waits for 600 milliseconds of silence before it answers",
        "ينتظر 600 ملّي ثانية من الصمت قبل أن يجيب",
        id="a first number",
    ),
    pytest.param(
        change("silenceThreshold", 600, None),
        "no longer holds a value for the field `silenceThreshold`",
        "لم يعد يحمل قيمة للحقل `silenceThreshold`",
        id="a number that went",
    ),
    pytest.param(
        change("userInactivityTimeout", 2.0, 15),
        "reacts to a silent caller after 15 seconds instead of 2",
        "يتفاعل مع صمت المتصل بعد 15 ثانية بدلاً من ثانيتين",
        id="seconds",
    ),
    pytest.param(
        change("minInterruptionDuration", 1, 0.5),
        "takes speech for an interruption after 0.5 seconds instead of 1 second",
        "يعدّ الكلام مقاطعةً بعد 0.5 ثانية بدلاً من ثانية واحدة",
        id="half a second",
    ),
    pytest.param(
        change("googleCalendarSettings.meetingDuration", 1, 5),
        "books meetings of 5 minutes instead of 1 minute",
        "يحجز مواعيد لمدة 5 دقائق بدلاً من دقيقة واحدة",
        id="minutes",
    ),
    pytest.param(
        change("tools.genderDetection", before=True, after=False),
        "no longer detects the caller's gender",
        "لم يعد يحدّد جنس المتصل",
        id="a thing that it no longer does",
    ),
    pytest.param(
        change("tools.smartCallEnd", after=True, **UNREAD),
        "ends the call by itself",
        "ينهي المكالمة من تلقاء نفسه",
        id="an unreadable thing that it does now",
    ),
    pytest.param(
        change("tools.smartCallEnd", after=False, **UNREAD),
        "does not end the call by itself",
        "لا ينهي المكالمة من تلقاء نفسه",
        id="an unreadable thing that it does not now",
    ),
    pytest.param(
        change("googleCalendarSettings.timezone", "Asia/Riyadh", "Asia/Dubai"),
        "books meetings in the time zone “Asia/Dubai” instead of “Asia/Riyadh”",
        "يحجز المواعيد بتوقيت «Asia/Dubai» بدلاً من «Asia/Riyadh»",
        id="a time zone",
    ),
    pytest.param(
        change(
            "googleCalendarSettings.freeSlots",
            {"Monday": day("09:00"), "Friday": day("09:00"), "Saturday": []},
            {"Sunday": day("09:00"), "Monday": day("10:00")},
        ),
        "opens for bookings on Sunday, closes for bookings on Friday, "
        "and takes bookings at other hours on Monday",
        "يفتح باب الحجز يوم الأحد، ويغلق باب الحجز يوم الجمعة، "
        "ويستقبل الحجوزات في ساعات أخرى يوم الاثنين",
        id="days that opened, closed and have other hours",
    ),
    pytest.param(
        change(
            "googleCalendarSettings.freeSlots",
            {"Monday": day("09:00")},
            dict.fromkeys(["Monday", "Tuesday", "Wednesday", "Thursday", "Sunday"], day("09:00")),
        ),
        "opens for bookings on 4 days",
        "يفتح باب الحجز في 4 أيام",
        id="many days",
    ),
    pytest.param(
        change(
            "googleCalendarSettings.freeSlots",
            None,
            {"Thursday": day("09:00"), "Tuesday": day("09:00"), "Sunday": day("09:00")},
        ),
        "takes bookings on Tuesday, Thursday, and Sunday",
        "يستقبل الحجوزات أيام الثلاثاء والخميس والأحد",
        id="a first week",
    ),
    pytest.param(
        change("googleCalendarSettings.freeSlots", {"Monday": day("09:00")}, {"Monday": []}),
        "takes no bookings on any day",
        "لا يستقبل الحجوزات في أيّ يوم",
        id="no open day any more",
    ),
    pytest.param(
        secret("googleCalendarSettings.accessToken"),
        "gets the access token for its calendar",
        "يتسلّم رمز الوصول إلى تقويمه",
        id="a secret",
    ),
    pytest.param(
        change("outcome", None, "Say who called."),
        "writes up calls when they are over",
        "يدوّن نتائج المكالمات بعد انتهائها",
        id="an outcome",
    ),
    pytest.param(
        change("outcome", "Say who called.", None),
        "no longer writes up calls",
        "لم يعد يدوّن نتائج المكالمات",
        id="no outcome any more",
    ),
    pytest.param(
        change("webhookUrl", "https://old.example.com/?key=k", "https://me:pw@new.example.com/in"),
        "sends call reports to “new.example.com” instead of “old.example.com”",
        "يرسل تقارير المكالمات إلى «new.example.com» بدلاً من «old.example.com»",
        id="a webhook on another host",
    ),
    pytest.param(
        change("webhookUrl", "https://example.com/a", "https://example.com/b?key=k"),
        "sends call reports to another address on “example.com”",
        "يرسل تقارير المكالمات إلى عنوان آخر على «example.com»",
        id="a webhook on the same host",
    ),
    pytest.param(
        change("webhookUrl", None, "example.com/b?key=k"),
        "sends call reports to an address that is not shown",
        "يرسل تقارير المكالمات إلى عنوان لا يُعرض هنا",
        id="a webhook of no certain host",
    ),
    pytest.param(
        change("webhookUrl", "https://example.com/a", None),
        "no longer sends call reports",
        "لم يعد يرسل تقارير المكالمات",
        id="no webhook any more",
    ),
    pytest.param(
        change("webToolsIds", ["a", "b"], ["b", "c", "d"]),
        "gains 2 web tools and loses one web tool",
        "يضيف إلى أدواته أداتي ويب، ويستغني عن أداة ويب واحدة",
        id="web tools that came and went",
    ),
    pytest.param(
        change("knowledgeBaseItemsIds", ["a"], ["a", *"bcdef"]),
        "gains 5 knowledge items",
        "يضيف إلى موادّه المعرفية 5 موادّ معرفية",
        id="more knowledge",
    ),
    pytest.param(
        change("voiceDictionaryIds", list("abcdefghijkl"), []),
        "uses no pronunciation dictionaries",
        "لا يستخدم أيّ قاموس نطق",
        id="no dictionaries any more",
    ),
    pytest.param(
        change("voiceDictionaryIds", ["a"], ["a", *"bcdefghijklm"]),
        "gains 12 pronunciation dictionaries",
        "يضيف إلى قواميسه 12 قاموس نطق",
        id="many dictionaries",
    ),
    pytest.param(
        change("webToolsIds", ["a", "b"], ["b", "a"]),
        "uses its web tools in another order",
        "يستخدم أدواته بترتيب آخر",
        id="web tools in another order",
    ),
    pytest.param(
        change("llmConfig.provider", "OpenAI", "Groq"),
        "takes its language model from “Groq” instead of “OpenAI”",
        "يأخذ نموذجه اللغوي من «Groq» بدلاً من «OpenAI»",
        id="a provider",
    ),
    pytest.param(
        change("llmConfig.modelName", None, "GPT-4.1"),
        "uses the language model “GPT-4.1”",
        "يستخدم النموذج اللغوي «GPT-4.1»",
        id="a model",
    ),
    pytest.param(
        change("alignment.greetingMessage", "ltr", "rtl"),
        "shows its greeting right to left in the dashboard",
        "يعرض ترحيبه من اليمين إلى اليسار في لوحة التحكم",
        id="an alignment",
    ),
    pytest.param(
        change("agentName", DESK, "The desk on the ground floor, next to the lifts"),
        "takes the name “The desk on the ground floor, next to…” instead of “Front desk”",
        "يحمل الاسم «The desk on the ground floor, next to…» بدلاً من «Front desk»",
        id="a long name is cut between words",
    ),
    pytest.param(
        change("agentName", "a" * 50, "a" * 60),
        "takes another name",
        "يحمل اسماً آخر",
        id="names that are cut to the same",
    ),
    pytest.param(
        change("agentName", None, "a" * 39 + "e\u0301" + "b"),
        f"takes the name “{'a' * 39}…”",
        f"يحمل الاسم «{'a' * 39}…»",
        id="a mark is not parted from its letter",
    ),
    pytest.param(
        change("description", "a\nb\x1b[2J", "c"),
        "shows another description in the dashboard",
        "يعرض وصفاً آخر في لوحة التحكم",
        id="a description",
    ),
    pytest.param(
        change("silenceThreshold", 800, {"ms": 600}),
        "gets a new value for the field `silenceThreshold`",
        "يحصل على قيمة جديدة للحقل `silenceThreshold`",
        id="a number that is none",
    ),
    pytest.param(
        change("interrupt", before=True, after="yes"),
        "gets a new value for the field `interrupt`",
        "يحصل على قيمة جديدة للحقل `interrupt`",
        id="a flag that is none",
    ),
    pytest.param(
        change("interrupt", before=True),
        "no longer holds a value for the field `interrupt`",
        "لم يعد يحمل قيمة للحقل `interrupt`",
        id="a flag that went: what none means is not known",
    ),
    pytest.param(
        change("interrupt", **UNREAD),
        "does not hold a value for the field `interrupt`",
        "لا يحمل قيمة للحقل `interrupt`",
        id="a flag of which nobody knows whether it was there",
    ),
    pytest.param(
        change("greetingMessage", None, ""),
        "does not have a greeting of its own",
        "لا يستخدم عبارة ترحيب خاصة به",
        id="a greeting that never was",
    ),
    pytest.param(
        change("webhookUrl", **UNREAD),
        "does not send call reports",
        "لا يرسل تقارير المكالمات",
        id="no webhook, and nobody knows of one before",
    ),
    pytest.param(
        change("webhookUrl", "https://example.com/a", "example.com/b"),
        "sends call reports to another address",
        "يرسل تقارير المكالمات إلى عنوان آخر",
        id="another webhook of no certain host",
    ),
    pytest.param(
        change("voiceId", readable=False, sensitive=True, cause=Cause.UNTRACKED),
        "gets a secret value for the field `voiceId`",
        "يحصل على قيمة سرّية للحقل `voiceId`",
        id="a secret that may be the same",
    ),
    pytest.param(
        change("llmConfig.apiKey", readable=False, sensitive=True, cause=Cause.UNTRACKED),
        "gets the key to its language model",
        "يتسلّم مفتاح نموذجه اللغوي",
        id="a key that may be the same",
    ),
    pytest.param(
        secret("interrupt"),
        "gets a secret value for the field `interrupt`",
        "يحصل على قيمة سرّية للحقل `interrupt`",
        id="a flag that is a secret",
    ),
    pytest.param(
        change("maxCallDuration", 600, 300),
        "lets a call last at most 300 seconds instead of 600",
        "يسمح بأن تدوم المكالمة 300 ثانية على الأكثر بدلاً من 600",
        id="a unit is told once",
    ),
    pytest.param(
        change("userInactivityTimeout", 15, 5),
        "reacts to a silent caller after 5 seconds instead of 15",
        "يتفاعل مع صمت المتصل بعد 5 ثوانٍ بدلاً من 15 ثانية",
        id="a unit of two forms is told twice",
    ),
    pytest.param(
        change("alignment.preamble", "ltr", "center"),
        "aligns its instructions differently in the dashboard",
        "يعرض تعليماته بمحاذاة أخرى في لوحة التحكم",
        id="an alignment without words",
    ),
    pytest.param(
        change("sendDenoisedToStt", before=True, after=False),
        "no longer removes noise before it transcribes speech",
        "لم يعد يزيل الضوضاء قبل تحويل الكلام إلى نصّ",
        id="a thing that it no longer does first",
    ),
    pytest.param(
        change("vadActivationThreshold", 0.5, 0.4),
        "takes sound for speech from a threshold of 0.4 instead of 0.5",
        "يعدّ الصوت كلاماً ابتداءً من العتبة 0.4 بدلاً من 0.5",
        id="a threshold",
    ),
    pytest.param(
        Change(path="future", after=1, cause=Cause.EDIT, impact=Impact.SILENT),
        "gets a new value for the field `future`",
        "يحصل على قيمة جديدة للحقل `future`",
        id="a field without a phrase",
    ),
]


@pytest.mark.parametrize(("one", "english", "arabic"), CLAUSES)
def test_a_change_has_a_fixed_clause(one, english, arabic):
    assert said(one) == (f"“Front desk” {english}.", f"الوكيل «Front desk» {arabic}.")


THREE = (
    change("tools.genderDetection", before=True, after=False),
    change("silenceThreshold", 800, 600),
    change("greetingMessage", "Hello", "Welcome"),
)
NEW = (
    change("agentName", None, DESK),
    change("greetingMessage", None, "Welcome to the Olaya branch, how can I help you?"),
    change("silenceThreshold", None, 800),
    change("interrupt", after=True),
    change("lang", None, "ar"),
)

SENTENCES = [
    # the kind, the changes, English, Arabic
    pytest.param(
        "update",
        THREE,
        "“Front desk” greets differently, no longer detects the caller's gender, "
        "and waits for 600 milliseconds of silence instead of 800 before it answers.",
        "الوكيل «Front desk» يرحّب بصيغة مختلفة، ولم يعد يحدّد جنس المتصل، "
        "وينتظر 600 ملّي ثانية من الصمت بدلاً من 800 قبل أن يجيب.",
        id="an update: what is noticed most comes first",
    ),
    pytest.param(
        "update",
        THREE[1:],
        "“Front desk” greets differently and waits for 600 milliseconds of silence instead of 800 "
        "before it answers.",
        "الوكيل «Front desk» يرحّب بصيغة مختلفة، "
        "وينتظر 600 ملّي ثانية من الصمت بدلاً من 800 قبل أن يجيب.",
        id="two clauses",
    ),
    pytest.param(
        "update",
        (change("greetingMessage", "Hello", "Hello "), change("icon", "a", "b")),
        "“Front desk” shows another icon in the dashboard "
        "and greets with the same words, written differently.",
        "الوكيل «Front desk» يعرض أيقونة أخرى في لوحة التحكم، "
        "ويرحّب بالكلمات نفسها مكتوبةً بصورة أخرى.",
        id="what nobody hears comes last",
    ),
    pytest.param(
        "drift",
        THREE,
        "“Front desk” has changed since the last apply: it greets differently, no longer detects "
        "the caller's gender, and waits for 600 milliseconds of silence instead of 800 before it "
        "answers.",
        "تغيّر الوكيل «Front desk» منذ آخر تطبيق للملفات: يرحّب بصيغة مختلفة، "
        "ولم يعد يحدّد جنس المتصل، وينتظر 600 ملّي ثانية من الصمت بدلاً من 800 قبل أن يجيب.",
        id="drift",
    ),
    pytest.param(
        "drift",
        (
            change("tools.smartCallEnd", before=True, after=False, cause=Cause.UNTRACKED),
            change("silenceThreshold", 800, 600, cause=Cause.UNTRACKED),
            change("webhookUrl", "https://example.com/a", cause=Cause.UNTRACKED),
            change("interrupt", before=True, after=False, cause=Cause.DRIFT),
        ),
        "“Front desk” differs from its file: it does not end the call by itself, waits for 600 "
        "milliseconds of silence instead of 800 before it answers, no longer lets the caller "
        "interrupt, and does not send call reports.",
        "يختلف الوكيل «Front desk» عمّا في ملفه: لا ينهي المكالمة من تلقاء نفسه، "
        "وينتظر 600 ملّي ثانية من الصمت بدلاً من 800 قبل أن يجيب، ولم يعد يسمح للمتصل بمقاطعته، "
        "ولا يرسل تقارير المكالمات.",
        id="drift: nothing is claimed of what was applied where nobody knows it",
    ),
    pytest.param(
        "blocked",
        (*THREE, change("agenticRag", after=False, **UNREAD)),
        "“Front desk” would greet differently, no longer detect the caller's gender, wait for 600 "
        "milliseconds of silence instead of 800 before it answers, and not search its knowledge "
        "on its own initiative; nothing is sent for now.",
        "من شأن هذه الخطة أن تجعل الوكيل «Front desk» يرحّب بصيغة مختلفة، "
        "ولا يعود يحدّد جنس المتصل، وينتظر 600 ملّي ثانية من الصمت بدلاً من 800 قبل أن يجيب، "
        "ولا يبحث في موادّه المعرفية من تلقاء نفسه؛ لكن لا يُرسَل شيء الآن.",
        id="blocked",
    ),
    pytest.param(
        "create",
        NEW,
        "“Front desk” is new: it speaks Arabic, greets with “Welcome to the Olaya branch, how "
        "can I…”, and has 2 more fields.",
        "الوكيل «Front desk» جديد: يتحدّث باللغة العربية، ويرحّب بقوله «Welcome to the Olaya branch, "
        "how can I…»، وله حقلان آخران.",
        id="a new agent: how it speaks, and the number of other fields",
    ),
    pytest.param(
        "create",
        NEW[:1] + NEW[2:4],
        "“Front desk” is new: it waits for 800 milliseconds of silence before it answers "
        "and lets the caller interrupt.",
        "الوكيل «Front desk» جديد: ينتظر 800 ملّي ثانية من الصمت قبل أن يجيب، "
        "ويسمح للمتصل بمقاطعته.",
        id="a new agent that does not say how it speaks",
    ),
    pytest.param(
        "create",
        (*NEW[:1], change("lang"), change("greetingMessage"), change("voiceId")),
        "“Front desk” is new: it does not speak a chosen language, does not have a greeting of its "
        "own, and does not speak with a chosen voice.",
        "الوكيل «Front desk» جديد: لا يتحدّث بلغة محدّدة، ولا يستخدم عبارة ترحيب خاصة به، "
        "ولا يتحدّث بصوت محدّد.",
        id="a new agent does not stop what it never did",
    ),
    pytest.param(
        "create",
        (secret("voiceId"),),
        "“Front desk” is new: it gets a secret value for the field `voiceId`.",
        "الوكيل «Front desk» جديد: يحصل على قيمة سرّية للحقل `voiceId`.",
        id="a new agent has nothing that is another",
    ),
    pytest.param(
        "create",
        NEW[:1],
        "“Front desk” is new.",
        "الوكيل «Front desk» جديد.",
        id="a new agent's name",
    ),
    pytest.param("record", THREE, "", "", id="a recorded agent has nothing to tell"),
    pytest.param("in-sync", THREE, "", "", id="nor has one in sync"),
    pytest.param("update", (), "", "", id="no change"),
    pytest.param("create", (), "", "", id="no field"),
]


@pytest.mark.parametrize(("kind", "changes", "english", "arabic"), SENTENCES)
def test_clauses_become_a_sentence_for_the_kind(kind, changes, english, arabic):
    assert said(*changes, kind=kind) == (english, arabic)


LEFT_OUT = [
    # changes, the end of the English, the end of the Arabic
    pytest.param(8, "makes thinking sounds.", "يُصدر أصواتاً توحي بالتفكير.", id="none"),
    pytest.param(9, ", and changes in 1 more field.", "، إضافةً إلى تغيير آخر.", id="one"),
    pytest.param(10, ", and changes in 2 more fields.", "، إضافةً إلى تغييرين آخرين.", id="two"),
    pytest.param(13, ", and changes in 5 more fields.", "، إضافةً إلى 5 تغييرات أخرى.", id="five"),
    pytest.param(19, ", and changes in 11 more fields.", "، إضافةً إلى 11 تغييراً آخر.", id="eleven"),
    pytest.param(
        108, ", and changes in 100 more fields.", "، إضافةً إلى 100 تغيير آخر.", id="a hundred"
    ),
]


@pytest.mark.parametrize(("count", "english", "arabic"), LEFT_OUT)
def test_after_eight_clauses_the_other_changes_are_counted(count, english, arabic):
    many = [change("thinkingVoice", after=True)] * count
    told = said(*many)
    assert [told[0].count("makes thinking"), told[1].count("يُصدر")] == [8, 8]
    assert told[0].endswith(english)
    assert told[1].endswith(arabic)


def test_what_is_left_out_of_a_plan_would_change():
    many = [change("thinkingVoice", after=True)] * 10
    assert said(*many, kind="blocked")[0].endswith(
        "make thinking sounds, and change in 2 more fields; nothing is sent for now."
    )


def test_a_change_of_three_clauses_is_shown_whole_or_counted():
    week = change(
        "googleCalendarSettings.freeSlots",
        {"Monday": day("09:00"), "Friday": day("09:00")},
        {"Sunday": day("09:00"), "Monday": day("10:00")},
    )
    flags = [change("thinkingVoice", after=True)] * 6
    assert said(*flags, week)[0].endswith("makes thinking sounds, and changes in 1 more field.")
    assert said(*flags[1:], week)[0].endswith("and takes bookings at other hours on Monday.")


CONTRACTS = [
    # the contract, then English and Arabic as they are, then as they would be
    pytest.param(
        Contract(added=("order_id",), renamed=(("name", "caller_name"),), removed=("fee",)),
        "The system that starts a call must now pass `order_id`; `name` is now called "
        "`caller_name`; `fee` is no longer used.",
        "صار على النظام الذي يبدأ المكالمة أن يمرّر `order_id`؛ وصار `name` يُسمّى `caller_name`؛ "
        "ولم يعد يُستخدم `fee`.",
        "The system that starts a call would have to pass `order_id`; `name` would be called "
        "`caller_name`; `fee` would no longer be used.",
        "سيكون على النظام الذي يبدأ المكالمة أن يمرّر `order_id`؛ "
        "وسيُسمّى `name` بعد ذلك `caller_name`؛ ولن يُستخدم `fee` بعد ذلك.",
        id="a new name, another name, one that is gone",
    ),
    pytest.param(
        Contract(added=("city",), filled=("city",)),
        "The system that starts a call may now pass `city`.",
        "صار للنظام الذي يبدأ المكالمة أن يمرّر `city`.",
        "The system that starts a call could pass `city`.",
        "سيكون للنظام الذي يبدأ المكالمة أن يمرّر `city`.",
        id="a new name that the agent fills by itself",
    ),
    pytest.param(
        Contract(added=("a", "b", "c", "d"), filled=("d",), removed=("e", "f")),
        "The system that starts a call must now pass `a`, `b`, and `c` and may pass `d`; "
        "`e` and `f` are no longer used.",
        "صار على النظام الذي يبدأ المكالمة أن يمرّر `a` و`b` و`c`، وله أن يمرّر `d`؛ "
        "ولم يعد يُستخدم `e` و`f`.",
        "The system that starts a call would have to pass `a`, `b`, and `c` and could pass `d`; "
        "`e` and `f` would no longer be used.",
        "سيكون على النظام الذي يبدأ المكالمة أن يمرّر `a` و`b` و`c`، وله أن يمرّر `d`؛ "
        "ولن يُستخدم `e` و`f` بعد ذلك.",
        id="several of them",
    ),
    pytest.param(
        Contract(unfilled=("city",)),
        "The system that starts a call must now pass `city`.",
        "صار على النظام الذي يبدأ المكالمة أن يمرّر `city`.",
        "The system that starts a call would have to pass `city`.",
        "سيكون على النظام الذي يبدأ المكالمة أن يمرّر `city`.",
        id="a name that the agent no longer fills by itself",
    ),
    pytest.param(
        Contract(removed=tuple("abcdefghij")),
        "`a`, `b`, `c`, `d`, `e`, `f`, `g`, `h`, and 2 more are no longer used.",
        "لم يعد يُستخدم `a` و`b` و`c` و`d` و`e` و`f` و`g` و`h` وغيرها (وعددها 2).",
        "`a`, `b`, `c`, `d`, `e`, `f`, `g`, `h`, and 2 more would no longer be used.",
        "لن يُستخدم `a` و`b` و`c` و`d` و`e` و`f` و`g` و`h` وغيرها (وعددها 2) بعد ذلك.",
        id="a long list is cut",
    ),
]


@pytest.mark.parametrize(("contract", "english", "arabic", "would", "would_arabic"), CONTRACTS)
def test_callers_get_a_second_sentence(contract, english, arabic, would, would_arabic):
    lang = change("lang", "ar", "en")
    first = said(lang)
    assert said(lang, contract=contract) == (f"{first[0]} {english}", f"{first[1]} {arabic}")
    first = said(lang, kind="blocked")
    blocked = said(lang, kind="blocked", contract=contract)
    assert blocked == (f"{first[0]} {would}", f"{first[1]} {would_arabic}")
    assert said(kind="drift", contract=contract) == (english, arabic)
    assert said(kind="in-sync", contract=contract) == ("", "")


def test_many_renamed_names_are_counted():
    contract = Contract(renamed=tuple((f"old{n}", f"new{n}") for n in range(12)))
    english, arabic = said(contract=contract)
    assert english.endswith("`old7` is now called `new7`; 4 more names have changed.")
    assert arabic.endswith("وصار `old7` يُسمّى `new7`؛ وتغيّرت 4 أسماء أخرى.")


def test_many_names_would_be_renamed():
    contract = Contract(renamed=tuple((f"old{n}", f"new{n}") for n in range(108)))
    english, arabic = said(kind="blocked", contract=contract)
    assert english.endswith("`old7` would be called `new7`; 100 more names would change.")
    assert arabic.endswith("وسيُسمّى `old7` بعد ذلك `new7`؛ وسيتغيّر 100 اسم آخر.")


def test_an_empty_contract_says_nothing():
    assert said(contract=Contract()) == ("", "")


NUMBERS = [
    pytest.param(0, "0 ثانية", id="0"),
    pytest.param(1, "ثانية واحدة", id="1"),
    pytest.param(2, "ثانيتين", id="2"),
    pytest.param(3, "3 ثوانٍ", id="3"),
    pytest.param(10, "10 ثوانٍ", id="10"),
    pytest.param(11, "11 ثانية", id="11"),
    pytest.param(99, "99 ثانية", id="99"),
    pytest.param(102, "102 ثانية", id="102"),
    pytest.param(110, "110 ثوانٍ", id="110"),
    pytest.param(3600, "3600 ثانية", id="3600"),
    pytest.param(3.5, "3.5 ثانية", id="3.5"),
]


@pytest.mark.parametrize(("number", "expected"), NUMBERS)
def test_an_arabic_number_chooses_its_form(number, expected):
    seconds = plurals.arabic("ثانية واحدة", "ثانيتين", "{n} ثوانٍ", "{n} ثانية")
    assert seconds(number) == expected


CLDR = {
    # The sample numbers of Unicode's plural rules for Arabic; *zero* is written as *other*.
    "one": [1, 1.0],
    "two": [2, 2.0],
    "few": [3, 10, 103, 110, 1003, 3.0],
    "many": [11, 26, 99, 111, 1011, 11.0],
    "other": [0, 100, 102, 200, 202, 502, 1000, 10_000, 100_000, 1_000_000, 0.1, 0.9, 1.1, 10.1],
}


def test_the_categories_of_arabic_numbers_are_those_of_unicode():
    found = {
        name: [one for one in some if plurals.category(one) == name] for name, some in CLDR.items()
    }
    assert found == CLDR


def test_both_languages_speak_of_the_same_fields_in_the_same_forms():
    english, arabic = registry.phrases(AGENT_V1, "en"), registry.phrases(AGENT_V1, "ar")
    assert list(english) == list(arabic)
    assert english.keys() <= AGENT_V1.fields.keys()
    for path, phrase in english.items():
        assert type(phrase) is type(arabic[path]), path


class Fresh(Section):
    """A kind for which no language has a phrase."""

    name: Annotated[str, Fact(impact=Impact.SILENT, source="a page")] = UNSET
    mood: Annotated[str, Fact(impact=Impact.SPOKEN, source="a page", note="how it sounds")] = UNSET


def test_a_field_without_a_phrase_is_reported_in_its_row_s_own_words():
    kind = Kind(
        name="thing",
        api="v0",
        model=Fresh,
        routes=Routes(collection="/things", items="items"),
        roles={Role.NAME: "name"},
    )
    one = Change(path="mood", before="glad", after="calm", cause=Cause.EDIT, impact=Impact.SPOKEN)
    assert [paragraph(kind, "update", DESK, [one], language=lang) for lang in LANGUAGES] == [
        "“Front desk” gets a new value for the field `mood` (how it sounds).",
        "الوكيل «Front desk» يحصل على قيمة جديدة للحقل `mood`.",
    ]


SAMPLES = {
    "boolean": (True, False),
    "integer": (1, 2),
    "number": (1.5, 20),
    "array": (["a", "b"], ["b", "c", "d"]),
    "object": ({"a": "x"}, {"a": "y", "b": "z"}),
}


def transitions(field):
    """Every way from one value of a field to another, a readable or an unreadable one."""
    one, two = SAMPLES.get(field.schema.get("type"), ("https://a.example/x", "rtl"))
    if field.path == "googleCalendarSettings.freeSlots":
        one, two = {"Monday": day("09:00")}, {"Friday": day("09:00")}
    for before, after in ((one, two), (two, one), (None, one), (one, None), (one, [])):
        yield change(field.path, before, after)
    yield change(field.path, None, one, **UNREAD)
    yield change(field.path, **UNREAD)
    yield secret(field.path)


VERBS = ("create", "update", "blocked", "drift")


@pytest.mark.slow
@pytest.mark.parametrize("path", AGENT_V1.fields)
def test_every_transition_of_every_field_has_a_whole_sentence(path):
    for one, kind in product(transitions(AGENT_V1[path]), VERBS):
        for text in said(one, kind=kind):
            assert text.endswith(".")
            assert not any(mark in text for mark in ("{", "}", "(s)", "(es)", "  ", "None"))


def test_a_change_from_a_value_to_another_never_needs_the_general_clause():
    for field in AGENT_V1:
        one, *_ = transitions(field)
        assert not any("`" in text for text in said(one)), field.path


ANY = st.text(st.characters(exclude_categories=[]), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY, inner, max_size=3),
    max_leaves=5,
)
CHANGES = st.builds(
    change,
    st.sampled_from(list(AGENT_V1.fields)),
    JSON,
    JSON,
    readable=st.booleans(),
    sensitive=st.booleans(),
)
KINDS = st.sampled_from(["create", "update", "blocked", "drift"])
NAMES = st.lists(ANY, max_size=12).map(tuple)
CONTRACT = st.builds(
    Contract,
    added=NAMES,
    unfilled=NAMES,
    removed=NAMES,
    renamed=st.lists(st.tuples(ANY, ANY), max_size=12).map(tuple),
)


@pytest.mark.slow
@given(KINDS, ANY, st.lists(CHANGES, min_size=1, max_size=12), CONTRACT)
def test_whatever_the_values_are_it_is_one_harmless_line_of_sentences(
    kind, name, changes, contract
):
    for language in LANGUAGES:
        text = paragraph(AGENT_V1, kind, name, changes, contract, language=language)
        assert text.endswith(".")
        assert not {unicodedata.category(one) for one in text} & {"Cc", "Cs", "Zl", "Zp"}
        assert not any("\u202a" <= one <= "\u202e" or "\u2066" <= one <= "\u2069" for one in text)


@pytest.mark.slow
@pytest.mark.parametrize("path", AGENT_V1.fields)
def test_no_value_of_a_secret_is_shown(path):
    """Not even one that a change should never have contained."""
    pairs = (("s3cret", "t0ken"), (["s3cret"], ["t0ken"]), (None, "t0ken"))
    for (before, after), kind in product(pairs, VERBS):
        for text in said(change(path, before, after, sensitive=True), kind=kind):
            assert "s3cret" not in text
            assert "t0ken" not in text


ADDRESSES = [
    pytest.param("https://user:t0k3n@example.com/", id="a password"),
    pytest.param("https://example.com/t0k3n", id="a path"),
    pytest.param("https://example.com/?key=t0k3n#t0k3n", id="a query"),
    pytest.param("example.com/?key=t0k3n", id="no scheme"),
    pytest.param("https://[t0k3n/", id="no address"),
    pytest.param("https://t0k3n.example\\@example.com/", id="two hosts"),
    pytest.param("data:t0k3n", id="another scheme"),
    pytest.param({"url": "t0k3n"}, id="no text"),
]


@pytest.mark.parametrize("path", ["webhookUrl", "llmConfig.baseUrl"])
@pytest.mark.parametrize("url", ADDRESSES)
def test_of_an_address_no_more_than_the_host_is_reported(path, url):
    for one in (change(path, url, "https://a.example/"), change(path, None, url)):
        assert not any("t0k3n" in text for text in said(one))


@pytest.mark.slow
def test_a_giant_text_makes_a_short_paragraph():
    giant = "word " * 200_000
    changes = [change("greetingMessage", None, giant), change("preamble", giant, giant + "end")]
    english, arabic = said(*changes)
    assert english == (
        "“Front desk” greets with “word word word word word word word word…” "
        "and follows slightly different instructions."
    )
    assert len(arabic) < 150


def test_the_languages_are_english_and_arabic():
    assert LANGUAGES == ("en", "ar")
