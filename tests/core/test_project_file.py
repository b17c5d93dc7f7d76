import contextlib
import io
import json
import tracemalloc
import zipfile

import numpy as np
import pytest

from facewright.core.errors import FacewrightError
from facewright.core.input_file import MOST_JSON_VALUES
from facewright.core.parameters import Parameters
from facewright.core.parts import CODES
from facewright.core.project import Blend, EditState, Project, Step, Variant
from facewright.core.project_file import FORMAT_VERSION, load, save
from facewright.core.sculpt.dabs import MOST_DABS, dab, to_record
from facewright.core.surgery.plan import NO_PLAN, Operation, SurgicalPlan
from tests.core.surgery.faces import PLAN

RNG = np.random.default_rng(0)


def random_head() -> Parameters:
    return Parameters.of({code: tuple(RNG.uniform(-6, 6, RNG.integers(0, 30)).tolist()) for code in CODES})


def some_project() -> Project:
    first, second = Variant("Head 1", random_head()), Variant("Größer ✓", random_head())
    blend = Blend(first, second, (0.1, 0.25, 1 / 3, 0.0, 1.0))
    states = [
        EditState((first,)),
        EditState((first, second), active=1, locked=frozenset({"nose", "expression"})),
        EditState((first, second), active=0).branched("Between").blended(blend),
    ]
    steps = tuple(Step(f"Step {index}", state) for index, state in enumerate(states))
    before = Variant("Head 1, before", random_head())
    return Project("Some model", "a1b2", steps, 1, {"tools": {"seed": 7}}, before, "Women, 25")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mine.facewright"
    save(some_project(), path)
    return path


def rewritten(path, change, members=("project.json", "parameters.npy")):
    """The file with its JSON changed, and only some of its members."""
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in members}
    record = json.loads(content["project.json"]) if "project.json" in content else {}
    change(record)
    content["project.json"] = json.dumps(record).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name in members:
            file.writestr(name, content[name])
    return path


def planned_project(*plans: SurgicalPlan) -> Project:
    """A head for each plan."""
    variants = (Variant(f"Head {number}", random_head().with_plan(plan)) for number, plan in enumerate(plans, 1))
    return Project("Some model", "a1b2", (Step("Start", EditState(tuple(variants))),), 0)


def test_operations_come_back_with_their_heads(tmp_path):
    project = planned_project(PLAN, SurgicalPlan((Operation("radix", 1.0, on=False),)))
    save(project, tmp_path / "mine.facewright")
    assert load(tmp_path / "mine.facewright") == project


@pytest.mark.parametrize("change", [
    lambda plan: plan.update(landmarks={}),
    lambda plan: plan["landmarks"].pop("sn"),
    lambda plan: plan["landmarks"].update(n=plan["landmarks"]["sn"]),
    lambda plan: plan["landmarks"].update(sn=[0.0, 1.0]),
    lambda plan: plan["landmarks"].update(sn="here"),
    lambda plan: plan["landmarks"].update(sn=[10**400, 0, 0]),
    lambda plan: plan.update(axes=[]),
    lambda plan: plan["strengths"].update(nothing_known=1.0),
    lambda plan: plan["strengths"].update(dorsum=float("nan")),
    lambda plan: plan["operations"][0].update(key="nothing_known"),
    lambda plan: plan.update(strengths=5),
    lambda plan: plan.update(operations=plan["operations"] * 2),
    lambda plan: plan.clear(),
])  # fmt: skip
def test_a_damaged_plan_is_left_out_and_told_and_nothing_else_is_lost(tmp_path, change):
    project, path = planned_project(PLAN, PLAN.with_operation(Operation("radix", 1.0))), tmp_path / "mine.facewright"
    save(project, path)
    again = load(rewritten(path, lambda record: change(record["plans"]["0"])))
    first, second = project.state.variants
    assert again.state.variants == (Variant("Head 1", first.parameters.with_plan(NO_PLAN)), second)
    assert again.note.startswith("Operations in mine.facewright are damaged and were left out, everything else is")
    save(again, path)
    assert not load(path).note


