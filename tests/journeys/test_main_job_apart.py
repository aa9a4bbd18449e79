"""The main job once more, against the production form: nine processes behind one proxy."""

from pathlib import Path

import pytest

from tests.journeys.test_main_job import SECRET, WORDS, do_the_main_job
from tests.support.apart import portal_apart
from tests.support.logbook import check_log, read
from tests.support.main_job import GROUP


@pytest.mark.postgres
@pytest.mark.kafka
@pytest.mark.timeout(900)
def test_the_main_job_in_processes_of_their_own(tmp_path: Path) -> None:
    with portal_apart(tmp_path) as portal:
        do_the_main_job(portal)
        lines = [line for one in portal.production.processes for line in read(one.said())]
        check_log(lines, portal, {SECRET, WORDS, GROUP})
        assert [line for line in lines if line["level"] == "error"] == []
