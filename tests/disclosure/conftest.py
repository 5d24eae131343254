# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from kyodaku.disclosure import Facts, facts_of
from kyodaku.training import clear, load_use
from kyodaku.workspace import Workspace
from support.studio import Studio, build

MANIFEST = """\
clip_id,uri,licence,owner,source,reservation,collected_at,caption
yes,yes.mp4,,,https://Video.Example/watch/1,,2026-03-01,a permitted copy
no,no.mp4,CC0-1.0,,https://video.example/watch/2,,2026-02-01,a refused work that claims to be free
silent,silent.mp4,,,pirate,,,nobody asked
free,free.mp4,CC0-1.0,,https://files.example/a|b.mp4,before,2026-04-01T23:30:00-05:00,nothing registered
own,own.mp4,,lab,a disk of ours,,not a day,the lab's own work
text,text.mp4,CC0-1.0,,,,,not media
"""


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    studio = build(tmp_path_factory.mktemp("studio"))
    studio.manifest.write_text(MANIFEST, encoding="utf-8")
    return studio


@pytest.fixture(scope="session")
def finished(studio: Studio) -> Path:
    """A finished run."""
    out = studio.root / "out"
    with Workspace.open(studio.workspace) as workspace:
        clear(str(studio.manifest), out, registry=workspace.registry, use=load_use(studio.use), workers=1)
    return out


@pytest.fixture(scope="session")
def facts(studio: Studio, finished: Path) -> Facts:
    with Workspace.open(studio.workspace) as workspace:
        return facts_of(finished, workspace.registry)