def test_brush_work_comes_back_with_its_head_and_older_programs_are_told_that_they_cannot_read_it(tmp_path):
    work = (dab((1.0, 2.0, 3.0), (0.1, -0.2, 0.3), 8.0), dab((-40.5, 0.25, 60.0), (0.0, 1.0, 0.0), 12.0))
    path = tmp_path / "mine.facewright"
    for dabs, version in ((work, 4), ((), 2)):
        state = EditState((Variant("Head 1", random_head().with_dabs(dabs)), Variant("Head 2", random_head())))
        save(Project("Some model", "a1b2", (Step("Start", state),), 0), path)
        assert load(path).state == state
        with zipfile.ZipFile(path) as file:
            assert json.loads(file.read("project.json"))["format_version"] == version


@pytest.mark.parametrize("work", [[[1.0] * 6], [[1e9] * 7], [[1.0] * 7] * 4001, "dabs", {"9": []}])
def test_brush_work_that_is_none_is_damage(path, work):
    work = work if isinstance(work, dict) else {"0": work}
    rewritten(path, lambda record: record.update(brush_work=work))
    with pytest.raises(FacewrightError, match="damaged"):
        load(path)


def sculpted(strokes: int, dabs_each: int) -> Project:
    """A history of strokes, each a step with more dabs on one of two heads."""
    rng, state = np.random.default_rng(1), EditState((Variant("Head 1"), Variant("Head 2", random_head())))
    steps = [Step("Start", state)]
    for stroke in range(strokes):
        ways = np.column_stack([rng.uniform(-90.0, 90.0, (dabs_each, 3)), rng.uniform(-1.0, 1.0, (dabs_each, 3))])
        state = state.activated(int(stroke % 10 == 9))
        state = state.edited(
            state.parameters.with_dabs((*state.parameters.dabs, *(dab(w[:3], w[3:], 10.0) for w in ways)))
        )
        steps.append(Step("Brush: Inflate", state))
    return Project("Some model", "a1b2", tuple(steps), strokes)


def with_dabs_in_json(path, project):
    """The project as format 3 wrote it: all dabs of every head in its JSON."""
    save(project, path)
    with zipfile.ZipFile(path) as file:
        record, rows = json.loads(file.read("project.json")), file.read("parameters.npy")
    heads = {
        entry["head"]: variant.parameters
        for told, step in zip(record["steps"], project.steps, strict=True)
        for entry, variant in zip(told["variants"], step.state.variants, strict=True)
    }
    work = {str(row): to_record(head.dabs) for row, head in heads.items() if head.dabs}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("project.json", json.dumps({**record, "format_version": 3, "brush_work": work}))
        file.writestr("parameters.npy", rows)


def test_a_long_session_with_the_brush_comes_back_and_its_file_grows_with_its_strokes(tmp_path):
    sizes = []
    for strokes in (100, 300):
        project = sculpted(strokes, 14)
        save(project, tmp_path / "mine.facewright")
        assert load(tmp_path / "mine.facewright") == project
        sizes.append((tmp_path / "mine.facewright").stat().st_size)
    assert sizes[1] < 3.5 * sizes[0]


def test_as_many_dabs_as_a_head_can_have_cost_little_in_every_step_after_them(tmp_path):
    project = sculpted(1, MOST_DABS)
    heads = [project.state.parameters.with_value("nose", 0, 0.01 * step) for step in range(200)]
    steps = (*project.steps, *(Step("Nose", project.state.edited(head)) for head in heads))
    sizes = []
    for kept in (project, Project("Some model", "a1b2", steps, 0)):
        save(kept, tmp_path / "mine.facewright")
        assert load(tmp_path / "mine.facewright") == kept
        sizes.append((tmp_path / "mine.facewright").stat().st_size)
    assert sizes[1] < 1.2 * sizes[0]


def test_a_file_that_has_every_dab_in_every_step_opens_however_long_the_session_was(tmp_path):
    project = sculpted(230, 14)
    with_dabs_in_json(tmp_path / "mine.facewright", project)
    with zipfile.ZipFile(tmp_path / "mine.facewright") as file:
        assert file.read("project.json").count(b",") > MOST_JSON_VALUES
    again = load(tmp_path / "mine.facewright")
    assert again == project
    first, second = (step.state.parameters.dabs for step in again.steps[-3:-1])
    assert first[0] is second[0]


