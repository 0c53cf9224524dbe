"""One Temporal server and one client for the whole session, whichever tests ask for them."""

from paystates.testing import temporal_client, temporal_server

__all__ = ["temporal_client", "temporal_server"]
