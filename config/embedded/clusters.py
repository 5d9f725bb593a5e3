"""Stopped clusters with the migrated template inside, kept in ``var/cache``: a new cluster is a copy."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from config.embedded.client import connect
from config.embedded.databases import Cluster, Say
from config.embedded.instance import CACHE, Instance
from config.embedded.servers import Postgres, cached_cluster

KEPT = 3  # the newest: switching between branches stays quick


def ensure_cached_cluster(say: Say) -> Path:
    """Build the cached cluster for this code unless it is there. One process builds, others wait."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        target = cached_cluster()
        if not target.exists():
            _build(target, say)
        return target


def _build(target: Path, say: Say) -> None:
    # Without durability: a cluster that was not stopped in order never gets into the cache.
    workshop = Instance(CACHE / "workshop", durable=False)
    data = Postgres(workshop).data
    if data.exists():
        shutil.rmtree(data)  # left by a builder that was killed
    line = connect(workshop, need=["postgres"], say=say)
    try:
        Cluster.of(workshop).ensure_template(say)
    finally:
        line.hang_up()
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.move(data, unfinished)
    shutil.rmtree(workshop.var)
    unfinished.rename(target)
    clusters = sorted(CACHE.glob("cluster-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in clusters[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
