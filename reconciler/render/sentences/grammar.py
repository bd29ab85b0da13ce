"""The grammar of English and Arabic sentences made from phrases. Data, and few rules. Pure."""

from collections.abc import Sequence

from reconciler.late import pattern
from reconciler.render.sentences.language import Callers, Language
from reconciler.render.sentences.writing import Writer
from reconciler.schema.phrases import Gone
from reconciler.text import plurals

_ENDING = pattern(r"\((e?s)\)")
_AND = "، و"
_DAYS = {
    "Monday": "الاثنين",
    "Tuesday": "الثلاثاء",
    "Wednesday": "الأربعاء",
    "Thursday": "الخميس",
    "Friday": "الجمعة",
    "Saturday": "السبت",
    "Sunday": "الأحد",
}


def _does(template: str) -> str:
    """``waits``, ``does not wait``."""
    return _ENDING.sub(r"\1", template)


def _would(template: str) -> str:
    """``(would) wait``, ``(would) not wait``."""
    return _ENDING.sub("", template.replace("do(es) not ", "not "))


def _would_in_arabic(template: str) -> str:
    """The imperfect is the same after *would make it*, only *no longer* differs."""
    return template.replace("لم يعد ", "لا يعود ")


def _list(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b, and c``."""
    if len(items) < 3:
        return " and ".join(items)
    return f"{', '.join(items[:-1])}, and {items[-1]}"


def _days_in_english(days: Sequence[str]) -> str:
    if len(days) == 7:
        return "every day"
    return f"on {len(days)} days" if len(days) > 3 else f"on {_list(days)}"


def _days_in_arabic(days: Sequence[str]) -> str:
    """``يوم الأحد``, ``يومي الأحد والاثنين``, or how many."""
    if len(days) == 7:
        return "كل يوم"
    if len(days) > 3:
        return f"في {len(days)} أيام"
    return f"{('يوم', 'يومي', 'أيام')[len(days) - 1]} {' و'.join(_DAYS[day] for day in days)}"


ENGLISH = Language(
    notes_fit=True,
    writer=Writer(
        quotes=("“", "”"),
        instead_of="instead of",
        units={
            "ms": plurals.english("{n} millisecond", "{n} milliseconds"),
            "s": plurals.english("{n} second", "{n} seconds"),
            "minutes": plurals.english("{n} minute", "{n} minutes"),
        },
        days=_days_in_english,
    ),
    frames={
        "create": "{name} is new: it {clauses}.",
        "update": "{name} {clauses}.",
        "blocked": "{name} would {clauses}; nothing is sent for now.",
        "drift": "{name} has changed since the last apply: it {clauses}.",
    },
    differs="{name} differs from its file: it {clauses}.",
    bare="{name} is new.",
    so=_does,
    would=_would,
    joined=lambda clauses, more: _list([*clauses, more] if more else clauses),
    more_changes=plurals.english("change(s) in {n} more field", "change(s) in {n} more fields"),
    more_fields=plurals.english("has {n} more field", "has {n} more fields"),
    nodes=plurals.english(
        "get(s) changes in {n} node of its flow", "get(s) changes in {n} nodes of its flow"
    ),
    new_nodes=plurals.english("has a flow of {n} node", "has a flow of {n} nodes"),
    flow="get(s) changes in its flow",
    changed="get(s) a new value for the field {path}",
    unset=Gone(
        "no longer hold(s) a value for the field {path}",
        "do(es) not hold a value for the field {path}",
    ),
    hidden="get(s) a secret value for the field {path}",
    callers=Callers(
        must="The system that starts a call must now pass {must}",
        may="The system that starts a call may now pass {may}",
        both="The system that starts a call must now pass {must} and may pass {may}",
        renamed="{old} is now called {new}",
        more_renamed=plurals.english("{n} more name has changed", "{n} more names have changed"),
        unused="{names} is no longer used",
        unused_many="{names} are no longer used",
    ),
    callers_would=Callers(
        must="The system that starts a call would have to pass {must}",
        may="The system that starts a call could pass {may}",
        both="The system that starts a call would have to pass {must} and could pass {may}",
        renamed="{old} would be called {new}",
        more_renamed=plurals.english("{n} more name would change", "{n} more names would change"),
        unused="{names} would no longer be used",
        unused_many="{names} would no longer be used",
    ),
    names=_list,
    more_names=plurals.always("{n} more"),
    between="; ",
)

ARABIC = Language(
    writer=Writer(
        quotes=("«", "»"),
        instead_of="بدلاً من",
        units={
            "ms": plurals.always("{n} ملّي ثانية"),
            "s": plurals.arabic("ثانية واحدة", "ثانيتين", "{n} ثوانٍ", "{n} ثانية"),
            "minutes": plurals.arabic("دقيقة واحدة", "دقيقتين", "{n} دقائق", "{n} دقيقة"),
        },
        days=_days_in_arabic,
    ),
    frames={
        "create": "الوكيل {name} جديد: {clauses}.",
        "update": "الوكيل {name} {clauses}.",
        "blocked": "من شأن هذه الخطة أن تجعل الوكيل {name} {clauses}؛ لكن لا يُرسَل شيء الآن.",
        "drift": "تغيّر الوكيل {name} منذ آخر تطبيق للملفات: {clauses}.",
    },
    differs="يختلف الوكيل {name} عمّا في ملفه: {clauses}.",
    bare="الوكيل {name} جديد.",
    so=str,
    would=_would_in_arabic,
    joined=lambda clauses, more: _AND.join(clauses) + (f"، {more}" if more else ""),
    more_changes=plurals.arabic(
        "إضافةً إلى تغيير آخر",
        "إضافةً إلى تغييرين آخرين",
        "إضافةً إلى {n} تغييرات أخرى",
        "إضافةً إلى {n} تغييراً آخر",
        "إضافةً إلى {n} تغيير آخر",
    ),
    more_fields=plurals.arabic(
        "له حقل آخر", "له حقلان آخران", "له {n} حقول أخرى", "له {n} حقلاً آخر", "له {n} حقل آخر"
    ),
    nodes=plurals.arabic(
        "يتغيّر مساره في عقدة واحدة",
        "يتغيّر مساره في عقدتين",
        "يتغيّر مساره في {n} عقد",
        "يتغيّر مساره في {n} عقدة",
    ),
    new_nodes=plurals.arabic(
        "له مسار من عقدة واحدة",
        "له مسار من عقدتين",
        "له مسار من {n} عقد",
        "له مسار من {n} عقدة",
    ),
    flow="يتغيّر مساره",
    changed="يحصل على قيمة جديدة للحقل {path}",
    unset=Gone("لم يعد يحمل قيمة للحقل {path}", "لا يحمل قيمة للحقل {path}"),
    hidden="يحصل على قيمة سرّية للحقل {path}",
    callers=Callers(
        must="صار على النظام الذي يبدأ المكالمة أن يمرّر {must}",
        may="صار للنظام الذي يبدأ المكالمة أن يمرّر {may}",
        both="صار على النظام الذي يبدأ المكالمة أن يمرّر {must}، وله أن يمرّر {may}",
        renamed="صار {old} يُسمّى {new}",
        more_renamed=plurals.arabic(
            "تغيّر اسم آخر",
            "تغيّر اسمان آخران",
            "تغيّرت {n} أسماء أخرى",
            "تغيّر {n} اسماً آخر",
            "تغيّر {n} اسم آخر",
        ),
        unused="لم يعد يُستخدم {names}",
        unused_many="لم يعد يُستخدم {names}",
    ),
    callers_would=Callers(
        must="سيكون على النظام الذي يبدأ المكالمة أن يمرّر {must}",
        may="سيكون للنظام الذي يبدأ المكالمة أن يمرّر {may}",
        both="سيكون على النظام الذي يبدأ المكالمة أن يمرّر {must}، وله أن يمرّر {may}",
        renamed="سيُسمّى {old} بعد ذلك {new}",
        more_renamed=plurals.arabic(
            "سيتغيّر اسم آخر",
            "سيتغيّر اسمان آخران",
            "ستتغيّر {n} أسماء أخرى",
            "سيتغيّر {n} اسماً آخر",
            "سيتغيّر {n} اسم آخر",
        ),
        unused="لن يُستخدم {names} بعد ذلك",
        unused_many="لن يُستخدم {names} بعد ذلك",
    ),
    names=" و".join,
    more_names=plurals.always("غيرها (وعددها {n})"),
    between="؛ و",
)
