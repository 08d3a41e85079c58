"""Who works here: one id for one learner, from the first place that names her."""

import pytest

from priorauth import learner


@pytest.fixture(autouse=True)
def nobody(monkeypatch, tmp_path):
    for variable in (*learner.VARIABLES, "PRIORAUTH_WORKSPACE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PRIORAUTH_WORKSPACE", str(tmp_path))


def test_small_differences_of_writing_make_no_other_learner():
    assert learner.normal("  Ada ") == learner.normal("ADA") == "ada"
    assert learner.normal("Ren\u00e9e") == learner.normal("Rene\u0301e")
    assert learner.normal("ada") != learner.normal("ada2")


@pytest.mark.parametrize("odd", ["a\nb", "x" * 121, "a\0b"])
def test_an_unusable_id_is_refused_in_a_sentence(odd):
    with pytest.raises(ValueError, match="one line of at most 120 characters"):
        learner.normal(odd)


def test_the_variable_comes_before_the_hub_and_the_hub_before_the_kept_id(monkeypatch):
    assert learner.learner_id() == ""
    assert learner.keep(" Carla ") == "carla"
    assert learner.learner_id() == "carla"
    monkeypatch.setenv("JUPYTERHUB_USER", "Ben")
    assert learner.learner_id() == "ben"
    monkeypatch.setenv("PRIORAUTH_LEARNER", "ada")
    assert learner.learner_id() == "ada"
    monkeypatch.setenv("PRIORAUTH_LEARNER", "")
    assert learner.learner_id() == "", "an empty variable names nobody, whatever else is there"


def test_another_workspace_has_another_learner(tmp_path):
    learner.keep("ada")
    learner.keep("ben", tmp_path / "other")
    assert (learner.learner_id(), learner.learner_id(tmp_path / "other")) == ("ada", "ben")


def test_keeping_replaces_as_a_whole_and_leaves_nothing_beside(tmp_path):
    learner.keep("ada")
    learner.keep("ben")
    assert [p.name for p in (tmp_path / ".course").iterdir()] == ["learner.txt"]
    with pytest.raises(ValueError, match="empty"):
        learner.keep("  ")
    assert learner.learner_id() == "ben"


def test_a_damaged_file_names_nobody(tmp_path):
    learner.keep("ada")
    learner.kept_in().write_bytes(b"\xff\xfe\x00")
    assert learner.learner_id() == ""
