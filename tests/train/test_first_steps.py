"""The bench of a phase's first steps: it measures where a phase begins and after so many steps, and tells rises."""

from facewright.core.parts import PARTS
from tests.bench.first_steps import Measured, measure, rises
from tests.train.small_run import small_config


def test_every_phase_is_measured_from_where_it_begins(plain_source):
    config = small_config(plain_source, 24, template_share=1 / 3, stage_share=1 / 3, held_out_seconds=1.0)
    found = measure(config, 4)
    assert [(each.phase, each.step) for each in found] == [(p, s) for p in ("stages", "end") for s in (0, 4, 8)]
    assert all(0.0 < each.mm[part] <= 50.0 for each in found for part in PARTS)


def test_a_rise_is_the_largest_above_the_beginning():
    before, after, later = (dict.fromkeys(map(str, PARTS), mm) for mm in (2.0, 3.0, 1.0))
    found = [Measured("end", 0, before), Measured("end", 20, after), Measured("end", 40, later)]
    assert rises(found) == {f"end.{part}": 0.5 for part in PARTS}
