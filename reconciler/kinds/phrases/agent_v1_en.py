"""English phrases, one for each field of the table. Data.

The agent is the subject. A verb is written as ``wait(s)``, for *waits* and *would wait*; ``do(es)
not`` is for *does not* and *would not*.
"""

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


def _without(does: str) -> Gone:
    """``no longer waits``, or ``does not wait``."""
    bare = does.replace("(s)", "").replace("(es)", "")
    return Gone(f"no longer {does}", f"do(es) not {bare}")


def _flag(does: str) -> Flag:
    return Flag(does, _without(does))


def _attached(one: str, many: str) -> Items:
    return Items(
        other=f"use(s) other {many}",
        now="use(s) {count}",
        gone=Gone(f"use(s) no {many}"),
        count=plurals.english(f"one {one}", f"{{n}} {many}"),
        added="gain(s) {count}",
        removed="lose(s) {count}",
        reordered=f"use(s) its {many} in another order",
    )


def _aligned(text: str, verb: str) -> Choice:
    return Choice(
        options={
            "ltr": f"show(s) {text} left to right in the dashboard",
            "rtl": f"show(s) {text} right to left in the dashboard",
        },
        gone=_without(f"set(s) how {text} {verb} aligned in the dashboard"),
        other=f"align(s) {text} differently in the dashboard",
    )


_PROVES = "prove(s) its identity to the receiver of call reports"

