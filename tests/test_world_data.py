"""Loading: text stays text, it is quick, and damage gets one clear sentence."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from priorauth import data, schema
from priorauth.data import DataError

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data folder that may be damaged."""
    out = tmp_path / "datasets"
    shutil.copytree(ROOT / "datasets", out)
    monkeypatch.setenv("PRIORAUTH_DATA", str(out))
    return out


def test_text_stays_text() -> None:
    r = data.load("requests")
    assert "NA" in set(r["decision_code"].dropna()) and r["decision_code"].isna().any()
    lines = data.load("request_lines")
    assert {type(x) for x in lines["pos"].dropna()} == {str} and lines["ndc"].dropna().str.contains("-").all()
    assert data.load("plans")["bin"].dropna().str.startswith("0").all()
    assert isinstance(r["received_at"].dtype, type(pd.Series(pd.to_datetime(["2026-01-01"])).dtype))
    assert r["received_at"].dt.year.dropna().eq(2026).all()


def test_a_frame_is_a_fresh_copy() -> None:
    first = data.load("plans")
    first["name"] = "changed"
    assert "changed" not in set(data.load("plans")["name"])


def test_speed() -> None:
    def took(work) -> float:
        data._read.cache_clear()
        start = time.process_time()
        work()
        return time.process_time() - start

    slowest = {t: min(took(lambda t=t: data.load(t)) for _ in range(3)) for t in ("events", "requests", "notes")}
    everything = min(took(data.load_all) for _ in range(3))
    print({k: round(v, 3) for k, v in slowest.items()}, "all", round(everything, 3))
    assert max(slowest.values()) < 0.2 and everything < 1.0


def test_import_is_cheap() -> None:
    code = "import pandas, time; t = time.perf_counter(); import priorauth.data; print(time.perf_counter() - t)"
    out = min(
        float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    )
    assert out < 0.15


def test_unknown_table() -> None:
    with pytest.raises(DataError, match="Did you mean 'requests'"):
        data.load("request")


def test_missing_file(copy: Path) -> None:
    (copy / "plans.csv").unlink()
    with pytest.raises(
        DataError, match=r"plans.csv is missing. To get the original back, run: git checkout -- datasets/plans.csv"
    ):
        data.load("plans")


def test_edited_cell_is_noticed(copy: Path) -> None:
    path = copy / "plans.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Bluestem Choice", "Bluestem Chance"), encoding="utf-8")
    with pytest.raises(DataError, match="plans.csv was changed after it was made"):
        data.load("plans")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("REQ-000003", "REQ-000002", r"column 'request_id', row 4: 'REQ-000002' is already in row 3"),
        ("standard", "soon", r"column 'urgency', row 2: 'soon' is not one of the allowed values"),
        ("request_id,", "id,", r"column 'request_id' is missing from the header"),
        ("2026-01-01", "1/1/26", r"column '\w+', row \d+: '1/1/26"),
    ],
)
def test_damage_names_file_column_and_row(copy: Path, old: str, new: str, says: str) -> None:
    path = copy / "requests.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=f"requests.csv is damaged: {says}"):
        data.load("requests")


def test_windows_line_ends_are_no_damage(copy: Path) -> None:
    path = copy / "plans.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(data.load("plans")) == 14


def test_damaged_policies(copy: Path) -> None:
    (copy / "policies.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="policies.json was changed"):
        data.policies()


def test_policy_on_a_date() -> None:
    assert data.policy("POL-101", "2026-05-31")["version"] == 1
    assert data.policy("POL-101", "2026-06-01")["version"] == 2
    with pytest.raises(DataError, match="no policy 'POL-1'"):
        data.policy("POL-1")


def test_cases(copy: Path) -> None:
    (copy / "casework.csv").write_text(
        "item_id,position,record_id\nm01-c1,2,EVT-000002\nm01-c1,1,EVT-000001\n", encoding="utf-8"
    )
    assert data.cases("m01-c1") == ["EVT-000001", "EVT-000002"]
    with pytest.raises(DataError, match="No records are listed for item 'm99-c9'"):
        data.cases("m99-c9")


def test_every_table_is_described() -> None:
    readme = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8")
    assert len(schema.TABLES) >= 40 and schema.BANNER in readme
    for t in schema.TABLES.values():
        assert f"## {t.name}" in readme
        for c in t.columns:
            assert f"`{c.name}`" in readme and len(c.meaning) > 3, (t.name, c.name)


def test_rows_are_those_of_the_table() -> None:
    """The same values of the same types as pandas gives, whole and by one or two columns."""
    seen = 0
    for name in data.load_all():
        frame = data.load(name)
        every = frame.to_dict("records")
        assert repr(data.rows(name)) == repr(every), name
        assert [[type(v) for v in r.values()] for r in data.rows(name)] == [
            [type(v) for v in r.values()] for r in every
        ]
        key, other = frame.columns[0], frame.columns[-1]
        for row in every[:: max(1, len(every) // 20)]:
            wanted = {key: row[key]} | ({other: row[other]} if row[other] == row[other] else {})
            if any(v is None or v is pd.NA for v in wanted.values()):
                continue
            assert repr(data.rows(name, **wanted)) == repr(data.rows(name, {name: frame}, **wanted)), (name, wanted)
            seen += 1
        assert data.rows(name, **{key: "no such value"}) == []
    assert seen > 500
    data.rows("requests", request_id="REQ-000212")[0]["plan_id"] = "changed"
    assert data.rows("requests", request_id="REQ-000212")[0]["plan_id"] != "changed"