@pytest.mark.parametrize("work", [{"0": 9}, {"0": -1}, {"0": [1]}, {"9": 1}, [1]])
def test_brush_work_that_is_not_in_its_table_is_damage(tmp_path, work):
    path, members = tmp_path / "mine.facewright", ("project.json", "parameters.npy", "dabs.npy")
    save(sculpted(2, 2), path)
    load(rewritten(path, lambda record: None, members))
    with pytest.raises(FacewrightError, match="damaged"):
        load(rewritten(path, lambda record: record.update(brush_work=work), members))
    save(sculpted(2, 2), path)
    with pytest.raises(FacewrightError, match="damaged"):
        load(rewritten(path, lambda record: None))


def test_a_long_history_of_blends_has_more_values_than_other_files_may_have(tmp_path):
    blend = Blend(Variant("Head 1"), Variant("Head 2"))
    state = EditState(tuple(Variant(f"Head {number}", blend=blend) for number in range(100)))
    project = Project("m", "f", (Step("Start", state),), 0)
    save(project, tmp_path / "short.facewright")
    with zipfile.ZipFile(tmp_path / "short.facewright") as file:
        values = sum(map(file.read("project.json").count, (b",", b"{", b"[")))
    assert 1500 * values > MOST_JSON_VALUES
    long = Project("m", "f", project.steps, 0, {"as of 1,500 steps": [0] * (1500 * values)})
    save(long, tmp_path / "long.facewright")
    assert load(tmp_path / "long.facewright") == long


def test_a_project_comes_back_to_the_last_bit(tmp_path):
    project = some_project()
    save(project, tmp_path / "mine.facewright")
    assert load(tmp_path / "mine.facewright") == project


def test_a_file_of_before_there_was_a_before_has_the_mean_head(path):
    def older(record):
        del record["before"], record["cohort"]

    project = load(rewritten(path, older))
    assert (project.before, project.cohort) == (None, "")


def test_the_empty_project_comes_back(tmp_path):
    project = Project("m", "f", (Step("Start", EditState()),), 0)
    save(project, tmp_path / "empty.facewright")
    assert load(tmp_path / "empty.facewright") == project


def test_equal_heads_are_kept_once(tmp_path):
    state = EditState((Variant("A", random_head()),))
    steps = tuple(Step(str(index), state) for index in range(500))
    save(Project("m", "f", steps, 0), tmp_path / "long.facewright")
    with zipfile.ZipFile(tmp_path / "long.facewright") as file:
        assert np.load(io.BytesIO(file.read("parameters.npy"))).shape[0] == 1


def test_a_newer_format_asks_for_an_update(path):
    rewritten(path, lambda record: record.update(format_version=FORMAT_VERSION + 1))
    with pytest.raises(FacewrightError, match="update Facewright"):
        load(path)


