"""A floor as a process: `python -m benchmarks.floors.server reading PORT URL...`."""

import sys
from importlib import import_module

import uvicorn

if __name__ == "__main__":
    kind, port, *urls = sys.argv[1:]
    made = import_module(f"benchmarks.floors.{kind}").application(*urls)
    uvicorn.run(made, host="127.0.0.1", port=int(port), log_level="warning", server_header=False)
