"""The board: where procedures stand and what may be done, as pages for people. It works without JavaScript."""
