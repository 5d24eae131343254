# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from kyodaku.examine import Findings, WorkMatch

names = st.text(min_size=1, max_size=12)
seconds = st.floats(min_value=0, max_value=1e5, allow_nan=False)
matches = st.builds(
    WorkMatch,
    work=names,
    reference=names,
    q_start=seconds,
    q_end=seconds,
    r_start=seconds,
    r_end=seconds,
    score=st.floats(min_value=0, max_value=1),
    band=st.sampled_from(["match", "review"]),
    speed=seconds,
    mirrored=st.booleans(),
    witness=st.sampled_from(["picture", "sound", "both"]),
)
whole = st.builds(
    Findings,
    matches=st.none() | st.lists(matches, max_size=3).map(tuple),
    error=st.none() | names,
    sha256=st.none() | names,
    duration_s=st.none() | seconds,
    frames=st.integers(0, 9),
    truncated=st.booleans(),
    unseen=st.floats(min_value=0, max_value=1),
    parts_omitted=st.integers(0, 9),
    sound=st.sampled_from([None, "none", "silent", "indistinct", "distinct"]),
    file=st.none() | st.tuples(st.integers(0), st.integers(0), st.integers(0)),
    media=st.none() | st.dictionaries(names, st.integers()),
)


@given(findings=whole)
def test_findings_come_back_from_their_json(findings: Findings) -> None:
    assert Findings.from_json(json.loads(json.dumps(findings.as_json()))) == findings


def test_what_an_earlier_version_did_not_write_is_as_it_was_then() -> None:
    fields = ("work", "reference", "q_start", "q_end", "r_start", "r_end", "score")
    match = {name: 0.5 if name not in {"work", "reference"} else "film" for name in fields}
    old = Findings.from_json({"matches": [match], "error": None, "later": "unknown"})
    assert old.matches is not None
    assert (old.unseen, old.parts_omitted, old.is_hardly_seen) == (0.0, 0, False)
    assert (old.matches[0].witness, old.matches[0].band, old.file) == ("picture", "match", None)
