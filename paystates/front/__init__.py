"""What the terminal, the HTTP API and the board have in common: procedures as people see them, joined from Temporal and the book.

Plain data and pure functions over it; nothing here prints, and nothing here knows HTTP.
"""