PHRASES: dict[str, Phrase] = {
    "agentName": Value(
        "take(s) the name {after}{instead}",
        Gone("lose(s) its name", "go(es) without a name"),
        "take(s) another name",
    ),
    "greetingMessage": Text(
        other="greet(s) differently",
        now="greet(s) with {after}",
        gone=Gone("drop(s) its greeting", "do(es) not have a greeting of its own"),
        cosmetic="greet(s) with the same words, written differently",
    ),
    "greetingMessageType": Choice(
        options={
            "STATIC": "greet(s) with the text as written",
            "TEXT": "greet(s) with the text as written",
            "PROMPT": "compose(s) its greeting from instructions",
        },
        gone=_without("set(s) how its greeting is composed"),
        other="compose(s) its greeting in another way",
    ),
    "preamble": Text(
        other="follow(s) different instructions",
        now="follow(s) instructions of its own",
        gone=Gone("follow(s) no instructions of its own"),
        cosmetic="follow(s) the same instructions, written differently",
        slight="follow(s) slightly different instructions",
        rewritten="follow(s) rewritten instructions",
    ),
    "lang": Value(
        "speak(s) {after}{instead}",
        _without("speak(s) a chosen language"),
        "speak(s) another language",
        {"ar": "Arabic", "en": "English"},
    ),
    "voiceId": Text(
        other="speak(s) with another voice",
        now="use(s) the voice {after}",
        gone=_without("speak(s) with a chosen voice"),
    ),
    "pokeMessages": Items(
        other="say(s) other things while the caller is silent",
        now="say(s) {count} while the caller is silent",
        gone=Gone("say(s) nothing while the caller is silent"),
        count=plurals.english("one thing", "{n} things"),
        reordered="say(s) the same things in another order while the caller is silent",
        cosmetic="say(s) the same words, written differently, while the caller is silent",
    ),
    "params": Items(
        other="fill(s) placeholders differently",
        now="fill(s) {count} by itself",
        gone=Gone("fill(s) no placeholders by itself"),
        count=plurals.english("one placeholder", "{n} placeholders"),
        cosmetic="fill(s) placeholders with the same words, written differently",
    ),
    "realTime": _flag("run(s) in real-time mode"),
    "silenceThreshold": Value("wait(s) for {after} of silence{instead} before it answers"),
    "interrupt": _flag("let(s) the caller interrupt"),
    "outcome": Text(
        other="write(s) up calls by different instructions",
        now="write(s) up calls when they are over",
        gone=_without("write(s) up calls"),
        cosmetic="write(s) up calls by the same instructions, written differently",
        slight="write(s) up calls by slightly different instructions",
        rewritten="write(s) up calls by rewritten instructions",
    ),
    "outcomeResponseShape": Items(
        other="write(s) up calls in another structure",
        now="write(s) up calls in a chosen structure",
        gone=_without("write(s) up calls in a chosen structure"),
    ),
    "tools.googleCalendar": _flag("book(s) meetings in Google Calendar"),
    "tools.genderDetection": _flag("detect(s) the caller's gender"),
    "tools.smartCallEnd": _flag("end(s) the call by itself"),
    "googleCalendarSettings.calendarId": Text(
        other="book(s) meetings in another calendar",
        now="book(s) meetings in the calendar {after}",
        gone=_without("book(s) meetings in a chosen calendar"),
    ),
    "googleCalendarSettings.calendarName": Value(
        "give(s) its calendar the name {after}{instead}",
        _without("give(s) its calendar a name"),
        "give(s) its calendar another name",
    ),
    "googleCalendarSettings.accessToken": Hidden("get(s) the access token for its calendar"),
    "googleCalendarSettings.refreshToken": Hidden("get(s) the refresh token for its calendar"),
    "googleCalendarSettings.eventTitle": Value(
        "give(s) meetings the title {after}{instead}",
        _without("give(s) meetings a title"),
        "give(s) meetings another title",
    ),
    "googleCalendarSettings.meetingDuration": Value("book(s) meetings of {after}{instead}"),
    "googleCalendarSettings.timezone": Value(
        "book(s) meetings in the time zone {after}{instead}",
        _without("book(s) meetings in a chosen time zone"),
        "book(s) meetings in another time zone",
    ),
    "googleCalendarSettings.freeSlots": Week(
        opened="open(s) for bookings {days}",
        closed="close(s) for bookings {days}",
        moved="take(s) bookings at other hours {days}",
        now="take(s) bookings {days}",
        gone=Gone("take(s) no bookings on any day"),
        other="take(s) bookings at other hours",
    ),
    "webhookUrl": Address(
        said="send(s) call reports to {after}{instead}",
        moved="send(s) call reports to another address on {after}",
        gone=_without("send(s) call reports"),
        unnamed="send(s) call reports to an address that is not shown",
        other="send(s) call reports to another address",
    ),
    "webhookAuth.authKey": Text(
        other=f"{_PROVES} in another way",
        now=f"{_PROVES} in a chosen way",
        gone=_without(f"{_PROVES} in a chosen way"),
    ),
    "webhookAuth.authSecret": Hidden(
        "get(s) the secret that it shares with the receiver of call reports"
    ),
    "description": Text(
        other="show(s) another description in the dashboard",
        now="show(s) a description in the dashboard",
        gone=Gone("show(s) no description in the dashboard"),
    ),
    "icon": Text(
        other="show(s) another icon in the dashboard",
        now="show(s) an icon in the dashboard",
        gone=Gone("show(s) no icon in the dashboard"),
    ),
    "isTemplate": _flag("serve(s) as a template"),
    "type": Value(
        "take(s) the type {after}{instead}",
        Gone("lose(s) its type", "go(es) without a type"),
        "take(s) another type",
    ),
    "alignment.greetingMessage": _aligned("its greeting", "is"),
    "alignment.preamble": _aligned("its instructions", "are"),
    "knowledgeBaseItemsIds": _attached("knowledge item", "knowledge items"),
    "webToolsIds": _attached("web tool", "web tools"),
    "webToolsOverrides": Hidden("get(s) the settings for its web tools"),
    "voiceDictionaryIds": _attached("pronunciation dictionary", "pronunciation dictionaries"),
    "userInactivityTimeout": Value("react(s) to a silent caller after {after}{instead}"),
    "maxCallDuration": Value("let(s) a call last at most {after}{instead}"),
    "responseDelay": Value("delay(s) its replies by {after}{instead}"),
    "minInterruptionDuration": Value("take(s) speech for an interruption after {after}{instead}"),
    "vadActivationThreshold": Value(
        "take(s) sound for speech from a threshold of {after}{instead}"
    ),
    "waitForUserToSpeakFirst": Value("decide(s) who speaks first by option {after}{instead}"),
    "backgroundNoise": _flag("play(s) background noise"),
    "thinkingVoice": _flag("make(s) thinking sounds"),
    "speakerIdentification": _flag("tell(s) speakers apart"),
    "agenticRag": _flag("search(es) its knowledge on its own initiative"),
    "languageDialectSwitcher": _flag("adapt(s) to the caller's dialect"),
    "enableAutoGainControl": _flag("level(s) out the caller's volume"),
    "sendDenoisedToStt": _flag("remove(s) noise before it transcribes speech"),
    "noiseCancellation": Value(
        "cancel(s) noise in the mode {after}{instead}",
        _without("cancel(s) noise in a chosen mode"),
        "cancel(s) noise in another mode",
    ),
    "cancelNoisePer": Value("cancel(s) noise per {after}{instead}"),
    "llmConfig.provider": Value(
        "take(s) its language model from {after}{instead}",
        _without("take(s) its language model from a chosen provider"),
        "take(s) its language model from another provider",
    ),
    "llmConfig.modelName": Value(
        "use(s) the language model {after}{instead}",
        _without("use(s) a chosen language model"),
        "use(s) another language model",
    ),
    "llmConfig.baseUrl": Address(
        said="reach(es) its language model at {after}{instead}",
        moved="reach(es) its language model at another address on {after}",
        gone=_without("reach(es) its language model at a chosen address"),
        unnamed="reach(es) its language model at an address that is not shown",
        other="reach(es) its language model at another address",
    ),
    "llmConfig.apiKey": Hidden("get(s) the key to its language model"),
    "llmConfig.temperature": Value(
        "run(s) its language model at a temperature of {after}{instead}"
    ),
}
