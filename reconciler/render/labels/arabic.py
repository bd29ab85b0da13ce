"""The fixed words of a report in Arabic, by their English. Data.

Headings and counts are nouns, states are masculine for *the agent* and feminine for *fields*; field
names, keys, commands and options stay as they are, in backticks.
"""

from collections.abc import Mapping

from reconciler.render.labels import arabic_flows, arabic_walks
from reconciler.text.plurals import Plural, arabic

NOUNS: Mapping[str, Plural] = {
    "agent": arabic("وكيل واحد", "وكيلان", "{n} وكلاء", "{n} وكيلاً", "{n} وكيل"),
    "node": arabic("عقدة واحدة", "عقدتان", "{n} عقد", "{n} عقدة", "{n} عقدة"),
    "field": arabic("حقل واحد", "حقلان", "{n} حقول", "{n} حقلاً", "{n} حقل"),
    "word": arabic("كلمة واحدة", "كلمتان", "{n} كلمات", "{n} كلمة"),
    "line": arabic("سطر واحد", "سطران", "{n} أسطر", "{n} سطراً", "{n} سطر"),
    "row": arabic("صفّ واحد", "صفّان", "{n} صفوف", "{n} صفّاً", "{n} صفّ"),
    "unchanged row": arabic(
        "صفّ واحد بلا تغيير", "صفّان بلا تغيير", "{n} صفوف بلا تغيير", "{n} صفّاً بلا تغيير"
    ),
    "unchanged line": arabic(
        "سطر واحد بلا تغيير", "سطران بلا تغيير", "{n} أسطر بلا تغيير", "{n} سطراً بلا تغيير"
    ),
    "paragraph": arabic("فقرة واحدة", "فقرتان", "{n} فقرات", "{n} فقرة"),
    "unchanged paragraph": arabic(
        "فقرة واحدة بلا تغيير", "فقرتان بلا تغيير", "{n} فقرات بلا تغيير", "{n} فقرة بلا تغيير"
    ),
    "more changed paragraph": arabic(
        "فقرة متغيّرة أخرى",
        "فقرتان متغيّرتان أخريان",
        "{n} فقرات متغيّرة أخرى",
        "{n} فقرة متغيّرة أخرى",
    ),
    "more changed row": arabic(
        "صفّ متغيّر آخر", "صفّان متغيّران آخران", "{n} صفوف متغيّرة أخرى", "{n} صفّاً متغيّراً آخر"
    ),
    "more changed line": arabic(
        "سطر متغيّر آخر", "سطران متغيّران آخران", "{n} أسطر متغيّرة أخرى", "{n} سطراً متغيّراً آخر"
    ),
    "place": arabic("موضع واحد", "موضعان", "{n} مواضع", "{n} موضعاً", "{n} موضع"),
    "required text": arabic(
        "نصّ مطلوب واحد", "نصّان مطلوبان", "{n} نصوص مطلوبة", "{n} نصّاً مطلوباً", "{n} نصّ مطلوب"
    ),
    "alert": arabic("تنبيه واحد", "تنبيهان", "{n} تنبيهات", "{n} تنبيهاً", "{n} تنبيه"),
    "project": arabic("مشروع واحد", "مشروعان", "{n} مشاريع", "{n} مشروعاً", "{n} مشروع"),
    "finding": arabic("ملاحظة واحدة", "ملاحظتان", "{n} ملاحظات", "{n} ملاحظة"),
}

