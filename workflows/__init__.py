"""One workflow class for each procedure: its name, its messages, and the definitions it keeps. Nothing else."""

from workflows.charge_retry import ChargeRetry

ALL = (ChargeRetry,)

__all__ = ["ALL", "ChargeRetry"]
