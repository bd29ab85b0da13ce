"""How single values change between request, response and comparison."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.schema.codecs import HYPHENATED, PARSED, PLAIN, SLOTS, UNREAD, WEEK

NINE = {"from": "09:00", "to": "12:00"}
ONE = {"from": "13:00", "to": "17:00"}
CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
SLOT = st.fixed_dictionaries({"from": CLOCK, "to": CLOCK})
WEEKS = st.dictionaries(st.sampled_from(WEEK), st.lists(SLOT, max_size=3))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)

READ = [
    pytest.param({}, "{}", id="no day"),
    pytest.param({"Monday": [[NINE]]}, "Monday 09:00-12:00", id="one level deeper"),
    pytest.param({"Monday": [NINE]}, "Monday 09:00-12:00", id="the level of the request"),
    pytest.param({"Monday": [[NINE], ONE]}, "Monday 09:00-12:00 13:00-17:00", id="both levels"),
    pytest.param({"Monday": [[NINE, ONE]]}, "Monday 09:00-12:00 13:00-17:00", id="two in a list"),
    pytest.param({"Monday": [[ONE], [NINE]]}, "Monday 13:00-17:00 09:00-12:00", id="order kept"),
    pytest.param({"Monday": [[]]}, "Monday closed", id="an empty inner list"),
    pytest.param({"Monday": []}, "Monday closed", id="an empty list"),
    pytest.param({"Monday": None}, "Monday closed", id="null"),
    pytest.param(
        {"Sunday": [[NINE]], "Tuesday": [], "Monday": [[ONE]]},
        "Monday 13:00-17:00, Tuesday closed, Sunday 09:00-12:00",
        id="days in the order of the week",
    ),
    pytest.param(
        {"Holiday": [], "Aday": [], "Friday": []},
        "Friday closed, Aday closed, Holiday closed",
        id="unknown days last",
    ),
    pytest.param(
        {"Monday": [[{"from": "09:00:00", "to": "12:00:30"}]]},
        "Monday 09:00-12:00",
        id="seconds are cut",
    ),
]


def printed(week):
    """A week as text: `Monday 09:00-12:00, Tuesday closed`."""
    days = (
        f"{day} {' '.join('{from}-{to}'.format(**slot) for slot in slots) or 'closed'}"
        for day, slots in week.items()
    )
    return ", ".join(days) or "{}"


@pytest.mark.parametrize(("shown", "expected"), READ)
def test_a_week_is_read_into_the_request_s_shape(shown, expected):
    assert printed(SLOTS.read(shown)) == expected


@pytest.mark.parametrize("odd", [None, "closed", 7, [NINE]], ids=str)
def test_what_is_no_week_is_left_as_it_is(odd):
    assert [SLOTS.read(odd), SLOTS.canonical(odd), SLOTS.write(odd, {})] == [odd, odd, odd]


@pytest.mark.parametrize("odd", ["all day", 7, True, {"from": "09:00"}], ids=str)
def test_a_day_or_a_slot_of_another_kind_is_left_as_it_is(odd):
    assert SLOTS.read({"Monday": odd}) == {"Monday": odd}
    assert SLOTS.read({"Monday": [odd, [7]]})["Monday"][1:] == [7]


def test_an_open_end_and_a_number_are_no_clock_to_be_cut():
    slots = [{"from": 900, "to": None, "note": "a:b:c:d"}]
    assert SLOTS.read({"Monday": slots}) == {"Monday": slots}


@given(WEEKS)
def test_nesting_seconds_empty_days_and_the_order_of_days_do_not_count(week):
    nested = {
        day: [[{name: f"{clock}:00" for name, clock in slot.items()}] for slot in slots]
        for day, slots in reversed(week.items())
    }
    nested |= {day: [] for day in WEEK if day not in week}
    assert SLOTS.canonical(SLOTS.read(nested)) == SLOTS.canonical(week)


@given(WEEKS)
def test_slots_in_another_order_are_the_same_week(week):
    turned = {day: slots[::-1] for day, slots in week.items()}
    assert SLOTS.canonical(turned) == SLOTS.canonical(week)
    assert SLOTS.write(turned, {}) == SLOTS.read(turned)  # sent as the file has them


WRITTEN = [
    # desired, live, the sent value
    pytest.param({"Monday": [NINE]}, None, "Monday 09:00-12:00", id="a new agent"),
    pytest.param({"Monday": [NINE]}, {}, "Monday 09:00-12:00", id="a live week without days"),
    pytest.param(
        {"Monday": [NINE]},
        {"Monday": [ONE], "Friday": [ONE]},
        "Monday 09:00-12:00, Friday closed",
        id="a live day that is not desired is closed",
    ),
    pytest.param(
        {"Monday": [NINE]},
        {"Friday": []},
        "Monday 09:00-12:00",
        id="a day that is closed already is left out",
    ),
    pytest.param({}, {"Sunday": [ONE]}, "Sunday closed", id="all closed"),
    pytest.param(
        {"Sunday": [NINE], "Monday": [NINE]},
        None,
        "Monday 09:00-12:00, Sunday 09:00-12:00",
        id="days in the order of the week",
    ),
    pytest.param(
        {"Wednesday": [NINE]},
        UNREAD,
        "Monday closed, Tuesday closed, Wednesday 09:00-12:00, Thursday closed, Friday closed, "
        "Saturday closed, Sunday closed",
        id="a live week that cannot be read",
    ),
]


@pytest.mark.parametrize(("desired", "live", "sent"), WRITTEN)
def test_a_week_is_written_so_that_no_other_day_stays_open(desired, live, sent):
    assert printed(SLOTS.write(desired, live)) == sent


@given(desired=WEEKS, live=WEEKS)
def test_a_written_week_is_right_for_servers_that_merge_and_that_replace(desired, live):
    sent = SLOTS.write(desired, live)
    assert SLOTS.canonical(sent) == SLOTS.canonical(desired)
    assert SLOTS.canonical({**live, **sent}) == SLOTS.canonical(desired)


PARSES = [
    pytest.param("[]", [], id="the list that was seen"),
    pytest.param('["a", "ب"]', ["a", "ب"], id="a list"),
    pytest.param('{"a": {"b": 1}}', {"a": {"b": 1}}, id="a map"),
    pytest.param("", "", id="empty"),
    pytest.param("[caller] is late", "[caller] is late", id="brackets of a sentence"),
    pytest.param("{{caller}}", "{{caller}}", id="a placeholder"),
    pytest.param("7", "7", id="a number in a text"),
    pytest.param("null", "null", id="the word null"),
    pytest.param([1, "[]"], [1, "[]"], id="a list as such"),
    pytest.param(None, None, id="null"),
    pytest.param("[" * 100_000, "[" * 100_000, id="deeper than a parser goes"),
]


@pytest.mark.parametrize(("shown", "value"), PARSES)
def test_json_in_a_string_is_read_as_its_value(shown, value):
    assert PARSED.read(shown) == value


@given(st.lists(JSON) | st.dictionaries(st.text(), JSON))
def test_lists_and_maps_read_the_same_encoded_or_not(value):
    for encoded in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert PARSED.read(encoded) == PARSED.read(value) == value


def test_json_is_parsed_only_when_read_so_that_a_text_is_sent_as_written():
    assert [PARSED.canonical("[]"), PARSED.write("[]", None)] == ["[]", "[]"]


def test_two_spellings_of_one_name_are_equal_and_neither_is_rewritten():
    spellings = ["telephony-optimized", "telephony_optimized"]
    assert len({HYPHENATED.canonical(name) for name in spellings}) == 1
    for name in spellings:
        assert [HYPHENATED.read(name), HYPHENATED.write(name, "x")] == [name, name]


@given(JSON)
def test_plain_values_and_what_is_no_name_pass_unchanged(value):
    assert PLAIN.read(value) is PLAIN.canonical(value) is PLAIN.write(value, None) is value
    assert HYPHENATED.canonical([value]) == [value]
