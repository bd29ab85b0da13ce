"""A fleet of agents that differ in every text, as real ones do: files, and a sandbox with them.

Half of them speak Arabic. Everything is made of its number, so that two runs measure the same.
"""

import random
import uuid
from pathlib import Path

from reconciler.sandbox.store import Store
from reconciler.sandbox.v2 import api as v2

PLACES = {
    "en": "Olaya Rimal Malaz Nakheel Yasmin Rawdah Hamra Safa Marwa Salamah Naseem".split(),
    "ar": "العليا الرمال الملز النخيل الياسمين الروضة الحمراء الصفا المروة النسيم".split(),
}
TRADES = {
    "en": ["dental clinic", "eye clinic", "pharmacy", "courier office", "car workshop", "gym"],
    "ar": ["عيادة أسنان", "عيادة عيون", "صيدلية", "مكتب توصيل", "ورشة سيارات", "مطعم"],
}
NAMES = {
    "en": "Hind Omar Layla Yusuf Sara Khalid Noura Faisal Maha Tariq Reem Sami".split(),
    "ar": "هند عمر ليلى يوسف سارة خالد نورة فيصل مها طارق ريم سامي".split(),
}
THINGS = {
    "en": ["a visit", "a delivery", "an invoice", "a complaint", "a new order", "a refund"],
    "ar": ["موعد زيارة", "توصيل طلب", "فاتورة", "شكوى", "طلب جديد", "استرداد مبلغ"],
}
FEW = {"en": "two three four five".split(), "ar": "دقيقتين ثلاث أربع خمس".split()}
MORE = {"en": "six seven eight nine".split(), "ar": "السادسة السابعة الثامنة التاسعة".split()}
SENTENCES = {
    "en": [
        "When a caller from {place} asks about {thing}, answer in two sentences and then listen.",
        "Ask {name} in the {trade} only if the caller has waited longer than {few} minutes.",
        "Never promise {thing} before the team of {place} has confirmed it in writing.",
        "If the line is bad, repeat the last word once and offer that {name} calls back tomorrow.",
        "Say times as words: between {few} and {more} in the afternoon, and never as digits.",
        "For {thing}, take the name, a number and one sentence; {name} reads it in the evening.",
        "Callers of the {trade} in {place} often mean {thing}; ask which of the two they want.",
        "A caller who is upset hears an apology once, and then a next step by {name}.",
        "The {trade} closes on Friday; on other days {name} answers until {more} in the evening.",
    ],
    "ar": [
        "إذا سأل المتصل من {place} عن {thing} فأجب بجملتين قصيرتين ثم استمع.",
        "لا تحوّل المكالمة إلى {name} في {trade} إلا إذا انتظر المتصل أكثر من {few} دقائق.",
        "لا تعد أحداً بشيء يخص {thing} قبل أن يؤكده فريق {place} كتابة.",
        "إذا كان الصوت ضعيفاً فأعد آخر كلمة مرة واحدة، ثم اعرض أن يعاود {name} الاتصال غداً.",
        "انطق الأوقات كلمات: بين {few} و{more} عصراً، ولا تنطقها أرقاماً.",
        "في حالة {thing} خذ الاسم ورقم الجوال وجملة واحدة، ويقرأها {name} مساءً.",
        "كثير من متصلي {trade} في {place} يقصدون {thing}، فاسأل عن المقصود أولاً.",
        "المتصل الغاضب يسمع اعتذاراً واحداً بكلمات بسيطة ثم الخطوة التالية من {name}.",
        "يغلق {trade} يوم الجمعة، وفي بقية الأيام يجيب {name} حتى {more} مساءً.",
    ],
}
HEADS = {
    "en": ["# Role", "# How you speak", "# How the call goes", "# What you never do", "# Examples"],
    "ar": ["# الدور", "# طريقة الكلام", "# سير المكالمة", "# ما لا تفعله", "# أمثلة"],
}
HELLO = {
    "en": "Hello {{{{caller}}}}, this is the {} in {}, desk {}. How can I help?",
    "ar": "أهلاً {{{{caller}}}}، معك {} في {}، مكتب {}. كيف أقدر أساعدك؟",
}
VOICE = "1f3396aa-24e3-4523-b4ef-7dd4adb8fab9"
BYTES = 6000


def sentence(lang: str, rng: random.Random) -> str:
    """A sentence of a prompt."""
    return rng.choice(SENTENCES[lang]).format(
        place=rng.choice(PLACES[lang]),
        trade=rng.choice(TRADES[lang]),
        name=rng.choice(NAMES[lang]),
        thing=rng.choice(THINGS[lang]),
        few=rng.choice(FEW[lang]),
        more=rng.choice(MORE[lang]),
    )


