"""Logging for people at a terminal: what rehearsals provoke on purpose stays unsaid, what a worker has to say goes to stderr."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

_PROVOKED = ("notices", "temporalio", "activities", "gateways")


@contextmanager
def quiet() -> Iterator[None]:
    """Inside the block, failures that scenarios provoke are not logged; their stories tell them."""
    loggers = [logging.getLogger(name) for name in _PROVOKED]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def only_errors() -> None:
    """Let the SDK's core tell errors only: what it tries again would be written over somebody's screen."""
    from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

    said = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=said)), error_if_already_set=False)


def to_stderr(level: int = logging.INFO) -> None:
    """Let our own loggers speak, one line each, and Temporal's SDK only of what is wrong."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    logging.getLogger("paystates").setLevel(level)
