"""The payment procedures and their rules: declarations over `paystates.engine` and `domain`, nothing else."""
