"""The words of our mails (Norwegian bokmål and English), and the relay that hands them to a mail server (law 7)."""