_HEADINGS = {
    "Plan for {place}": "خطة {place}",
    "Plans for {places}": "خطط {places}",
    "Check of {place}": "فحص {place}",
    "the fleet": "الأسطول",
    "shard {number} of {count}": "الجزء {number} من {count}",
    "Failed": "فشل",
    "Refused": "مرفوض",
    "Not started": "لم يبدأ",
    "Skipped": "متجاوَز",
    "Projects": "المشاريع",
    "All projects": "كل المشاريع",
    "project": "المشروع",
    "result": "النتيجة",
    "what callers notice": "ما يلاحظه المتصلون",
    "on {agents} of {projects}": "على {agents} من {projects}",
    "{n} with changes": "{n} بتغييرات",
    "{n} without changes": "{n} بلا تغييرات",
    "{n} with drift": "{n} بانحراف",
    "{n} without drift": "{n} بلا انحراف",
    "{n} with something to do": "{n} فيها ما يُطبَّق",
    "{n} with nothing to do": "{n} ليس فيها ما يُطبَّق",
    "{n} with findings": "{n} بملاحظات",
    "{n} without findings": "{n} بلا ملاحظات",
    "{projects} without changes": "{projects} بلا تغييرات",
    "{projects} without drift": "{projects} بلا انحراف",
    "{projects} with nothing to do": "{projects} ليس فيها ما يُطبَّق",
    "{projects} without findings": "{projects} بلا ملاحظات",
    "Drift in {place}": "الانحراف في {place}",
    "Apply to {place}": "التطبيق على {place}",
    "No changes in {place}": "لا تغييرات في {place}",
    "No drift in {place}": "لا انحراف في {place}",
    "{command} stopped": "توقّف {command}",
    "Apply will refuse": "سيرفض التطبيق هذه الخطة",
    "Apply to {place} will refuse": "سيرفض التطبيق على {place} هذه الخطة",
    "{head} until": "{head} إلى أن",
    "Agent": "الوكيل",
    "Agents": "الوكلاء",
    "Findings": "الملاحظات",
    "Findings in the files": "ملاحظات على الملفات",
    "Shared changes": "التغييرات المشتركة",
    "Side by side": "جنباً إلى جنب",
    "Other agents and fields": "وكلاء وحقول أخرى",
    "Breaking for callers": "يلزم تعديل أنظمة الاتصال",
    "Callers must pass other values": "على أنظمة الاتصال أن تمرّر قيماً أخرى",
    "Required texts that are missing live": "نصوص مطلوبة غائبة عن الوكلاء المنشورين",
    "Ignored, left to the dashboard": "متجاهَل ومتروك للوحة التحكم",
    "Expected, left to the dashboard": "متوقَّع ومتروك للوحة التحكم",
    "Secrets": "الأسرار",
    "Unmanaged, but with the name of an agent of the files": "غير مُدار ويحمل اسم وكيل من الملفات",
    "its name looks like that of {names}": "يشبه اسمه اسم {names}",
    "Unmanaged, in no file": "غير مُدار ولا ملف له",
    "In the state, in no file any more": "في السجلّ ولم يعد له ملف",
    "In sync, but not in the state yet; apply remembers them": (
        "متطابق وليس في السجلّ بعد؛ التطبيق يسجّله"
    ),
    "Set differently for {here} and {there}": "قيم تختلف بين {here} و{there}",
    "Waiting for an apply": "ينتظر التطبيق",
    "Cannot be checked: secret, or not shown by the API": (
        "يتعذّر فحصه: سرّي أو لا تعرضه الواجهة البرمجية"
    ),
    "Required texts that cannot be looked for": "نصوص مطلوبة يتعذّر البحث عنها",
    "The same in all of these environments ({n})": "متماثل في كل هذه البيئات ({n})",
    "{agents} in sync in all of these environments": "{agents} بحالة متطابقة في كل هذه البيئات",
    "No changes": "لا تغييرات",
    "What the files say is live already.": "ما في الملفات منشور بالفعل.",
    "No live agent has drifted.": "لم ينحرف أيّ وكيل منشور.",
    "There was nothing to apply.": "لم يكن هناك ما يُطبَّق.",
}

