"""Too few subjects to train on: one sentence, whoever is asked, and before anything is made."""

import json
import shutil
import sys

import pytest

from facewright.train.command_line import main
from facewright.train.data.file_heads import too_few
from facewright.train.data.several import training_heads
from tests.train.small_run import small_config


def alone(folder):
    """One subject."""
    shutil.rmtree(folder / "s1")
    shutil.rmtree(folder / "s2")
    return 1


def one_beside_the_tests(folder):
    """Two of three to test on."""
    (folder / "facewright.json").write_text(json.dumps({"test": ["s0", "s1"]}))
    return 1


def all_tested(folder):
    """All to test on."""
    (folder / "facewright.json").write_text(json.dumps({"test": ["s0", "s1", "s2"]}))
    return 0


def all_measured_by(folder):
    """All to test on or to measure a run by."""
    (folder / "facewright.json").write_text(json.dumps({"test": ["s0", "s1"], "validation": ["s2"]}))
    return 0


@pytest.mark.parametrize("arrange", [alone, one_beside_the_tests, all_tested, all_measured_by])
def test_heads_check_and_run_say_the_same(arrange, plain_folder, tmp_path, monkeypatch, capsys):
    count, source, run = arrange(plain_folder), f"folder:{plain_folder}", tmp_path / "run"
    small_config(source, subjects=None).save(tmp_path / "config.json")
    told = []
    for command in (
        ("heads", source),
        ("check", str(tmp_path / "config.json"), "--out", str(run)),
        ("run", str(tmp_path / "config.json"), "--out", str(run)),
    ):
        monkeypatch.setattr(sys, "argv", ["train", *command])
        assert main() == 1, command
        told += [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert told == 3 * [f"error: {too_few(source, count)}"]


def test_a_run_from_a_model_may_learn_from_one_subject(plain_folder):
    alone(plain_folder)
    assert len(training_heads(small_config(f"folder:{plain_folder}", subjects=None, start_from="people")).subjects) == 1


def test_subjects_that_are_damaged_are_not_counted_once_they_are_left_out(plain_folder, monkeypatch, capsys):
    for subject in ("s1", "s2"):
        (plain_folder / subject / "smile.obj").unlink()
    monkeypatch.setattr(sys, "argv", ["train", "heads", f"folder:{plain_folder}", "--leave-out"])
    assert main() == 1
    told = capsys.readouterr()
    assert "left out from now on: s1, s2" in told.out
    assert str(too_few(f"folder:{plain_folder}", 1)) in told.err


def test_one_subject_is_enough_beside_another_source(plain_folder, plain_heads, monkeypatch, capsys):
    """Together they have two: a run on both begins as well."""
    alone(plain_folder)
    monkeypatch.setattr(sys, "argv", ["train", "heads", f"folder:{plain_folder}", f"folder:{plain_heads}"])
    assert main() == 0, capsys.readouterr().err
