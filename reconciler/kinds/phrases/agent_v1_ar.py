"""Arabic phrases, one for each field of the table. Data."""

from reconciler.schema.phrases import (
    Address,
    Choice,
    Flag,
    Gone,
    Hidden,
    Items,
    Phrase,
    Text,
    Value,
    Week,
)
from reconciler.text import plurals
from reconciler.text.plurals import Plural


def _without(does: str) -> Gone:
    return Gone(f"لم يعد {does}", f"لا {does}")


def _flag(does: str) -> Flag:
    return Flag(does, _without(does))


def _attached(own: str, some: str, count: Plural, one: str) -> Items:
    return Items(
        other=f"يستخدم {some} أخرى",
        now="يستخدم {count}",
        gone=Gone(f"لا يستخدم أيّ {one}"),
        count=count,
        added=f"يضيف إلى {own} {{count}}",
        removed="يستغني عن {count}",
        reordered=f"يستخدم {own} بترتيب آخر",
    )


def _aligned(text: str) -> Choice:
    return Choice(
        options={
            "ltr": f"يعرض {text} من اليسار إلى اليمين في لوحة التحكم",
            "rtl": f"يعرض {text} من اليمين إلى اليسار في لوحة التحكم",
        },
        gone=_without(f"يحدّد محاذاة {text} في لوحة التحكم"),
        other=f"يعرض {text} بمحاذاة أخرى في لوحة التحكم",
    )


_PROVES = "يثبت هويته لمتلقّي التقارير"