_GROUPS = {
    "spoken": "مسموع",
    "spoken at once": "مسموع فوراً",
    "behaviour": "السلوك",
    "reach": "الوصول",
    "silent": "غير ملحوظ",
    "cosmetic": "شكلي",
    "{n} spoken": "{n} مسموع",
    "{n} behaviour": "{n} في السلوك",
    "{n} reach": "{n} في الوصول",
    "{n} silent": "{n} غير ملحوظ",
    "{n} cosmetic": "{n} شكلي",
    "heard at once by a caller": "يسمعه المتصل فوراً",
    "how it behaves": "طريقة تصرّف الوكيل",
    "what it can reach": "ما يستطيع الوصول إليه",
    "nothing a caller notices": "لا يلاحظه المتصل",
    "same words, other characters": "الكلمات نفسها بمحارف أخرى",
    "What a caller notices": "ما يلاحظه المتصل",
    "What callers notice: {counts}.": "ما يلاحظه المتصلون: {counts}.",
}

_CAUSES = {
    "edit": "تعديل",
    "drift": "انحراف",
    "conflict": "تعارض",
    "rollback": "تراجع",
    "edited-since": "تعديل لاحق",
    "unknown": "غير معروف",
    "untracked": "غير مسجَّل",
    "{n} edit": "{n} تعديل",
    "{n} drift": "{n} انحراف",
    "{n} conflict": "{n} تعارض",
    "{n} untracked": "{n} غير مسجَّل",
    "{n} rollback": "{n} تراجع",
    "undeclared": "غير معلن",
    "Stored in another form by the API, so that live and files will not be equal": (
        "تخزّنه الواجهة بصيغة أخرى، فلن يتساوى المنشور والملفات"
    ),
    "{how}, or let pull do that": "{how}، أو دع الأمر pull يفعل ذلك",
    "stored without its last line end": "خُزّن دون نهاية سطره الأخيرة",
    "write the text without it, `|-` in place of `|`": "اكتب النص دونها، `|-` بدل `|`",
    "stored with other line ends (CRLF or LF)": "خُزّن بنهايات أسطر أخرى (CRLF أو LF)",
    "write those, or leave it as it is": "اكتبها كذلك أو اتركه كما هو",
    "stored without the blanks at the ends of its lines": "خُزّن دون الفراغات في نهايات أسطره",
    "write the lines without them": "اكتب الأسطر دونها",
    "stored without the white space around it": "خُزّن دون الفراغ المحيط به",
    "write the text without it, `|-` for `|`": "اكتب النص دونه، `|-` بدل `|`",
    "stored with other character composition (NFC)": "خُزّن بحروف مركّبة (NFC)",
    "write it as it is stored": "اكتبه كما خُزّن",
    "stored in other capital or small letters": "خُزّن بحالة أحرف أخرى",
    "stored with other white space": "خُزّن بفراغات أخرى",
    "the API makes another value of it": "تجعل الواجهة منه قيمة أخرى",
    "write what is stored": "اكتب ما خُزّن",
    "remove it in the dashboard, or write it into the file": (
        "احذفه من لوحة التحكم، أو اكتبه في الملف"
    ),
    "an empty value, kept as null": "قيمة فارغة حُفظت null",
    "leave it out of the file": "احذفه من الملف",
    "null, kept as an empty value": "null حُفظت قيمة فارغة",
    "write the empty value": "اكتب القيمة الفارغة",
    "a number or true/false, stored as text": "رقم أو true/false خُزّن نصاً",
    "write it in quotes": "اكتبه بين علامتي اقتباس",
    "a text, stored as the value that it spells": "نص خُزّن بالقيمة التي يمثّلها",
    "write it without quotes": "اكتبه دون علامتي اقتباس",
    "stored rounded": "خُزّن مقرّباً",
    "write the rounded number": "اكتب الرقم المقرّب",
    "changed live, declared in no file": "تغيّر في المنشور ولا يعلنه أي ملف",
    "what it was is not kept here": "لم تُحفظ قيمته السابقة هنا",
    "its value is not known here": "قيمته غير معروفة هنا",
    "{n} of them declared in no file": "{n} منها لا يعلنها أي ملف",
    "{agents} with fields not known yet": "{agents} بحقول غير معروفة بعد",
    "{agents} accepted": "{agents} بعد القبول",
    "Changed live, declared in no file": "تغيّر في المنشور ولا يعلنه أي ملف",
    "{fields} of {agents}; reconciler drift shows them": (
        "{fields} في {agents}؛ يعرضها الأمر reconciler drift"
    ),
    "In sync; apply brings the state up to date": "متطابقة؛ يحدّث التطبيق سجلّها",
    "Not known yet, in no file; the next apply or drift --accept remembers it": (
        "غير معروف بعد ولا يعلنه أي ملف؛ يتذكّره التطبيق التالي أو drift --accept"
    ),
    "{n} edited-since": "{n} تعديل لاحق",
    "somebody edited it since that apply": "عدّله أحدهم بعد ذلك التطبيق",
    "before that apply": "قبل ذلك التطبيق",
    "brought back by the rollback": "يعيده التراجع",
    "sent along with what is brought back": "يُرسَل مع ما يُعاد",
    "somebody edited {fields} since that apply: "
    "rollback writes this agent with --overwrite only, and the old value wins": (
        "عدّل أحدهم {fields} بعد ذلك التطبيق: "
        "لا يكتب التراجع هذا الوكيل إلا بالخيار `--overwrite`، وعندها تُغلَّب القيمة القديمة"
    ),
    "{n} unknown": "{n} غير معروف",
    "the files changed it": "غيّرته الملفات",
    "somebody changed the live agent": "غيّر أحدهم الوكيل المنشور",
    "both changed it": "غيّره الطرفان",
    "the last applied value is unknown": "لا يُعرف ما طُبّق آخر مرة",
    "changed live since the last apply": "تغيّر في المنشور منذ آخر تطبيق",
    "changed in the files since the last apply": "تغيّر في الملفات منذ آخر تطبيق",
    "changed here and live since the last apply": "تغيّر هنا وفي المنشور منذ آخر تطبيق",
    "the last applied value is not kept here": "ما طُبّق غير محفوظ هنا",
    "the file moved too": "تغيّر الملف أيضاً",
    "file → live: the last applied value is unknown": "من الملف إلى المنشور: ما طُبّق غير معروف",
    "file → live, because the last applied value is unknown": (
        "من الملف إلى المنشور، فما طُبّق غير معروف"
    ),
    "differs live; ignored{why}, so left to the dashboard": (
        "يختلف في المنشور؛ متجاهَل{why}، ومتروك للوحة التحكم"
    ),
    "a secret, not compared with live": "سرّ لا يُقارَن بالمنشور",
    "what is live may be a secret, and is not what the file says": (
        "قد يكون المنشور سرّاً، وليس ما يقوله الملف"
    ),
    "(known after apply)": "(يُعرف بعد التطبيق)",
    "its entry is new": "مدخله جديد",
    "its entry is removed": "يُحذف مدخله",
    "new node": "عقدة جديدة",
    "node removed": "تُحذف العقدة",
    "taken out": "يُزال",
    "cannot be read back": "تتعذّر قراءته بعد الكتابة",
    "its value is not the one that was applied": "قيمته غير التي طُبّقت",
    "apply sends it and needs {names}": "يرسله التطبيق ويحتاج إلى {names}",
    "sent along with the rest of its object: apply needs {names}": (
        "يُرسَل مع بقية الكائن: يحتاج التطبيق إلى {names}"
    ),
    "apply compares it where {names} is set": "يقارنه التطبيق حيث يُعيَّن {names}",
    "not set here: not compared": "غير معيّن هنا: لا يُقارَن",
    "secrets of {n} not compared": "أسرار {n} دون مقارنة",
    "sent once": "يُرسَل مرة واحدة",
    "changed in the files": "تغيّر في الملفات",
}

