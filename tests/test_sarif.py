"""Problems as SARIF, as GitHub's code scanning reads it."""

import json
from dataclasses import replace

import pytest

from reconciler.errors import Problem
from reconciler.lint import RULES
from reconciler.render.sarif import FINGERPRINT, sarif

FOUND = Problem(
    file="agents/prompts/desk.md",
    line=3,
    field="spec.preamble",
    message="`{{caler}}` is not in `params`",
    hint="did you mean `caller`?",
    warning=True,
    rule="undefined-placeholder",
)
WRONG = Problem(
    file="agents/desk.yaml",
    line=7,
    field="spec.lang",
    message="`lang` must be `ar` or `en`",
    found='"fr"',
    allowed="`ar`, `en`",
)
SOME_RULES = {
    name: replace(
        RULES[name], level=level, description="A text is odd", why="It sounds odd", help="mend it"
    )
    for name, level in (("undefined-placeholder", "warn"), ("typed-secret", "error"))
}


def results(*problems):
    return sarif(problems, RULES, "1.2.3")["runs"][0]["results"]


def test_a_run_of_a_finding_and_a_mistake():
    assert sarif([FOUND, WRONG], SOME_RULES, "1.2.3") == {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "reconciler",
                        "version": "1.2.3",
                        "rules": [
                            {
                                "id": "undefined-placeholder",
                                "shortDescription": {"text": "A text is odd"},
                                "fullDescription": {"text": "A text is odd. It sounds odd."},
                                "help": {
                                    "text": "mend it. reconciler validate --explain"
                                    " undefined-placeholder shows examples"
                                },
                                "defaultConfiguration": {"level": "warning"},
                                "properties": {"tags": ["placeholders"]},
                            },
                            {
                                "id": "typed-secret",
                                "shortDescription": {"text": "A text is odd"},
                                "fullDescription": {"text": "A text is odd. It sounds odd."},
                                "help": {
                                    "text": "mend it. reconciler validate --explain"
                                    " typed-secret shows examples"
                                },
                                "defaultConfiguration": {"level": "error"},
                                "properties": {"tags": ["secrets"]},
                            },
                            {
                                "id": "config",
                                "shortDescription": {
                                    "text": "Something in the project's files is wrong, or cannot"
                                    " be used"
                                },
                                "fullDescription": {
                                    "text": "Something in the project's files is wrong, or cannot"
                                    " be used"
                                },
                                "help": {"text": "each mistake says what to do"},
                                "defaultConfiguration": {"level": "error"},
                            },
                        ],
                    }
                },
                "results": [
                    {
                        "ruleId": "config",
                        "ruleIndex": 2,
                        "level": "error",
                        "message": {
                            "text": '`lang` must be `ar` or `en`. Found: "fr". Allowed: `ar`, `en`'
                        },
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {
                                        "uri": "agents/desk.yaml",
                                        "uriBaseId": "%SRCROOT%",
                                    },
                                    "region": {"startLine": 7},
                                },
                                "logicalLocations": [{"fullyQualifiedName": "spec.lang"}],
                            }
                        ],
                        "partialFingerprints": {
                            "reconciler/problem/v1": "46e9d2e7f6879c0e0577815cbf4540c0:1"
                        },
                    },
                    {
                        "ruleId": "undefined-placeholder",
                        "ruleIndex": 0,
                        "level": "warning",
                        "message": {
                            "text": "`{{caler}}` is not in `params`. Hint: did you mean `caller`?"
                        },
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {
                                        "uri": "agents/prompts/desk.md",
                                        "uriBaseId": "%SRCROOT%",
                                    },
                                    "region": {"startLine": 3},
                                },
                                "logicalLocations": [{"fullyQualifiedName": "spec.preamble"}],
                            }
                        ],
                        "partialFingerprints": {
                            "reconciler/problem/v1": "4c85f3377078c8731cc02c8a536874db:1"
                        },
                    },
                ],
                "columnKind": "unicodeCodePoints",
            }
        ],
    }


def test_nothing_wrong_is_a_run_without_results():
    run = sarif([], RULES, "1.2.3")["runs"][0]
    assert run["results"] == []
    assert "invocations" not in run
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [*RULES, "config"]


def test_a_warning_that_no_rule_found_is_a_warning():
    (one,) = results(Problem(file="a.yaml", message="NAME is not set", warning=True))
    assert (one["ruleId"], one["level"]) == ("config", "warning")


def test_a_rule_that_is_not_described_is_named():
    (one,) = results(Problem(file="a.yaml", message="x", rule="newer"))
    assert one["ruleId"] == "newer"
    assert "ruleIndex" not in one