PHRASES: dict[str, Phrase] = {
    "agentName": Value(
        "يحمل الاسم {after}{instead}", Gone("يفقد اسمه", "لا يحمل اسماً"), "يحمل اسماً آخر"
    ),
    "greetingMessage": Text(
        other="يرحّب بصيغة مختلفة",
        now="يرحّب بقوله {after}",
        gone=Gone("يتخلّى عن عبارة ترحيبه", "لا يستخدم عبارة ترحيب خاصة به"),
        cosmetic="يرحّب بالكلمات نفسها مكتوبةً بصورة أخرى",
    ),
    "greetingMessageType": Choice(
        options={
            "STATIC": "يرحّب بالنصّ كما كُتب",
            "TEXT": "يرحّب بالنصّ كما كُتب",
            "PROMPT": "يصوغ ترحيبه وفق تعليمات",
        },
        gone=_without("يحدّد طريقة صياغة ترحيبه"),
        other="يصوغ ترحيبه بطريقة أخرى",
    ),
    "preamble": Text(
        other="يتبع تعليمات مختلفة",
        now="يتبع تعليمات خاصة به",
        gone=Gone("لا يتبع تعليمات خاصة به"),
        cosmetic="يتبع التعليمات نفسها مكتوبةً بصورة أخرى",
        slight="يتبع تعليمات مختلفة قليلاً",
        rewritten="يتبع تعليمات أُعيدت كتابتها",
    ),
    "lang": Value(
        "يتحدّث باللغة {after}{instead}",
        _without("يتحدّث بلغة محدّدة"),
        "يتحدّث بلغة أخرى",
        {"ar": "العربية", "en": "الإنجليزية"},
    ),
    "voiceId": Text(
        other="يتحدّث بصوت آخر",
        now="يستخدم الصوت {after}",
        gone=_without("يتحدّث بصوت محدّد"),
    ),
    "pokeMessages": Items(
        other="يقول عبارات أخرى حين يصمت المتصل",
        now="يقول {count} حين يصمت المتصل",
        gone=Gone("لا يقول شيئاً حين يصمت المتصل"),
        count=plurals.arabic("عبارة واحدة", "عبارتين", "{n} عبارات", "{n} عبارة"),
        reordered="يقول العبارات نفسها بترتيب آخر حين يصمت المتصل",
        cosmetic="يقول الكلمات نفسها مكتوبةً بصورة أخرى حين يصمت المتصل",
    ),
    "params": Items(
        other="يملأ المتغيّرات على نحو مختلف",
        now="يملأ {count} من تلقاء نفسه",
        gone=Gone("لا يملأ أيّ متغيّر من تلقاء نفسه"),
        count=plurals.arabic("متغيّراً واحداً", "متغيّرين", "{n} متغيّرات", "{n} متغيّراً", "{n} متغيّر"),
        cosmetic="يملأ المتغيّرات بالكلمات نفسها مكتوبةً بصورة أخرى",
    ),
    "realTime": _flag("يعمل في وضع الوقت الفعلي"),
    "silenceThreshold": Value("ينتظر {after} من الصمت{instead} قبل أن يجيب"),
    "interrupt": _flag("يسمح للمتصل بمقاطعته"),
    "outcome": Text(
        other="يدوّن نتائج المكالمات وفق تعليمات مختلفة",
        now="يدوّن نتائج المكالمات بعد انتهائها",
        gone=_without("يدوّن نتائج المكالمات"),
        cosmetic="يدوّن نتائج المكالمات وفق التعليمات نفسها مكتوبةً بصورة أخرى",
        slight="يدوّن نتائج المكالمات وفق تعليمات مختلفة قليلاً",
        rewritten="يدوّن نتائج المكالمات وفق تعليمات أُعيدت كتابتها",
    ),
    "outcomeResponseShape": Items(
        other="يدوّن نتائج المكالمات ببنية أخرى",
        now="يدوّن نتائج المكالمات ببنية محدّدة",
        gone=_without("يدوّن نتائج المكالمات ببنية محدّدة"),
    ),
    "tools.googleCalendar": _flag("يحجز المواعيد في تقويم Google"),
    "tools.genderDetection": _flag("يحدّد جنس المتصل"),
    "tools.smartCallEnd": _flag("ينهي المكالمة من تلقاء نفسه"),
    "googleCalendarSettings.calendarId": Text(
        other="يحجز المواعيد في تقويم آخر",
        now="يحجز المواعيد في التقويم {after}",
        gone=_without("يحجز المواعيد في تقويم محدّد"),
    ),
    "googleCalendarSettings.calendarName": Value(
        "يعطي تقويمه الاسم {after}{instead}",
        _without("يعطي تقويمه اسماً"),
        "يعطي تقويمه اسماً آخر",
    ),
    "googleCalendarSettings.accessToken": Hidden("يتسلّم رمز الوصول إلى تقويمه"),
    "googleCalendarSettings.refreshToken": Hidden("يتسلّم رمز تجديد الوصول إلى تقويمه"),
    "googleCalendarSettings.eventTitle": Value(
        "يضع للمواعيد العنوان {after}{instead}",
        _without("يضع للمواعيد عنواناً"),
        "يضع للمواعيد عنواناً آخر",
    ),
    "googleCalendarSettings.meetingDuration": Value("يحجز مواعيد لمدة {after}{instead}"),
    "googleCalendarSettings.timezone": Value(
        "يحجز المواعيد بتوقيت {after}{instead}",
        _without("يحجز المواعيد بتوقيت محدّد"),
        "يحجز المواعيد بتوقيت آخر",
    ),
    "googleCalendarSettings.freeSlots": Week(
        opened="يفتح باب الحجز {days}",
        closed="يغلق باب الحجز {days}",
        moved="يستقبل الحجوزات في ساعات أخرى {days}",
        now="يستقبل الحجوزات {days}",
        gone=Gone("لا يستقبل الحجوزات في أيّ يوم"),
        other="يستقبل الحجوزات في ساعات أخرى",
    ),
    "webhookUrl": Address(
        said="يرسل تقارير المكالمات إلى {after}{instead}",
        moved="يرسل تقارير المكالمات إلى عنوان آخر على {after}",
        gone=_without("يرسل تقارير المكالمات"),
        unnamed="يرسل تقارير المكالمات إلى عنوان لا يُعرض هنا",
        other="يرسل تقارير المكالمات إلى عنوان آخر",
    ),
    "webhookAuth.authKey": Text(
        other=f"{_PROVES} بطريقة أخرى",
        now=f"{_PROVES} بطريقة محدّدة",
        gone=_without(f"{_PROVES} بطريقة محدّدة"),
    ),
    "webhookAuth.authSecret": Hidden("يتسلّم السرّ المشترك مع متلقّي التقارير"),
    "description": Text(
        other="يعرض وصفاً آخر في لوحة التحكم",
        now="يعرض وصفاً في لوحة التحكم",
        gone=Gone("لا يعرض وصفاً في لوحة التحكم"),
    ),
    "icon": Text(
        other="يعرض أيقونة أخرى في لوحة التحكم",
        now="يعرض أيقونة في لوحة التحكم",
        gone=Gone("لا يعرض أيقونة في لوحة التحكم"),
    ),
    "isTemplate": _flag("يُستخدم قالباً"),
    "type": Value(
        "يصبح من النوع {after}{instead}", Gone("يفقد نوعه", "لا يحمل نوعاً"), "يصبح من نوع آخر"
    ),
    "alignment.greetingMessage": _aligned("ترحيبه"),
    "alignment.preamble": _aligned("تعليماته"),
    "knowledgeBaseItemsIds": _attached(
        "موادّه المعرفية",
        "موادّ معرفية",
        plurals.arabic(
            "مادة معرفية واحدة", "مادتين معرفيتين", "{n} موادّ معرفية", "{n} مادة معرفية"
        ),
        "مادة معرفية",
    ),
    "webToolsIds": _attached(
        "أدواته",
        "أدوات ويب",
        plurals.arabic("أداة ويب واحدة", "أداتي ويب", "{n} أدوات ويب", "{n} أداة ويب"),
        "أداة ويب",
    ),
    "webToolsOverrides": Hidden("يتسلّم إعدادات أدوات الويب"),
    "voiceDictionaryIds": _attached(
        "قواميسه",
        "قواميس نطق",
        plurals.arabic("قاموس نطق", "قاموسي نطق", "{n} قواميس نطق", "{n} قاموس نطق"),
        "قاموس نطق",
    ),
    "userInactivityTimeout": Value("يتفاعل مع صمت المتصل بعد {after}{instead}"),
    "maxCallDuration": Value("يسمح بأن تدوم المكالمة {after} على الأكثر{instead}"),
    "responseDelay": Value("يؤخّر ردّه {after}{instead}"),
    "minInterruptionDuration": Value("يعدّ الكلام مقاطعةً بعد {after}{instead}"),
    "vadActivationThreshold": Value("يعدّ الصوت كلاماً ابتداءً من العتبة {after}{instead}"),
    "waitForUserToSpeakFirst": Value("يقرّر من يبدأ الكلام وفق الخيار {after}{instead}"),
    "backgroundNoise": _flag("يشغّل ضوضاء في الخلفية"),
    "thinkingVoice": _flag("يُصدر أصواتاً توحي بالتفكير"),
    "speakerIdentification": _flag("يميّز بين المتحدّثين"),
    "agenticRag": _flag("يبحث في موادّه المعرفية من تلقاء نفسه"),
    "languageDialectSwitcher": _flag("يتكيّف مع لهجة المتصل"),
    "enableAutoGainControl": _flag("يوازن مستوى صوت المتصل"),
    "sendDenoisedToStt": _flag("يزيل الضوضاء قبل تحويل الكلام إلى نصّ"),
    "noiseCancellation": Value(
        "يعزل الضوضاء في الوضع {after}{instead}",
        _without("يعزل الضوضاء في وضع محدّد"),
        "يعزل الضوضاء في وضع آخر",
    ),
    "cancelNoisePer": Value("يعزل الضوضاء على أساس {after}{instead}"),
    "llmConfig.provider": Value(
        "يأخذ نموذجه اللغوي من {after}{instead}",
        _without("يأخذ نموذجه اللغوي من مزوّد محدّد"),
        "يأخذ نموذجه اللغوي من مزوّد آخر",
    ),
    "llmConfig.modelName": Value(
        "يستخدم النموذج اللغوي {after}{instead}",
        _without("يستخدم نموذجاً لغوياً محدّداً"),
        "يستخدم نموذجاً لغوياً آخر",
    ),
    "llmConfig.baseUrl": Address(
        said="يصل إلى نموذجه اللغوي عبر {after}{instead}",
        moved="يصل إلى نموذجه اللغوي عبر عنوان آخر على {after}",
        gone=_without("يصل إلى نموذجه اللغوي عبر عنوان محدّد"),
        unnamed="يصل إلى نموذجه اللغوي عبر عنوان لا يُعرض هنا",
        other="يصل إلى نموذجه اللغوي عبر عنوان آخر",
    ),
    "llmConfig.apiKey": Hidden("يتسلّم مفتاح نموذجه اللغوي"),
    "llmConfig.temperature": Value("يشغّل نموذجه اللغوي بدرجة حرارة {after}{instead}"),
}