_SIDES = {
    "Legend": "المفتاح",
    "live now": "المنشور الآن",
    "live before": "المنشور سابقاً",
    "your files": "ملفاتك",
    "the files": "الملفات",
    "last applied": "آخر ما طُبّق",
    "last applied (or your files, if that is unknown)": ("آخر ما طُبّق (أو ملفاتك حيث لا يُعرف)"),
    "as before that apply": "كما كان قبل ذلك التطبيق",
    "the text before": "النص السابق",
    "the text now": "النص الحالي",
    "words that are gone": "كلمات حُذفت",
    "words that are new": "كلمات جديدة",
    "before": "سابقاً",
    "now": "الآن",
    "→": "←",
}

_STATES = {
    "create": "إنشاء",
    "update": "تحديث",
    "record": "تسجيل",
    "in-sync": "متطابق",
    "in sync": "متطابق",
    "blocked": "ممنوع",
    "unmanaged": "غير مُدار",
    "done": "تمّ",
    "stale": "تغيّر منذ الخطة",
    "refused": "مرفوض",
    "failed": "فشل",
    "diverged": "مختلف",
    "not started": "لم يبدأ",
    "{n} done": "{n} تمّ",
    "{n} stale": "{n} تغيّر منذ الخطة",
    "{n} skipped": "{n} متجاوَز",
    "{n} drifted": "{n} انحرف",
    "{n} vanished": "{n} اختفى",
    "{n} refused": "{n} مرفوض",
    "{n} failed": "{n} فشل",
    "{n} diverged": "{n} مختلف",
    "{n} not started": "{n} لم يبدأ",
    "{n} to create": "{n} للإنشاء",
    "{n} to update": "{n} للتحديث",
    "{n} blocked": "{n} ممنوع",
    "{n} in sync": "{n} متطابق",
    "{n} unmanaged": "{n} غير مُدار",
    "{n} as applied": "{n} كما طُبّق",
    "{n} expected": "{n} متوقَّع",
    "{n} with edits that wait for an apply": "{n} بتعديلات تنتظر التطبيق",
    "{fields} cannot be checked": "{fields} بلا إمكان الفحص",
    "{texts} missing live": "{texts} بلا أثر في المنشور",
    "{fields} of {agents}": "{fields} في {agents}",
    "{agents} vanished": "اختفى {agents}",
    "vanished: {why}": "اختفى: {why}",
    "drifted": "انحرف",
    "as applied": "كما طُبّق",
    "not created yet": "لم يُنشأ بعد",
    "edited {moment}": "عُدّل في {moment}",
    "last applied {moment}{by}": "آخر تطبيق في {moment}{by}",
    " from {commit}": " من {commit}",
    "not in the state yet": "ليس في السجلّ بعد",
    "found by its name": "عُثر عليه باسمه",
    "created": "أُنشئ",
    "updated": "حُدّث",
    "{fields} proven": "{fields} بإثبات",
    "{n} cannot be read back": "{n} تتعذّر قراءته بعد الكتابة",
    "remembered in the state": "سُجّل في السجلّ",
    "Apply: {counts}.": "التطبيق: {counts}.",
    "nothing to do": "لا شيء يُنفَّذ",
    "no agent": "بلا وكلاء",
    "not planned": "خارج الخطة",
    "in all of them, {fields}": "في كلّها، {fields}",
    "{n} of its own": "{n} تخصّه وحده",
    "set": "عُيّن",
    "changed": "تغيّر",
    "ignored": "متجاهَل",
}

