"""The queue's figures among the metrics, asked of the database whenever they are collected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from ..db.pipeline import read_once
from .overview import FIGURES

if TYPE_CHECKING:
    from ..platform import Platform

__all__ = ["QueueFigures"]

_GAUGES = {
    "waiting": ("jemeti_jobs_waiting", "Jobs that are due and not begun"),
    "scheduled": ("jemeti_jobs_scheduled", "Jobs that are due later"),
    "running": ("jemeti_jobs_running", "Jobs at work"),
    "failed": ("jemeti_jobs_failed", "Jobs given up after their last try"),
    "oldest": ("jemeti_jobs_oldest_seconds", "How long the oldest of those that wait has been due"),
    "workers": ("jemeti_workers", "Workers that have given a sign of life within a minute"),
}


class QueueFigures(Collector):
    """What waits, since when, and what failed. While the database is away there is nothing to tell."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def describe(self) -> Iterator[GaugeMetricFamily]:
        for name, title in _GAUGES.values():
            yield GaugeMetricFamily(name, title)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            ((row,),) = read_once(self._platform.engines["platform"], [FIGURES])
        except (psycopg.Error, SQLAlchemyError):
            return
        for key, (name, title) in _GAUGES.items():
            yield GaugeMetricFamily(name, title, value=row[key])