def prompt(lang: str, rng: random.Random) -> str:
    """A prompt in sections with lists, with a placeholder or two."""
    lines: list[str] = []
    heads = iter(HEADS[lang])
    while sum(len(line.encode()) + 1 for line in lines) < BYTES:
        if len(lines) % 9 == 0 and (head := next(heads, None)):
            lines += ["", head, ""] if lines else [head, ""]
        other = "en" if lang == "ar" and rng.random() < 0.15 else lang
        words = sentence(other, rng) + (" {{caller}}" if rng.random() < 0.06 else "")
        lines.append(f"- {words}" if rng.random() < 0.7 else words)
    return "\n".join(lines)


def spec(number: int) -> dict[str, object]:
    """The agent of a number."""
    rng = random.Random(number)
    lang = "ar" if number % 2 else "en"
    place, trade = rng.choice(PLACES[lang]), rng.choice(TRADES[lang])
    return {
        "agentName": f"{trade} {place} {number}",
        "lang": lang,
        "voiceId": VOICE,
        "greetingMessage": HELLO[lang].format(trade, place, rng.choice(NAMES[lang])),
        "preamble": prompt(lang, rng),
        "params": {"caller": rng.choice(NAMES[lang]), "branch": place},
        "pokeMessages": [sentence(lang, rng), sentence(lang, rng)],
        "silenceThreshold": rng.randrange(500, 1200, 50),
        "interrupt": bool(rng.getrandbits(1)),
        "outcome": " ".join(sentence(lang, rng) for _ in range(4)),
    }


def nested(number: int) -> dict[str, object]:
    """The agent of a number as a v2 request."""
    flat = spec(number)
    said = ("greetingMessage", "preamble", "params", "pokeMessages")
    return {
        "name": flat["agentName"],
        "type": "Single Prompt",
        "conversation": {name: flat[name] for name in said},
        "voice": {"voiceId": VOICE, "lang": flat["lang"]},
        "llm": {"provider": "OpenAI", "model": "GPT-4.1-Mini", "temperature": 0.3},
        "callSettings": {name: flat[name] for name in ("silenceThreshold", "interrupt")},
    }


def text_v2(one: dict[str, object]) -> str:
    """The file that a user would write for a v2 agent."""
    block = "\n".join(f"      {line}".rstrip() for line in str(one["preamble"]).splitlines())
    params = "".join(f"      {name}: {value}\n" for name, value in dict(one["params"]).items())
    pokes = "".join(f'      - "{value}"\n' for value in list(one["pokeMessages"]))
    return (
        f"# {one['agentName']}\nspec:\n  name: {one['agentName']}\n  conversation:\n"
        f'    greetingMessage: "{one["greetingMessage"]}"\n    preamble: |-\n{block}\n'
        f"    params:\n{params}    pokeMessages:\n{pokes}"
        f"  voice: {{ lang: {one['lang']}, voiceId: {one['voiceId']} }}\n"
        "  llm: { provider: OpenAI, model: GPT-4.1-Mini, temperature: 0.3 }\n"
        f"  callSettings:\n    silenceThreshold: {one['silenceThreshold']}\n"
        f"    interrupt: {str(one['interrupt']).lower()}\n"
    )


def text(one: dict[str, object]) -> str:
    """The file that a user would write for a v1 agent."""
    block = "\n".join(f"    {line}".rstrip() for line in str(one["preamble"]).splitlines())
    params = "".join(f"    {name}: {value}\n" for name, value in dict(one["params"]).items())
    pokes = "".join(f'    - "{value}"\n' for value in list(one["pokeMessages"]))
    simple = {name: one[name] for name in ("lang", "voiceId", "silenceThreshold")}
    rest = "".join(f"  {name}: {value}\n" for name, value in simple.items())
    return (
        f"# {one['agentName']}\nspec:\n  agentName: {one['agentName']}\n"
        f'  greetingMessage: "{one["greetingMessage"]}"\n  preamble: |-\n{block}\n'
        f"  params:\n{params}  pokeMessages:\n{pokes}{rest}"
        f"  interrupt: {str(one['interrupt']).lower()}\n  outcome: >-\n    {one['outcome']}\n"
    )


def ids(first: int, count: int) -> list[str]:
    """The ids of agents, made of their numbers."""
    rng = (random.Random(f"id {number}") for number in range(first, first + count))
    return [str(uuid.UUID(int=one.getrandbits(128), version=4)) for one in rng]


def write(folder: Path, count: int, api: str = "v1", first: int = 0, **changed: object) -> None:
    """The files of agents; ``changed`` are fields that all of them set to new values."""
    written = text if api == "v1" else text_v2
    (folder / "agents").mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        path = folder / "agents" / f"agent-{number:05}.yaml"
        path.write_text(written({**spec(number), **changed}), encoding="utf-8")


def store(count: int, api: str = "v1") -> Store:
    """A sandbox's store with the first agents."""
    rng = random.Random(7)
    made = Store(None, new_id=lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4)))
    for number in range(count):
        made.add(spec(number) if api == "v1" else v2.stored(nested(number)))
    return made