_VALUES = {
    "(sensitive)": "(سرّي)",
    "(all)": "(الكل)",
    "(no name)": "(بلا اسم)",
    "(nothing)": "(لا شيء)",
    "nothing": "لا شيء",
    "text of {words} on {lines}": "نص من {words} في {lines}",
    "ms": "ملّي ثانية",
    "s": "ثانية",
    "minutes": "دقيقة",
    "not set for the other": "غير معيّن للأخرى",
    "not required of {place}, because it is left to the dashboard there": (
        "غير مطلوب في {place} حيث يُترك للوحة التحكم"
    ),
    "left to the dashboard": "متروك للوحة التحكم",
    "{path}: sent {old}, is {new}": "{path}: أُرسل {old} وأصبح {new}",
    "{path}: was {old}, is {new}": "{path}: كان {old} وأصبح {new}",
    "{path}: {hidden} is not what was sent": "{path}: {hidden} ليس ما أُرسل",
    "{path}: {hidden} moved": "{path}: {hidden} تغيّر",
    "the write's answer showed {value}": "أظهر جواب الكتابة {value}",
    "{path}: moved; its values are not shown": "{path}: تغيّر؛ قيمه لا تُعرض",
}

_TEXTS: Mapping[str, str | Plural] = {
    "paragraphs: {counts}": "الفقرات: {counts}",
    "{n} changed": "{n} متغيّرة",
    "{things} changed": "المتغيّر {things}",
    "{things} moved": "المنقول {things}",
    "{things} moved and changed": "المنقول المتغيّر {things}",
    "{things} added": "المضاف {things}",
    "{things} removed": "المحذوف {things}",
    "{things} unchanged": "بلا تغيير {things}",
    "{things} not compared": "غير المقارَن {things}",
    " and ": " و",
    "{n} moved": "{n} منقولة",
    "{n} moved and changed": "{n} منقولة ومتغيّرة",
    "{n} added": "{n} مضافة",
    "{n} removed": "{n} محذوفة",
    "{n} unchanged": "{n} بلا تغيير",
    "not shown": "غير معروض",
    "not shown: {what}": "غير معروض: {what}",
    "blank lines at {n} place": "أسطر فارغة في موضع واحد",
    "blank lines at {n} places": "أسطر فارغة في {n} من المواضع",
    "trailing spaces at {n} place": "مسافات في آخر السطر في موضع واحد",
    "trailing spaces at {n} places": "مسافات في آخر السطر في {n} من المواضع",
    "list numbers at {n} place": "أرقام القوائم في موضع واحد",
    "list numbers at {n} places": "أرقام القوائم في {n} من المواضع",
    "line ends at {n} place": "نهايات الأسطر في موضع واحد",
    "line ends at {n} places": "نهايات الأسطر في {n} من المواضع",
    "line breaks at {n} place": "فواصل الأسطر في موضع واحد",
    "line breaks at {n} places": "فواصل الأسطر في {n} من المواضع",
    "spacing at {n} place": "المسافات في موضع واحد",
    "spacing at {n} places": "المسافات في {n} من المواضع",
    "indentation at {n} place": "المسافات البادئة في موضع واحد",
    "indentation at {n} places": "المسافات البادئة في {n} من المواضع",
    "moved": "منقول",
    "moved here{line}{place}": "نُقل إلى هنا{line}{place}",
    " from line {line}": " من السطر {line}",
    "from line {line}": "من السطر {line}",
    "from elsewhere": "من موضع آخر",
    "under": "تحت",
    "with {paragraphs} after it": "ومعه {paragraphs} بعده",
    "{n} more moved along": arabic(
        "ونُقلت معه فقرة أخرى",
        "ونُقلت معه فقرتان أخريان",
        "ونُقلت معه {n} فقرات أخرى",
        "ونُقلت معه {n} فقرة أخرى",
    ),
    "line": "السطر",
    "added": "مضاف",
    "removed": "محذوف",
    "characters": "المحارف",
    "Characters": "المحارف",
    "white space": "المسافات",
    "composed form": "صيغة مركّبة",
    "decomposed form": "صيغة مفكّكة",
    "same characters, other places": "المحارف نفسها في مواضع أخرى",
    "moved from another place, unchanged": "منقول من موضع آخر بلا تغيير",
    "unchanged, not shown": "بلا تغيير وغير معروض",
    "an invisible character, by its name": "محرف لا يُرى، باسمه",
    "⟨NAME⟩": "⟨الاسم⟩",
}

