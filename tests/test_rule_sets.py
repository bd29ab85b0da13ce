"""Edge cases of each rule set, Arabic first. A finding is printed as ``rule found`` or ``rule``."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.jsonvalues import Secret
from reconciler.kinds.agent_v1 import AGENT_V1
from reconciler.kinds.agent_v2 import AGENT_V2
from reconciler.lint import RULES, SETS, Subject, findings
from reconciler.lint import numbers as lint_numbers
from reconciler.text import tokens


def found(fields, *sets, source="", limits=None):
    names = [rule.name for name in sets for rule in SETS[name].rules]
    subject = Subject(kind=AGENT_V1, fields=fields, source=source, limits=limits or {})
    return findings(subject, names)


def heard(text, name):
    """What one rule finds in a greeting: the pieces of it."""
    kept = [one for one in found({"greetingMessage": text}, "spoken") if one.rule == name]
    for one in kept:
        assert one.found == "" or text[one.offset or 0 :].startswith(one.found.removesuffix("…"))
    return [one.found for one in kept]


NUMBERS = [
    # a text, the reported numbers
    ("لدينا 3 فروع", []),
    ("لدينا ٣ فروع", []),
    ("على مدار الـ24 ساعة", []),
    ("خلال ال48 ساعة", []),
    ("الدور الثالث، العيادة ١٢", []),
    ("منذ عام 2019", []),
    ("رؤية ٢٠٣٠", []),
    ("عام 1446هـ", []),
    ("نعمل 24/7", []),
    ("نعمل ٢٤/٧", []),
    ("خصم 30% اليوم", []),
    ("خصم ٣٠٪ اليوم", []),
    ("نسخة 2.5", []),
    ("You have 2 visits and 10 minutes", []),
    ("Press 1 for English", []),
    ("Terminal 5, gate B12", []),
    ("Route 66, room 1204", []),
    ("اتصل على 920001234", ["920001234"]),
    ("اتصل على ٩٢٠٠٠١٢٣٤", ["٩٢٠٠٠١٢٣٤"]),
    ("اتصل على ۹۲۰۰۰۱۲۳۴", ["۹۲۰۰۰۱۲۳۴"]),
    ("اتصل على +966 50 123 4567 الآن", ["+966 50 123 4567"]),
    ("call (011) 234 5678 now", ["(011) 234 5678"]),
    ("call 050-123-4567.", ["050-123-4567"]),
    ("call 800 000 0001", ["800 000 0001"]),
    ("call 555-0123", ["555-0123"]),
    ("call 00966501234567", ["00966501234567"]),
    ("نفتح الساعة 9:30", ["9:30"]),
    ("نفتح الساعة ٩:٣٠ صباحاً", ["٩:٣٠"]),
    ("من 9 ص إلى 5 م.", ["9 ص", "5 م"]),
    ("من ٩ص", ["٩ص"]),
    ("9 مواعيد و5 صالات", []),
    ("موعدك 12/5/2026", ["12/5/2026"]),
    ("موعدك ٢٠٢٦-٠٥-١٢", ["٢٠٢٦-٠٥-١٢"]),
    ("موعدك 12.05.26", ["12.05.26"]),
    ("يوم ١٢/٥", ["١٢/٥"]),
    ("السعر 250 ريال", ["250 ريال"]),
    ("السعر ٢٥٠ ريالاً فقط", ["٢٥٠ ريالاً"]),
    ("السعر 1,250.50 درهم", ["1,250.50 درهم"]),
    ("it costs $50", ["$50"]),
    ("it costs SAR 250 a year", ["SAR 250"]),
    ("it costs 99 dollars", ["99 dollars"]),
    ("رمزك 0042", ["0042"]),
    ("order 83651", ["83651"]),
    ("رقم الطلب ٨٣٦٥١", ["٨٣٦٥١"]),
    ("{{phone_920001234}} و ${var.x}", []),
    ("call 920001234 or 920005678", ["920001234", "920005678"]),
    ("model A920001234B", []),
]


@pytest.mark.parametrize(("text", "expected"), NUMBERS)
def test_digits_that_voices_read_in_different_ways(text, expected):
    assert heard(text, "bare-number") == expected


KINDS = [
    ("920001234", "a phone number"),
    ("12/5/2026", "a date"),
    ("9:30", "a time"),
    ("250 ريال", "an amount"),
    ("0042", "a code"),
    ("83651", "a long number"),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_a_number_is_called_what_it_is(text, kind):
    assert [one.kind for one in lint_numbers.odd(f"x {text} y")] == [kind]


MARKDOWN = [
    ("**مهم** جداً", ["**مهم**"]),
    ("هذا *مهم* جداً", ["*مهم*"]),
    ("__bold__", ["__bold__"]),
    ("# Welcome", ["# Welcome"]),
    ("one\n- two\n- three", ["- two"]),
    ("• أولاً", ["• أولاً"]),
    ("1. one\n2. two", ["1. one"]),
    ("١. أولاً\n٢. ثانياً", ["١. أولاً"]),
    ("اضغط [هنا](https://x.example)", ["[هنا](https://x.example)"]),
    ("say `yes`", ["`yes`"]),
    ("> quoted", ["> quoted"]),
    ("| a | b |", ["| a | b |"]),
    ("one<br>two", ["<br>"]),
    ("<strong class='x'>two</strong>", ["<strong class='x'>"]),
    ("أهلاً - كيف الحال؟", []),
    ("رقم #3", []),
    ("2 * 3 * 4", []),
    ("1. only one line", []),
    ("snake_case_name and other_name", []),
    ("مرحباً! كيف أقدر أساعدك؟ (عيادة النور)", []),
    ("a < b > c", []),
    ("{{**name**}}", []),
    ("[مرحباً] (أهلاً)", []),
]


@pytest.mark.parametrize(("text", "expected"), MARKDOWN)
def test_markdown_that_would_be_spoken(text, expected):
    assert heard(text, "spoken-markdown") == expected


ADDRESSES = [
    ("زوروا https://nour.example/visits?x=1 الآن", ["https://nour.example/visits?x=1"]),
    ("زوروا www.nour.example", ["www.nour.example"]),
    ("زوروا nour-clinic.sa.", ["nour-clinic.sa"]),
    ("go to nour.com/visits today", ["nour.com/visits"]),
    ("اكتب إلى info@nour.example", ["info@nour.example"]),
    ("Welcome to Booking.com", []),
    ("today.it is open", []),
    ("e.g. a visit, i.e. one", []),
    ("نعم.كيف", []),
    ("at 9.com", []),
    ("{{site.com}}", []),
    ("version 2.5.sa1", []),
]


@pytest.mark.parametrize(("text", "expected"), ADDRESSES)
def test_addresses_that_would_be_spoken(text, expected):
    assert heard(text, "spoken-url") == expected


PICTURES = [
    ("أهلاً 😊", ["😊"]),
    ("👨‍👩‍👧 family", ["👨‍👩‍👧"]),
    ("❤️", ["❤️"]),
    ("🇸🇦 السعودية", ["🇸🇦"]),
    ("press 1️⃣", ["1️⃣"]),
    ("next → step", ["→"]),
    ("✓ done", ["✓"]),
    ("أهلاً بك: عيادة النور ﷺ ﷼ © ™ – — « »", []),
    ("3 * 4 # 5", []),
]


@pytest.mark.parametrize(("text", "expected"), PICTURES)
def test_pictures_that_would_be_spoken(text, expected):
    assert heard(text, "spoken-emoji") == expected


BAD = "**x** 😊 https://x.example 920001234"
PLACES = [
    # fields, how many findings the set has
    ({"greetingMessage": BAD}, 4),
    ({"pokeMessages": ["ok", BAD]}, 4),
    ({"preamble": BAD}, 0),
    ({"outcome": BAD}, 0),
    ({"agentName": BAD, "description": BAD}, 0),
    ({"greetingMessage": BAD, "greetingMessageType": "PROMPT"}, 0),
    ({"greetingMessage": BAD, "greetingMessageType": "STATIC"}, 4),
    ({"greetingMessage": "hi {{a}}", "params": {"a": BAD, "b": BAD}}, 4),
    ({"preamble": "{{a}}", "params": {"a": BAD}}, 0),
    ({"greetingMessage": "hi {{a}}", "params": {"a": 920001234}}, 1),
    ({"greetingMessage": "hi {{a}}", "params": {"a": True}}, 0),
    ({"greetingMessage": "hi {{a}}", "params": {"a": ["920001234"]}}, 0),
    ({"greetingMessage": "hi {{a}}", "params": {"a": Secret("A", BAD)}}, 0),
    ({"greetingMessage": Secret("G", BAD)}, 0),
    ({"greetingMessage": 3, "pokeMessages": BAD, "params": []}, 4),
]


@pytest.mark.parametrize(("fields", "expected"), PLACES)
def test_only_texts_that_a_caller_hears_directly_are_checked(fields, expected):
    assert len(found(fields, "spoken")) == expected


POKES = [
    (["ألو، الصوت واضح؟", "ألو الصوت واضح"], [1]),
    (["أَلُو", "ألو"], [1]),
    (["Hello?", "HELLO!", "hello"], [1, 2]),
    (["Are you there?", "Are you here?"], []),
    (["{{a}} there?", "{{b}} there?"], []),
    (["", "…", "؟"], []),
    (["أهلاً", "مرحباً"], []),
]


@pytest.mark.parametrize(("pokes", "expected"), POKES)
def test_pokes_that_repeat(pokes, expected):
    told = [one for one in found({"pokeMessages": pokes}, "spoken") if one.rule == "repeated-poke"]
    assert [one.path for one in told] == [("pokeMessages", index) for index in expected]


def test_a_poke_that_repeats_the_greeting():
    (one,) = found({"greetingMessage": "أهلاً بك!", "pokeMessages": ["أهلاً بك"]}, "spoken")
    assert one.message == "a poke says the same as `greetingMessage`"


@pytest.mark.parametrize(("words", "limit", "expected"), [(40, 0, 0), (41, 0, 1), (3, 2, 1)])
def test_a_long_greeting(words, limit, expected):
    limits = {"long-greeting": limit} if limit else {}
    fields = {"greetingMessage": "كلمة " * words, "pokeMessages": ["x " * 50]}
    assert len(found(fields, "spoken", limits=limits)) == expected


LANGUAGES = [
    ("ar", "Welcome to Nour Clinic", True),
    ("ar", "marhaba, keef halak?", True),
    ("ar", "أهلاً بك في Nour Clinic", False),
    ("ar", "معك Rimal Express للتوصيل السريع Worldwide", False),
    ("ar", "Careem", False),
    ("ar", "{{greeting_in_english}} {{name}}", False),
    ("ar", "{{name}}، أهلاً", False),
    ("ar", "920 001 234", False),
    ("ar", "", False),
    ("ar", "أهلاً بك. For English, press two.", False),
    ("en", "أهلاً بك في عيادة النور", True),
    ("en", "Welcome to عيادة النور, how can I help?", False),
    ("en", "Bienvenue à la clinique", False),
    ("en", "أهلاً", False),
    (None, "Welcome to Nour Clinic", False),
    ("fr", "أهلاً بك في عيادة النور", False),
    (Secret("L", "ar"), "Welcome to Nour Clinic", False),
]


@pytest.mark.parametrize(("lang", "text", "expected"), LANGUAGES)
def test_words_in_another_script(lang, text, expected):
    fields = {"greetingMessage": text, "pokeMessages": [text], "preamble": text}
    fields |= {"lang": lang} if lang is not None else {}
    places = [one.path for one in found(fields, "language")]
    assert places == [("greetingMessage",), ("pokeMessages", 0)] * expected


PART = "أنت صوت عيادة النور وتحجز المواعيد للمتصلين.\nاسأل سؤالاً واحداً في كل مرة وانتظر الجواب.\n"
EDITED = PART.replace("النور", "الأمل")
PROMPTS = [
    # a prompt, the line at which its second copy begins
    (PART, 0),
    (PART + PART, 3),
    (f"# الدور\n{PART}\n\n# الدور\n\n{PART}", 8),
    (PART + "وهذه جملة أخرى طويلة بما يكفي.\n" + EDITED + PART, 5),
    (PART.replace("\n", " ") * 2, 1),
    (f"{PART}- لا تقل ذلك أبداً للمتصل.\n- لا تقل ذلك أبداً للمتصل.\n", 0),
    ("نعم\nلا\nنعم\nلا\n" * 20, 0),
    ("", 0),
]


@pytest.mark.parametrize(("text", "line"), PROMPTS)
def test_a_prompt_that_was_pasted_twice(text, line):
    told = [one for one in found({"preamble": text}, "prompt") if one.rule == "prompt-twice"]
    assert [text.count("\n", 0, one.offset) + 1 for one in told] == [line] * bool(line)


BUDGETS = [
    ("كلمة " * 500, None),
    ("كلمة " * 501, "501 words"),
    ("- # * | " * 500 + "word", None),
    ("{{a}} " * 501, "501 words"),
    (Secret("P", "x " * 501), None),
    (None, None),
]


@pytest.mark.parametrize(("prompt", "expected"), BUDGETS)
def test_the_budget_of_a_prompt(prompt, expected):
    told = [one for one in found({"preamble": prompt}, "prompt") if one.rule == "prompt-budget"]
    assert [(one.found, one.allowed) for one in told] == [(expected, "at most 500 words")] * bool(
        expected
    )


def slots(*pairs):
    return [{"from": start, "to": end} for start, end in pairs]


WEEKS = [
    # slots of a day, the meeting, rule and index of each finding
    (slots(("09:00", "12:00"), ("13:00", "17:00")), 30, []),
    (slots(("09:00", "12:00"), ("12:00", "17:00")), 30, []),
    (slots(("09:00", "12:01"), ("12:00", "17:00")), 30, [("slot-overlap", 1)]),
    (slots(("09:00", "12:00"), ("09:00", "12:00")), 30, [("slot-overlap", 1)]),
    (slots(("09:00", "17:00"), ("10:00", "11:00")), 30, [("slot-overlap", 1)]),
    (slots(("13:00", "17:00"), ("09:00", "12:00")), 30, [("slot-order", 1)]),
    (
        slots(("13:00", "17:00"), ("09:00", "14:00")),
        30,
        [("slot-overlap", 0), ("slot-order", 1)],
    ),
    (slots(("17:00", "09:00")), 30, [("slot-backwards", 0)]),
    (slots(("09:00", "09:00")), 30, [("slot-backwards", 0)]),
    (slots(("09:00", "09:30")), 30, [("slot-shorter-than-meeting", 0)]),
    (slots(("09:00", "09:31")), 30, []),
    (slots(("09:00", "09:30")), 0.5, []),
    (slots(("09:00", "09:30")), None, []),
    (slots(("09:00", "09:30")), True, []),
    (slots(("09:00", "09:30")), "60", []),
    ([], 30, []),
    ([3, None, {"from": 3}, {"from": "9", "to": "x:y"}, {"from": "²:00", "to": "09:00"}], 30, []),
    ("09:00", 30, []),
    (None, 30, []),
]


@pytest.mark.parametrize(("day", "duration", "expected"), WEEKS)
def test_slots_of_a_day(day, duration, expected):
    fields = {"googleCalendarSettings.freeSlots": {"Sunday": day}}
    if duration is not None:
        fields["googleCalendarSettings.meetingDuration"] = duration
    told = found(fields, "calendar")
    assert [(one.rule, one.path[3]) for one in told] == expected
    assert all(one.path[:3] == ("googleCalendarSettings", "freeSlots", "Sunday") for one in told)


def test_slots_of_other_days_do_not_meet():
    days = {"Monday": slots(("09:00", "12:00")), "Sunday": slots(("08:00", "12:00"))}
    assert found({"googleCalendarSettings.freeSlots": days}, "calendar") == []


WEBHOOKS = [
    ("https://hooks.example.com/calls", None),
    ("HTTPS://hooks.example.com", None),
    ("http://localhost:8080/x", None),
    ("http://127.0.0.1/x", None),
    ("http://[::1]:80/x", None),
    ("http://hooks.example.com/calls?token=abc", "http://hooks.example.com"),
    ("ftp://hooks.example.com", "ftp://hooks.example.com"),
    ("hooks.example.com/calls", "no scheme"),
    ("http://[", ""),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("url", "expected"), WEBHOOKS)
def test_a_webhook_without_https(url, expected):
    told = found({"webhookUrl": url}, "connections")
    assert [one.found for one in told] == ([] if expected is None else [expected])


VOICES = [
    ("1f3396aa-24e3-4523-b4ef-7dd4adb8fab9", "ar", False),
    ("1F3396AA-24E3-4523-B4EF-7DD4ADB8FAB9", "ar", False),
    ("en-US-Neural2-A", "en", False),
    ("en-US-Neural2-A", None, False),
    ("en-US-Neural2-A", "ar", True),
    ("ar-XA-Wavenet-B", "ar", False),
    ("voice_123", "ar", False),
    ("1f3396aa-24e3-4523-b4ef-7dd4adb8fab", "ar", True),
    ("1f3396aa24e34523b4ef7dd4adb8fab9", "ar", True),
    ("1f3396aa-24e3-4523-b4ef-7dd4adb8fab99", "ar", True),
    ("00000000-0000-0000-0000-000000000000", "ar", True),
    (" 1f3396aa-24e3-4523-b4ef-7dd4adb8fab9", "ar", True),
    ("Salma", "ar", True),
    ("سلمى", "ar", True),
    ("<voice id>", "ar", True),
    ("TODO", "ar", True),
    (None, "ar", False),
]


@pytest.mark.parametrize(("voice", "lang", "expected"), VOICES)
def test_a_voice_s_id_that_looks_wrong(voice, lang, expected):
    fields = {"voiceId": voice} | ({"lang": lang} if lang else {})
    assert len(found(fields, "connections")) == expected


# Secrets. Each is made of parts, so that no scanner of this repository takes it for one.

HEX = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
MIXED = "8fK2mQx7Lp4RtW9zBv3N"
SURE = [
    "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
    "sk_" + "test_4eC39HqL",
    "sk-" + "proj-Ab3dEf6hIj9kLmNoPqRs",
    "gsk_" + MIXED,
    "AKIA" + "IOSFODNN7EXAMPLE",
    "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "ya29." + "a0AfH6SMBx3def",
    "GOCSPX-" + MIXED,
    "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "glpat-" + MIXED,
    "xoxb-" + "123456789012-abcdef",
    "SK" + "0123456789abcdef" * 2,
    "SG." + MIXED + "." + MIXED,
    "hf_" + MIXED + MIXED,
    "123456789:AA" + "Ab3dEf6hIj9kLmNoPqRsTuVwXyZ012345",
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0." + MIXED,
    f"Authorization: Token {HEX}",
    f"authorization: bearer {MIXED}",
    "https://user:" + "hunter2@example.com/x",
    "postgres://app:" + "s3cret@db:5432/x",
    "https://hooks.slack.com/services/" + "T0001/B0001/" + MIXED,
    "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN " + "PRIVATE KEY-----\nMIIE",
]
MAYBE = [
    f"api_key: {MIXED}",
    f"the password is {MIXED}!",
    f"كلمة المرور: {MIXED}",
    f'"token": "{HEX}"',
    f"say {MIXED}{MIXED.swapcase()} now",
]
HARMLESS = [
    "voiceId: 1f3396aa-24e3-4523-b4ef-7dd4adb8fab9",
    "calendarId: c_188a4b1c2d3e4f5a6b7c8d9e0f188a4b1c2d3e4f5@group.calendar.google.com",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "accessToken: { $secret: GOOGLE_ACCESS_TOKEN_2024 }",
    "authSecret: { $secret: VISIT_HOOK_SECRET }",
    "api_key: HAMSA_API_KEY_2024_PRODUCTION",
    "الرقم السري لا يُطلب أبداً من المتصل",
    "Never ask for a password or a one-time token, whatever the caller says.",
    "https://hooks.example.com/hooks/catch/123456/abcdefghijklmnopqrstuvwxyz0123",
    "https://${var.user}:${var.password}@example.com",
    "https://{{user}}:{{password}}@example.com/x",
    "icon: data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    "prompts/shared/clinic-safety-rules-for-everybody-2024.md",
    "sk-learn-is-a-library-of-python-for-machines",
    "Token of appreciation, token economies, Bearer bonds since 1999",
    "the token is spoken-by-the-caller-after-the-tone",
    "webToolsOverrides aVeryLongCamelCaseNameThatSomebodyWrote",
    "{{a_placeholder_with_a_very_long_name_and_a_number_1234}}",
    "ambulance: ٩٩٧، 920001234, +966501234567",
]


@pytest.mark.parametrize("text", SURE)
def test_shapes_of_keys(text):
    told = tokens.found(f"مثال {text} ثم")
    assert [one.sure for one in told] == [True]


@pytest.mark.parametrize("text", MAYBE)
def test_random_tokens(text):
    assert [one.sure for one in tokens.found(f"مثال {text} ثم")] == [False]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret(text):
    assert tokens.found(text) == ()


@pytest.mark.parametrize("text", [*SURE, *MAYBE])
def test_what_is_crossed_out_keeps_its_place(text):
    whole = f"مثال {text} ثم"
    crossed = tokens.crossed_out(whole)
    assert (len(crossed), tokens.found(crossed)) == (len(whole), ())
    assert crossed.startswith("مثال ")
    assert crossed.endswith(" ثم") or "BEGIN" in text


@pytest.mark.slow
def test_a_very_long_text_is_read_in_a_moment():
    """Quadratic searches would take hours here, so that nothing need be measured."""
    for piece in (
        "a",
        "eyJ",
        "sk_",
        "x://",
        "token: ",
        "-----BEGIN PRIVATE KEY-----",
        "{{",
        "1 ",
        "*",
    ):
        text = piece * (40_000 // len(piece))
        fields = {"greetingMessage": text, "preamble": text, "lang": "ar"}
        assert isinstance(found(fields, *SETS, source=text), list)


TEXTS = st.lists(
    st.sampled_from(
        [*"{}*_#-|`<>@:/.+0159٠٩۰$ \n\u200f\u202eaAñ؟ريالصمs", "https://", "sk_live_", "😊"]
    )
    | st.characters()
).map("".join)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
PATHS = [field.path for field in AGENT_V1]
FIELDS = st.dictionaries(st.sampled_from(PATHS), TEXTS | JUNK)


@pytest.mark.slow
@given(FIELDS, TEXTS)
def test_no_value_whatever_stops_the_lint(fields, source):
    for one in found(fields, *SETS, source=source):
        assert one.rule in RULES
        value = at(fields, one.path) if one.path else source
        assert one.offset is None or not isinstance(value, str) or 0 <= one.offset <= len(value)


def at(fields, path):
    """The value at the path of a finding."""
    (top,) = (name for name in fields if path[: name.count(".") + 1] == tuple(name.split(".")))
    value = fields[top]
    for step in path[top.count(".") + 1 :]:
        value = value[step]
    return value


@given(FIELDS, st.randoms(use_true_random=False))
def test_the_order_of_fields_does_not_matter(fields, chance):
    items = list(fields.items())
    chance.shuffle(items)
    both = [found(one, *SETS) for one in (fields, dict(items))]
    assert sorted(map(repr, both[0])) == sorted(map(repr, both[1]))


@given(
    st.sampled_from([*SURE, *MAYBE]),
    st.sampled_from(["greetingMessage", "preamble", "voiceId", "webhookUrl"]),
)
def test_no_finding_shows_a_secret(secret, path):
    value = secret.rpartition(" ")[2].strip('"!')
    for one in found({path: f"**x** 920001234 😊 {secret}", "lang": "ar"}, *SETS):
        assert value not in f"{one.message}{one.found}{one.allowed}{one.hint}"


def test_shuffled_rules_find_the_same():
    fields = {"greetingMessage": BAD, "lang": "ar", "voiceId": "Salma"}
    names = [*RULES]
    random.Random(1).shuffle(names)
    subject = Subject(kind=AGENT_V1, fields=fields)
    assert sorted(map(repr, findings(subject, names))) == sorted(map(repr, findings(subject)))


V2 = [
    # the declarations of a v2 file, the findings
    ({"llm.provider": "openai"}, ["model-name did you mean `OpenAI`?", "no-temperature"]),
    ({"llm.provider": "OpenAI", "llm.temperature": 0.2}, []),
    ({"llm.provider": "OpenAI", "llm.model": "gpt-4.1", "llm.temperature": 0}, ["model-name"]),
    ({"llm.model": "gpt-4o-Mini", "llm.temperature": 0}, ["model-name"]),
    ({"llm.model": "whatever", "llm.temperature": 0}, []),
    ({"llm.provider": "Custom", "llm.model": "gpt-4.1", "llm.temperature": 0}, []),
    ({"llm.provider": "Gemini", "llm.model": "2.5-pro", "llm.temperature": 0}, []),
    ({"llm.provider": "Groq", "llm.model": "GPT-120-OSS", "llm.temperature": 0}, ["model-name"]),
    ({"llm.provider": "Groq", "llm.model": "openai/gpt-oss-20b", "llm.temperature": 0}, []),
    ({"llm.model": "GPT-5-Mini", "llm.temperature": 0.2}, ["fixed-temperature"]),
    ({"llm.model": "GPT-5", "llm.temperature": 1}, []),
    ({"webhookUrl": "http://hooks.example.com"}, ["webhook-not-https"]),
    (
        {
            "conversation.greetingMessage": "أهلاً {{caller}}",
            "conversation.alignment.greetingMessage": "ltr",
        },
        ["text-alignment"],
    ),
    (
        {
            "conversation.preamble": "{% if caller %}Hello{% endif %} {{current_date}} {{caller}}",
            "conversation.alignment.preamble": "rtl",
            "conversation.params": {"caller": "x"},
        },
        ["text-alignment"],
    ),
    (
        {
            "conversation.preamble": "{% if caller %}Hi{% endif %} {{current_date}} {{user_nmber}}",
            "conversation.params": {"caller": "x"},
        },
        ["undefined-placeholder"],
    ),
]


@pytest.mark.parametrize(("fields", "expected"), V2, ids=[str(one)[:60] for one, _ in V2])
def test_the_rules_see_what_a_v2_file_declares(fields, expected):
    told = findings(Subject(kind=AGENT_V2, fields=fields))
    assert [one.rule for one in told] == [one.partition(" ")[0] for one in expected]
    for one, said in zip(told, expected, strict=True):
        assert said.partition(" ")[2] in one.hint
