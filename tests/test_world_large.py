"""Large worlds: chunks join, do not depend on the number of workers, and a stopped run goes on."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from coursekit.world.large import BIG, write_large


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.concat(
        [pq.read_table(p).to_pandas() for p in sorted((folder / name).glob("*.parquet"))], ignore_index=True
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    out = tmp_path_factory.mktemp("large")
    seen: list[tuple[int, int, float]] = []
    result = write_large(out, 2500, chunk=1000, workers=2, progress=lambda *a: seen.append(a))
    assert [s[:2] for s in seen] == [(1, 3), (2, 3), (3, 3)]
    return out, result


def test_chunks_join(made: tuple[Path, dict]) -> None:
    out, result = made
    requests, lines, members = read(out, "requests"), read(out, "request_lines"), read(out, "members")
    assert (
        result["chunks"] == 3
        and len(requests) == 2500
        and requests["request_id"].is_unique
        and members["member_id"].is_unique
    )
    assert set(lines["request_id"]) == set(requests["request_id"]) and set(requests["member_id"]) <= set(
        members["member_id"]
    )
    assert result["rows"] == sum(len(read(out, t)) for t in BIG)
    assert requests["received_at"].max() <= pd.Timestamp("2026-09-30 08:00")


def test_a_stopped_run_goes_on(made: tuple[Path, dict], tmp_path: Path) -> None:
    out, result = made
    before = read(out, "requests")
    (out / "done" / "00001.json").unlink()
    (out / "requests" / "part-00001.parquet").unlink()
    again = write_large(out, 2500, chunk=1000, workers=1)
    assert again["reused"] == 2 and again["rows"] == result["rows"]
    pd.testing.assert_frame_equal(read(out, "requests"), before)
    with pytest.raises(ValueError, match="another world"):
        write_large(out, 2000, chunk=1000)
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(ValueError, match="not empty"):
        write_large(tmp_path, 1000)


def test_csv_and_bad_input(tmp_path: Path) -> None:
    result = write_large(tmp_path / "c", 300, fmt="csv", chunk=300, workers=1)
    text = (tmp_path / "c" / "requests" / "part-00000.csv").read_text(encoding="utf-8")
    assert text.count("\n") == 301 and result["rows_by_table"]["requests"] == 300
    with pytest.raises(ValueError, match="'parquet' or 'csv'"):
        write_large(tmp_path / "d", 10, fmt="xlsx")