_SHARED = {
    "shared change {numbers}": "التغيير المشترك {numbers}",
    "shared changes {numbers}": "التغييرات المشتركة {numbers}",
    "shared change {number}, {spread}": "التغيير المشترك {number}، {spread}",
    "Shared change {number}": "التغيير المشترك {number}",
    "Shared change {number}, {spread}": "التغيير المشترك {number}، {spread}",
    "Change {number}": "التغيير {number}",
    "on {agents}": "لدى {agents}",
    "at {places}": "في {places}",
    "different on {names}": "بصورة أخرى لدى {names}",
    "Different on {names}.": "بصورة أخرى لدى {names}.",
    "also {changes}": "وأيضاً {changes}",
    "see {changes}": "انظر {changes}",
    "See {changes}.": "انظر {changes}.",
    "Where": "المواضع",
    "Changed differently in the same place": "تغيّر بصورة أخرى في الموضع نفسه",
    "{n} in {changes}": "{n} في {changes}",
    "in": "في",
    "{n} more": "{n} غيرها",
    "Changed here too, shown above:": "تغيّر هنا أيضاً، معروض أعلاه:",
    "the same on several agents, shown once": "متماثلة لدى عدة وكلاء ومعروضة مرة واحدة",
}

_REMARKS = {
    "hint": "تلميح",
    "Hint": "تلميح",
    "note": "ملاحظة",
    "breaking": "يلزم تعديل",
    "warning": "تحذير",
    "error": "خطأ",
    "found": "الموجود",
    "allowed": "المسموح",
    "What to do": "ما العمل",
    "agent": "الوكيل",
    "and {n} more": "و{n} غيرها",
    " and {n} more": " و{n} غيرها",
    "and {agents} more": "و{agents} غيرها",
    "and {things}": "و{things}",
    "{n} shown in part": "{n} بعضه",
    "{n} shown in brief": "{n} باختصار",
    "{n} left out": "{n} محذوف من العرض",
    "Too long for one comment: {what}. The whole: {where}.": (
        "أطول من أن يسعه تعليق واحد: {what}. كاملاً: {where}."
    ),
    "in the job's log": "في سجلّ المهمة",
    "both the files and the dashboard changed {fields}: apply writes this agent "
    "with --overwrite only, and the files win; pull takes the live values": (
        "غيّرت الملفات ولوحة التحكم كلتاهما {fields}: لا يكتب التطبيق هذا الوكيل "
        "إلا بالخيار `--overwrite`، وعندها تُقدَّم الملفات؛ أما `pull` فيأخذ المنشور"
    ),
    "{old} is now {new}: pass it under the new name": "صار {old} يُسمّى {new}: مرّره باسمه الجديد",
    "{name} is new: `params` fill it if a call does not": (
        "{name} جديد: يملؤه `params` إن لم تملأه المكالمة"
    ),
    "{name} is new: a call that does not pass it speaks a blank": (
        "{name} جديد: المكالمة التي لا تمرّره تنطق فراغاً"
    ),
    "{name}: `params` fill it no longer: a call that does not pass it speaks a blank": (
        "{name}: لم يعد `params` يملؤه، والمكالمة التي لا تمرّره تنطق فراغاً"
    ),
    "{name} is gone: what a call passes for it is not used": (
        "{name} لم يعد موجوداً: ما تمرّره المكالمة له لا يُستخدم"
    ),
    "in `{field}`": "في `{field}`",
    "in any text": "في أيّ نص",
    "{key} does not say {required} {where}": "{key} لا يقول {required} {where}",
    "put it back in the dashboard, or apply the file that has it": (
        "أعدها في لوحة التحكم، أو طبّق الملف الذي يحملها"
    ),
}