def test_a_problem_without_a_line_or_a_field_has_no_region_and_no_logical_place():
    (one,) = results(Problem(file="agents/", message="there is no agent file here"))
    place = {"artifactLocation": {"uri": "agents/", "uriBaseId": "%SRCROOT%"}}
    assert one["locations"] == [{"physicalLocation": place}]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("agents/a b.yaml", "agents/a%20b.yaml"),
        (
            "agents/مكتب.yaml",
            "agents/%D9%85%D9%83%D8%AA%D8%A8.yaml",
        ),
        ("a%20b#c?d.yaml", "a%2520b%23c%3Fd.yaml"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("a\u202eb\x1b\n.md", "a%E2%80%AEb%1B%0A.md"),
        ("a\udcffb", "a%ED%B3%BFb"),
        ("a[b](c)@<d>\\e.md", "a%5Bb%5D%28c%29%40%3Cd%3E%5Ce.md"),
    ],
    ids=["a blank", "Arabic", "signs", "a scheme", "controls", "half a surrogate", "Markdown"],
)
def test_a_place_is_an_address_in_which_nothing_acts(file, uri):
    (one,) = results(Problem(file=file, message="x"))
    assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("a\u202eb\ud800", "a⟨RLO⟩b⟨U+D800⟩"),
        ("one\ntwo\tthree\r", "one␊two␉three␍"),
        ("[click](https://evil.example)", "[click] (https://evil.example)"),
        ("![](x)", "![] (x)"),
        ("@octocat", "＠octocat"),
        ("<script>x</script>", "‹script>x‹/script>"),
        ("##[error]x", "#·#[error]x"),
        ("{{caller}} {0}", "{{caller}} {0}"),
    ],
    ids=[
        "an escape",
        "invisible ones",
        "line ends",
        "a link",
        "an image",
        "a mention",
        "HTML",
        "a command",
        "braces",
    ],
)
def test_nothing_acts_in_a_text(text, expected):
    (one,) = results(Problem(file="a", field=text, message=text, found=text, hint=text))
    assert one["message"]["text"] == f"{expected}. Found: {expected}. Hint: {expected}"
    (place,) = one["locations"][0]["logicalLocations"]
    assert place["fullyQualifiedName"].replace("](", "] (") == expected
    json.dumps(one).encode()


def test_nothing_acts_in_the_text_of_a_rule():
    hostile = replace(RULES["spoken-url"], description="a\x1b@b", help="[a](b)")
    rule = sarif([], {"x": hostile}, "1")["runs"][0]["tool"]["driver"]["rules"][0]
    assert rule["shortDescription"] == {"text": "a␛＠b"}
    assert rule["help"]["text"].startswith("[a] (b). ")


def marks(*problems):
    return [one["partialFingerprints"][FINGERPRINT] for one in results(*problems)]


def problem(**other):
    usual = {"file": "a.md", "line": 3, "field": "spec.preamble", "message": "x", "rule": "r"}
    return Problem(**{**usual, **other})


def test_a_finding_is_known_again_when_lines_move():
    assert marks(problem(line=3)) == marks(problem(line=30))


def test_a_finding_is_known_again_when_its_hint_changes():
    assert marks(problem(hint="a")) == marks(problem(hint="b", found="c", warning=True))


@pytest.mark.parametrize(
    "other", [{"file": "b.md"}, {"field": "y"}, {"message": "y"}, {"rule": "y"}]
)
def test_another_finding_is_known_as_another(other):
    assert marks(problem()) != marks(problem(**other))


def test_the_same_finding_in_two_places_counts_twice():
    first, second = marks(problem(line=3), problem(line=9))
    assert (first[-2:], second[-2:]) == (":1", ":2")
    assert first[:-2] == second[:-2]


def test_mistakes_come_first_and_too_many_findings_are_cut_and_reported():
    warnings = [problem(line=number, warning=True) for number in range(1, 5001)]
    run = sarif([*warnings, WRONG], RULES, "1")["runs"][0]
    assert len(run["results"]) == 5000
    assert run["results"][0]["ruleId"] == "config"
    text = "1 of 5,001 findings are left out; reconciler validate lists all"
    assert run["invocations"] == [
        {
            "executionSuccessful": True,
            "toolExecutionNotifications": [{"level": "warning", "message": {"text": text}}],
        }
    ]


def test_as_many_as_fit_are_no_cut():
    run = sarif([problem(line=number) for number in range(1, 5001)], RULES, "1")["runs"][0]
    assert len(run["results"]) == 5000
    assert "invocations" not in run
