"""The web half of consultation as a process: `python -m benchmarks.product FOLDER PORT`.

It serves as a replica of production does, without relay, readers, jobs and mail behind it.
"""

import sys
from pathlib import Path

from services.consultation.main import build
from services.consultation.settings import Settings
from shared import logs
from shared.runtime import application
from shared.web.server import serve

if __name__ == "__main__":
    folder, port = sys.argv[1:]
    logs.configure()
    url = f"sqlite:///{Path(folder)}/consultation.db"
    made = application([build(Settings(database_url=url, files=folder))])
    serve(made, host="127.0.0.1", port=int(port))