_PAGE = {
    "environment": "البيئة",
    "host": "الخادم",
    "made": "وقت الإعداد",
    "commit": "الإيداع",
    "plan digest": "بصمة الخطة",
    "plan digest of {place}": "بصمة خطة {place}",
    "Where this report comes from": "مصدر هذا التقرير",
    "Skip to the changes": "انتقل إلى التغييرات",
    "Counts": "الأعداد",
    "A filter hides some changes.": "يُخفي المرشّح بعض التغييرات.",
    "Filter and layout": "الترشيح والعرض",
    "All agents": "كل الوكلاء",
    "Old and new text": "النص القديم والجديد",
    "inline": "متتابعان",
    "side by side": "جنباً إلى جنب",
    "Show everything": "اعرض الكل",
    "Place": "الموضع",
    "Rule": "القاعدة",
    "Message": "الرسالة",
    "Signs and words on this page": "علامات هذه الصفحة وكلماتها",
    "This file has no script and asks no server for anything.": (
        "هذا الملف بلا برمجيات ولا يطلب شيئاً من أيّ خادم."
    ),
}

PHRASES: Mapping[str, str | Plural] = {
    **_HEADINGS,
    **_GROUPS,
    **_CAUSES,
    **_SIDES,
    **_STATES,
    **_VALUES,
    **_TEXTS,
    **_SHARED,
    **_REMARKS,
    **_PAGE,
    **arabic_walks.PHRASES,
    **arabic_flows.PHRASES,
}

