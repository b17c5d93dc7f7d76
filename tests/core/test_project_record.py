"""States as records: what is written is read, whatever stands for heads and scans; contradictions are refused."""

import json

import pytest

from facewright.core.parameters import Parameters
from facewright.core.project import Blend, EditState, Variant
from facewright.core.project_record import Reader, Writer
from tests.core.scan.test_fitted_scan import some_scan

HEADS = [Parameters(nose=(float(number),)) for number in range(4)]
SCAN = some_scan()
BLEND = Blend(Variant("One", HEADS[0]), Variant("Two", HEADS[1]), (0.0, 0.25, 1 / 3, 0.5, 1.0))
STATE = EditState(
    (Variant("One", HEADS[0]), Variant("Between", HEADS[2], BLEND), Variant("Patient", HEADS[3], scan=SCAN)),
    active=1,
    locked=frozenset({"nose"}),
    landmarks={"prn": (0.0, 1.5, 80.0)},
)
WRITER = Writer(HEADS.index, lambda scan: "the scan")
READER = Reader(HEADS.__getitem__, {"the scan": SCAN}.__getitem__)


def through_json(record):
    return json.loads(json.dumps(record))


def test_a_state_comes_back_through_json():
    assert READER.state(through_json(WRITER.state(STATE))) == STATE


def test_variants_that_were_there_are_told_by_their_index_and_are_the_same_object():
    after = STATE.branched("New", HEADS[1]).without(0)
    record = through_json(WRITER.state(after, STATE.variants))
    assert [entry if isinstance(entry, int) else entry["name"] for entry in record["variants"]] == [1, "New", 2]
    again = READER.state(record, STATE.variants)
    assert again == after
    assert again.variants[0] is STATE.variants[1]


def test_weights_of_a_blend_may_be_a_list_as_in_older_journals():
    record = through_json(WRITER.state(STATE))
    record["variants"][1]["blend"]["weights"] = list(BLEND.weights)
    assert READER.state(record) == STATE


@pytest.mark.parametrize("weights", [[0.5] * 4, [0.5] * 6, [float("nan")] * 5, [1.5] * 5, {"nose": 0.5}, 3, "halves"])
def test_a_blend_without_a_weight_from_0_to_1_for_each_code_is_refused(weights):
    record = through_json(WRITER.state(STATE))
    record["variants"][1]["blend"]["weights"] = weights
    with pytest.raises((ValueError, KeyError, TypeError)):
        READER.state(record)


@pytest.mark.parametrize("place", [[0.0, 1.0], [0.0, 1.0, float("nan")], [0.0, 1.0, float("inf")], None])
def test_a_landmark_that_is_nowhere_is_refused(place):
    record = WRITER.state(STATE) | {"landmarks": {"prn": place}}
    with pytest.raises((ValueError, TypeError)):
        READER.state(record)
