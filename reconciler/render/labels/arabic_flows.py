"""The words about flows in Arabic, by their English. Data.

``{node}`` and ``{target}`` are slugs, ``{words}`` and ``{other}`` conditions. What is said of a
node is feminine.
"""

from collections.abc import Mapping

from reconciler.text.plurals import Plural

_CONDITIONS = {
    "when {words}": "إذا {words}",
    "without a condition": "بلا شرط",
    "on key {key}": "عند ضغط {key}",
    "then": "ثم",
    "otherwise": "وإلا",
    "after the caller's reply": "بعد ردّ المتصل",
    "on success": "عند النجاح",
    "on failure": "عند الفشل",
    "on a condition of an unknown form": "بشرط لا تُعرف صيغته",
    "anywhere": "من أيّ عقدة",
    " or ": " أو ",
    "{name} is {value}": "{name} يساوي {value}",
    "{name} is not {value}": "{name} لا يساوي {value}",
    "{name} is more than {value}": "{name} أكبر من {value}",
    "{name} is less than {value}": "{name} أصغر من {value}",
    "{name} is at least {value}": "{name} لا يقلّ عن {value}",
    "{name} is at most {value}": "{name} لا يزيد على {value}",
    "{name} contains {value}": "{name} يتضمّن {value}",
    "{name} does not contain {value}": "{name} لا يتضمّن {value}",
    "{name} is set": "{name} معيَّن",
    "{name} is not set": "{name} غير معيَّن",
    "{name} is empty": "{name} فارغ",
    "{name} is not empty": "{name} غير فارغ",
    "{name} matches {value}": "{name} يطابق {value}",
}

_EXITS = {
    "from {node}": "من {node}",
    "from {node} to {target}": "من {node} إلى {target}",
    "{after} instead of {before}": "{after} بدلاً من {before}",
    "to {after} instead of {before}": "إلى {after} بدلاً من {before}",
    "to nowhere instead of {before}": "بلا وجهة بدلاً من {before}",
    "to {after} instead of nowhere": "إلى {after} بعد أن كان بلا وجهة",
    "new exit to {target}": "مخرج جديد إلى {target}",
    "new exit to {target}, switched off": "مخرج جديد إلى {target}، لكنه معطّل",
    "no exit to {target} any more": "لم يعد هناك مخرج إلى {target}",
    "to {target}, switched off now": "إلى {target}، صار معطّلاً",
    "to {target}, switched on now": "إلى {target}، صار مفعّلاً",
    "to {target}, checked first now": "إلى {target}، صار يُفحص أولاً",
    "to {target}, checked now after the exit {other}": "إلى {target}، صار يُفحص بعد المخرج {other}",
    "to {target}": "إلى {target}",
    "switched off": "معطّل",
    "{words}, switched off": "{words}، معطّل",
    "another wording, shown below": "بصياغة أخرى، معروضة أدناه",
}

_SUMMARY = {
    "Flow": "المسار",
    "nodes added: {names}": "عقد مضافة: {names}",
    "nodes removed: {names}": "عقد محذوفة: {names}",
    "nodes renamed: {names}": "عقد تغيّر اسمها: {names}",
    "nodes changed: {names}": "عقد متغيّرة: {names}",
    "{before} is now {after}": "{before} صار {after}",
    "no call can reach: {names}": "لا تصل أيّ مكالمة إلى: {names}",
    "no way on any more from: {names}": "لم يعد هناك مخرج من: {names}",
    "variables added: {names}": "متغيّرات مضافة: {names}",
    "variables removed: {names}": "متغيّرات محذوفة: {names}",
    "other default values: {names}": "قيم مبدئية أخرى: {names}",
    "used, but nothing sets it: {names}": "يُستخدم ولا شيء يعيّنه: {names}",
    "{name} in {node}": "{name} في {node}",
}

_PICTURE = {
    "The flow of {agent} as a picture": "مسار {agent} في صورة",
    "Added": "مضافة",
    "Removed": "محذوفة",
    "Changed": "متغيّرة",
    "no call can reach it": "لا تصل إليها أيّ مكالمة",
    "from anywhere: {words}": "من أيّ عقدة: {words}",
    "Not drawn: there are more flows than a page can hold. A report of fewer agents shows it.": (
        "بلا صورة: المسارات أكثر مما تسعه صفحة. يعرضها تقرير لعدد أقلّ من الوكلاء."
    ),
    "Part {n} of {all}": "الجزء {n} من {all}",
}

PHRASES: Mapping[str, str | Plural] = {**_CONDITIONS, **_EXITS, **_SUMMARY, **_PICTURE}
