"""The HTTP API and the board, served by `paystates serve`: what `paystates.front` knows, over HTTP.

`app` puts it together; `access` says who may call, `problems` how a call fails, `guard` what no answer goes without.
"""