MESSAGES: Mapping[str, str] = {
    "the agent {id} is not live any more": "الوكيل {id} لم يعد منشوراً",
    "the agent {id} is not live any more; {other} has its name": (
        "الوكيل {id} لم يعد منشوراً، ويحمل {other} اسمه"
    ),
    "found by its name; the id in the state, {id}, is not live any more": (
        "عُثر عليه باسمه؛ والمعرّف الذي في السجلّ، {id}، لم يعد منشوراً"
    ),
    "the pinned id {id} is not live; correct or remove `id`": (
        "المعرّف المثبّت {id} غير منشور؛ صحّح `id` أو احذفه"
    ),
    "there is no live agent to manage, and creating one needs {field}": (
        "لا وكيل منشوراً لإدارته، وإنشاء واحد يحتاج إلى {field}"
    ),
    "it is a flow agent, which v1 does not describe: write its file for {field}": (
        "هو وكيل من نوع Flow لا يصفه v1: اكتب ملفّه لـ {field}"
    ),
    "the flow is left as it is: {field} cannot be declared": (
        "يبقى المسار كما هو: لا يمكن التصريح بـ {field}"
    ),
    "{object} is sent whole, and needs {fields}: declare what is missing": (
        "يُرسَل {object} كاملاً، ويلزمه {fields}: صرِّح بما ينقص"
    ),
    "that apply wrote it for {then}, and its file is for {now} now": (
        "كتبه ذلك التطبيق لـ {then}، وملفّه الآن لـ {now}"
    ),
    "{field} can be set only when the agent is created": "لا يُعيَّن {field} إلا عند إنشاء الوكيل",
    "both the files and the dashboard changed {fields} since the last apply": (
        "غيّرت الملفات ولوحة التحكم معاً {fields} منذ آخر تطبيق"
    ),
    "both the files and the dashboard changed {fields}": "غيّرت الملفات ولوحة التحكم معاً {fields}",
    "changed since the plan: {fields}": "تغيّر منذ الخطة: {fields}",
    "an agent of this name appeared since the plan: {id}": "ظهر منذ الخطة وكيل بهذا الاسم: {id}",
    "outcome unknown: {why}": "لا يُعرف هل تمّ هذا: {why}",
    "run `plan` to see the current state before retrying": (
        "شغّل `plan` لترى الحالة الآن قبل إعادة المحاولة"
    ),
    "plan again": "أعد الخطة",
    "take the live edit with pull, or apply with --overwrite": (
        "خذ التعديل المنشور بالأمر `pull`، أو طبّق بالخيار `--overwrite`"
    ),
    "the API keeps what was left out, {keys}": "تبقي الواجهة ما لم يُرسَل، {keys}",
    "accepted, but stored differently: {fields}": "قُبل، لكنه خُزّن بصورة أخرى: {fields}",
    "until {day}": "حتى {day}",
    "until {day}: {reason}": "حتى {day}: {reason}",
}
"""Messages of the engine about an agent, made without a known language; others stay English."""