def test_a_file_cut_short_is_told_in_one_sentence(path):
    whole = path.read_bytes()
    for size in (0, 4, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(FacewrightError, match="not a Facewright project or is cut short"):
            load(path)


def test_flipped_bytes_never_give_a_traceback(path):
    whole = bytearray(path.read_bytes())
    original = load(path)
    for place in range(0, len(whole), 29):
        damaged = whole.copy()
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        with contextlib.suppress(FacewrightError):
            assert load(path) == original


@pytest.mark.parametrize("change", [
    lambda record: record.pop("steps"),
    lambda record: record.update(steps=[]),
    lambda record: record.update(current=99),
    lambda record: record["steps"][0].update(variants=[]),
    lambda record: record["steps"][0]["variants"][0].update(head=10_000),
    lambda record: record["steps"][0]["variants"][0].update(head=-1),
    lambda record: record["steps"][0].update(locked=5),
    lambda record: record["steps"][2]["variants"][1]["blend"]["weights"].update(nose=float("nan")),
    lambda record: record["widths"].update(nose=1000),
    lambda record: record["widths"].update(nose="many"),
    lambda record: record.update(format_version="one"),
    lambda record: record.update(view=3),
    lambda record: record.update(current=float("inf")),
    lambda record: record["steps"][0].update(active=float("inf")),
    lambda record: record["steps"][0].update(landmarks={"prn": [10**400, 0, 0]}),
])  # fmt: skip
def test_records_that_contradict_themselves_are_refused(path, change):
    with pytest.raises(FacewrightError, match="is damaged"):
        load(rewritten(path, change))


def with_table(path, array, **saved):
    """The file with another array as its heads; raw bytes are written as they are."""
    stream = io.BytesIO(array if isinstance(array, bytes) else b"")
    if not isinstance(array, bytes):
        np.save(stream, array, **saved)
    with zipfile.ZipFile(path) as file:
        text = file.read("project.json")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("project.json", text)
        file.writestr("parameters.npy", stream.getvalue())
    return path


def table(path):
    with zipfile.ZipFile(path) as file:
        return np.load(io.BytesIO(file.read("parameters.npy")))


def test_coefficients_out_of_range_are_refused(path):
    rows = table(path)
    rows[0, 0] = np.inf
    with pytest.raises(FacewrightError, match="is damaged"):
        load(with_table(path, rows))


def test_pickled_arrays_are_refused(path):
    with pytest.raises(FacewrightError, match="is damaged"):
        load(with_table(path, np.array([{"a": 1}], dtype=object), allow_pickle=True))


@pytest.mark.parametrize("shape", [b"(", b"(1, 99999999999999999999)", b"(99999999999, 99)", b"(-1, 5)"])
def test_arrays_with_nonsense_in_their_header_are_refused(path, shape):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + b"}"
    with pytest.raises(FacewrightError, match="is damaged"):
        load(with_table(path, np.lib.format.magic(1, 0) + len(header).to_bytes(2, "little") + header))


@pytest.mark.parametrize("kind", [complex, [("a", "f8")]])
def test_arrays_of_other_things_than_numbers_are_refused(path, kind):
    with pytest.raises(FacewrightError, match="is damaged"):
        load(with_table(path, np.zeros(table(path).shape, dtype=kind)))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_bounds_are_refused(path, method):
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in content.items():
            file.writestr(name, data)
    whole = path.read_bytes()
    for damaged in (whole, whole[:60] + bytes(20) + whole[80:]):
        path.write_bytes(damaged)
        with pytest.raises(FacewrightError, match="is damaged"):
            load(path)


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("project.json", bytes(64 * 2**20))
    told = (64 * 2**20).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(told, (100).to_bytes(4, "little")))
    tracemalloc.start()
    try:
        with pytest.raises(FacewrightError):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("change", "words"), [
    (lambda r: r["steps"][0].update(variants=[{"name": str(i), "head": 0} for i in range(20_000)]), "20,000 variants"),
    (lambda r: r["steps"][0]["variants"][0].update(name="x" * 20_000_000), "names of thousands of letters"),
    (lambda r: r["steps"][0].update(text="x" * 100_000), "names of thousands of letters"),
    (lambda r: r.update(steps=r["steps"] * 5000), "15,000 steps"),
])  # fmt: skip
def test_more_than_is_ever_saved_is_refused_before_it_is_built(path, change, words):
    with pytest.raises(FacewrightError, match=words):
        load(rewritten(path, change))


def test_tables_without_columns_but_of_billions_of_rows_are_refused(path):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2000000000, 0)}"
    with pytest.raises(FacewrightError, match="2,000,000,000 heads"):
        load(with_table(path, np.lib.format.magic(1, 0) + len(header).to_bytes(2, "little") + header))


def test_arrays_of_zeros_are_not_unpacked_beyond_what_their_file_could_hold(path):
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist()}
    content["parameters.npy"] = bytes(100 * 2**20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in content.items():
            file.writestr(name, data)
    tracemalloc.start()
    try:
        with pytest.raises(FacewrightError, match=r"100 MB in parameters\.npy"):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000, "[" + "0," * 5_000_000 + "0]"])
def test_json_that_is_made_to_exhaust_a_reader_is_refused(path, text):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("project.json", text)
    with pytest.raises(FacewrightError, match="is damaged"):
        load(path)


def test_other_files_are_refused(path, tmp_path):
    with pytest.raises(FacewrightError, match="no project file"):
        load(tmp_path / "none.facewright")
    with pytest.raises(FacewrightError):
        load(tmp_path)
    with pytest.raises(FacewrightError, match="is damaged"):
        load(rewritten(path, lambda record: None, members=("project.json",)))
    with pytest.raises(FacewrightError, match="not a Facewright project"):
        load(rewritten(path, lambda record: record.update(kind="Something else"), members=("project.json",)))
