"""Phases and learning rates over a run."""

from dataclasses import replace

import pytest

from facewright.train.config import TrainConfig
from facewright.train.schedule import LEAST, MOST, WARM_UP, Phase, Schedule, Spent

CONFIG = TrainConfig(data="", minutes=10.0)
"""Whose template takes the first of its ten minutes, the stages 5.8."""


def at(minutes, steps=1_000):
    return Spent(steps, 60.0 * minutes)


@pytest.fixture
def schedule():
    return Schedule(CONFIG)


def test_a_phase_goes_on_until_it_has_learnt_what_the_next_one_needs(schedule):
    assert not schedule.is_over(at(1.2), lambda: 5.0)
    assert not schedule.is_over(at(1.2, steps=LEAST["template"] - 1), lambda: 0.1)
    assert schedule.is_over(at(1.2), lambda: 0.1)
    assert not schedule.is_over(at(1.2, steps=LEAST["template"] + 1), lambda: 0.1)  # the error is not asked every time
    assert schedule.is_over(at(2.1), lambda: 5.0)  # however long that takes
    counted = Schedule(replace(CONFIG, steps=100))
    assert counted.is_over(Spent(10, 0.0), lambda: 5.0)  # where steps are counted they alone decide


def test_the_fewest_minutes_are_those_of_the_fewest_steps(schedule):
    took: dict[Phase, float] = {"template": 0.1, "stages": 0.2, "end": 0.6}
    assert schedule.least_minutes(took) == pytest.approx(sum(LEAST[phase] * s for phase, s in took.items()) / 60.0)
    without = Schedule(replace(CONFIG, stage_share=1e-6))
    assert without.least_minutes(took) < schedule.least_minutes(took)


def test_phases_take_their_shares(schedule):
    assert not schedule.is_over(at(0.99))
    assert schedule.is_over(at(1.0))
    schedule.advance(at(1.0, steps=0))
    assert not schedule.is_over(at(6.79))
    assert schedule.is_over(at(6.81))


def test_a_fast_device_does_not_stay_with_the_template_until_it_is_lost(schedule):
    assert not schedule.is_over(at(0.1, steps=MOST["template"] - 10))
    assert schedule.is_over(at(0.1, steps=MOST["template"]), lambda: 0.5)
    assert schedule.rate("sdf", at(0.1, steps=MOST["template"])) < 0.02 * schedule.rate("sdf", at(0.1, steps=30))
    schedule.advance(at(0.1, steps=MOST["template"]))
    assert schedule.share(at(0.1 + 9.9 * 0.58 / 0.9, steps=10**6)) == pytest.approx(1.0)  # the time is the others'


def test_what_a_phase_takes_longer_all_later_ones_give(schedule):
    schedule.advance(at(5.5))  # half of the nine minutes that were to be left
    assert schedule.share(at(5.5 + 2.9)) == pytest.approx(1.0)
    schedule.advance(at(8.4))
    assert schedule.share(at(10.0)) == 1.0


def test_no_phase_comes_twice_when_a_run_is_made_longer(schedule):
    schedule.enter("end", at(6.8))
    longer = Schedule(replace(CONFIG, minutes=100.0))
    longer.enter(schedule.phase, schedule.begun)
    assert longer.phase == "end"
    assert longer.share(at(10.0)) == pytest.approx(3.2 / 93.2)


def test_a_rate_goes_on_from_the_stages_to_the_end(schedule):
    schedule.enter("stages", Spent(0, 60.0))
    before = {group: schedule.rate(group, at(6.8)) for group in ("stages", "landmarks", "grafts", "codes")}
    schedule.enter("end", Spent(0, 60.0 * 6.8))
    for group, rate in before.items():
        assert schedule.rate(group, at(6.8, steps=WARM_UP["end"])) == pytest.approx(rate)
    assert schedule.rate("stages", at(10.0)) == pytest.approx(0.01 * CONFIG.learning_rate)


def test_a_phase_begins_slowly_by_its_steps_however_long_they_take(schedule):
    schedule.enter("end", Spent(500, 60.0 * 6.8))
    count = WARM_UP["end"]
    slow = [schedule.rate("stages", Spent(500 + steps, 60.0 * 6.8)) for steps in range(count + 1)]
    assert slow[0] == pytest.approx(slow[-1] / count)
    assert slow[count // 2 - 1] == pytest.approx(slow[-1] / 2)
    assert 0.01 * CONFIG.learning_rate < slow[-1] < CONFIG.learning_rate


@pytest.mark.parametrize("steps", [100, None])
def test_rates_have_risen_after_a_third_of_a_phase_however_few_its_steps_are(steps):
    """Here 32, of a run that counts them and of one that counts minutes."""

    def spent(share):
        return at(6.8 + 3.2 * share, steps=68 + round(32 * share))

    schedule, risen = (Schedule(replace(CONFIG, steps=steps)) for _ in range(2))
    for each in (schedule, risen):
        each.enter("end", spent(0.0))
    risen.warmed_from = Spent(-1_000, -1e6)
    first, middle, third = (
        schedule.rate("stages", spent(share)) / risen.rate("stages", spent(share)) for share in (0.0, 1 / 8, 1 / 3)
    )
    assert 0.0 < first < 0.15
    assert 0.4 < middle < 0.6
    assert third == 1.0


def test_a_run_that_trains_end_to_end_alone_has_a_peak_of_its_own():
    alone = Schedule(replace(CONFIG, template_share=0.0, stage_share=0.0))
    alone.enter("end", Spent())
    assert alone.rate("stages", Spent(WARM_UP["end"], 0.0)) == pytest.approx(CONFIG.end_learning_rate)


def test_a_run_from_a_model_keeps_its_template():
    schedule = Schedule(replace(CONFIG, start_from="model"))
    learning = {schedule.phase: schedule.learning(("sdf", "stages", "codes"))}
    for _ in range(2):
        schedule.advance(Spent())
        learning[schedule.phase] = schedule.learning(("sdf", "stages", "codes"))
    assert learning == {"codes": ("codes",), "stages": ("stages", "codes"), "end": ("stages", "codes")}
