"""The words about walks through flows in Arabic, by their English. Data."""

from collections.abc import Mapping

from reconciler.text.plurals import Plural

PHRASES: Mapping[str, str | Plural] = {
    "Number, words, NAME=VALUE, ? for variables, b for back, q to quit": (
        "رقم، أو كلمات، أو NAME=VALUE، أو ? للمتغيّرات، أو b للرجوع، أو q للخروج"
    ),
    "{node}, back again": "{node}، عودة إليها",
    "says": "يقول",
    "prompt": "توجيه",
    "… and {lines}": "… و{lines}",
    "sets": "يعيّن",
    "extracts": "يستخرج",
    "tests": "يفحص",
    "does not hold": "لا يتحقّق",
    "not known here": "غير معروف هنا",
    "return": "العودة",
    "anywhere: {words}": "من أيّ عقدة: {words}",
    "nowhere": "لا شيء",
    "the call ends": "تنتهي المكالمة",
    "the call is transferred": "تُحوَّل المكالمة",
    "this exit leads nowhere": "لا وجهة لهذا المخرج",
    "no exit is open here": "لا مخرج مفتوحاً هنا",
    "the exits lead round in a ring: {way}": "تدور المخارج في حلقة: {way}",
    "this node has no readable form": "ليس لهذه العقدة صيغة مقروءة",
    "Variables": "المتغيّرات",
}
