"""The browser that journeys and pictures use."""

from __future__ import annotations

import os
import shutil

#: What it is called, the leanest first: without windows of its own it takes half the processor.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
#: The path of the browser, or None where there is none; ``CHROMIUM`` names another.
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
#: Without them it calls home, many times at every start, and tests refuse each call.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
